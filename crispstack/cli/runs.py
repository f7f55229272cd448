"""`crisp runs` and `crisp status`: what was run, and how far it came."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.phases import Phase

if TYPE_CHECKING:
    from crispstack.aws.artifact_store import ArtifactStore
    from crispstack.aws.outputs import Platform
    from crispstack.aws.runs import Attempt


@click.command(cls=CommandWithExample, example="crisp runs bank_marketing")
@click.argument("project")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(min=1), help="How many runs, at most.")
@with_session
def runs(session: Session, project: str, limit: int) -> None:
    """List a project's runs, newest first, with their decisions."""
    from rich.table import Table  # noqa: PLC0415 (help must not import it)

    from crispstack.aws import outputs  # noqa: PLC0415
    from crispstack.aws import runs as aws_runs  # noqa: PLC0415
    from crispstack.cli.follow import WAITING  # noqa: PLC0415

    platform = outputs.platform(session.environment)
    found = aws_runs.attempts(platform, project)
    by_run: dict[str, dict[str, Any]] = {}
    for attempt in found:
        started = attempt.started.isoformat(timespec="seconds")
        if attempt.run_id in by_run:
            by_run[attempt.run_id].update(started=started, attempts=by_run[attempt.run_id]["attempts"] + 1)
        elif len(by_run) < limit:
            found_as = {"run_id": attempt.run_id, "status": _status(attempt), "started": started, "attempts": 1}
            by_run[attempt.run_id] = found_as
    table = Table("Run", "Started (UTC)", "Status", "Attempts", "Verdict", box=None)
    for item in by_run.values():
        item["verdict"] = _verdict(platform, project, item["run_id"]) if item["status"] == "succeeded" else None
        table.add_row(
            item["run_id"],
            item["started"][:19].replace("T", " "),
            "waiting" if item["status"] == WAITING else item["status"],
            str(item["attempts"]),
            (item["verdict"] or "-").replace("_", "-"),
        )
    if by_run:
        session.console.print(table)
    else:
        session.say(f"{project} was never run here; start it with `crisp run {project}`")
    session.answer([*by_run.values()])


def _status(attempt: Attempt) -> str:
    from crispstack.aws import approvals, run_history  # noqa: PLC0415 (help must not import it)
    from crispstack.cli.follow import WAITING  # noqa: PLC0415

    if attempt.status == "RUNNING" and approvals.pending(run_history.events(attempt.execution)):
        return WAITING
    return attempt.status.lower()


def _verdict(platform: Platform, project: str, run_id: str) -> str | None:
    from crispstack.artifacts import Decision  # noqa: PLC0415 (help must not import it)
    from crispstack.aws.artifact_store import ArtifactStore  # noqa: PLC0415
    from crispstack.errors import ArtifactError  # noqa: PLC0415

    try:
        decision, _ = ArtifactStore(platform.artifacts_bucket, project, run_id).read(Decision)
    except ArtifactError:
        return None
    return decision.verdict


@click.command(cls=CommandWithExample, example="crisp status bank_marketing --json")
@click.argument("project")
@click.option("--run", "run_id", help="The run; the latest by default.")
@with_session
def status(session: Session, project: str, run_id: str | None) -> None:
    """Show how far a run came, and where its artifacts lie."""
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)

    from crispstack.aws import failures, outputs, run_history  # noqa: PLC0415 (help must not import it)
    from crispstack.aws import runs as aws_runs  # noqa: PLC0415
    from crispstack.aws.artifact_store import ArtifactStore  # noqa: PLC0415
    from crispstack.cli.follow import line  # noqa: PLC0415

    platform = outputs.platform(session.environment)
    attempts = aws_runs.find(platform, project, run_id)
    phases = run_history.phases(platform, attempts)
    latest = attempts[-1]
    session.say(f"run {latest.run_id}: {latest.status.lower().replace('_', ' ')}")
    for each in phases:
        session.say(" ".join(itertools.chain([line(each)], [f" [dim]{each.artifact}[/]"] if each.artifact else [])))
    if latest.status == "RUNNING":
        _tell_what_it_waits_for(session, latest)
    if any(each.phase is Phase.EVALUATION and each.status == "succeeded" for each in phases):
        _tell_approval(session, ArtifactStore(platform.artifacts_bucket, project, latest.run_id))
    if latest.status not in ("RUNNING", "SUCCEEDED"):
        described = aws_runs.states().describe_execution(executionArn=latest.execution)
        why = failures.reason(described.get("error"), described.get("cause"))
        session.say(f"[red]{escape(why)}[/]")
    session.answer([each.to_plain() for each in phases])


def _tell_what_it_waits_for(session: Session, attempt: Attempt) -> None:
    from crispstack.aws import approvals, run_history  # noqa: PLC0415 (help must not import it)
    from crispstack.cli.conclusion import waits_for  # noqa: PLC0415

    if request := approvals.pending(run_history.events(attempt.execution)):
        session.say(waits_for(attempt.run_id, f"{request.until:%Y-%m-%d %H:%M} UTC"))


def _tell_approval(session: Session, store: ArtifactStore) -> None:
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)

    from crispstack.artifacts import Approval  # noqa: PLC0415
    from crispstack.cli.conclusion import answered  # noqa: PLC0415
    from crispstack.errors import ArtifactError  # noqa: PLC0415

    try:
        approval, _ = store.read(Approval)
    except ArtifactError:
        return
    session.say(escape(answered(approval)))
