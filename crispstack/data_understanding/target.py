"""Which rows are positive, in Athena's SQL."""

from __future__ import annotations

from crispstack.charter import Charter
from crispstack.data_understanding.raw_table import identifier, literal


def athena_sql(charter: Charter) -> str:
    """Whether a row is positive, over the columns of `RawTables.relation`: a boolean, never null.

    None is where the target has several classes, or is a number.
    """
    if charter.framing != "binary":
        return "false"
    target = charter.target
    column = identifier(target.column)
    if target.at_least is None:
        return f"{column} = {literal(target.positive.strip(' '))}"
    return f"coalesce(try_cast({column} AS double) >= {target.at_least!r}e0, false)"
