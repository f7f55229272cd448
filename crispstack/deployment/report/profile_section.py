"""What the report shows of columns one by one: a picture each, and every figure of the profile in a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crispstack.artifacts import ColumnProfile, DataProfile
from crispstack.deployment.report.pictures import safe, short
from crispstack.deployment.report.profile_plot import profile as picture
from crispstack.modeling.findings.words import figure

MOST_PICTURES = 40
"""Columns of a source that are drawn; the table lists all."""
_RULES = {"iqr": "by quartiles", "mad": "by median deviation", "z_score": "by standard deviation"}
_TIMES = ("date", "timestamp")


@dataclass(frozen=True)
class ColumnFigures:
    """One line of the table: what a column holds, and what to look at in it."""

    column: ColumnProfile
    missing: str
    holds: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class SourceProfile:
    """A source as the report shows it; `pictures` are of up to `MOST_PICTURES` columns that have something to draw."""

    source: str
    rows: int
    exact: bool
    pictures: tuple[tuple[ColumnProfile, Any], ...]
    drawable: int
    figures: tuple[ColumnFigures, ...]


def profiles(
    profile: DataProfile, source: str, used: Sequence[str], base_rate: float | None
) -> tuple[SourceProfile, ...]:
    """The main source first, its pictures of the `used` columns with the target's rate, then those that are joined."""
    first = [column for column in profile.columns if column.name in set(used)]
    main = _profile(source, profile.rows, profile.exact, profile.columns, first, base_rate)
    joined = (_profile(each.source, each.rows, each.exact, each.columns, each.columns, None) for each in profile.joined)
    return (main, *joined)


def _profile(
    source: str,
    rows: int,
    exact: bool,
    columns: Sequence[ColumnProfile],
    drawn: Sequence[ColumnProfile],
    base_rate: float | None,
) -> SourceProfile:
    drawable = [column for column in drawn if _says_something(column)]
    return SourceProfile(
        source=source,
        rows=rows,
        exact=exact,
        pictures=tuple((column, safe(picture(column, base_rate, source))) for column in drawable[:MOST_PICTURES]),
        drawable=len(drawable),
        figures=tuple(_figures(column) for column in columns),
    )


def _says_something(column: ColumnProfile) -> bool:
    """Whether it has several values, and some of them more than once."""
    return column.distinct > 1 and (bool(column.histogram) or any(each.count > 1 for each in column.top_values))


def _figures(column: ColumnProfile) -> ColumnFigures:
    missing = f"{column.nulls / column.count:.1%}" if column.nulls and column.count else ""
    parts = (_of_numbers(column), _of_texts(column), _of_times(column))
    return ColumnFigures(column, missing, "; ".join(said for part in parts for said in part), tuple(_notes(column)))


def _of_numbers(column: ColumnProfile) -> Iterator[str]:
    if column.type in _TIMES:
        return
    if column.minimum is not None and column.maximum is not None:
        yield f"{figure(column.minimum, 4)} to {figure(column.maximum, 4)}"
    if (median := (column.quantiles or {}).get("0.5")) is not None:
        yield f"median {figure(median, 4)}"
    if column.mean is not None:
        spread = f" ± {figure(column.standard_deviation)}" if column.standard_deviation else ""
        yield f"mean {figure(column.mean)}{spread}"
    if column.skewness is not None:
        yield f"skew {figure(column.skewness, 2)}"
    for name, count in (("zero", column.zeros), ("negative", column.negatives)):
        if count and column.count:
            yield f"{count / column.count:.1%} {name}"


def _of_texts(column: ColumnProfile) -> Iterator[str]:
    if column.type in ("category", "text") and column.shortest is not None and column.longest is not None:
        mean = "" if column.mean_length is None else f", mean {figure(column.mean_length)}"
        if column.shortest == column.longest:
            yield f"{column.longest:,} character{'' if column.longest == 1 else 's'}"
        else:
            yield f"{column.shortest:,} to {column.longest:,} characters{mean}"
        total = sum((column.scripts or {}).values())
        yield from (
            name if count == total else f"{name} {count / total:.1%}" for name, count in (column.scripts or {}).items()
        )


def _of_times(column: ColumnProfile) -> Iterator[str]:
    if found := column.coverage:
        yield f"{found.first} to {found.last}, rows on {found.days:,} days"
        if found.longest_gap > 1:
            yield f"longest gap {figure(found.longest_gap)} days, from {found.gap_from}"


def _notes(column: ColumnProfile) -> Iterator[str]:
    if column.looks_like:
        yield f"nearly all values look like {column.looks_like}"
    if column.unparsable:
        named = ", ".join(short(each, 24) for each in column.examples[:3])
        yield f"{column.unparsable:,} values are no {column.type}{', for instance ' if named else ''}{named}"
    if column.empties:
        yield f"{column.empties:,} empty texts"
    if column.constant:
        yield "the same in every row"
    if column.identifier_like:
        yield "names its row"
    if column.case_variants:
        yield f"{column.case_variants:,} values differ from another in upper or lower case alone"
    outliers = {name: count for name, count in (column.outliers or {}).items() if count and not column.constant}
    if outliers and column.type not in _TIMES:
        yield f"outliers: {', '.join(f'{count:,} {_RULES.get(name, name)}' for name, count in outliers.items())}"
