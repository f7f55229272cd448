"""A copy of a run, to be spoiled, and how an execution on it ends."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from crispstack.artifacts import BusinessCase
from crispstack.charter import Charter
from crispstack.phases import Phase
from tests.end_to_end.conftest import PROJECT, Checkout

SECONDS = 240


@contextmanager
def copied(
    checkout: Checkout, run: str, purpose: str, change: Callable[[Charter], Charter] | None = None
) -> Iterator[str]:
    """The id of a run with the same artifacts, but for what is changed of its charter; gone afterwards."""
    bucket, s3 = checkout.outputs("storage")["ArtifactsBucketName"], checkout.client("s3")
    copy = f"{run}-{purpose}"
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"{PROJECT}/runs/{run}/")["Contents"]
    for entry in listed:
        key = entry["Key"].replace(f"/runs/{run}/", f"/runs/{copy}/")
        s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": entry["Key"]})
    if change:
        key = f"{PROJECT}/runs/{copy}/{BusinessCase.phase.prefix}/{BusinessCase.file_name()}"
        case = BusinessCase.from_json(checkout.read(f"s3://{bucket}/{key}"))
        changed = dataclasses.replace(case, charter=change(case.charter))
        s3.put_object(Bucket=bucket, Key=key, Body=changed.to_json().encode())
    yield copy
    versions = s3.list_object_versions(Bucket=bucket, Prefix=f"{PROJECT}/runs/{copy}/")
    for entry in [*versions.get("Versions", []), *versions.get("DeleteMarkers", [])]:
        s3.delete_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])


def executed(checkout: Checkout, run: str, phase: Phase, **more: Any) -> dict[str, Any]:
    """How an execution of the state machine from a phase on ended; `more` is what else it is told."""
    client = checkout.client("stepfunctions")
    started = client.start_execution(
        stateMachineArn=checkout.outputs("orchestration")["StateMachineArn"],
        input=json.dumps({"project": PROJECT, "run_id": run, "from_phase": phase.value, **more}),
    )
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found: dict[str, Any] = client.describe_execution(executionArn=started["executionArn"])
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.1)
    raise AssertionError(f"{phase} of {run} has not ended in {SECONDS} s")
