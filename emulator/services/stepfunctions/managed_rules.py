"""The rules of EventBridge by which Step Functions hears that a job ended: the role of a machine must let it make them.

Step Functions makes them when a machine is created; here, where jobs are asked for their state, only the right is
checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.exceptions import AWSError

from emulator import settings
from emulator.identity.credentials import RoleError
from emulator.services.events.permissions import role_allows

_RULES: Mapping[str, str] = {
    "batch:submitJob": "BatchJobs",
    "sagemaker:createTrainingJob": "SageMakerTrainingJobs",
    "sagemaker:createTransformJob": "SageMakerTransformJobs",
    "emr-serverless:startJobRun": "EMRServerlessJob",
    "states:startExecution": "StepFunctionsExecution",
}
_ACTIONS = ("PutTargets", "PutRule", "DescribeRule")
_SERVICE = "states.amazonaws.com"


class AccessDeniedError(AWSError):
    """A machine's role lacks a right that Step Functions needs when the machine is created."""

    TYPE = "AccessDeniedException"
    STATUS = 400


def check(definition: str, role_arn: str, machine_arn: str) -> None:
    """Check that the role may make the rules which the `.sync` states of a definition need.

    Raises:
        AccessDeniedError: it may not, or Step Functions may not assume it.
    """
    here = settings.current()
    for rule in sorted(set(_needed(json.loads(definition)))):
        arn = f"arn:aws:events:{here.region}:{here.account}:rule/StepFunctionsGetEventsFor{rule}Rule"
        try:
            missing = [
                action
                for action in _ACTIONS
                if not role_allows(role_arn, _SERVICE, f"events:{action}", arn, machine_arn)
            ]
        except RoleError as error:
            raise AccessDeniedError(f"Step Functions cannot use the role {role_arn}: {error.message}") from error
        if missing:
            raise AccessDeniedError(
                f"'{role_arn}' is not authorized to create managed-rule: events:{missing[0]} on {arn}"
            )


def _needed(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _needed(each)
    elif isinstance(part, dict):
        resource = part.get("Resource")
        if part.get("Type") == "Task" and isinstance(resource, str) and ".sync" in resource:
            action = resource.partition(":::")[2].partition(".sync")[0]
            if action in _RULES:
                yield _RULES[action]
        for each in part.values():
            yield from _needed(each)
