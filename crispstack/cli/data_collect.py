"""`crisp data collect`: read tables of databases into the raw bucket, a version each time that their rows changed."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.errors import CrispError

if TYPE_CHECKING:
    from crispstack.aws.collection_jobs import CollectionRun, RunState
    from crispstack.charter import Charter

_POLL_SECONDS = 1.0


@click.command(cls=CommandWithExample, example="crisp data collect churn\ncrisp data collect churn --source contracts")
@click.argument("project")
@click.option("--source", help="This source alone.")
@with_session
def collect(session: Session, project: str, source: str | None) -> None:
    """Read the sources that are tables of a database; each whose rows changed has a new version then.

    `crisp run` does it first by itself. Files are uploaded by `crisp run`.
    """
    from crispstack.aws import outputs  # noqa: PLC0415 (help must not import it)
    from crispstack.business_understanding import charter_file  # noqa: PLC0415

    charter = charter_file.load_project(session.charter_path(project))
    names = _names(charter, source)
    platform = outputs.platform(session.environment)
    session.answer(collect_tables(session, platform.raw_bucket, charter, names))


def collect_tables(session: Session, raw_bucket: str, charter: Charter, names: Sequence[str]) -> list[dict[str, Any]]:
    """Run the jobs that read these sources, one connection after another, and tell what each version is.

    Returns:
        Each source's current version with ``changed``, whether it is another than before, in plain values.

    Raises:
        CrispError: a job is not deployed or failed; the message holds its reason.
    """
    from crispstack.aws import collection_jobs, raw_data  # noqa: PLC0415 (help must not import it)
    from crispstack.data_collection import VersionPlace  # noqa: PLC0415

    answer = []
    before = {name: raw_data.current(raw_bucket, charter.name, name) for name in names}
    for connection, sources in collection_jobs.connections(charter).items():
        wanted = [source.name for source in sources if source.name in names]
        if not wanted:
            continue
        run = collection_jobs.start(session.environment.prefix, charter, connection, wanted)
        state = _watch(session, run, f"reading {', '.join(wanted)} of {connection}")
        if state.state != "SUCCEEDED":
            raise CrispError(_failure(charter.name, wanted, run, state))
        for name in wanted:
            version = raw_data.current(raw_bucket, charter.name, name)
            found = raw_data.read_version(VersionPlace(raw_bucket, charter.name, name, version))
            if found is None:
                raise CrispError(f"job {run.job} succeeded and {name} has no version; see its log, run {run.run_id}")
            changed = version != before[name]
            session.say(f"{'collected' if changed else 'unchanged:'} {found.uri}, {found.rows:,} rows")
            answer.append({**dataclasses.asdict(found), "changed": changed})
    return answer


def _names(charter: Charter, source: str | None) -> list[str]:
    tables = [each.name for each in charter.sources if each.jdbc]
    if not tables:
        raise CrispError(f"{charter.name} reads no database: all its sources are files, which `crisp run` uploads")
    if source is not None and source not in tables:
        raise CrispError(f"{charter.name} has no table of a database {source!r}; choose one of: {', '.join(tables)}")
    return tables if source is None else [source]


def _watch(session: Session, run: CollectionRun, doing: str) -> RunState:
    from crispstack.aws import collection_jobs  # noqa: PLC0415 (help must not import it)

    started = time.monotonic()
    try:
        with session.console.status(doing) as spinner:
            while not (state := collection_jobs.state(run)).ended:
                spinner.update(f"{doing}: {state.state.lower()}, {time.monotonic() - started:.0f} s")
                time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        raise CrispError(f"no longer watching; run {run.run_id} of job {run.job} goes on") from None
    return state


def _failure(project: str, sources: Sequence[str], run: CollectionRun, state: RunState) -> str:
    why = state.reason or "Glue gives no reason"
    log = f"see log group /aws-glue/jobs/error, stream {run.run_id}"
    return (
        f"collecting {', '.join(sources)} of {project} {state.state.lower().replace('_', ' ')}: {why}\n"
        f"what was collected before is still current; {log}"
    )
