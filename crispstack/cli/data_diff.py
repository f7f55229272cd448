"""`crisp data diff`: how the data of two runs differs."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session

if TYPE_CHECKING:
    from crispstack.aws.artifact_store import ArtifactStore
    from crispstack.data_understanding.collection import RunData

_SHOWN_CHARACTERS = 32


@click.command(
    cls=CommandWithExample,
    example="crisp data diff bank_marketing 20260102T030405Z-aaaaaa 20260203T040506Z-bbbbbb --json",
)
@click.argument("project")
@click.argument("before")
@click.argument("after")
@with_session
def diff(session: Session, project: str, before: str, after: str) -> None:
    """Compare the data of two runs: versions, files, schema, rows, and the statistics of their profiles.

    BEFORE and AFTER are runs; see `crisp runs`.
    """
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)
    from rich.table import Table  # noqa: PLC0415

    from crispstack.aws import outputs  # noqa: PLC0415
    from crispstack.aws.artifact_store import ArtifactStore  # noqa: PLC0415
    from crispstack.data_understanding import collection  # noqa: PLC0415

    bucket = outputs.platform(session.environment).artifacts_bucket
    first, second = (_run_data(ArtifactStore(bucket, project, run)) for run in (before, after))
    found = collection.difference(first, second)
    table = Table("Source", "Column or file", "What", "Before", "After", box=None)
    for each in found:
        table.add_row(
            each.source, escape(each.of), each.what, *(escape(_shown(value)) for value in (each.before, each.after))
        )
    if table.row_count:
        session.console.print(table)
    else:
        session.say(f"runs {before} and {after} used the same data")
    for run, data in ((before, first), (after, second)):
        if data.profile is None:
            session.say(f"run {run} has no profile: statistics are not compared")
    session.answer(dataclasses.asdict(found))


def _run_data(store: ArtifactStore) -> RunData:
    """What the run says of its data.

    Raises:
        CrispError: there is no such run, or it ended before its data was settled.
    """
    from crispstack.artifacts import BusinessCase, DataProfile  # noqa: PLC0415 (help must not import it)
    from crispstack.data_collection import DataCollection  # noqa: PLC0415
    from crispstack.data_understanding.collection import RunData  # noqa: PLC0415
    from crispstack.errors import ArtifactError, CrispError  # noqa: PLC0415

    try:
        case, _ = store.read(BusinessCase)
        used, _ = store.read(DataCollection)
    except ArtifactError as error:
        remedy = f"choose one of `crisp runs {store.project}` that got beyond data understanding"
        raise CrispError(f"run {store.run_id} does not say which data it used ({error}); {remedy}") from error
    try:
        profile, _ = store.read(DataProfile)
    except ArtifactError:
        return RunData(case.charter, used, None)
    return RunData(case.charter, used, profile)


def _shown(value: str | float | None) -> str:
    if value is None or isinstance(value, str):
        return (value or "-")[:_SHOWN_CHARACTERS]
    return f"{value:,.6g}" if isinstance(value, float) else f"{value:,}"
