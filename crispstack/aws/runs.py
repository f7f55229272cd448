"""Runs of the loop: started, found, stopped. A run is one or more executions of the state machine, its attempts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3

from crispstack.aws.artifact_store import CONTENT_TYPES, ArtifactStore, read_bytes, s3, split_uri
from crispstack.aws.outputs import Platform
from crispstack.business_understanding import charter_json
from crispstack.charter import Charter
from crispstack.errors import ArtifactError, CrispError
from crispstack.phases import Phase

_EXECUTION_NAME = re.compile(r"(?P<project>.+)-(?P<run_id>\d{8}T\d{6}Z-[0-9a-f]{6})-(?P<number>\d+)")


@dataclass(frozen=True)
class Attempt:
    """One execution of the state machine for a run; times in UTC. `status` is Step Functions' own."""

    execution: str
    project: str
    run_id: str
    number: int
    status: str
    started: datetime
    ended: datetime | None


def states() -> Any:
    """A Step Functions client."""
    return boto3.client("stepfunctions")


def new_run_id(now: datetime, suffix: str) -> str:
    """A run id that sorts by time: UTC to the second and six hexadecimal digits against collisions."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{suffix[:6]}"


def write_charter(platform: Platform, charter: Charter, run_id: str) -> str:
    """Store the charter with which the run is started; return its URI."""
    uri = f"{ArtifactStore(platform.artifacts_bucket, charter.name, run_id).run_uri}/charter.json"
    bucket, key = split_uri(uri)
    s3().put_object(
        Bucket=bucket, Key=key, Body=charter_json.dump(charter).encode(), ContentType=CONTENT_TYPES[".json"]
    )
    return uri


def has_charter(platform: Platform, charter: Charter, run_id: str) -> bool:
    """Whether the run was started with this very charter."""
    uri = f"{ArtifactStore(platform.artifacts_bucket, charter.name, run_id).run_uri}/charter.json"
    try:
        return read_bytes(uri) == charter_json.dump(charter).encode()
    except ArtifactError:
        return False


def start(
    platform: Platform,
    project: str,
    run_id: str,
    from_phase: Phase,
    number: int,
    asked: Mapping[str, str | int] | None = None,
) -> str:
    """Start the state machine for a run; `number` counts the run's attempts from 1. Returns the execution's ARN.

    `asked` may hold `until`, the phase that is the last, `backend` and `budget_seconds` in place of the charter's, and
    `returns`, how often a no-go may lead back by itself.
    """
    given = {"project": project, "run_id": run_id, "from_phase": from_phase.value, **(asked or {})}
    answer = states().start_execution(
        stateMachineArn=platform.state_machine, name=f"{project}-{run_id}-{number}", input=json.dumps(given)
    )
    return str(answer["executionArn"])


def attempts(platform: Platform, project: str) -> Iterator[Attempt]:
    """Every attempt of every run of the project, newest first."""
    return (attempt for attempt in _all_attempts(platform) if attempt.project == project)


def _all_attempts(platform: Platform) -> Iterator[Attempt]:
    pages = states().get_paginator("list_executions").paginate(stateMachineArn=platform.state_machine)
    for page in pages:
        for item in page["executions"]:
            name = _EXECUTION_NAME.fullmatch(item["name"])
            if name:
                yield Attempt(
                    item["executionArn"],
                    name["project"],
                    name["run_id"],
                    int(name["number"]),
                    item["status"],
                    item["startDate"].astimezone(UTC),
                    item["stopDate"].astimezone(UTC) if "stopDate" in item else None,
                )


def find(platform: Platform, project: str, run_id: str | None) -> Sequence[Attempt]:
    """The attempts of a run in their order; of the latest run where none is named.

    Raises:
        CrispError: the project has no run, or none of this id.
    """
    found = list(attempts(platform, project))
    if not found:
        others = ", ".join(sorted({attempt.project for attempt in _all_attempts(platform)}))
        hint = f", or name a project that was: {others}" if others else ""
        raise CrispError(f"{project} was never run here; start it with `crisp run {project}`{hint}")
    wanted = run_id or found[0].run_id
    of_run = sorted((each for each in found if each.run_id == wanted), key=lambda each: each.number)
    if not of_run:
        raise CrispError(f"{project} has no run {wanted}; see `crisp runs {project}`")
    return of_run


def of_id(platform: Platform, run_id: str) -> Sequence[Attempt]:
    """The attempts of a run of any project, in their order.

    Raises:
        CrispError: there is no such run.
    """
    found = [each for each in _all_attempts(platform) if each.run_id == run_id]
    if not found:
        raise CrispError(f"there is no run {run_id} here; `crisp runs` with the project's name lists its runs")
    return sorted(found, key=lambda each: each.number)


def stop(attempt: Attempt) -> None:
    """End the attempt; jobs that it waits for are ended with it."""
    states().stop_execution(
        executionArn=attempt.execution, error="Cancelled", cause="cancelled with `crisp cancel` by its user"
    )
