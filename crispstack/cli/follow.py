"""A run, followed to its end: a line for every phase as it ends, with its time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from crispstack.aws import approvals, failures, run_history, runs
from crispstack.aws.approvals import Request
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.aws.run_history import PhaseStatus
from crispstack.aws.runs import Attempt
from crispstack.cli.session import Session
from crispstack.errors import CrispError
from crispstack.phases import Phase

WAITING = "waiting_for_approval"
"""Status of a run that goes on when a person has answered."""
_POLL_SECONDS = 1.0
_MARKS = {
    "succeeded": "[green]✓[/]",
    "failed": "[red]✗[/]",
    "running": "[cyan]▶[/]",
    "pending": "[dim]·[/]",
    "skipped": "[dim]-[/]",
}


def line(each: PhaseStatus) -> str:
    """A phase in one line."""
    took = f"{each.seconds:7.1f} s" if each.seconds is not None else " " * 9
    return f"{_MARKS[each.status]} {each.phase.number} {each.phase.value:<22} {took}  {each.status}"


def follow(
    session: Session,
    store: ArtifactStore,
    execution: str,
    earlier: Sequence[Attempt],
    *,
    told: AbstractSet[Phase] = frozenset(),
    answered: str = "",
) -> dict[str, Any]:
    """Wait for the end of a run's newest execution, or until it asks a person, and tell each phase.

    Args:
        session: of the command.
        store: of the run.
        execution: the newest.
        earlier: the run's attempts before it.
        told: phases that the user knows of.
        answered: the token of a question that was answered just now.

    Returns:
        Status, seconds and phases, in plain values; of a run that waits, `until` when.

    Raises:
        CrispError: the run failed or was ended; the message says in which phase and why.
    """
    project, run_id = store.project, store.run_id
    before = [(run_history.phases_entered(run_history.events(a.execution), a.status), a.status) for a in earlier]
    try:
        described, entered, request = _watch(session, execution, set(told), answered)
    except KeyboardInterrupt:
        hint = f"`crisp status {project}` shows it, `crisp cancel {project}` ends it"
        raise CrispError(f"no longer watching; run {run_id} goes on: {hint}") from None
    merged = run_history.merge([*before, (entered, described["status"])])
    if request:
        return {"status": WAITING, "until": f"{request.until:%Y-%m-%d %H:%M} UTC", **_phases(store, merged)}
    if described["status"] != "SUCCEEDED":
        raise CrispError(_failure(project, run_id, merged, described))
    seconds = (described["stopDate"] - described["startDate"]).total_seconds()
    session.say(f"{project} in {seconds:.1f} s")
    return {"status": "succeeded", "seconds": round(seconds, 1), **_phases(store, merged)}


def _phases(store: ArtifactStore, merged: Sequence[PhaseStatus]) -> dict[str, Any]:
    return {"phases": [each.to_plain() for each in run_history.with_artifacts(store, merged)]}


def _watch(
    session: Session, execution: str, told: set[Phase], answered: str
) -> tuple[dict[str, Any], dict[Phase, PhaseStatus], Request | None]:
    """Tell each phase as it ends, until the execution does or asks; its description, phases and question."""
    with session.console.status("starting") as spinner:
        while True:
            described = runs.states().describe_execution(executionArn=execution)
            history = run_history.events(execution)
            entered = run_history.phases_entered(history, described["status"])
            for each in entered.values():
                if each.status in ("succeeded", "failed") and each.phase not in told:
                    told.add(each.phase)
                    session.say(line(each))
                if each.status == "running":
                    spinner.update(f"{each.phase.number} {each.phase.value}")
            if described["status"] != "RUNNING":
                return described, entered, None
            request = approvals.pending(history)
            if request and request.token != answered:
                return described, entered, request
            time.sleep(_POLL_SECONDS)


def _failure(project: str, run_id: str, phases: Sequence[PhaseStatus], described: dict[str, Any]) -> str:
    failed = next((each.phase.value for each in phases if each.status == "failed"), "the run")
    why = failures.reason(described.get("error"), described.get("cause"))
    remedy = (
        f"see `crisp logs {project} {failed}`, then `crisp run {project} --from {failed}`; "
        f"after a change of charter or data, `crisp run {project}`"
    )
    if failed == "the run":
        remedy = f"see `crisp logs {project}`"
    return f"{failed} of run {run_id} {described['status'].lower().replace('_', ' ')}: {why}\n{remedy}"
