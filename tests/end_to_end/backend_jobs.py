"""Jobs of training on the machines that the stacks can start: which run, what they run, and how they are watched."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.end_to_end.conftest import PROJECT, ROOT, SECONDS, Checkout


def until(condition: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """What the condition gives once it gives something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(f"it did not happen within {seconds} s")


def running(checkout: Checkout) -> list[str]:
    """Jobs of Batch (ids) and SageMaker (names) that are not over."""
    batch, sagemaker = checkout.client("batch"), checkout.client("sagemaker")
    (queue,) = [each["jobQueueName"] for each in batch.describe_job_queues()["jobQueues"]]
    jobs = [
        job["jobId"]
        for state in ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")
        for job in batch.list_jobs(jobQueue=queue, jobStatus=state)["jobSummaryList"]
    ]
    # One that goes from a state to the next between two calls is listed twice.
    jobs = list(dict.fromkeys(jobs))
    trainings = sagemaker.list_training_jobs(StatusEquals="InProgress")["TrainingJobSummaries"]
    return [*jobs, *(each["TrainingJobName"] for each in trainings)]


def batch_job(checkout: Checkout, identifier: str) -> Any:
    """A job as Batch describes it."""
    (found,) = checkout.client("batch").describe_jobs(jobs=[identifier])["jobs"]
    return found


def script_uri(checkout: Checkout, backend: str) -> str:
    """Where the script lies that the backend's jobs run."""
    if backend == "gpu":
        found = checkout.client("batch").describe_job_definitions(status="ACTIVE")["jobDefinitions"]
        newest = max(found, key=lambda each: each["revision"])
        return str({each["name"]: each["value"] for each in newest["containerProperties"]["environment"]}["SCRIPT"])
    machine = checkout.outputs("orchestration")["StateMachineArn"]
    definition = checkout.client("stepfunctions").describe_state_machine(stateMachineArn=machine)["definition"]
    states = json.loads(definition)["States"]
    if backend == "sagemaker":
        return str(states["ModelingInSageMaker"]["Arguments"]["Environment"]["SCRIPT"])
    return str(states["ModelingOnSpark"]["Arguments"]["JobDriver"]["SparkSubmit"]["EntryPoint"])


@contextmanager
def training(checkout: Checkout, backend: str, run: str) -> Iterator[subprocess.Popen[str]]:
    """`crisp train`, as long as one looks. Ctrl-C reaches it even where whoever started the tests ignores it."""
    command = [str(ROOT / ".venv" / "bin" / "crisp"), "train", PROJECT, "--on", backend, "--run", run]
    process = subprocess.Popen(
        [*command, "--json", "--env", checkout.environment.name],
        cwd=checkout.root,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (one system call)
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
