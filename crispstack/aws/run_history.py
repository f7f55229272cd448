"""What became of each phase of a run, from the histories of its executions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from botocore.exceptions import ClientError

from crispstack.artifacts import Artifact, BusinessCase, DataProfile, Decision, ModelPackage, PreparedDataset, Release
from crispstack.aws.artifact_store import ArtifactStore, s3, split_uri
from crispstack.aws.outputs import Platform
from crispstack.aws.runs import Attempt, states
from crispstack.phases import Phase

Event = Mapping[str, Any]
Status = Literal["succeeded", "failed", "running", "pending", "skipped"]

MAIN_ARTIFACT: Mapping[Phase, type[Artifact]] = {
    Phase.BUSINESS_UNDERSTANDING: BusinessCase,
    Phase.DATA_UNDERSTANDING: DataProfile,
    Phase.DATA_PREPARATION: PreparedDataset,
    Phase.MODELING: ModelPackage,
    Phase.EVALUATION: Decision,
    Phase.DEPLOYMENT: Release,
}


# The state machine enters these after a phase failed.
_FAILURE_STATES = frozenset({"RecordFailure", "RunFailed"})


@dataclass(frozen=True)
class PhaseStatus:
    """One phase of a run. `artifact` is the URI of its main artifact, once it succeeded."""

    phase: Phase
    status: Status
    started: datetime | None = None
    ended: datetime | None = None
    artifact: str | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        return (self.ended - self.started).total_seconds() if self.started and self.ended else None

    def to_plain(self) -> dict[str, str | None]:
        """The JSON form; times in ISO 8601."""
        return {
            "phase": self.phase.value,
            "status": self.status,
            "started": self.started.isoformat() if self.started else None,
            "ended": self.ended.isoformat() if self.ended else None,
            "artifact": self.artifact,
        }


def phase_of(state: str) -> Phase | None:
    """The phase that a state belongs to: its name begins with the phase's in CamelCase."""
    names = {"".join(word.capitalize() for word in phase.value.split("_")): phase for phase in Phase}
    return next((phase for name, phase in names.items() if state.startswith(name)), None)


def events(execution: str) -> list[Event]:
    """The execution's whole history."""
    pages = states().get_paginator("get_execution_history").paginate(executionArn=execution)
    return [event for page in pages for event in page["events"]]


def phases_entered(history: Iterable[Event], status: str) -> dict[Phase, PhaseStatus]:
    """The phases that an execution of this status went through, in order."""
    found: dict[Phase, PhaseStatus] = {}
    failed = False
    for event in history:
        details = event.get("stateEnteredEventDetails") or event.get("stateExitedEventDetails") or {}
        phase, when = phase_of(details.get("name", "")), event["timestamp"].astimezone(UTC)
        failed = failed or details.get("name") in _FAILURE_STATES
        if phase and "stateEnteredEventDetails" in event:
            earlier = found.pop(phase, PhaseStatus(phase, "running", when))
            found[phase] = replace(earlier, status="running", ended=None)
        elif phase and phase in found:
            found[phase] = replace(found[phase], ended=when)
    if not found:
        return found
    *before, last = found
    for phase in before:
        found[phase] = replace(found[phase], status="succeeded")
    outcome: Status = "failed" if failed else {"RUNNING": "running", "SUCCEEDED": "succeeded"}.get(status, "failed")  # type: ignore[assignment]
    found[last] = replace(found[last], status=outcome)
    return found


def merge(entered: Sequence[tuple[dict[Phase, PhaseStatus], str]]) -> tuple[PhaseStatus, ...]:
    """The six phases after all attempts: a later attempt replaces the phase with which it began and all that follow."""
    merged: dict[Phase, PhaseStatus] = {}
    for phases, _ in entered:
        if phases:
            first = min(phase.number for phase in phases)
            merged = {phase: each for phase, each in merged.items() if phase.number < first} | phases
    absent: Status = "pending" if entered and entered[-1][1] == "RUNNING" else "skipped"
    reached = max((phase.number for phase in merged), default=0)
    return tuple(
        merged.get(phase, PhaseStatus(phase, "skipped" if phase.number < reached else absent)) for phase in Phase
    )


def phases(platform: Platform, attempts: Sequence[Attempt]) -> tuple[PhaseStatus, ...]:
    """The six phases of a run, with the artifacts of those that succeeded."""
    merged = merge([(phases_entered(events(each.execution), each.status), each.status) for each in attempts])
    return with_artifacts(ArtifactStore(platform.artifacts_bucket, attempts[-1].project, attempts[-1].run_id), merged)


def with_artifacts(store: ArtifactStore, merged: Iterable[PhaseStatus]) -> tuple[PhaseStatus, ...]:
    """The phases, with the URIs of the artifacts of those that succeeded, or were taken over from another run."""
    return tuple(
        replace(each, artifact=_existing(store.artifact_uri(MAIN_ARTIFACT[each.phase])))
        if each.status in ("succeeded", "skipped")
        else each
        for each in merged
    )


def _existing(uri: str) -> str | None:
    bucket, key = split_uri(uri)
    try:
        s3().head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return None
        raise
    return uri
