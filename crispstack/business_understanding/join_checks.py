"""What must hold of joins and windows: sources, columns and times that exist, and nothing learned from the future."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crispstack.business_understanding.problem import Path, Problem
from crispstack.charter import Charter, Column, Source
from crispstack.joined_sources import Join, Window, microseconds

_TIMES = ("date", "timestamp")
_NUMBERS = ("integer", "number", "boolean")


def problems(charter: Charter) -> Iterator[Problem]:
    """Joins of what is not there, names taken twice, windows that could look ahead."""
    known = {column.name: column for column in charter.source.columns}
    for index, join in enumerate(charter.preparation.joins):
        yield from _join(charter, join, ("preparation", "joins", index), known)
    for index, window in enumerate(charter.preparation.windows):
        yield from _window(charter, window, ("preparation", "windows", index), known)
    for index, source in enumerate(charter.sources[1:], start=1):
        if source.name not in [join.source for join in charter.preparation.joins]:
            remedy = "say in preparation.joins how it is joined, or leave it out"
            yield Problem(("sources", index, "name"), f"nothing is done with source {source.name!r}", remedy)


def _join(charter: Charter, join: Join, path: Path, known: dict[str, Column]) -> Iterator[Problem]:
    source = next((each for each in charter.sources[1:] if each.name == join.source), None)
    if not source:
        others = ", ".join(each.name for each in charter.sources[1:]) or "none but the first"
        yield Problem((*path, "source"), f"{join.source!r} is no source to join", f"the other sources are {others}")
        return
    if join.source in [each.source for each in charter.preparation.joins[: int(path[2])]]:
        yield Problem((*path, "source"), f"{join.source!r} is joined twice", "name all columns in one join")
    if not join.keys:
        yield Problem((*path, "keys"), "nothing must be equal", "name at least one pair of columns")
    if not join.columns:
        yield Problem((*path, "columns"), "nothing is gained", "name at least one column")
    yield from _keys(join, source, path, known)
    treated = {each.column for each in charter.treatments(source.name) if each.treatment != "keep"}
    for place, column in enumerate(join.columns):
        found = _column(source, column.name)
        if not found:
            yield _unknown((*path, "columns", place, "name"), column.name, source)
        if column.feature in known:
            cause = f"{column.feature!r} exists already"
            yield Problem((*path, "columns", place, "name"), cause, "choose another name with `rename`")
        if column.name in treated:
            remedy = "leave it out of the join, or bring it in its treated form"
            yield Problem((*path, "columns", place, "name"), f"{column.name!r} is personal data to be treated", remedy)
        if found:
            known[column.feature] = found


def _keys(join: Join, source: Source, path: Path, known: dict[str, Column]) -> Iterator[Problem]:
    for place, key in enumerate(join.keys):
        if key.left not in known:
            remedy = "name a column of the first source, or one that an earlier join brings"
            yield Problem((*path, "keys", place, "left"), f"{key.left!r} is not known at this join", remedy)
        if not _column(source, key.right):
            yield _unknown((*path, "keys", place, "right"), key.right, source)
    if join.latest_by and not _column(source, join.latest_by):
        yield _unknown((*path, "latest_by"), join.latest_by, source)


def _window(charter: Charter, window: Window, path: Path, known: dict[str, Column]) -> Iterator[Problem]:
    columns = {column.name: column for column in charter.source.columns}
    if window.name in known:
        yield Problem((*path, "name"), f"{window.name!r} exists already", "choose another name")
    known[window.name] = Column(window.name, "number")
    named = [("order", window.order), *(("by", name) for name in window.by)]
    named += [("column", window.column)] if window.column or window.function != "count" else []
    for field, name in named:
        if name not in columns:
            yield _unknown((*path, field), name, charter.source)
    if window.order in columns and columns[window.order].type not in _TIMES:
        yield Problem((*path, "order"), f"{window.order!r} is no date and no timestamp", "order rows by a time")
    if window.function != "count" and window.column in columns and columns[window.column].type not in _NUMBERS:
        yield Problem((*path, "column"), f"{window.function} needs numbers", f"{window.column!r} has none: use count")
    if window.minimum_rows < 1:
        yield Problem((*path, "minimum_rows"), f"{window.minimum_rows} rows say nothing", "ask for at least 1")
    yield from _durations(window, path)
    yield from _leaks(charter, window, path)


def _durations(window: Window, path: Path) -> Iterator[Problem]:
    lengths = {}
    for field in ("preceding", "delay"):
        try:
            lengths[field] = microseconds(getattr(window, field))
        except ValueError as error:
            yield Problem((*path, field), str(error), "write a number and second, minute, hour or day")
    if len(lengths) == 2 and lengths["preceding"] <= lengths["delay"]:
        cause = f"nothing is between {window.delay or 'now'} and {window.preceding or 'now'} ago"
        yield Problem((*path, "preceding"), cause, "look further back than the delay")


def _leaks(charter: Charter, window: Window, path: Path) -> Iterator[Problem]:
    """A training row must not learn from a test row."""
    split = charter.split
    if split.method == "random" or (split.method == "grouped" and not set(split.group) <= set(window.by)):
        cause = "training rows would see aggregates of test rows"
        yield Problem((*path, "by"), cause, "split by time, or by groups that are among `by`")
    if split.method == "time" and window.order != split.time:
        cause = f"rows are divided by {split.time!r} and ordered by {window.order!r}"
        yield Problem((*path, "order"), cause, "use the same column, so that no training row sees a test row")


def _column(source: Source, name: str) -> Column | None:
    return next((column for column in source.columns if column.name == name), None)


def _unknown(path: Path, name: str, source: Source) -> Problem:
    names: Iterable[str] = (column.name for column in source.columns)
    return Problem(path, f"{name!r} is not a column of {source.name}", f"the columns are {', '.join(names)}")
