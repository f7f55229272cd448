"""Queries: SELECT, set operations, WITH, VALUES and everything that stands in FROM, from Trino to DuckDB.

Inside the SQL that is written, the columns of every relation are named c0, c1, ... and every relation t0, t1, ..., so
that no name of the user's can mean something else to DuckDB. A stored table is written as a marker; the source that
replaces it is chosen when the whole statement is known (see `statement`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from sqlglot import exp

from emulator.services.athena.errors import not_supported
from emulator.services.athena.expressions.compiler import Expressions
from emulator.services.athena.query import common_tables, select_clauses, set_operations
from emulator.services.athena.query.relation import Columns, StoredTable
from emulator.services.athena.scope import Scope, TableUse


@dataclass
class Compiler:
    """Compiles one statement; `uses` collects the stored tables that it mentions."""

    lookup: Callable[[str, str, exp.Expression | None], StoredTable]
    database: str
    uses: list[TableUse] = field(default_factory=list)
    ctes: dict[str, tuple[str, Columns]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    def query(self, node: exp.Expression, outer: Scope | None = None) -> tuple[str, Columns]:
        """A query's SQL, its output columns named c0, c1, ..., and their Trino names and types.

        Raises:
            QueryError: as Trino would, or NOT_SUPPORTED.
        """
        inner = replace(self, ctes=dict(self.ctes))
        with_ = node.args.get("with_")
        clause = common_tables.with_clause(inner, with_, outer) if with_ is not None else ""
        if isinstance(node, exp.Select):
            sql, columns = select_clauses.select(inner, node, outer)
        elif isinstance(node, exp.SetOperation):
            sql, columns = set_operations.set_operation(inner, node, outer)
        elif isinstance(node, exp.Values):
            sql, columns = set_operations.values(inner, node, outer)
        elif isinstance(node, exp.Subquery):
            sql, columns = set_operations.parenthesized(inner, node, outer)
        else:
            raise not_supported(f"Unsupported query: {node.sql()[:200]}", node)
        return f"{clause}{sql}", columns

    def expressions(self, scope: Scope, windows: dict[str, exp.Expression] | None = None) -> Expressions:
        """The compiler of the expressions of one scope."""
        return Expressions(scope, self.query, windows or {})
