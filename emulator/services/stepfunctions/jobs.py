"""The jobs that `.sync` waits for: how each is followed, when it is over, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Job:
    """A job that an integration starts. Everything is in Step Functions' casing.

    `identify` takes the request and the answer of the start and returns the parameters of `describe`; `state` and
    `result` are paths into the description; `stop` and `stop_parameters` make the call that ends the job.
    """

    describe: str
    identify: Callable[[Plain, Plain], dict[str, Any]]
    state: tuple[str | int, ...]
    succeeded: frozenset[str]
    failed: frozenset[str]
    result: tuple[str | int, ...]
    stop: str
    stop_parameters: Callable[[Plain, Plain], dict[str, Any]]


def at(description: Any, path: tuple[str | int, ...]) -> Any:
    """What lies at the path."""
    for key in path:
        description = description[key]
    return description


_EXECUTION = Job(
    describe="describeExecution",
    identify=lambda _, started: {"ExecutionArn": started["ExecutionArn"]},
    state=("Status",),
    succeeded=frozenset({"SUCCEEDED"}),
    failed=frozenset({"FAILED", "TIMED_OUT", "ABORTED"}),
    result=(),
    stop="stopExecution",
    stop_parameters=lambda _, started: {"ExecutionArn": started["ExecutionArn"]},
)


def _sagemaker(kind: str) -> Job:
    """A job of SageMaker: they are named by who starts them, and described alike."""
    name = f"{kind}JobName"
    return Job(
        describe=f"describe{kind}Job",
        identify=lambda request, _: {name: request[name]},
        state=(f"{kind}JobStatus",),
        succeeded=frozenset({"Completed", "Stopped"}),
        failed=frozenset({"Failed"}),
        result=(),
        stop=f"stop{kind}Job",
        stop_parameters=lambda request, _: {name: request[name]},
    )


JOBS: Mapping[tuple[str, str], Job] = {
    ("athena", "startQueryExecution"): Job(
        describe="getQueryExecution",
        identify=lambda _, started: {"QueryExecutionId": started["QueryExecutionId"]},
        state=("QueryExecution", "Status", "State"),
        succeeded=frozenset({"SUCCEEDED"}),
        failed=frozenset({"FAILED", "CANCELLED"}),
        result=(),
        stop="stopQueryExecution",
        stop_parameters=lambda _, started: {"QueryExecutionId": started["QueryExecutionId"]},
    ),
    ("glue", "startJobRun"): Job(
        describe="getJobRun",
        identify=lambda request, started: {"JobName": request["JobName"], "RunId": started["JobRunId"]},
        state=("JobRun", "JobRunState"),
        succeeded=frozenset({"SUCCEEDED", "STOPPED"}),
        failed=frozenset({"FAILED", "TIMEOUT", "ERROR", "EXPIRED"}),
        result=("JobRun",),
        stop="batchStopJobRun",
        stop_parameters=lambda request, started: {"JobName": request["JobName"], "JobRunIds": [started["JobRunId"]]},
    ),
    ("emr-serverless", "startJobRun"): Job(
        describe="getJobRun",
        identify=lambda request, started: {"ApplicationId": request["ApplicationId"], "JobRunId": started["JobRunId"]},
        state=("JobRun", "State"),
        succeeded=frozenset({"SUCCESS"}),
        failed=frozenset({"FAILED", "CANCELLED"}),
        result=("JobRun",),
        stop="cancelJobRun",
        stop_parameters=lambda request, started: {
            "ApplicationId": request["ApplicationId"],
            "JobRunId": started["JobRunId"],
        },
    ),
    ("batch", "submitJob"): Job(
        describe="describeJobs",
        identify=lambda _, started: {"Jobs": [started["JobId"]]},
        state=("Jobs", 0, "Status"),
        succeeded=frozenset({"SUCCEEDED"}),
        failed=frozenset({"FAILED"}),
        result=("Jobs", 0),
        stop="terminateJob",
        stop_parameters=lambda _, started: {"JobId": started["JobId"], "Reason": "The execution was stopped."},
    ),
    ("sagemaker", "createTrainingJob"): _sagemaker("Training"),
    ("sagemaker", "createTransformJob"): _sagemaker("Transform"),
    ("sagemaker", "createProcessingJob"): _sagemaker("Processing"),
    ("states", "startExecution"): _EXECUTION,
}
