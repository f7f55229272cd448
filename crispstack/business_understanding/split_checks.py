"""Whether the charter divides its rows into training and test rows in a way that can be kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from crispstack.business_understanding.problem import Path, Problem
from crispstack.charter import Charter, Split

_KEYS = {"random": {"test_share"}, "grouped": {"test_share", "group"}, "time": {"time", "test_from"}}
_DEFAULT = Split()


def problems(charter: Charter) -> Iterator[Problem]:
    """Keys of another method, shares that leave too little, columns that are none, a day that is none."""
    split = charter.split
    for key in ("test_share", "group", "time", "test_from"):
        given = getattr(split, key) != getattr(_DEFAULT, key)
        needed = key in _KEYS[split.method]
        if given and not needed:
            yield Problem(("split", key), f"{key} says nothing about a split that is {split.method}", "remove it")
        if needed and not given and key != "test_share":
            yield Problem(("split", "method"), f"a split that is {split.method} needs {key}", f"add split.{key}")
    if not 0.05 <= split.test_share <= 0.5:
        remedy = "choose from 0.05 to 0.5; 0.15 to 0.3 is usual"
        yield Problem(("split", "test_share"), f"{split.test_share:g} is no share", remedy)
    for index, name in enumerate(split.group):
        yield from _column(charter, name, ("split", "group", index), ())
    if split.time:
        yield from _column(charter, split.time, ("split", "time"), ("date", "timestamp"))
    if split.test_from and not _is_day(split.test_from):
        yield Problem(("split", "test_from"), f"{split.test_from!r} is no day", 'write "YYYY-MM-DD", in quotes')


def _column(charter: Charter, name: str, path: Path, types: tuple[str, ...]) -> Iterator[Problem]:
    column = next((column for column in charter.source.columns if column.name == name), None)
    if not column:
        names = ", ".join(column.name for column in charter.source.columns)
        yield Problem(path, f"{name!r} is not a column of the source", f"the columns are {names}")
    elif name == charter.target.column:
        yield Problem(path, f"{name!r} is the target", "divide by what is known before the outcome")
    elif types and column.type not in types:
        yield Problem(path, f"{name!r} is a {column.type}, which orders no time", f"name a {' or a '.join(types)}")


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
