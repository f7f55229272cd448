"""Giving a column a value of another type, as INSERT, UPDATE and MERGE may."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.services.athena import types
from emulator.services.athena.casts import Typed, cast
from emulator.services.athena.errors import QueryError
from emulator.services.athena.types import Type


def check(what: str, target: Sequence[Type], given: Sequence[Type], label: str) -> None:
    """Whether each column can take the value that it is given.

    Raises:
        QueryError: TYPE_MISMATCH, in Trino's words.
    """
    if len(target) != len(given) or any(
        types.common(from_, to) is None for from_, to in zip(given, target, strict=True)
    ):
        listed, values = (", ".join(map(str, found)) for found in (target, given))
        raise QueryError("TYPE_MISMATCH", f"{what}: Table: [{listed}], {label}: [{values}]")


def cast_to_column(sql: str, from_: Type, name: str, to: Type) -> str:
    """A value as the column's type.

    Raises:
        QueryError: TYPE_MISMATCH, Trino would not coerce it.
    """
    if types.common(from_, to) is None:
        raise QueryError("TYPE_MISMATCH", f"mismatched column types: {name} is {to}, the query gives {from_}")
    return cast(Typed(sql, from_), to).sql
