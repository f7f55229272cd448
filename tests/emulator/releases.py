"""What the tests of releases share: a function of two versions behind an alias, its group, and a hook that answers."""

from __future__ import annotations

import json
from typing import Any

from emulator import clients
from tests.emulator import lambda_functions
from tests.emulator.event_wiring import ACCOUNT, allow, role

PLACE = f"us-east-1:{ACCOUNT}"
# What a deployment group's role needs: its alarms, its aliases, its hooks, its revisions.
NEEDED = (
    allow("cloudwatch:DescribeAlarms", "*"),
    allow(["lambda:GetAlias", "lambda:UpdateAlias"], f"arn:aws:lambda:{PLACE}:function:*"),
    allow("lambda:InvokeFunction", f"arn:aws:lambda:{PLACE}:function:*"),
    allow("s3:GetObject", "arn:aws:s3:::revisions/*"),
)
CANARY = "CodeDeployDefault.LambdaCanary10Percent5Minutes"
AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
ROLLBACK = {
    "enabled": True,
    "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
}
# Answers as the deployment's description says: Succeeded, Failed, or not at all.
HOOK = """
import boto3

codedeploy = boto3.client("codedeploy")


def handle(event, context):
    asked = {"deploymentId": event["DeploymentId"]}
    status = codedeploy.get_deployment(**asked)["deploymentInfo"]["description"]
    if status != "silent":
        execution = event["LifecycleEventHookExecutionId"]
        codedeploy.put_lifecycle_event_hook_execution_status(
            **asked, lifecycleEventHookExecutionId=execution, status=status)
"""


def versions(name: str, *codes: str) -> None:
    """A function with one version for each code, and an alias `live` of the first."""
    functions, first = clients.client("lambda"), codes[0]
    lambda_functions.function(name, lambda_functions.role(name), first, Publish=True)
    for code in codes[1:]:
        package = lambda_functions.zipped({"handler.py": code})
        functions.update_function_code(FunctionName=name, ZipFile=package, Publish=True)
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")


def group(name: str, config: str = CANARY, **asked: Any) -> None:
    """A deployment group `name` of an application of the same name."""
    codedeploy = clients.client("codedeploy")
    codedeploy.create_application(applicationName=name, computePlatform="Lambda")
    codedeploy.create_deployment_group(
        applicationName=name,
        deploymentGroupName=name,
        deploymentConfigName=config,
        **{"serviceRoleArn": f"arn:aws:iam::{ACCOUNT}:role/releases", **asked},
    )


def releasing_role(name: str = "releases", *statements: Any) -> str:
    """A role for deployment groups."""
    return role(name, "codedeploy", *(statements or NEEDED))


def app_spec(function: str, current: str = "1", target: str = "2", **hooks: str) -> dict[str, Any]:
    """A revision that takes an alias `live` from one version to another."""
    properties = {"Name": function, "Alias": "live", "CurrentVersion": current, "TargetVersion": target}
    content = {
        "version": 0.0,
        "Resources": [{"function": {"Type": "AWS::Lambda::Function", "Properties": properties}}],
        "Hooks": [{event: hook} for event, hook in hooks.items()],
    }
    return {"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(content)}}


def deploy(group_name: str, revision: dict[str, Any], **asked: Any) -> str:
    """Begin a deployment of a group; its id."""
    made: str = clients.client("codedeploy").create_deployment(
        applicationName=group_name, deploymentGroupName=group_name, revision=revision, **asked
    )["deploymentId"]
    return made


def info(deployment: str) -> dict[str, Any]:
    """What GetDeployment tells."""
    told: dict[str, Any] = clients.client("codedeploy").get_deployment(deploymentId=deployment)["deploymentInfo"]
    return told


def events(deployment: str) -> dict[str, str]:
    """The states of a deployment's lifecycle events."""
    codedeploy = clients.client("codedeploy")
    (target,) = codedeploy.list_deployment_targets(deploymentId=deployment)["targetIds"]
    found = codedeploy.get_deployment_target(deploymentId=deployment, targetId=target)["deploymentTarget"]
    return {each["lifecycleEventName"]: each["status"] for each in found["lambdaTarget"]["lifecycleEvents"]}


def traffic(function: str) -> tuple[str, dict[str, float]]:
    """The version of the alias `live`, and the weights of others."""
    found = clients.client("lambda").get_alias(FunctionName=function, Name="live")
    return found["FunctionVersion"], (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights", {})


def ended(deployment: str) -> dict[str, Any]:
    """What GetDeployment tells once it is over, and taken back where it is."""

    def told() -> Any:
        return (found := info(deployment))["status"] != "InProgress" and found

    # In haste: a hook that a slow machine did not let start in time is called again after a minute of the clock.
    found: dict[str, Any] = lambda_functions.until(told, hasten=True, limit=90)
    if back := found.get("rollbackInfo", {}).get("rollbackDeploymentId"):
        ended(back)
    return found
