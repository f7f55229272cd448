"""`crisp logs`: what a run's phases logged, and why it failed."""

from __future__ import annotations

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.phases import Phase


@click.command(cls=CommandWithExample, example="crisp logs bank_marketing modeling")
@click.argument("project")
@click.argument("phase", metavar="[PHASE]", required=False, type=click.Choice([phase.value for phase in Phase]))
@click.option("--run", "run_id", help="The run; the latest by default.")
@with_session
def logs(session: Session, project: str, phase: str | None, run_id: str | None) -> None:
    """Show what a run's phases logged, and why it failed.

    PHASE is one of business_understanding, data_understanding, data_preparation, modeling, evaluation, deployment; all
    six by default.
    """
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)

    from crispstack.aws import failures, outputs, run_history, run_logs, runs  # noqa: PLC0415

    platform = outputs.platform(session.environment)
    attempts = runs.find(platform, project, run_id)
    history = [event for attempt in attempts for event in run_history.events(attempt.execution)]
    written = []
    for each in run_history.phases(platform, attempts):
        if phase in (None, each.phase.value):
            for found in run_logs.lines(session.environment, each, history):
                written.append(found)
                when = found.when.isoformat(timespec="milliseconds")
                session.say(f"[dim]{when} {found.phase.value}[/] {escape(found.message)}")
    if not written:
        session.say("nothing was logged")
    described = runs.states().describe_execution(executionArn=attempts[-1].execution)
    why = None
    if described["status"] not in ("RUNNING", "SUCCEEDED"):
        why = failures.reason(described.get("error"), described.get("cause"))
        session.say(f"[red]{escape(why)}[/]")
    session.answer({"run_id": attempts[-1].run_id, "error": why, "lines": [
        {"phase": found.phase.value, "group": found.group, "when": found.when.isoformat(), "message": found.message}
        for found in written
    ]})  # fmt: skip
