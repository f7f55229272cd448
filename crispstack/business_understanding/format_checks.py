"""What must hold for how columns write numbers and times: readable in one way only."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator

from crispstack.business_understanding.problem import Path, Problem
from crispstack.charter import Charter, Column

_DIRECTIVES = frozenset("YymdHMS")
_NEEDED = {"date": "Ymd", "timestamp": "YmdH"}


def problems(charter: Charter) -> Iterator[Problem]:
    """Formats that do not fit their column's type, or that can be read in two ways."""
    for number, source in enumerate(charter.sources):
        for index, column in enumerate(source.columns):
            path: Path = ("sources", number, "columns", index)
            yield from _separators(column, path)
            yield from _formats(column, (*path, "formats"))


def _separators(column: Column, path: Path) -> Iterator[Problem]:
    if column.type not in ("integer", "number"):
        if column.decimal != "." or column.thousands:
            yield Problem(path, f"{column.name!r} is of type {column.type}, which has no separators", "remove them")
    elif column.thousands and (len(column.thousands) > 1 or column.thousands in f"{column.decimal}+-0123456789eE"):
        remedy = "give one character that is not the decimal separator"
        yield Problem((*path, "thousands"), f"{column.thousands!r} cannot separate thousands", remedy)


def _formats(column: Column, path: Path) -> Iterator[Problem]:
    if column.formats and column.type not in _NEEDED:
        yield Problem(path, f"{column.name!r} is of type {column.type}, which has no formats", "remove them")
        return
    for form in column.formats:
        named = re.findall("%(.)", form)
        needed = set(_NEEDED[column.type]) - {"Y" if "y" in named else ""}
        if not set(named) <= _DIRECTIVES or not needed <= set(named) or len(set(named)) < len(named):
            remedy = "use each of %Y (or %y), %m, %d once" + (", %H, %M, %S" if column.type == "timestamp" else "")
            yield Problem(path, f"{form!r} is no format of a {column.type}", remedy)
            return
    for first, second in itertools.combinations(column.formats, 2):
        if text := _ambiguous(first, second):
            remedy = "keep one of them; correct the other's rows at their source"
            yield Problem(path, f"{text!r} is one day as {first!r} and another as {second!r}", remedy)


def _ambiguous(first: str, second: str) -> str | None:
    """A text that both formats read, differently."""
    for day in (dt.datetime(2001, 1, 1, 3, 4, 5) + dt.timedelta(days=number, minutes=number) for number in range(366)):
        for form, other in ((first, second), (second, first)):
            text = day.strftime(form)
            try:
                if dt.datetime.strptime(text, other) != dt.datetime.strptime(text, form):
                    return text
            except ValueError:
                continue
    return None
