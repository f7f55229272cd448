"""Jobs that score: started on EMR Serverless, asked how they fare, cancelled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from crispstack.aws.artifact_store import reason
from crispstack.deployment.score import ScorePlan
from crispstack.deployment.score_job import ScoreJob
from crispstack.errors import CrispError

_RUNNING = ("SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "QUEUED")
_ENDED = frozenset({"SUCCESS", "FAILED", "CANCELLED"})
_MINUTES = 720
_OURS = re.compile(r"crispstack\.errors\.\w+: ([^\n]*)")


@dataclass(frozen=True)
class JobRun:
    """A job run of an application."""

    application: str
    run_id: str


@dataclass(frozen=True)
class JobState:
    """How a run fares: the service's state of it, and why it failed where it did."""

    state: str
    reason: str

    @property
    def ended(self) -> bool:
        """Whether it will not change any more."""
        return self.state in _ENDED


def described(parameter: str) -> ScoreJob:
    """What the project's stack says of its jobs.

    Raises:
        CrispError: the project is deployed without them.
    """
    try:
        value: str = boto3.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
        raise CrispError(f"there is no parameter {parameter}; run `crisp deploy`") from error
    return ScoreJob.from_json(value)


def running(job: ScoreJob, plan: ScorePlan) -> JobRun | None:
    """The run that is scoring this plan already, if there is one."""
    pages = _client().get_paginator("list_job_runs").paginate(applicationId=job.application, states=list(_RUNNING))
    for page in pages:
        for each in page["jobRuns"]:
            if each.get("name") == _name(plan):
                return JobRun(job.application, each["id"])
    return None


def start(job: ScoreJob, plan: ScorePlan, plan_uri: str, token: str) -> JobRun:
    """Start a job that scores what the plan still lacks.

    Args:
        job: what to run.
        plan: what to score.
        plan_uri: where the plan lies.
        token: random; a request that is sent twice starts one job.

    Raises:
        CrispError: the service refuses; the message is its own.
    """
    arguments = ["--plan", plan_uri, "--pseudonym-key", job.pseudonym_key, "--lookup-table", job.lookup_table]
    logs = {"enabled": True, "logGroupName": job.log_group}
    try:
        started = _client().start_job_run(
            applicationId=job.application,
            clientToken=token,
            executionRoleArn=job.role,
            name=_name(plan),
            executionTimeoutMinutes=_MINUTES,
            jobDriver={
                "sparkSubmit": {
                    "entryPoint": job.script,
                    "entryPointArguments": arguments,
                    "sparkSubmitParameters": job.spark_parameters,
                }
            },
            configurationOverrides={"monitoringConfiguration": {"cloudWatchLoggingConfiguration": logs}},
        )
    except ClientError as error:
        raise CrispError(f"cannot start the scoring job: {reason(error)}") from error
    return JobRun(job.application, started["jobRunId"])


def state(run: JobRun) -> JobState:
    """How the run fares now."""
    found: dict[str, Any] = _client().get_job_run(applicationId=run.application, jobRunId=run.run_id)["jobRun"]
    details = str(found.get("stateDetails") or "")
    ours = _OURS.findall(details)
    return JobState(found["state"], ours[-1] if ours else details)


def cancel(run: JobRun) -> None:
    """End the run; one that has ended stays as it is."""
    try:
        _client().cancel_job_run(applicationId=run.application, jobRunId=run.run_id)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationException":
            raise


def _name(plan: ScorePlan) -> str:
    return f"{plan.project} score {plan.score_id}"


def _client() -> Any:
    return boto3.client("emr-serverless")
