"""`crisp compare`: what changed from one run to another, and what that was worth."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.errors import CrispError, DataError

if TYPE_CHECKING:
    from crispstack.evaluation.run_changes import Fact, RunResult
    from crispstack.evaluation.value_difference import ValueDifference

_SHOWN_CHARACTERS = 48


@click.command(cls=CommandWithExample, example="crisp compare 20260102T030405Z-aaaaaa 20260203T040506Z-bbbbbb --json")
@click.argument("before", metavar="RUN")
@click.argument("after", metavar="RUN")
@with_session
def compare(session: Session, before: str, after: str) -> None:
    """Compare two runs of a project: charter, data, preparation, model and value.

    The second run is held against the first. What its model earns more is told with the interval of the difference, at
    the second run's money: paired, where both were tested on the same cases.
    """
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)
    from rich.table import Table  # noqa: PLC0415

    from crispstack.aws import outputs, run_results  # noqa: PLC0415
    from crispstack.evaluation.run_changes import changes  # noqa: PLC0415

    bucket = outputs.platform(session.environment).artifacts_bucket
    stores = [run_results.find(bucket, run) for run in (before, after)]
    if stores[0].project != stores[1].project:
        names = f"{before} is of {stores[0].project}, {after} of {stores[1].project}"
        raise CrispError(f"{names}: runs of one project can be compared")
    first, second = (run_results.read(store) for store in stores)
    found = changes(first, second)
    for part, of_part in itertools.groupby(found, key=lambda each: each.part):
        table = Table(part, before, after, box=None, title_justify="left")
        for each in of_part:
            table.add_row(escape(each.of), escape(_shown(each.before)), escape(_shown(each.after)))
        session.console.print(table)
    if not found:
        session.say(f"runs {before} and {after} differ in nothing")
    if any(each.part == "data" for each in found):
        session.say(f"files and statistics: [cyan]crisp data diff {stores[0].project} {before} {after}[/]")
    difference, why = _difference(first, second)
    session.say(_in_words(difference) if difference else f"no difference in value: {escape(why)}")
    session.answer(
        {
            "project": stores[0].project,
            "before": before,
            "after": after,
            "changes": [dataclasses.asdict(each) for each in found],
            "value": dataclasses.asdict(difference) if difference else None,
            "why_no_value": why,
        }
    )


def _difference(before: RunResult, after: RunResult) -> tuple[ValueDifference | None, str]:
    from crispstack.aws import run_results  # noqa: PLC0415 (help must not import it)
    from crispstack.evaluation.value_difference import value_difference  # noqa: PLC0415

    try:
        return value_difference(run_results.predicted(before), run_results.predicted(after)), ""
    except DataError as error:
        return None, str(error)


def _in_words(found: ValueDifference) -> str:
    on = f"on the same {found.cases:,} test cases" if found.paired else "on two different test sets"
    sure = found.low > 0 or found.high < 0
    return (
        f"[bold]{found.difference:+,.4g} {found.currency} per case[/] {on}, {found.before:,.4g} before and "
        f"{found.after:,.4g} after ({found.confidence:.0%} interval {found.low:+,.4g} to {found.high:+,.4g}; "
        f"{found.resampling})" + ("" if sure else ": within what chance alone gives")
    )


def _shown(value: Fact) -> str:
    if value is None or isinstance(value, str | bool):
        return ("-" if value is None else str(value) or "(empty)")[:_SHOWN_CHARACTERS]
    return f"{value:,.6g}" if isinstance(value, float) else f"{value:,}"
