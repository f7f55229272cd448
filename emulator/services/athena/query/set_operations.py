# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""UNION, INTERSECT, EXCEPT, VALUES, and queries in parentheses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena import types
from emulator.services.athena.casts import Typed
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.query import ordering
from emulator.services.athena.query.relation import Columns, with_types
from emulator.services.athena.scope import Column, Scope

if TYPE_CHECKING:
    from emulator.services.athena.query.compiler import Compiler


def set_operation(compiler: Compiler, node: Any, outer: Scope | None) -> tuple[str, Columns]:
    """Two queries as one, their columns of common types.

    Raises:
        QueryError: TYPE_MISMATCH.
    """
    if any(node.args.get(key) for key in ("by_name", "side", "kind", "on")):
        raise not_supported(f"Unsupported set operation: {node.sql()[:200]}", node)
    left_sql, left = compiler.query(node.this, outer)
    right_sql, right = compiler.query(node.expression, outer)
    if len(left) != len(right):
        raise QueryError(
            "TYPE_MISMATCH",
            f"{node.key.upper()} query has different number of fields: {len(left)}, {len(right)}",
            node,
        )
    merged: Columns = []
    for index, ((name, a), (_, b)) in enumerate(zip(left, right, strict=True)):
        wider = types.common(a, b)
        if wider is None:
            raise QueryError(
                "TYPE_MISMATCH",
                f"column {index + 1} in {node.key.upper()} query has incompatible types: {a}, {b}",
                node,
            )
        merged.append((name, wider))
    word = {"union": "UNION", "except": "EXCEPT", "intersect": "INTERSECT"}[node.key]
    every = "" if node.args.get("distinct") else " ALL"
    both = f"{with_types(left_sql, left, merged)} {word}{every} {with_types(right_sql, right, merged)}"
    return _tail(compiler, node, f"SELECT * FROM ({both}) AS _p", merged, outer)


def _cells(row: Any) -> list[Any]:
    """A row's values: of ``(1, 2)``, of ``ROW(1, 2)``, or of a single one."""
    if isinstance(row, exp.Tuple) and len(row.expressions) == 1:
        row = row.expressions[0]
    is_row = isinstance(row, exp.Anonymous) and row.name.lower() == "row"
    return list(row.expressions) if is_row or isinstance(row, exp.Tuple) else [row]


def values(compiler: Compiler, node: Any, outer: Scope | None) -> tuple[str, Columns]:
    """Rows that are written out.

    Raises:
        QueryError: TYPE_MISMATCH.
    """
    expressions = compiler.expressions(Scope((), outer))
    rows = [_cells(r) for r in node.expressions]
    if len({len(r) for r in rows}) != 1:
        raise QueryError("TYPE_MISMATCH", "Values rows have mismatched sizes", node)
    merged = [expressions.same_type([r[i] for r in rows]) for i in range(len(rows[0]))]
    lines = [f"({', '.join(cells[i] for cells, _ in merged)})" for i in range(len(rows))]
    labels = ", ".join(f"c{i}" for i in range(len(merged)))
    columns = [(f"_col{i}", type_) for i, (_, type_) in enumerate(merged)]
    return _tail(compiler, node, f"SELECT * FROM (VALUES {', '.join(lines)}) AS _p({labels})", columns, outer)


def parenthesized(compiler: Compiler, node: Any, outer: Scope | None) -> tuple[str, Columns]:
    """A query in parentheses, with its own ORDER BY and LIMIT."""
    sql, columns = compiler.query(node.this, outer)
    return _tail(compiler, node, f"SELECT * FROM ({sql}) AS _p", columns, outer)


def _tail(compiler: Compiler, node: Any, sql: str, columns: Columns, outer: Scope | None) -> tuple[str, Columns]:
    """ORDER BY, OFFSET and LIMIT over a finished relation called _p."""
    found = tuple(Column(n, Typed(f'_p."c{i}"', t)) for i, (n, t) in enumerate(columns))
    order = ordering.order_by(compiler, node, Scope(found, outer), list(found), {}, plain=True)
    if ordering.with_ties(node):
        body = ("*", f" FROM ({sql}) AS _p")
        return ordering.tied(compiler, node, body, len(columns), order, outer), columns
    clause = f" ORDER BY {order}" if order else ""
    return f"{sql}{clause}{ordering.limit_offset(compiler, node, outer)}", columns
