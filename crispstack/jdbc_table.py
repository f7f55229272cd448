"""Which table of which database a source is, as the charter says it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class JdbcTable:
    """A table or view behind a Glue connection of the environment, `table` with its schema: ``public.customers``.

    Read by `partitions` tasks at once, each a range of `partition_column`: a whole number or a date of the source.
    """

    connection: str
    table: str
    partition_column: str = ""
    partitions: int = 1
