"""Task states that wait for jobs of Batch and SageMaker, and end them with their execution."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings
from tests.emulator import state_machines
from tests.emulator.batch_jobs import Batch
from tests.emulator.event_wiring import until
from tests.emulator.state_machines import finished, machine, output, start
from tests.emulator.test_sagemaker_training import Training

RULES = ("events:PutRule", "events:PutTargets", "events:DescribeRule")


@pytest.fixture(scope="module")
def caller(emulator: Settings) -> str:
    rights = ("batch:SubmitJob", "batch:DescribeJobs", "batch:TerminateJob", "iam:PassRole", "sagemaker:*")
    return state_machines.role("waits-for-jobs", *rights, *RULES)


@pytest.fixture(scope="module")
def batch(emulator: Settings) -> Batch:
    return Batch("states")


@pytest.fixture(scope="module")
def jobs(batch: Batch) -> str:
    return batch.queue("queue", batch.environment("demand"))


def submitting(jobs: str, definition: str, **more: Any) -> dict[str, Any]:
    parameters = {
        "JobName": "from-a-state",
        "JobQueue": jobs,
        "JobDefinition": definition,
        "ContainerOverrides": {"Environment": [{"Name": "WORD", "Value.$": "$.word"}]},
    }
    resource = "arn:aws:states:::batch:submitJob.sync"
    return {"Run": {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True, **more}}


def test_a_state_gives_the_job_that_succeeded_and_fails_with_the_one_that_failed(
    batch: Batch, jobs: str, caller: str
) -> None:
    script = "import os, sys; sys.exit(0 if os.environ['WORD'] == 'good' else 3)"
    states = submitting(jobs, batch.define("exits", "python3", "-c", script))
    made = machine("jobs-of-batch", caller, states)
    found = output(finished(start(made, {"word": "good"}), 60))
    assert (found["Status"], found["Container"]["ExitCode"]) == ("SUCCEEDED", 0)
    failed = finished(start(made, {"word": "bad"}), 60)
    assert (failed["status"], failed["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(failed["cause"])
    assert (cause["StatusReason"], cause["Attempts"][0]["Container"]["ExitCode"]) == (
        "Essential container in task exited",
        3,
    )


def test_a_job_ends_with_the_execution_that_waits_for_it(batch: Batch, jobs: str, caller: str) -> None:
    states = submitting(jobs, batch.define("sleeps", "python3", "-c", "import time; time.sleep(600)"))
    execution = start(machine("stopped-jobs-of-batch", caller, states), {"word": "none"})

    def running() -> list[Any]:
        listed: list[Any] = batch.client.list_jobs(jobQueue=jobs, jobStatus="RUNNING")["jobSummaryList"]
        return listed

    (job,) = until(running, 60)
    clients.client("stepfunctions").stop_execution(executionArn=execution)
    found = batch.ended(job["jobId"])
    assert (found["status"], found["isTerminated"]) == ("FAILED", True)
    assert found["statusReason"] == "The execution was stopped."


def test_a_role_that_may_not_submit_fails_under_the_services_error(batch: Batch, jobs: str) -> None:
    unable = state_machines.role("submits-nothing", "batch:DescribeJobs", *RULES)
    states = submitting(jobs, batch.define("denied", "true"))
    failed = state_machines.run("denied-jobs-of-batch", unable, states, {"word": ""})
    assert failed["error"] == "Batch.AWSBatchException"
    assert "batch:SubmitJob" in failed["cause"]


def test_a_role_that_may_not_make_the_rule_of_its_jobs_is_refused_with_the_machine(batch: Batch, jobs: str) -> None:
    unable = state_machines.role("makes-no-rules", "batch:*", *RULES[:2])
    states = submitting(jobs, batch.define("unheard", "true"))
    rule = "rule/StepFunctionsGetEventsForBatchJobsRule"
    with pytest.raises(ClientError, match=f"not authorized to create managed-rule: events:DescribeRule on .*{rule}"):
        machine("unheard", unable, states)


def test_a_training_job_is_waited_for_and_stopped_with_its_execution(caller: str, emulator: Settings) -> None:
    training = Training("states-training")
    resource = "arn:aws:states:::sagemaker:createTrainingJob.sync"
    script = "import os, time; time.sleep(600 if os.environ['TRAINING_JOB_NAME'].startswith('slow') else 0)"
    request = training.request("name", script)
    del request["TrainingJobName"]
    request["TrainingJobName.$"] = "$.name"
    states = {"Run": {"Type": "Task", "Resource": resource, "Parameters": request, "End": True}}
    made = machine("trains", caller, states)
    found = output(finished(start(made, {"name": "quick-training"}), 60))
    assert found["TrainingJobStatus"] == "Completed"
    assert found["ModelArtifacts"]["S3ModelArtifacts"].endswith("/quick-training/output/model.tar.gz")
    failed = finished(start(made, {"name": "quick-training"}), 60)
    assert failed["error"] == "SageMaker.ResourceInUseException"
    execution = start(made, {"name": "slow-training"})
    until(lambda: "slow-training" in str(training.client.list_training_jobs(NameContains="slow")), 60)
    training.when("slow-training", "Training")
    clients.client("stepfunctions").stop_execution(executionArn=execution)
    assert training.ended("slow-training")["TrainingJobStatus"] == "Stopped"
