"""A model that waits for a person: who is asked what, from the execution's history, and the answer to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

from crispstack.aws.runs import Attempt, states
from crispstack.errors import CrispError

_ASKING = "putEvents.waitForTaskToken"
"""What the one task that waits for a person does meanwhile."""


@dataclass(frozen=True)
class Request:
    """What a run waits for. `token` is Step Functions' own; `until` is in UTC."""

    token: str
    package_arn: str
    summary: str
    until: datetime


def pending(history: Iterable[Mapping[str, Any]]) -> Request | None:
    """What an execution asks a person now; None where it asks nothing, or was answered."""
    asked = None
    for event in history:
        scheduled = event.get("taskScheduledEventDetails")
        if scheduled and scheduled["resource"] == _ASKING:
            asked = _request(event)
        elif "stateExitedEventDetails" in event or "stateEnteredEventDetails" in event:
            asked = None
    return asked


def _request(event: Mapping[str, Any]) -> Request:
    parameters = json.loads(event["taskScheduledEventDetails"]["parameters"])
    detail = parameters["Entries"][0]["Detail"]
    until = event["timestamp"].astimezone(UTC) + timedelta(days=float(detail["days"]))
    return Request(detail["token"], detail["package_arn"], detail["summary"], until)


def answer(attempt: Attempt, request: Request, approved: bool, reason: str) -> str:
    """Answer in the name of whoever calls, and return that name, an ARN.

    Raises:
        CrispError: the run no longer waits.
    """
    by = caller()
    output = json.dumps({"approved": approved, "by": by, "reason": reason})
    try:
        states().send_task_success(taskToken=request.token, output=output)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("TaskTimedOut", "TaskDoesNotExist", "InvalidToken"):
            raise
        raise CrispError(
            f"run {attempt.run_id} no longer waits for an answer: somebody was faster, or its time is up; "
            f"see `crisp status {attempt.project}`"
        ) from error
    return by


def caller() -> str:
    """ARN of whose credentials are used."""
    arn: str = boto3.client("sts").get_caller_identity()["Arn"]
    return arn
