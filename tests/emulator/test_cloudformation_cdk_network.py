"""A CDK app with a network, containers, a table, a secret, a budget and a release, deployed by the unmodified CLI."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from emulator import clients, clock
from emulator.settings import Settings
from tests.emulator.cloudformation_stacks import create, delete, settled
from tests.emulator.event_wiring import until

ROOT = Path(__file__).parents[2]
SECONDS = 240  # for all of it, on a busy machine; ten are usual

APP = """
import aws_cdk as cdk
from aws_cdk import aws_budgets as budgets, aws_codedeploy as codedeploy, aws_dynamodb as dynamodb, aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs, aws_elasticloadbalancingv2 as elb, aws_lambda as lambda_
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
for name, value in {"Vpc": vpc.vpc_id, "Service": service.service_arn, "Cluster": service.cluster.cluster_name,
                    "Balancer": balancer.load_balancer_arn, "Table": table.table_name,
                    "Secret": secret.secret_arn}.items():
    cdk.CfnOutput(stack, name + "Name", value=value)
hook_code = (
    "import boto3\\ndef handle(event, context):\\n"
    "    boto3.client('codedeploy').put_lifecycle_event_hook_execution_status(\\n"
    "        deploymentId=event['DeploymentId'], status='Succeeded',\\n"
    "        lifecycleEventHookExecutionId=event['LifecycleEventHookExecutionId'])\\n")
for number in (1, 2):  # a release, and the next one
    made = cdk.Stack(app, f"release{number}", stack_name="cdk-release",
                     synthesizer=cdk.BootstraplessSynthesizer(),
                     env=cdk.Environment(account="123456789012", region="us-east-1"))
    code = f"def handle(event, context):\\n    return {number}\\n"
    common = {"runtime": lambda_.Runtime.PYTHON_3_11, "handler": "index.handle",
              "timeout": cdk.Duration.minutes(1)}
    function = lambda_.Function(made, "Function", function_name="cdk-release",
                                code=lambda_.Code.from_inline(code), **common)
    alias = lambda_.Alias(made, "Live", alias_name="live", version=function.current_version)
    errors = alias.metric_errors(period=cdk.Duration.minutes(1))
    alarm = errors.create_alarm(made, "Errors", threshold=1, evaluation_periods=1)
    hook = lambda_.Function(made, "Hook", code=lambda_.Code.from_inline(hook_code), **common)
    group = codedeploy.LambdaDeploymentGroup(
        made, "Release", alias=alias, alarms=[alarm], pre_hook=hook,
        deployment_config=codedeploy.LambdaDeploymentConfig.LINEAR_10_PERCENT_EVERY_10_MINUTES)
    group.grant_put_lifecycle_event_hook_execution_status(hook)
app.synth()
"""


@dataclass(frozen=True)
class App:
    """The app in a folder of its own, with nothing of the user's configuration."""

    folder: Path
    here: Settings

    def run(self, *command: str, home: str | None = None) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": home or str(self.folder),
            "AWS_ENDPOINT_URL": self.here.endpoint,
            "AWS_ACCESS_KEY_ID": self.here.access_key,
            "AWS_SECRET_ACCESS_KEY": self.here.secret_key,
            "AWS_REGION": self.here.region,
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
            "CDK_VALIDATION": "false",
        }
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def template(self, stack: str) -> str:
        return (self.folder / "app.out" / f"{stack}.template.json").read_text()


@pytest.fixture(scope="module")
def app(emulator: Settings, tmp_path_factory: pytest.TempPathFactory) -> App:
    """The app, synthesized."""
    found = App(tmp_path_factory.mktemp("network"), emulator)
    (found.folder / "cdk.json").write_text('{"notices": false, "versionReporting": false}')
    (found.folder / "app.py").write_text(textwrap.dedent(APP))
    found.run(sys.executable, "app.py", home=os.environ.get("HOME"))
    return found


@pytest.fixture(scope="module")
def outputs(app: App) -> Iterator[dict[str, str]]:
    """The outputs of the deployed stack."""
    cdk = str(ROOT / "node_modules/.bin/cdk")
    direct = ("--app=app.out", "--require-approval=never", "--method=direct", "--outputs-file=out.json")
    app.run(cdk, "deploy", "web", *direct)
    deployed = json.loads((app.folder / "out.json").read_text())["web"]
    yield deployed
    app.run(cdk, "destroy", "web", "--app=app.out", "--force")
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


def test_a_deployment_group_of_the_app_releases_the_next_version(app: App) -> None:
    functions, stacks = clients.client("lambda"), clients.client("cloudformation")
    accepted = {"Capabilities": ["CAPABILITY_IAM"]}

    def traffic() -> tuple[int, list[float]]:
        found = functions.get_alias(FunctionName="cdk-release", Name="live")
        weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights", {})
        return int(found["FunctionVersion"]), list(weights.values())

    assert create("cdk-release", app.template("release1"), **accepted)["StackStatus"] == "CREATE_COMPLETE"
    assert traffic() == (1, [])
    stacks.update_stack(StackName="cdk-release", TemplateBody=app.template("release2"), **accepted)
    until(lambda: traffic() == (1, [0.1]), seconds=60)
    for tenths in range(2, 10):
        clock.advance(600)
        assert traffic() == (1, [tenths / 10])
    clock.advance(600)
    assert settled("cdk-release")["StackStatus"] == "UPDATE_COMPLETE"
    assert traffic() == (2, [])
    assert functions.invoke(FunctionName="cdk-release:live")["Payload"].read() == b"2"
    assert delete("cdk-release")["StackStatus"] == "DELETE_COMPLETE"
