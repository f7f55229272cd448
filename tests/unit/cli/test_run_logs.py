from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from crispstack.aws import run_logs
from crispstack.aws.environment import Environment
from crispstack.aws.run_history import PhaseStatus
from crispstack.phases import Phase

ENDED = datetime.now(UTC).replace(microsecond=0)
TRAINING = PhaseStatus(Phase.MODELING, "succeeded", ENDED - timedelta(seconds=30), ENDED)
ENVIRONMENT = Environment("dev", "123456789012", "us-east-1")
GROUP = "of-modeling"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", ENVIRONMENT.region)
    with mock_aws():
        template = {"Resources": {"Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": GROUP}}}}
        boto3.client("cloudformation").create_stack(
            StackName=ENVIRONMENT.stack("modeling"), TemplateBody=json.dumps(template)
        )
        yield ENVIRONMENT


def write(stream: str, message: str, when: datetime = ENDED) -> None:
    logs = boto3.client("logs")
    logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    event = {"timestamp": int(when.timestamp() * 1000), "message": message}
    logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=[event])


def submitted(job: str) -> dict[str, Any]:
    output = json.dumps({"JobRunId": job})
    return {"taskSubmittedEventDetails": {"resourceType": "emr-serverless", "output": output}}


def test_of_jobs_at_the_same_time_only_the_runs_own_are_shown(environment: Environment) -> None:
    write("applications/a/jobs/mine/SPARK_DRIVER/stdout", "trial 1")
    write("applications/a/jobs/theirs/SPARK_DRIVER/stdout", "trial of another run")
    write("2026/01/02/[1]abc", "the function that plans")
    found = list(run_logs.lines(environment, TRAINING, [submitted("mine")]))
    assert {line.message for line in found} == {"trial 1", "the function that plans"}
    assert {line.group for line in found} == {GROUP}


def test_what_was_logged_before_the_phase_is_not_shown(environment: Environment) -> None:
    write("applications/a/jobs/mine/SPARK_DRIVER/stdout", "long ago", ENDED - timedelta(minutes=5))
    write("applications/a/jobs/mine/SPARK_DRIVER/stderr", "while it ran", ENDED - timedelta(seconds=20))
    [line] = run_logs.lines(environment, TRAINING, [submitted("mine")])
    assert (line.message, line.when) == ("while it ran", ENDED - timedelta(seconds=20))


def test_a_phase_that_never_began_logged_nothing(environment: Environment) -> None:
    write("applications/a/jobs/mine/SPARK_DRIVER/stdout", "of another run")
    assert list(run_logs.lines(environment, PhaseStatus(Phase.MODELING, "pending"), [])) == []
