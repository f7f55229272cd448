"""SQL without tables, compiled and run as a statement of Athena is, but without a request.

A table of cases is text: on each line an expression, ``=>``, and the value as Athena prints it: NULL for none,
nothing for an empty text.
"""

from __future__ import annotations

from typing import Any

import duckdb

from emulator.services.athena import engine, errors, parser, results
from emulator.services.athena.errors import QueryError
from emulator.services.athena.query.compiler import Compiler


def rows(sql: str) -> list[list[str | None]]:
    """The rows of a query as text.

    Raises:
        QueryError: the statement fails.
    """
    compiled, columns = Compiler(_no_table, "shop").query(parser.parse(sql))
    try:
        found = engine.cursor().execute(compiled).fetchall()
    except duckdb.Error as error:
        raise errors.translate(error) from None
    return [list(row) for row in results.render(found, columns)]


def _no_table(database: str, name: str, *_: Any) -> Any:
    raise QueryError("TABLE_NOT_FOUND", f"Table 'awsdatacatalog.{database}.{name}' does not exist")


def cases(table: str) -> dict[str, str | None]:
    """Each expression of a table of cases with the value it must have."""
    pairs = (line.rpartition(" =>") for line in table.splitlines() if " =>" in line)
    return {expression: None if value == " NULL" else value[1:] for expression, _, value in pairs}


def evaluated(table: str) -> dict[str, str | None]:
    """Each expression of a table of cases with the value it has, all of them computed by one statement."""
    expressions = list(cases(table))
    return dict(zip(expressions, rows(f"SELECT {', '.join(expressions)}")[0], strict=True))


def failure(sql: str) -> str:
    """How a query fails; empty where it does not."""
    try:
        rows(sql)
    except QueryError as error:
        return str(error)
    return ""
