"""Which rows are positive, in Athena's SQL."""

from __future__ import annotations

from crispstack.charter import Target
from crispstack.data_understanding.raw_table import identifier, literal


def athena_sql(target: Target) -> str:
    """Whether a row is positive, over the columns of `RawTables.relation`: a boolean, never null."""
    column = identifier(target.column)
    if target.at_least is None:
        return f"{column} = {literal(target.positive.strip(' '))}"
    return f"coalesce(try_cast({column} AS double) >= {target.at_least!r}e0, false)"
