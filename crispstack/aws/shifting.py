"""CodeDeploy: the traffic of an alias goes from one version of a function to another.

Application and deployment group have the function's name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from crispstack.aws.champion import client
from crispstack.errors import ReleaseUnderWayError
from crispstack.settings import LIVE

_AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
_ACTIVE = ("Created", "Queued", "InProgress", "Baking", "Ready")
_BY_ITSELF = "codeDeployRollback"
_LONGEST_DESCRIPTION = 256


@dataclass(frozen=True)
class Shift:
    """A deployment of CodeDeploy: from which version to which, and how far it came; times in UTC.

    `by_stack` says whether CloudFormation made it, `is_way_back` whether CodeDeploy did, taking another one back.
    `message` is CodeDeploy's own where it failed, `was_refused` whether the new version got no traffic.
    """

    function: str
    current: str
    target: str
    status: str
    message: str
    was_refused: bool
    by_stack: bool
    is_way_back: bool
    started: str
    ended: str

    @property
    def is_active(self) -> bool:
        """Whether it is not over."""
        return self.status in _ACTIVE

    @property
    def succeeded(self) -> bool:
        """Whether the new version serves."""
        return self.status == "Succeeded"


def start(function: str, current: str, target: str, prove: str, description: str, *, at_once: bool = False) -> str:
    """Begin to shift the traffic; returns the deployment's id.

    Args:
        function: name.
        current: the version that serves.
        target: the one that shall serve.
        prove: the function that asks it the golden rows before it gets traffic.
        description: what for.
        at_once: in one step and whatever the alarms say, for a way back from what set them off.

    Raises:
        ReleaseUnderWayError: another deployment of the function is not over.
    """
    properties = {"Name": function, "Alias": LIVE, "CurrentVersion": current, "TargetVersion": target}
    content = {
        "version": 0.0,
        "Resources": [{"Predict": {"Type": "AWS::Lambda::Function", "Properties": properties}}],
        "Hooks": [{"BeforeAllowTraffic": prove}],
    }
    hurried: dict[str, Any] = {
        "deploymentConfigName": _AT_ONCE,
        "overrideAlarmConfiguration": {"enabled": False, "alarms": []},
    }
    try:
        made: str = client("codedeploy").create_deployment(
            applicationName=function,
            deploymentGroupName=function,
            revision={"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(content)}},
            description=description[:_LONGEST_DESCRIPTION],
            **(hurried if at_once else {}),
        )["deploymentId"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "DeploymentLimitExceededException":
            raise
        why = error.response["Error"]["Message"]
        raise ReleaseUnderWayError(f"another release of {function} is not over yet: {why}") from error
    return made


def active(function: str) -> str:
    """Id of the function's deployment that is not over; empty if there is none."""
    asked = {"applicationName": function, "deploymentGroupName": function}
    found = client("codedeploy").list_deployments(**asked, includeOnlyStatuses=list(_ACTIVE))["deployments"]
    return found[0] if found else ""


def find(deployment_id: str) -> Shift:
    """How far a deployment came."""
    codedeploy, asked = client("codedeploy"), {"deploymentId": deployment_id}
    told = codedeploy.get_deployment(**asked)["deploymentInfo"]
    targets = codedeploy.list_deployment_targets(**asked)["targetIds"]
    lambda_target: dict[str, Any] = {}
    if targets:
        found = codedeploy.get_deployment_target(**asked, targetId=targets[0])
        lambda_target = found["deploymentTarget"]["lambdaTarget"]
    about = lambda_target.get("lambdaFunctionInfo", {})
    events = {each["lifecycleEventName"]: each["status"] for each in lambda_target.get("lifecycleEvents", ())}
    return Shift(
        function=told["applicationName"],
        current=about.get("currentVersion", ""),
        target=about.get("targetVersion", ""),
        status=told["status"],
        message=told.get("errorInformation", {}).get("message", ""),
        was_refused=events.get("AllowTraffic") not in ("Succeeded", "InProgress", "Failed"),
        by_stack=told["creator"].startswith("CloudFormation"),
        is_way_back=told["creator"] == _BY_ITSELF,
        started=_iso(told.get("startTime") or told["createTime"]),
        ended=_iso(told["completeTime"]) if told.get("completeTime") else "",
    )


def answer_hook(deployment_id: str, execution_id: str, *, passed: bool) -> None:
    """Tell CodeDeploy whether the new version may get traffic."""
    client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=deployment_id,
        lifecycleEventHookExecutionId=execution_id,
        status="Succeeded" if passed else "Failed",
    )


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds")
