"""The columns that a data file says it has, against those that are declared."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from crispstack.charter import Source, Target
from crispstack.errors import DataError


def check_header(where: str, header: Iterable[str], source: Source, target: Target | None) -> None:
    """Make sure that a header row names the declared columns, in their order; case and punctuation aside.

    Raises:
        DataError: it does not; the message names the columns that differ.
    """
    found = normalized(header)
    check_names(where, found, source, target)
    for position, (name, column) in enumerate(zip(found, source.file_columns, strict=True), start=1):
        if name != column.name:
            remedy = "declare the columns in the order of the file"
            raise DataError(f"{where}: column {position} is {name!r} where {column.name!r} is declared; {remedy}")


def normalized(header: Iterable[str]) -> list[str]:
    """Names as the charter writes them: lower case, underscores for everything else."""
    return [re.sub(r"[^a-z0-9]+", "_", name.strip().lower()) for name in header]


def check_names(where: str, found: list[str], source: Source, target: Target | None) -> None:
    """Make sure that the target is there, and as many columns as declared.

    Raises:
        DataError: they are not; the message names the columns that differ.
    """
    declared = [column.name for column in source.file_columns]
    if target and target.column not in found:
        close = difflib.get_close_matches(target.column, found, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"the file has {', '.join(found)}"
        raise DataError(f"{where}: the target {target.column!r} is not in the data; {hint}")
    if len(found) != len(declared):
        odd = ", ".join(sorted(set(found) ^ set(declared)))
        remedy = "declare every column of the file, in its order, under sources.columns"
        raise DataError(f"{where}: {len(found)} columns where {len(declared)} are declared ({odd}); {remedy}")
