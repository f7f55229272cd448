"""Stacks that release by CodeDeploy: the alias's update waits for the deployment, and goes back when it fails."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients, clock
from emulator.settings import Settings
from tests.emulator import lambda_functions, releases
from tests.emulator.cloudformation_stacks import body, create, delete, reasons, settled, update
from tests.emulator.event_wiring import ACCOUNT, until
from tests.emulator.releases import AT_ONCE, CANARY, info, traffic

NAME = "stack-release"


@pytest.fixture(scope="module", autouse=True)
def account(emulator: Settings) -> None:
    assert emulator.port
    releases.releasing_role("stack-releases")
    lambda_functions.role("stack-function")
    metric = {"Namespace": "test", "MetricName": "faults", "Statistic": "Sum", "Period": 60}
    clients.client("cloudwatch").put_metric_alarm(
        AlarmName="stack-faults",
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        **metric,
    )


def template(number: int, config: str = CANARY, policy: dict[str, Any] | None = None, **more: Any) -> str:
    """A function whose code is a number, its version, and an alias that follows it by CodeDeploy."""
    code = f"def handle(event, context):\n    return {number}\n"
    named = {"ApplicationName": {"Ref": "Application"}, "DeploymentGroupName": {"Ref": "Group"}}
    function = {
        "FunctionName": NAME,
        "Runtime": "python3.11",
        "Handler": "index.handle",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/stack-function",
        "Code": {"ZipFile": code},
    }
    group = {
        "ApplicationName": {"Ref": "Application"},
        "ServiceRoleArn": f"arn:aws:iam::{ACCOUNT}:role/stack-releases",
        "DeploymentConfigName": config,
        "DeploymentStyle": {"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"},
        "AlarmConfiguration": {"Enabled": True, "Alarms": [{"Name": "stack-faults"}]},
        "AutoRollbackConfiguration": {"Enabled": True, "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]},
    }
    version = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Function"}}}
    alias = {"FunctionName": {"Ref": "Function"}, "Name": "live"}
    return body(
        {
            "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
            f"Version{number}": version,
            "Application": {"Type": "AWS::CodeDeploy::Application", "Properties": {"ComputePlatform": "Lambda"}},
            "Group": {"Type": "AWS::CodeDeploy::DeploymentGroup", "Properties": group},
            "Alias": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {**alias, "FunctionVersion": {"Fn::GetAtt": [f"Version{number}", "Version"]}},
                "UpdatePolicy": {"CodeDeployLambdaAliasUpdate": named if policy is None else policy},
            },
            **more,
        }
    )


def begun(stack: str, text: str) -> str:
    """Update a stack; the deployment that it begins."""
    codedeploy = clients.client("codedeploy")
    before = set(codedeploy.list_deployments()["deployments"])
    clients.client("cloudformation").update_stack(StackName=stack, TemplateBody=text)
    (made,) = until(lambda: set(codedeploy.list_deployments()["deployments"]) - before, 90)
    return str(made)


def invoked() -> int:
    answer = clients.client("lambda").invoke(FunctionName=f"{NAME}:live")["Payload"].read()
    return int(answer)


def test_an_alias_follows_its_version_by_a_deployment_that_may_take_it_back() -> None:
    stack = create(NAME, template(1))
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    before = traffic(NAME)
    assert before == ("1", {})

    deployment = begun(NAME, template(2))
    until(lambda: traffic(NAME) == ("1", {"2": 0.1}), 90)
    (shown,) = clients.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"]
    assert shown["StackStatus"] == "UPDATE_IN_PROGRESS"
    clock.advance(300)
    assert settled(NAME)["StackStatus"] == "UPDATE_COMPLETE"
    told = info(deployment)
    assert (told["status"], told["creator"], told["externalId"]) == ("Succeeded", "CloudFormation", stack["StackId"])
    assert (traffic(NAME), invoked()) == (("2", {}), 2)

    deployment = begun(NAME, template(3))
    until(lambda: traffic(NAME) == ("2", {"3": 0.1}), 90)
    clients.client("cloudwatch").set_alarm_state(AlarmName="stack-faults", StateValue="ALARM", StateReason="test")
    assert settled(NAME)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    (reason,) = reasons(NAME, "UPDATE_FAILED")
    assert f"CodeDeploy deployment {deployment} is Stopped: One or more alarms have been activated" in reason
    assert (traffic(NAME), invoked()) == (("2", {}), 2)
    clients.client("cloudwatch").set_alarm_state(AlarmName="stack-faults", StateValue="OK", StateReason="test")

    refused = {"Type": "AWS::SSM::Parameter", "DependsOn": "Alias", "Properties": {"Type": "String", "Value": ""}}
    assert update(NAME, template(4, AT_ONCE, Late=refused))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    made = [info(each) for each in clients.client("codedeploy").list_deployments()["deployments"]]
    last = [told for told in made if told["applicationName"] == info(deployment)["applicationName"]][-2:]
    assert [(told["creator"], told["status"]) for told in last] == [
        ("CloudFormation", "Succeeded"),
        ("CloudFormationRollback", "Succeeded"),
    ]
    assert (traffic(NAME), invoked()) == (("2", {}), 2)

    absent = {"ApplicationName": {"Ref": "Application"}, "DeploymentGroupName": "absent"}
    assert update(NAME, template(5, policy=absent))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "deployment group absent does not exist" in reasons(NAME, "UPDATE_FAILED")[0]
    assert delete(NAME)["StackStatus"] == "DELETE_COMPLETE"


def test_other_update_policies_are_refused_by_name() -> None:
    policy = {"AutoScalingRollingUpdate": {"MinInstancesInService": 1}}
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "a"}, "UpdatePolicy": policy}
    with pytest.raises(ClientError, match="UpdatePolicy AutoScalingRollingUpdate of AWS::SSM::Parameter is not supp"):
        create("refused-policy", body({"Where": parameter}))
