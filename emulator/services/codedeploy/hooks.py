"""The functions that validate a deployment: called with the group's role, and heard through CodeDeploy's API."""

from __future__ import annotations

import json
import uuid
from typing import Any

from botocore.exceptions import ClientError

from emulator.services.codedeploy.alias_traffic import allowed
from emulator.services.codedeploy.deployment import FAILED, IN_PROGRESS, SUCCEEDED, Deployment, LifecycleEvent
from emulator.services.codedeploy.errors import CodeDeployError, DeploymentFailedError

TIMEOUT_SECONDS = 3600.0
REFUSED = "The deployment failed because one or more of the lifecycle event validation functions failed."


def call(deployment: Deployment, event: LifecycleEvent, function: str, functions: Any) -> None:
    """Call a hook's function, which answers later.

    Args:
        deployment: whose hook it is.
        event: the lifecycle event that waits for the answer.
        function: name or ARN.
        functions: a client of Lambda with the group's role.

    Raises:
        DeploymentFailedError: the function is not there, or the role may not invoke it.
    """
    event.begin()
    event.execution_id = str(uuid.uuid4())
    payload = {"DeploymentId": deployment.deployment_id, "LifecycleEventHookExecutionId": event.execution_id}
    try:
        with allowed(deployment.group.service_role_arn, "AWSLambda"):
            functions.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(payload).encode())
    except ClientError as error:
        raise DeploymentFailedError(
            "HOOK_EXECUTION_FAILURE", f"{REFUSED} {function}: {error.response['Error']['Message']}"
        ) from error


def answered(deployment: Deployment, execution_id: str, status: str) -> LifecycleEvent:
    """The lifecycle event that a hook's answer is for, which waits for it.

    Raises:
        CodeDeployError: the answer is neither Succeeded nor Failed, for no hook, or too late.
    """
    if status not in (SUCCEEDED, FAILED):
        raise CodeDeployError(
            "InvalidLifecycleEventHookExecutionStatusException", f"Only {SUCCEEDED} and {FAILED} can be reported"
        )
    for event in deployment.events.values():
        if execution_id and event.execution_id == execution_id:
            if event.status != IN_PROGRESS or not deployment.active:
                raise CodeDeployError("LifecycleEventAlreadyCompletedException", f"{event.name} is over")
            return event
    raise CodeDeployError(
        "InvalidLifecycleEventHookExecutionIdException", f"No lifecycle event waits for the execution {execution_id}"
    )
