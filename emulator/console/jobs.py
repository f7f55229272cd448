"""Runs of jobs, of all services that have some: Glue, EMR Serverless, Batch, SageMaker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from werkzeug.exceptions import NotFound

from emulator.console.listing import everything, listing
from emulator.console.visit import Page, Visit

_EACH = 50
_BATCH_STATES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")


@dataclass(frozen=True)
class Run:
    """A run of a job.

    `of` and `id` are what its service finds it by; `logs` names the groups that have its lines, and how the names of
    its streams begin there.
    """

    service: str
    name: str
    of: str
    id: str
    status: str
    started: datetime
    ended: datetime | None = None
    reason: str = ""
    logs: tuple[tuple[str, str], ...] = ()
    document: dict[str, Any] | None = None


def index(visit: Visit) -> Page:
    """The latest runs of every job, the latest first."""
    return Page("jobs.html.j2", "Jobs", {"runs": latest(visit)})


def latest(visit: Visit) -> list[Run]:
    """The latest runs of every job of all services, the latest first."""
    runs = [run for found in (_glue, _emr, _batch, _sagemaker) for run in found(visit)]
    return sorted(runs, key=lambda each: each.started, reverse=True)


def one(visit: Visit) -> Page:
    """A run, with all that its service tells of it."""
    of, identity = visit.asked("of"), visit.required("id")
    match visit.required("service"):
        case "Glue":
            run = _glue_run(visit.client("glue").get_job_run(JobName=of, RunId=identity)["JobRun"])
        case "EMR Serverless":
            found = visit.client("emr-serverless").get_job_run(applicationId=of, jobRunId=identity)["jobRun"]
            run = _emr_run({**found, "id": identity})
        case "Batch":
            (described,) = visit.client("batch").describe_jobs(jobs=[identity])["jobs"] or [None]
            if described is None:
                raise NotFound(f"There is no job “{identity}”.")
            run = _batch_run(described, of)
        case "SageMaker":
            run = _training_job(visit.client("sagemaker").describe_training_job(TrainingJobName=identity))
        case other:
            raise NotFound(f"The console knows no jobs of “{other}”.")
    return Page("job.html.j2", run.name, {"run": run})


def _glue(visit: Visit) -> Iterator[Run]:
    client = visit.client("glue")
    for job in everything(client, "get_jobs", "Jobs"):
        for run in listing(client, "get_job_runs", "JobRuns", size=_EACH, JobName=job["Name"]).items:
            yield _glue_run(run)


def _glue_run(run: dict[str, Any]) -> Run:
    group = run.get("LogGroupName", "/aws-glue/jobs")
    return Run(
        service="Glue",
        name=run["JobName"],
        of=run["JobName"],
        id=run["Id"],
        status=run["JobRunState"],
        started=run["StartedOn"],
        ended=run.get("CompletedOn"),
        reason=run.get("ErrorMessage", ""),
        logs=tuple((f"{group}/{kind}", run["Id"]) for kind in ("output", "error")),
        document=run,
    )


def _emr(visit: Visit) -> Iterator[Run]:
    client = visit.client("emr-serverless")
    for application in everything(client, "list_applications", "applications"):
        asked = {"applicationId": application["id"]}
        yield from map(_emr_run, listing(client, "list_job_runs", "jobRuns", size=_EACH, **asked).items)


def _emr_run(run: dict[str, Any]) -> Run:
    watched = run.get("configurationOverrides", {}).get("monitoringConfiguration", {})
    logged = watched.get("cloudWatchLoggingConfiguration", {})
    prefix = logged.get("logStreamNamePrefix", "")
    stream = f"{prefix}/" * bool(prefix) + f"applications/{run['applicationId']}/jobs/{run['id']}/"
    over = run["state"] in {"SUCCESS", "FAILED", "CANCELLED"}
    return Run(
        service="EMR Serverless",
        name=run.get("name") or run["id"],
        of=run["applicationId"],
        id=run["id"],
        status=run["state"],
        started=run["createdAt"],
        ended=run.get("endedAt") or (run["updatedAt"] if over else None),
        reason=run.get("stateDetails", ""),
        logs=((logged["logGroupName"], stream),) if logged.get("logGroupName") else (),
        document=run,
    )


def _batch(visit: Visit) -> Iterator[Run]:
    client = visit.client("batch")
    for queue in everything(client, "describe_job_queues", "jobQueues"):
        for state in _BATCH_STATES:
            asked = {"jobQueue": queue["jobQueueArn"], "jobStatus": state}
            for job in listing(client, "list_jobs", "jobSummaryList", size=_EACH, **asked).items:
                yield _batch_run(job, queue["jobQueueName"])


def _batch_run(job: dict[str, Any], queue: str) -> Run:
    container = job.get("container", {})
    logged = container.get("logConfiguration", {}).get("options", {}).get("awslogs-group", "/aws/batch/job")
    stream = container.get("logStreamName")
    return Run(
        service="Batch",
        name=job["jobName"],
        of=queue,
        id=job["jobId"],
        status=job["status"],
        started=_from_milliseconds(job.get("startedAt") or job["createdAt"]),
        ended=_from_milliseconds(job["stoppedAt"]) if job.get("stoppedAt") else None,
        reason=job.get("statusReason", ""),
        logs=((logged, stream),) if stream else (),
        document=job,
    )


def _sagemaker(visit: Visit) -> Iterator[Run]:
    client = visit.client("sagemaker")
    for each in listing(client, "list_training_jobs", "TrainingJobSummaries", size=_EACH).items:
        yield _training_job(each)


def _training_job(job: dict[str, Any]) -> Run:
    return Run(
        service="SageMaker",
        name=job["TrainingJobName"],
        of="",
        id=job["TrainingJobName"],
        status=job["TrainingJobStatus"],
        started=job["CreationTime"],
        ended=job.get("TrainingEndTime"),
        reason=job.get("FailureReason", ""),
        logs=(("/aws/sagemaker/TrainingJobs", f"{job['TrainingJobName']}/"),),
        document=job,
    )


def _from_milliseconds(value: int) -> datetime:
    return datetime.fromtimestamp(value / 1000, UTC)
