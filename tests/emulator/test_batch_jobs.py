"""Jobs of AWS Batch: run as processes with their role, their log, their limits and their retries."""

from __future__ import annotations

import pytest

from emulator.settings import Settings
from tests.emulator.batch_jobs import Batch, logged, role


@pytest.fixture(scope="module")
def batch(emulator: Settings) -> Batch:
    return Batch("jobs")


@pytest.fixture(scope="module")
def queue(batch: Batch) -> str:
    return batch.queue("queue", batch.environment("demand"))


def test_a_job_runs_its_command_with_its_parameters_and_environment_and_logs_it(batch: Batch, queue: str) -> None:
    script = "import os, sys; print(sys.argv[1], os.environ['STAGE'], os.environ['AWS_BATCH_JOB_ATTEMPT'])"
    definition = batch.define(
        "prints",
        *("python3", "-c", script, "Ref::word"),
        parameters={"word": "nothing"},
        container={"environment": [{"name": "STAGE", "value": "one"}]},
    )
    overrides = {"environment": [{"name": "STAGE", "value": "two"}]}
    found = batch.ended(batch.submit(queue, definition, parameters={"word": "hello"}, containerOverrides=overrides))
    assert found["status"] == "SUCCEEDED", found
    assert (found["statusReason"], found["container"]["exitCode"]) == ("Essential container in task exited", 0)
    assert found["createdAt"] <= found["startedAt"] <= found["stoppedAt"]
    assert logged("/aws/batch/job", found["container"]["logStreamName"]) == ["hello two 1"]
