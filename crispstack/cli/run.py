"""`crisp run` and `crisp cancel`: start the loop and follow it, or end it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.errors import CrispError
from crispstack.phases import Phase

if TYPE_CHECKING:
    from crispstack.aws.outputs import Platform
    from crispstack.aws.runs import Attempt
    from crispstack.charter import Charter

    # A run's id, its newest execution, and its attempts before: lists of executions lag behind their start.
    Started = tuple[str, str, Sequence[Attempt]]


@click.command(
    cls=CommandWithExample, example="crisp run bank_marketing\ncrisp run bank_marketing --from modeling --env dev"
)
@click.argument("project")
@click.option("--from", "from_phase", type=click.Choice([phase.value for phase in Phase]), help="Start again here.")
@click.option("--run", "run_id", help="The run to start again; the latest by default.")
@click.option("--returns", type=click.IntRange(0, 5), default=0, help="How often a no-go may go back by itself.")
@with_session
def run(session: Session, project: str, from_phase: str | None, run_id: str | None, returns: int) -> None:
    """Run the six phases and follow them to the decision.

    The charter and the data are validated first; the data is uploaded if it changed. A decision of no-go is a
    successful run. Where the charter asks a person, a go waits for `crisp approve`. With --from, an earlier run is
    taken up again from a phase on. With --returns, a no-go leads back to the phase that it names, which then has more
    time; a question that does not pay is left to you.
    """
    from crispstack.aws import outputs  # noqa: PLC0415 (help must not import it)
    from crispstack.aws.artifact_store import ArtifactStore  # noqa: PLC0415
    from crispstack.cli import conclusion, follow  # noqa: PLC0415

    if run_id and not from_phase:
        raise click.UsageError("--run says which run to start again; say where with --from")
    charter = _valid_charter(session, project)
    platform = outputs.platform(session.environment)
    if from_phase is None:
        run_id, execution, earlier = _start(session, platform, charter, returns)
    else:
        run_id, execution, earlier = _restart(session, platform, charter, Phase(from_phase), run_id, returns)
    store = ArtifactStore(platform.artifacts_bucket, project, run_id)
    followed = follow.follow(session, store, execution, earlier)
    session.answer({"project": project, "run_id": run_id, **conclusion.conclude(session, store, followed)})


def _valid_charter(session: Session, project: str) -> Charter:
    from crispstack.business_understanding import charter_file  # noqa: PLC0415 (help must not import it)

    return charter_file.load_project(session.charter_path(project))


def _start(session: Session, platform: Platform, charter: Charter, returns: int) -> Started:
    import secrets  # noqa: PLC0415
    from datetime import UTC, datetime  # noqa: PLC0415

    from crispstack.aws import collection, runs  # noqa: PLC0415
    from crispstack.cli.data_check import checked, described  # noqa: PLC0415
    from crispstack.cli.data_collect import collect_tables  # noqa: PLC0415

    folder = session.charter_path(charter.name).parent
    now = datetime.now(UTC)
    counts = checked(session, charter, folder)
    session.say(f"charter and data are valid: {described(counts)}")
    lake = collection.Lake(platform.raw_bucket, platform.database, platform.workgroup)
    for source in charter.sources:
        if source.jdbc:
            continue
        found = collection.collect(lake, charter, source, folder, counts[source.name].rows, now)
        session.say(f"{'uploaded' if found.uploaded else 'unchanged:'} {found.source.uri}")
    collect_tables(session, platform.raw_bucket, charter, [source.name for source in charter.sources if source.jdbc])
    run_id = runs.new_run_id(now, secrets.token_hex(3))
    runs.write_charter(platform, charter, run_id)
    asked = {"returns": returns} if returns else None
    execution = runs.start(platform, charter.name, run_id, Phase.BUSINESS_UNDERSTANDING, 1, asked)
    session.say(f"run {run_id}")
    return run_id, execution, ()


def _restart(
    session: Session, platform: Platform, charter: Charter, first: Phase, run_id: str | None, returns: int
) -> Started:
    from crispstack.aws import run_history, runs  # noqa: PLC0415 (help must not import it)

    attempts = runs.find(platform, charter.name, run_id)
    latest = attempts[-1]
    if latest.status == "RUNNING":
        raise CrispError(f"run {latest.run_id} is still running; wait, or end it with `crisp cancel {charter.name}`")
    for each in run_history.phases(platform, attempts)[: first.number - 1]:
        if each.status not in ("succeeded", "skipped") or each.artifact is None:
            raise CrispError(f"{each.phase} of run {latest.run_id} has not succeeded; start with --from {each.phase}")
    if first is Phase.BUSINESS_UNDERSTANDING:
        runs.write_charter(platform, charter, latest.run_id)
    elif not runs.has_charter(platform, charter, latest.run_id):
        session.say("[yellow]the charter has changed since; this run keeps the one with which it was started[/]")
    asked = {"returns": returns} if returns else None
    execution = runs.start(platform, charter.name, latest.run_id, first, latest.number + 1, asked)
    session.say(f"run {latest.run_id}, again from {first}")
    return latest.run_id, execution, attempts


@click.command(cls=CommandWithExample, example="crisp cancel bank_marketing")
@click.argument("project")
@click.option("--run", "run_id", help="The run to end; the latest by default.")
@with_session
def cancel(session: Session, project: str, run_id: str | None) -> None:
    """End a run that is going on, with the jobs that it has started."""
    from crispstack.aws import outputs, runs  # noqa: PLC0415 (help must not import it)

    attempt = runs.find(outputs.platform(session.environment), project, run_id)[-1]
    if attempt.status != "RUNNING":
        raise CrispError(f"run {attempt.run_id} is not running: it {attempt.status.lower().replace('_', ' ')}")
    runs.stop(attempt)
    session.say(f"run {attempt.run_id} is cancelled")
    session.answer({"project": project, "run_id": attempt.run_id, "cancelled": True})
