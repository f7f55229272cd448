"""What a run's phases wrote to CloudWatch Logs: the log groups of the phase's stack, and its jobs', while it ran."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

from crispstack.aws.environment import Environment
from crispstack.aws.run_history import Event, PhaseStatus
from crispstack.phases import Phase

# Logs arrive after what they tell of; a job's last lines may come after its end.
_MARGIN = timedelta(seconds=5)
_GLUE_GROUPS = ("/aws-glue/jobs/output", "/aws-glue/jobs/error")
_SAGEMAKER_GROUP = "/aws/sagemaker/TrainingJobs"
# docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/logging.html
_SPARK_JOB = re.compile(r"applications/[^/]+/jobs/([^/]+)/")


@dataclass(frozen=True)
class LogLine:
    """One event of a log; `when` in UTC."""

    phase: Phase
    group: str
    stream: str
    when: datetime
    message: str


def lines(environment: Environment, phase: PhaseStatus, history: Iterable[Event]) -> Iterator[LogLine]:
    """What was logged while the phase ran, oldest first in each log."""
    if phase.started is None:
        return
    spark_jobs = {job["JobRunId"] for job in _submitted(history, "emr-serverless")}
    for group in _groups(environment, phase.phase):
        yield from (line for line in _events(phase, group) if not _of_another_job(line.stream, spark_jobs))
    if phase.phase is Phase.DATA_PREPARATION:
        for job in _submitted(history, "glue"):
            for group in _GLUE_GROUPS:
                yield from _events(phase, group, logStreamNames=[job["JobRunId"]])
    if phase.phase is Phase.MODELING:
        for job in _submitted(history, "batch"):
            for group, stream in _attempts(job["JobId"]):
                yield from _events(phase, group, logStreamNames=[stream])
        for job in _submitted(history, "sagemaker"):
            name = job["TrainingJobArn"].rpartition("/")[2]
            yield from _events(phase, _SAGEMAKER_GROUP, logStreamNamePrefix=f"{name}/")


def _groups(environment: Environment, phase: Phase) -> Iterator[str]:
    # The first phase has no stack of its own: its function frames the loop.
    name = "orchestration" if phase is Phase.BUSINESS_UNDERSTANDING else phase.value.replace("_", "-")
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=environment.stack(name)):
        for each in page["StackResourceSummaries"]:
            if each["ResourceType"] == "AWS::Logs::LogGroup" and not each["LogicalResourceId"].startswith("Loop"):
                yield each["PhysicalResourceId"]


def _submitted(history: Iterable[Event], service: str) -> Iterator[dict[str, Any]]:
    """What a service answered when it was given a job."""
    for event in history:
        details = event.get("taskSubmittedEventDetails", {})
        if details.get("resourceType") == service:
            yield json.loads(details["output"])


def _of_another_job(stream: str, mine: Collection[str]) -> bool:
    """Whether a stream is of a job of EMR Serverless that is not one of `mine`: runs at the same time share a group."""
    job = _SPARK_JOB.search(stream)
    return job is not None and job[1] not in mine


def _attempts(job: str) -> Iterator[tuple[str, str]]:
    """Log group and stream of each attempt of a Batch job, the first first; nothing once Batch has forgotten it."""
    for found in boto3.client("batch").describe_jobs(jobs=[job])["jobs"]:
        group = found["container"]["logConfiguration"]["options"]["awslogs-group"]
        containers = [each["container"] for each in found["attempts"]] or [found["container"]]
        yield from ((group, each["logStreamName"]) for each in containers if "logStreamName" in each)


def _events(phase: PhaseStatus, group: str, **streams: Any) -> Iterator[LogLine]:
    assert phase.started is not None  # noqa: S101 (narrows the type; the caller has looked)
    window = {
        "startTime": int((phase.started - _MARGIN).timestamp() * 1000),
        "endTime": int(((phase.ended or datetime.now(UTC)) + _MARGIN).timestamp() * 1000),
    }
    pages = boto3.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group, **window, **streams)
    try:
        for page in pages:
            for event in page["events"]:
                when = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
                yield LogLine(phase.phase, group, event["logStreamName"], when, event["message"].rstrip())
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
