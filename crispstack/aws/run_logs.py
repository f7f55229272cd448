"""What a run's phases wrote to CloudWatch Logs: the log groups of the phase's stack, while the phase ran."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import boto3
from botocore.exceptions import ClientError

from crispstack.aws.environment import Environment
from crispstack.aws.run_history import Event, PhaseStatus
from crispstack.phases import Phase

# Logs arrive after what they tell of; a job's last lines may come after its end.
_MARGIN = timedelta(seconds=5)
_GLUE_GROUPS = ("/aws-glue/jobs/output", "/aws-glue/jobs/error")


@dataclass(frozen=True)
class LogLine:
    """One event of a log; `when` in UTC."""

    phase: Phase
    group: str
    when: datetime
    message: str


def lines(environment: Environment, phase: PhaseStatus, history: Iterable[Event]) -> Iterator[LogLine]:
    """What was logged while the phase ran, oldest first in each log."""
    if phase.started is None:
        return
    for group in _groups(environment, phase.phase):
        yield from _events(phase, group, None)
    if phase.phase is Phase.DATA_PREPARATION:
        for run in _glue_runs(history):
            for group in _GLUE_GROUPS:
                yield from _events(phase, group, run)


def _groups(environment: Environment, phase: Phase) -> Iterator[str]:
    # The first phase has no stack of its own: its function frames the loop.
    name = "orchestration" if phase is Phase.BUSINESS_UNDERSTANDING else phase.value.replace("_", "-")
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=environment.stack(name)):
        for each in page["StackResourceSummaries"]:
            if each["ResourceType"] == "AWS::Logs::LogGroup" and not each["LogicalResourceId"].startswith("Loop"):
                yield each["PhysicalResourceId"]


def _glue_runs(history: Iterable[Event]) -> Iterator[str]:
    for event in history:
        details = event.get("taskSubmittedEventDetails", {})
        if details.get("resourceType") == "glue":
            yield json.loads(details["output"])["JobRunId"]


def _events(phase: PhaseStatus, group: str, stream: str | None) -> Iterator[LogLine]:
    assert phase.started is not None  # noqa: S101 (narrows the type; the caller has looked)
    window = {
        "startTime": int((phase.started - _MARGIN).timestamp() * 1000),
        "endTime": int(((phase.ended or datetime.now(UTC)) + _MARGIN).timestamp() * 1000),
    }
    streams = {"logStreamNames": [stream]} if stream else {}
    pages = boto3.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group, **window, **streams)
    try:
        for page in pages:
            for event in page["events"]:
                when = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
                yield LogLine(phase.phase, group, when, event["message"].rstrip())
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
