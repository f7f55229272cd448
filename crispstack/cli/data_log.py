"""`crisp data log`: the versions of a project's data, and the runs that used them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.errors import CrispError

if TYPE_CHECKING:
    from crispstack.charter import Charter
    from crispstack.data_collection import CollectedSource, DataCollection

_SHOWN_RUNS = 5


@click.command(cls=CommandWithExample, example="crisp data log bank_marketing\ncrisp data log bank_marketing --json")
@click.argument("project")
@click.option("--source", help="Versions of this source alone.")
@with_session
def log(session: Session, project: str, source: str | None) -> None:
    """List the versions of a project's data, newest first.

    With each: when it was collected, its files, bytes and rows, and the runs that used it. The current one is marked.
    """
    from crispstack.aws import outputs, raw_data, run_collections  # noqa: PLC0415 (help must not import it)
    from crispstack.business_understanding import charter_file  # noqa: PLC0415

    charter = charter_file.load_project(session.charter_path(project))
    platform = outputs.platform(session.environment)
    used = run_collections.collections(platform.artifacts_bucket, project)
    answer = []
    for name in _names(charter, source):
        current = raw_data.current(platform.raw_bucket, project, name)
        versions = raw_data.versions(platform.raw_bucket, project, name)
        for found in sorted(versions, key=lambda each: each.collected, reverse=True):
            runs, is_current = _runs(used, found), found.version == current
            session.say(_line(found, is_current=is_current))
            for run in runs[:_SHOWN_RUNS]:
                session.say(f"    run {run}")
            if len(runs) > _SHOWN_RUNS:
                session.say(f"    and {len(runs) - _SHOWN_RUNS} runs more, see --json")
            answer.append({**dataclasses.asdict(found), "bytes": found.bytes, "current": is_current, "runs": runs})
    if not answer:
        session.say(f"{project} has no data here yet; `crisp run {project}` uploads it")
    session.answer(answer)


def _line(version: CollectedSource, *, is_current: bool) -> str:
    rows = "" if version.rows is None else f", {version.rows:,} rows"
    files = f"{len(version.files):,} file{'s' * (len(version.files) != 1)}"
    collected = version.collected[:19].replace("T", " ")
    mark = " [green]current[/]" if is_current else ""
    return f"{version.name} {version.version} {collected} UTC: {files}, {version.bytes:,} bytes{rows}{mark}"


def _names(charter: Charter, source: str | None) -> list[str]:
    names = [each.name for each in charter.sources]
    if source is not None and source not in names:
        raise CrispError(f"{charter.name} has no source {source!r}; choose one of: {', '.join(names)}")
    return names if source is None else [source]


def _runs(used: Mapping[str, DataCollection], version: CollectedSource) -> Sequence[str]:
    """Runs that read this version, newest first."""
    return [run for run, collection in used.items() if collection.versions.get(version.name) == version.version]
