"""Networks, containers, queues of jobs and what releases code: types whose state is kept, and told as recorded only."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from emulator.settings import Settings
from tests.emulator.resource_type_contract import (
    ACCOUNT,
    REGION,
    TAGS,
    Case,
    World,
    check,
    of_stack,
    policy,
    trust,
    types,
)

VPC = "AWS::EC2::VPC"
SUBNET = {"CidrBlock": "10.9.0.0/24", "AvailabilityZone": f"{REGION}a", "MapPublicIpOnLaunch": True, "Tags": TAGS}
RULE = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8", "Description": "inside"}
ANYWHERE = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}

# Types that stand in a network of the test's own: {name} becomes the id of what was made before.
IN_NETWORK = [
    Case(
        "AWS::EC2::Subnet",
        {"VpcId": "{vpc}", **SUBNET, "CidrBlock": "10.9.7.0/24"},
        {"MapPublicIpOnLaunch": False, "Tags": TAGS[:1]},
        {"SubnetId": "subnet-", "AvailabilityZone": REGION, "NetworkAclAssociationId": "aclassoc-"},
    ),
    Case("AWS::EC2::RouteTable", {"VpcId": "{vpc}", "Tags": TAGS}, {"Tags": TAGS[:1]}, {"RouteTableId": "rtb-"}),
    Case(
        "AWS::EC2::SubnetRouteTableAssociation",
        {"RouteTableId": "{table}", "SubnetId": "{subnet}"},
        {},
        {"Id": "rtbassoc-"},
    ),
    Case("AWS::EC2::VPCGatewayAttachment", {"VpcId": "{vpc}", "InternetGatewayId": "{gateway}"}),
    Case("AWS::EC2::NetworkAcl", {"VpcId": "{vpc}", "Tags": TAGS}, {"Tags": TAGS[1:]}, {"Id": "acl-"}),
    Case(
        "AWS::EC2::NatGateway",
        {"SubnetId": "{subnet}", "AllocationId": "{allocation}", "Tags": TAGS},
        {"Tags": TAGS[1:]},
        {"NatGatewayId": "nat-"},
    ),
    Case(
        "AWS::EC2::SecurityGroup",
        {
            "GroupName": "types-group",
            "GroupDescription": "d",
            "VpcId": "{vpc}",
            "SecurityGroupIngress": [
                RULE,
                {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "SourceSecurityGroupId": "{group}"},
            ],
            "SecurityGroupEgress": [ANYWHERE],
            "Tags": TAGS,
        },
        {
            "SecurityGroupIngress": [RULE],
            "SecurityGroupEgress": [{"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "CidrIp": "10.0.0.2/32"}],
            "Tags": None,
        },
        {"GroupId": "sg-", "VpcId": "vpc-"},
    ),
    Case("AWS::EC2::SecurityGroupIngress", {"GroupId": "{group}", **RULE}, {}, {"Id": "sgr-"}),
    Case(
        "AWS::EC2::SecurityGroupEgress",
        {
            "GroupId": "{group}",
            "IpProtocol": "tcp",
            "FromPort": 5432,
            "ToPort": 5432,
            "DestinationSecurityGroupId": "{group}",
            "Description": "database",
        },
        {},
        {"Id": "sgr-"},
    ),
    Case(
        "AWS::EC2::SecurityGroupEgress",
        {
            "GroupId": "{group}",
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "DestinationPrefixListId": "pl-63a5400a",
        },
        {},
        {"Id": "sgr-"},
    ),
    Case(
        "AWS::EC2::VPCEndpoint",
        {
            "VpcId": "{vpc}",
            "ServiceName": f"com.amazonaws.{REGION}.ecr.dkr",
            "VpcEndpointType": "Interface",
            "PrivateDnsEnabled": True,
            "SubnetIds": ["{subnet}"],
            "SecurityGroupIds": ["{group}"],
        },
        {"Tags": TAGS[:1]},
        {"Id": "vpce-"},
    ),
    Case(
        "AWS::EC2::VPCEndpoint",
        {
            "VpcId": "{vpc}",
            "ServiceName": f"com.amazonaws.{REGION}.s3",
            "VpcEndpointType": "Gateway",
            "RouteTableIds": ["{table}"],
            "PolicyDocument": policy("s3:*", Principal="*", Resource="*"),
            "Tags": TAGS,
        },
        {"RouteTableIds": None, "Tags": TAGS[:1]},
        {"Id": "vpce-"},
    ),
    Case(
        "AWS::EC2::FlowLog",
        {
            "ResourceId": "{vpc}",
            "ResourceType": "VPC",
            "TrafficType": "REJECT",
            "LogDestinationType": "cloud-watch-logs",
            "LogGroupName": "types-flows",
            "DeliverLogsPermissionArn": "{role}",
            "Tags": TAGS,
        },
        {"Tags": TAGS[:1]},
        {"Id": "fl-"},
    ),
]
ROUTES = [
    Case(
        "AWS::EC2::Route",
        {"RouteTableId": "{table}", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "{gateway}"},
        {},
        {"CidrBlock": "0.0.0.0/0"},
    ),
    Case(
        "AWS::EC2::NetworkAclEntry",
        {
            "NetworkAclId": "{acl}",
            "RuleNumber": 100,
            "Protocol": 6,
            "RuleAction": "allow",
            "Egress": True,
            "CidrBlock": "10.0.0.0/8",
            "PortRange": {"From": 80, "To": 80},
        },
    ),
]
CONTAINERS = [
    {
        "Name": "web",
        "Image": "public.ecr.aws/nginx/nginx:latest",
        "Essential": True,
        "PortMappings": [{"ContainerPort": 80, "Protocol": "tcp"}],
        "Environment": [{"Name": "A", "Value": "b"}],
        "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": "types-flows"}},
    }
]
FORWARD = [{"Type": "forward", "TargetGroupArn": "{target_group}"}]
CONTAINERS_AND_BALANCERS = [
    Case(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {
            "Name": "types-balancer",
            "Scheme": "internal",
            "Type": "application",
            "Subnets": ["{subnet}", "{subnet2}"],
            "SecurityGroups": ["{group}"],
            "LoadBalancerAttributes": [
                {"Key": "deletion_protection.enabled", "Value": "false"},
                {"Key": "idle_timeout.timeout_seconds", "Value": "30"},
            ],
            "Tags": TAGS,
        },
        {"LoadBalancerAttributes": [{"Key": "idle_timeout.timeout_seconds", "Value": "90"}], "Tags": TAGS[:1]},
        {
            "LoadBalancerFullName": "app/types-balancer/",
            "DNSName": "types-balancer-",
            "CanonicalHostedZoneID": "Z",
        },
    ),
    Case(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        {
            "Name": "types-targets",
            "Port": 80,
            "Protocol": "HTTP",
            "TargetType": "ip",
            "VpcId": "{vpc}",
            "HealthCheckPath": "/healthy",
            "HealthCheckIntervalSeconds": 20,
            "Matcher": {"HttpCode": "200-299"},
            "TargetGroupAttributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
            "Tags": TAGS,
        },
        {"HealthCheckPath": "/other", "Tags": TAGS[:1]},
        {"TargetGroupFullName": "targetgroup/types-targets/", "TargetGroupName": "types-targets"},
    ),
    Case(
        "AWS::ElasticLoadBalancingV2::Listener",
        {"LoadBalancerArn": "{balancer}", "Port": 8080, "Protocol": "HTTP", "DefaultActions": FORWARD},
        {"Port": 8081},
        {"ListenerArn": "arn:"},
    ),
    Case(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        {
            "ListenerArn": "{listener}",
            "Priority": 5,
            "Actions": FORWARD,
            "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/predict*"]}}],
        },
        {"Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/score*"]}}]},
        {"RuleArn": "arn:"},
    ),
    Case(
        "AWS::ECS::Cluster",
        {
            "ClusterName": "types-cluster",
            "ClusterSettings": [{"Name": "containerInsights", "Value": "enabled"}],
            "CapacityProviders": ["FARGATE"],
            "DefaultCapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Weight": 1}],
            "Tags": TAGS,
        },
        {"ClusterSettings": [{"Name": "containerInsights", "Value": "disabled"}], "Tags": TAGS[:1]},
        {"Arn": "arn:aws:ecs:"},
    ),
    Case(
        "AWS::ECS::TaskDefinition",
        {
            "Family": "types-task",
            "Cpu": "256",
            "Memory": "512",
            "NetworkMode": "awsvpc",
            "RequiresCompatibilities": ["FARGATE"],
            "ExecutionRoleArn": "{role}",
            "TaskRoleArn": "{role}",
            "RuntimePlatform": {"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"},
            "ContainerDefinitions": CONTAINERS,
            "Tags": TAGS,
        },
        {"Tags": TAGS[:1]},
        {"TaskDefinitionArn": "arn:"},
    ),
    Case(
        "AWS::ECS::Service",
        {
            "ServiceName": "types-service",
            "Cluster": "{cluster}",
            "TaskDefinition": "{task}",
            "DesiredCount": 0,
            "LaunchType": "FARGATE",
            "NetworkConfiguration": {
                "AwsvpcConfiguration": {
                    "Subnets": ["{subnet}"],
                    "SecurityGroups": ["{group}"],
                    "AssignPublicIp": "DISABLED",
                }
            },
            "DeploymentConfiguration": {"MaximumPercent": 200, "MinimumHealthyPercent": 50},
            "LoadBalancers": [{"TargetGroupArn": "{target_group}", "ContainerName": "web", "ContainerPort": 80}],
            "EnableECSManagedTags": False,
            "PropagateTags": "SERVICE",
            "PlatformVersion": "LATEST",
            "HealthCheckGracePeriodSeconds": 60,
            "Tags": TAGS,
        },
        {"DeploymentConfiguration": {"MaximumPercent": 150, "MinimumHealthyPercent": 100}, "Tags": TAGS[:1]},
        {"Name": "types-service", "ServiceArn": "arn:"},
    ),
    Case(
        "AWS::ECS::ClusterCapacityProviderAssociations",
        {
            "Cluster": "{cluster}",
            "CapacityProviders": ["FARGATE", "FARGATE_SPOT"],
            "DefaultCapacityProviderStrategy": [{"CapacityProvider": "FARGATE_SPOT", "Weight": 2, "Base": 1}],
        },
        {"DefaultCapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Weight": 1, "Base": 0}]},
    ),
    Case(
        "AWS::Batch::ComputeEnvironment",
        {
            "ComputeEnvironmentName": "types-environment",
            "Type": "MANAGED",
            "State": "ENABLED",
            "ServiceRole": "{role}",
            "ComputeResources": {
                "Type": "SPOT",
                "AllocationStrategy": "SPOT_PRICE_CAPACITY_OPTIMIZED",
                "MinvCpus": 0,
                "MaxvCpus": 16,
                "InstanceTypes": ["g5.xlarge"],
                "InstanceRole": "{instance_profile}",
                "Subnets": ["{subnet}"],
                "SecurityGroupIds": ["{group}"],
                "Ec2Configuration": [{"ImageType": "ECS_AL2023_NVIDIA"}],
                "Tags": {"a": "b"},
            },
            "Tags": {"team": "data"},
        },
        {"State": "DISABLED", "Tags": {"stage": "test"}},
        {"ComputeEnvironmentArn": "arn:"},
    ),
    Case(
        "AWS::Batch::ComputeEnvironment",
        {
            "Type": "MANAGED",
            "ReplaceComputeEnvironment": False,
            "UpdatePolicy": {"TerminateJobsOnUpdate": False, "JobExecutionTimeoutMinutes": 60},
            "ComputeResources": {
                "Type": "EC2",
                "AllocationStrategy": "BEST_FIT_PROGRESSIVE",
                "MinvCpus": 0,
                "MaxvCpus": 16,
                "InstanceTypes": ["g4dn.xlarge", "g5"],
                "InstanceRole": "{instance_profile}",
                "LaunchTemplate": {"LaunchTemplateId": "{template}", "Version": "1"},
                "Subnets": ["{subnet}"],
                "SecurityGroupIds": ["{group}"],
                "UpdateToLatestImageVersion": True,
            },
        },
        {
            "ComputeResources": {
                "Type": "EC2",
                "AllocationStrategy": "BEST_FIT_PROGRESSIVE",
                "MinvCpus": 0,
                "MaxvCpus": 32,
                "InstanceTypes": ["g4dn.xlarge", "g5"],
                "InstanceRole": "{instance_profile}",
                "LaunchTemplate": {"LaunchTemplateId": "{template}", "Version": "1"},
                "Subnets": ["{subnet}"],
                "SecurityGroupIds": ["{group}"],
                "UpdateToLatestImageVersion": True,
            },
        },
        {"ComputeEnvironmentArn": "arn:"},
    ),
    Case(
        "AWS::Batch::JobQueue",
        {
            "JobQueueName": "types-queue",
            "Priority": 3,
            "State": "ENABLED",
            "ComputeEnvironmentOrder": [{"Order": 1, "ComputeEnvironment": "{environment}"}],
            "JobStateTimeLimitActions": [
                {
                    "Action": "CANCEL",
                    "MaxTimeSeconds": 600,
                    "Reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
                    "State": "RUNNABLE",
                }
            ],
            "Tags": {"team": "data"},
        },
        {"Priority": 4, "State": "DISABLED", "Tags": {"stage": "test"}},
        {"JobQueueArn": "arn:"},
    ),
    Case(
        "AWS::Batch::JobDefinition",
        {
            "JobDefinitionName": "types-definition",
            "Type": "container",
            "PlatformCapabilities": ["EC2"],
            "PropagateTags": True,
            "Parameters": {"a": "b"},
            "RetryStrategy": {
                "Attempts": 2,
                "EvaluateOnExit": [
                    {"Action": "RETRY", "OnStatusReason": "Host EC2*"},
                    {"Action": "EXIT", "OnReason": "*"},
                ],
            },
            "Timeout": {"AttemptDurationSeconds": 600},
            "SchedulingPriority": 3,
            "ContainerProperties": {
                "Image": "i:1",
                "Command": ["python", "train.py"],
                "JobRoleArn": "{role}",
                "ResourceRequirements": [
                    {"Type": "VCPU", "Value": "4"},
                    {"Type": "MEMORY", "Value": "16000"},
                    {"Type": "GPU", "Value": "1"},
                ],
                "Environment": [{"Name": "A", "Value": "b"}],
                "LinuxParameters": {"SharedMemorySize": 64},
                "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": "/jobs"}},
            },
            "Tags": {"team": "data"},
        },
        {},
        {"JobDefinitionArn": "arn:"},
    ),
    Case(
        "AWS::Batch::SchedulingPolicy",
        {
            "Name": "types-fair",
            "FairsharePolicy": {
                "ShareDecaySeconds": 60,
                "ComputeReservation": 1,
                "ShareDistribution": [{"ShareIdentifier": "a", "WeightFactor": 0.5}],
            },
            "Tags": {"team": "data"},
        },
        {"FairsharePolicy": {"ShareDecaySeconds": 90, "ComputeReservation": 2}, "Tags": {"stage": "test"}},
        {"Arn": "arn:"},
    ),
]
CASES = [
    *CONTAINERS_AND_BALANCERS,
    Case(
        VPC,
        {
            "CidrBlock": "10.8.0.0/16",
            "EnableDnsSupport": True,
            "EnableDnsHostnames": True,
            "InstanceTenancy": "default",
            "Tags": TAGS,
        },
        {"EnableDnsHostnames": False, "Tags": TAGS[:1]},
        {"VpcId": "vpc-", "DefaultSecurityGroup": "sg-", "DefaultNetworkAcl": "acl-", "CidrBlock": "10.8."},
        ("ec2", "describe_vpcs", "Vpcs[].VpcId"),
    ),
    Case("AWS::EC2::InternetGateway", {"Tags": TAGS}, {"Tags": TAGS[:1]}, {"InternetGatewayId": "igw-"}),
    Case(
        "AWS::EC2::EIP",
        {"Domain": "vpc", "Tags": TAGS},
        {"Tags": TAGS[:1]},
        {"AllocationId": "eipalloc-", "PublicIp": ""},
    ),
    Case(
        "AWS::EC2::LaunchTemplate",
        {
            "LaunchTemplateName": "types-template",
            "VersionDescription": "v",
            "LaunchTemplateData": {
                "InstanceType": "g5.xlarge",
                "ImageId": "ami-12345678",
                "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
                "InstanceMarketOptions": {"MarketType": "spot"},
                "BlockDeviceMappings": [
                    {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 100, "Encrypted": True, "VolumeType": "gp3"}}
                ],
            },
            "TagSpecifications": [{"ResourceType": "launch-template", "Tags": TAGS}],
        },
        {"LaunchTemplateData": {"InstanceType": "g5.2xlarge"}, "VersionDescription": "w"},
        {"LaunchTemplateId": "lt-", "LatestVersionNumber": "1"},
    ),
    *IN_NETWORK,
    *ROUTES,
]


@pytest.fixture(scope="module")
def world(emulator: Settings) -> Iterator[World]:
    found = of_stack("Compute")
    yield found
    found.clear()


@pytest.fixture(scope="module")
def network(world: World) -> dict[str, str]:
    """The ids of a network, by the names that cases give them."""
    vpc = world.make(VPC, {"CidrBlock": "10.9.0.0/16"})
    made = {
        "vpc": vpc,
        "subnet": world.make("AWS::EC2::Subnet", {"VpcId": vpc, **SUBNET}),
        "subnet2": world.make(
            "AWS::EC2::Subnet", {"VpcId": vpc, **SUBNET, "CidrBlock": "10.9.1.0/24", "AvailabilityZone": f"{REGION}b"}
        ),
        "table": world.make("AWS::EC2::RouteTable", {"VpcId": vpc}),
        "gateway": world.make("AWS::EC2::InternetGateway", {}),
        "group": world.make("AWS::EC2::SecurityGroup", {"GroupDescription": "other", "VpcId": vpc}),
        "acl": world.make("AWS::EC2::NetworkAcl", {"VpcId": vpc}),
        "role": f"arn:aws:iam::{ACCOUNT}:role/"
        + world.make(
            "AWS::IAM::Role", {"RoleName": "types-compute", "AssumeRolePolicyDocument": trust("vpc-flow-logs")}
        ),
        "log_group": world.make("AWS::Logs::LogGroup", {"LogGroupName": "types-flows"}),
    }
    address = world.make("AWS::EC2::EIP", {})
    made["allocation"] = types()["AWS::EC2::EIP"].attributes(world.context, address, {})["AllocationId"]
    balancer = "AWS::ElasticLoadBalancingV2::"
    made["target_group"] = world.make(
        f"{balancer}TargetGroup",
        {"Name": "types-other", "Port": 80, "Protocol": "HTTP", "TargetType": "ip", "VpcId": vpc},
    )
    made["balancer"] = world.make(
        f"{balancer}LoadBalancer", {"Name": "types-other", "Subnets": [made["subnet"], made["subnet2"]]}
    )
    made["listener"] = world.make(
        f"{balancer}Listener",
        {"LoadBalancerArn": made["balancer"], "Port": 80, "Protocol": "HTTP", "DefaultActions": filled(FORWARD, made)},
    )
    made["cluster"] = world.make("AWS::ECS::Cluster", {"ClusterName": "types-other"})
    made["task"] = world.make(
        "AWS::ECS::TaskDefinition",
        {
            "Family": "types-other",
            "NetworkMode": "awsvpc",
            "Cpu": "256",
            "Memory": "512",
            "RequiresCompatibilities": ["FARGATE"],
            "ContainerDefinitions": CONTAINERS,
        },
    )
    profile = world.make(
        "AWS::IAM::InstanceProfile", {"InstanceProfileName": "types-batch", "Roles": ["types-compute"]}
    )
    made["instance_profile"] = f"arn:aws:iam::{ACCOUNT}:instance-profile/{profile}"
    made["template"] = world.make(
        "AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {"MetadataOptions": {"HttpTokens": "required"}}}
    )
    made["environment"] = world.make(
        "AWS::Batch::ComputeEnvironment",
        {
            "ComputeEnvironmentName": "types-other",
            "Type": "MANAGED",
            "State": "ENABLED",
            "ServiceRole": made["role"],
            "ComputeResources": {
                "Type": "EC2",
                "MinvCpus": 0,
                "MaxvCpus": 4,
                "InstanceTypes": ["m5.large"],
                "InstanceRole": made["instance_profile"],
                "Subnets": [made["subnet"]],
                "SecurityGroupIds": [made["group"]],
            },
        },
    )
    return made


def filled(value: object, names: dict[str, str]) -> object:
    if isinstance(value, dict):
        return {key: filled(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, names) for item in value]
    return names[value[1:-1]] if isinstance(value, str) and value.startswith("{") and value[1:-1] in names else value


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_type_keeps_tells_changes_and_deletes_what_its_template_says(
    case: Case, world: World, network: dict[str, str]
) -> None:
    check(
        Case(case.type, filled(case.properties, network), filled(case.changed, network), case.attributes, case.listing),
        world,
    )  # type: ignore[arg-type]


def test_a_group_changes_beside_rules_that_are_resources_of_their_own(world: World, network: dict[str, str]) -> None:
    kind = types()["AWS::EC2::SecurityGroup"]
    group = {"GroupDescription": "d", "VpcId": network["vpc"]}
    made = world.make(kind.name, group)
    out = {"GroupId": made, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    world.make("AWS::EC2::SecurityGroupEgress", {**out, "DestinationPrefixListId": "pl-63a5400a"})
    nowhere = {"CidrIp": "255.255.255.255/32", "IpProtocol": "icmp", "FromPort": 252, "ToPort": 86}
    changed = {**group, "SecurityGroupEgress": [nowhere]}
    assert kind.update is not None
    kind.update(world.context, made, group, changed)
    assert kind.read(world.context, made, changed)["SecurityGroupEgress"] == [nowhere]
    (found,) = world.client("ec2").describe_security_groups(GroupIds=[made])["SecurityGroups"]
    told = [(rule["IpProtocol"], len(rule["PrefixListIds"])) for rule in found["IpPermissionsEgress"]]
    assert sorted(told) == [("icmp", 0), ("tcp", 1)]


def test_an_endpoint_is_given_back_the_policy_of_every_endpoint_and_other_names(
    world: World, network: dict[str, str]
) -> None:
    kind = types()["AWS::EC2::VPCEndpoint"]
    plain = {
        "VpcId": network["vpc"],
        "ServiceName": f"com.amazonaws.{REGION}.logs",
        "VpcEndpointType": "Interface",
        "SubnetIds": [network["subnet"]],
        "SecurityGroupIds": [network["group"]],
        "PrivateDnsEnabled": False,
    }
    closed = {**plain, "PolicyDocument": policy("logs:PutLogEvents", Principal="*", Resource="*")}
    made = world.make(kind.name, closed)
    assert kind.update is not None
    kind.update(world.context, made, closed, {**plain, "PrivateDnsEnabled": True})
    (found,) = world.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"]
    (statement,) = json.loads(found["PolicyDocument"])["Statement"]
    assert (statement["Action"], statement["Effect"]) == ("*", "Allow")
    assert found["PrivateDnsEnabled"] is True
