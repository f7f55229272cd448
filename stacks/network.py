"""The network of the machines that train: nothing gets in, and nothing gets out but to the services they need."""

from __future__ import annotations

from aws_cdk import Fn
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.environment_stack import EnvironmentStack
from stacks.constructs.phase_function import log_group
from stacks.environment import Environment
from stacks.training_machines import Gpu

_CIDR = "10.42.0.0/22"
_ZONES = 2
_HTTPS = ec2.Port.tcp(443)
# What a container instance cannot do without where there is no way to the internet: the agent's three, the two of
# the registry of images, and logs. Each costs about a cent an hour in each zone, so they stand in one zone.
_ENDPOINTS = {
    "Ecs": ec2.InterfaceVpcEndpointAwsService.ECS,
    "EcsAgent": ec2.InterfaceVpcEndpointAwsService.ECS_AGENT,
    "EcsTelemetry": ec2.InterfaceVpcEndpointAwsService.ECS_TELEMETRY,
    "EcrApi": ec2.InterfaceVpcEndpointAwsService.ECR,
    "EcrDocker": ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
    "Logs": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
}


class Network(EnvironmentStack):
    """Isolated subnets, a gateway to S3, the endpoints, and the security group of the machines."""

    @property
    def availability_zones(self) -> list[str]:
        """The region's first zones, by CloudFormation: the CDK would look them up in the account."""
        return [Fn.select(number, Fn.get_azs()) for number in range(_ZONES)]

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, gpu: Gpu) -> None:
        super().__init__(
            scope, construct_id, environment=environment, name="network", description="The network of training machines"
        )
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(_CIDR),
            max_azs=_ZONES,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="machines", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=25)
            ],
            # A function would have to take away its rules; nothing is ever in it.
            restrict_default_security_group=False,
        )
        self._log_refusals(environment)
        self._s3_gateway(environment)
        self.machines = self._group("Machines", "Training machines: out to S3 and to the endpoints, nothing in")
        endpoints = self._group("Endpoints", "Endpoints: in from the training machines")
        for name, service in _ENDPOINTS.items():
            self.vpc.add_interface_endpoint(
                name,
                service=service,
                subnets=ec2.SubnetSelection(subnets=self.vpc.isolated_subnets[:1]),
                security_groups=[endpoints],
                open=False,
            )
        endpoints.add_ingress_rule(self.machines, _HTTPS, "the training machines")
        group = endpoints.security_group_id
        self._way_out("Endpoints", destination_security_group_id=group, description="the endpoints")
        self._way_out("S3", destination_prefix_list_id=gpu.s3_prefix_list)

    def _way_out(self, name: str, **destination: str) -> None:
        """A rule beside the one that the group is made with, which leads nowhere.

        `add_egress_rule` would take that one away, and a group made without a rule lets everything out.
        """
        ec2.CfnSecurityGroupEgress(
            self,
            f"MachinesTo{name}",
            group_id=self.machines.security_group_id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            **destination,
        )

    def _group(self, construct_id: str, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(self, construct_id, vpc=self.vpc, description=description, allow_all_outbound=False)

    def _s3_gateway(self, environment: Environment) -> None:
        """Lets through requests for buckets of this account, and for the layers of images, which AWS keeps in S3."""
        gateway = self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        gateway.add_to_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=["s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:AbortMultipartUpload"],
                resources=["*"],
                conditions={"StringEquals": {"aws:ResourceAccount": environment.account}},
            )
        )
        gateway.add_to_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=["s3:GetObject"],
                resources=[f"arn:{self.partition}:s3:::prod-{environment.region}-starport-layer-bucket/*"],
            )
        )

    def _log_refusals(self, environment: Environment) -> None:
        group = log_group(self, "RefusedTraffic", environment)
        role = iam.Role(
            self,
            "FlowLogRole",
            assumed_by=iam.ServicePrincipal("vpc-flow-logs.amazonaws.com"),
            description="Writes what the network refused",
        )
        self.vpc.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(group, role),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
