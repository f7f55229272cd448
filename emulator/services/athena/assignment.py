"""Giving a column a value of another type, as INSERT, UPDATE and MERGE may."""

from __future__ import annotations

from emulator.services.athena import types
from emulator.services.athena.casts import Typed, cast
from emulator.services.athena.errors import QueryError
from emulator.services.athena.types import Type


def cast_to_column(sql: str, from_: Type, name: str, to: Type) -> str:
    """A value as the column's type.

    Raises:
        QueryError: TYPE_MISMATCH, Trino would not coerce it.
    """
    if types.common(from_, to) is None:
        raise QueryError("TYPE_MISMATCH", f"mismatched column types: {name} is {to}, the query gives {from_}")
    return cast(Typed(sql, from_), to).sql
