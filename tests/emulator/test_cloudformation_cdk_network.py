"""A CDK app with a network, containers, a table, a secret, a budget and a release, deployed by the unmodified CLI."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator import clients
from emulator.settings import Settings

ROOT = Path(__file__).parents[2]
SECONDS = 240  # for all of it, on a busy machine; ten are usual

APP = """
import aws_cdk as cdk
from aws_cdk import aws_budgets as budgets, aws_codedeploy as codedeploy, aws_dynamodb as dynamodb, aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs, aws_elasticloadbalancingv2 as elb, aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager

app = cdk.App(outdir="app.out")
# Nothing to publish and nobody to be but the caller: no bootstrap.
stack = cdk.Stack(app, "web", synthesizer=cdk.BootstraplessSynthesizer(),
                  env=cdk.Environment(account="123456789012", region="us-east-1"))
public = ec2.SubnetConfiguration(name="public", subnet_type=ec2.SubnetType.PUBLIC)
private = ec2.SubnetConfiguration(name="private", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
vpc = ec2.Vpc(stack, "Vpc", availability_zones=["us-east-1a", "us-east-1b"], nat_gateways=1,
              subnet_configuration=[public, private])
vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
task = ecs.FargateTaskDefinition(stack, "Task", cpu=256, memory_limit_mib=512)
ports = [ecs.PortMapping(container_port=80)]
task.add_container("Web", image=ecs.ContainerImage.from_registry("web:1"), port_mappings=ports)
service = ecs.FargateService(stack, "Service", cluster=ecs.Cluster(stack, "Cluster", vpc=vpc), task_definition=task,
                             desired_count=0, min_healthy_percent=100, max_healthy_percent=200)
balancer = elb.ApplicationLoadBalancer(stack, "Balancer", vpc=vpc)
balancer.add_listener("Http", port=80).add_targets("Web", port=80, targets=[service])
key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
table = dynamodb.TableV2(stack, "Table", partition_key=key, removal_policy=cdk.RemovalPolicy.DESTROY)
password = {"secret_string_template": '{"user": "admin"}', "generate_string_key": "password"}
generate = secretsmanager.SecretStringGenerator(**password)
secret = secretsmanager.Secret(stack, "Secret", generate_secret_string=generate)
budget = {"budgetType": "COST", "timeUnit": "MONTHLY", "budgetLimit": {"amount": 10, "unit": "USD"}}
budgets.CfnBudget(stack, "Budget", budget=budget)
role = iam.Role(stack, "Releaser", assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"))
style = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
codedeploy.CfnDeploymentGroup(
    stack, "Release", application_name=codedeploy.LambdaApplication(stack, "Application").application_name,
    service_role_arn=role.role_arn, deployment_style=style,
    deployment_config_name="CodeDeployDefault.LambdaLinear10PercentEvery1Minute")
for name, value in {"Vpc": vpc.vpc_id, "Service": service.service_arn, "Cluster": service.cluster.cluster_name,
                    "Balancer": balancer.load_balancer_arn, "Table": table.table_name,
                    "Secret": secret.secret_arn}.items():
    cdk.CfnOutput(stack, name + "Name", value=value)
app.synth()
"""


@pytest.fixture(scope="module")
def outputs(emulator: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The outputs of the deployed stack."""
    folder = tmp_path_factory.mktemp("network")
    (folder / "cdk.json").write_text('{"notices": false, "versionReporting": false}')
    (folder / "app.py").write_text(textwrap.dedent(APP))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_ACCESS_KEY_ID": emulator.access_key,
        "AWS_SECRET_ACCESS_KEY": emulator.secret_key,
        "AWS_REGION": emulator.region,
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        "CDK_VALIDATION": "false",
    }

    def run(*command: str, home: str | None = None) -> None:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**environment, **({"HOME": home} if home else {})},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    cdk = str(ROOT / "node_modules/.bin/cdk")
    run(sys.executable, "app.py", home=os.environ.get("HOME"))
    run(cdk, "deploy", "web", "--app=app.out", "--require-approval=never", "--method=direct", "--outputs-file=out.json")
    deployed = json.loads((folder / "out.json").read_text())["web"]
    yield deployed
    run(cdk, "destroy", "web", "--app=app.out", "--force")
    left = clients.client("ec2").describe_vpcs(Filters=[{"Name": "vpc-id", "Values": [deployed["VpcName"]]}])["Vpcs"]
    assert left == []


def test_the_services_have_what_the_app_says(outputs: dict[str, str]) -> None:
    in_vpc = [{"Name": "vpc-id", "Values": [outputs["VpcName"]]}]
    ec2 = clients.client("ec2")
    subnets = ec2.describe_subnets(Filters=in_vpc)["Subnets"]
    assert sorted(subnet["AvailabilityZone"] for subnet in subnets) == ["us-east-1a"] * 2 + ["us-east-1b"] * 2
    tables = ec2.describe_route_tables(Filters=in_vpc)["RouteTables"]
    routes = [
        route for table in tables for route in table["Routes"] if route.get("DestinationCidrBlock") == "0.0.0.0/0"
    ]
    assert len([route for route in routes if route.get("NatGatewayId")]) == 2
    assert len([route for route in routes if route.get("GatewayId", "").startswith("igw-")]) == 2

    asked = {"cluster": outputs["ClusterName"], "services": [outputs["ServiceName"]]}
    service = clients.client("ecs").describe_services(**asked)["services"][0]
    assert (service["desiredCount"], service["runningCount"], service["launchType"]) == (0, 0, "FARGATE")
    groups = clients.client("elbv2").describe_target_groups(LoadBalancerArn=outputs["BalancerName"])["TargetGroups"]
    assert service["loadBalancers"][0]["targetGroupArn"] == groups[0]["TargetGroupArn"]

    dynamodb = clients.client("dynamodb")
    dynamodb.put_item(TableName=outputs["TableName"], Item={"id": {"S": "1"}})
    assert dynamodb.scan(TableName=outputs["TableName"])["Items"] == [{"id": {"S": "1"}}]
    value = clients.client("secretsmanager").get_secret_value(SecretId=outputs["SecretName"])["SecretString"]
    assert json.loads(value)["user"] == "admin"
    assert len(json.loads(value)["password"]) == 32
