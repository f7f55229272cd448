# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""Subqueries inside expressions: scalar ones, EXISTS, IN, and comparisons with ANY and ALL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena import types
from emulator.services.athena.casts import Typed, coerce
from emulator.services.athena.errors import QueryError
from emulator.services.athena.types import BOOLEAN

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions


def scalar(self: Expressions, node: Any) -> Typed:
    """A subquery of one column, as a value."""
    sql, columns = self.query(node.this if isinstance(node, exp.Subquery) else node, self.scope)
    if len(columns) != 1:
        raise QueryError(
            "SUBQUERY_MULTIPLE_COLUMNS",
            f"Multiple columns returned by subquery are not yet supported. Found {len(columns)}",
            node,
        )
    return Typed(f"({sql})", columns[0][1])


def exists(self: Expressions, node: Any) -> Typed:
    """EXISTS."""
    sql, _ = self.query(_unwrap(node.this), self.scope)
    return Typed(f"EXISTS ({sql})", BOOLEAN)


def in_query(self: Expressions, node: Any) -> Typed:
    """``value IN (query)``, also for several columns."""
    sql, columns = self.query(_unwrap(node.args["query"]), self.scope)
    parts = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this]
    if len(parts) != len(columns):
        raise QueryError("TYPE_MISMATCH", "The number of columns in a predicate and its subquery differ", node)
    left, right = [], []
    for index, (part, (_, type_)) in enumerate(zip(parts, columns, strict=True)):
        value = self.compile(part)
        merged = types.common(value.type, type_)
        if merged is None:
            raise QueryError(
                "TYPE_MISMATCH", f"value and result of subquery must be of the same type: {value.type} vs {type_}", node
            )
        left.append(coerce(value, merged).sql)
        right.append(coerce(Typed(f'_q."c{index}"', type_), merged).sql)
    inner = f"SELECT {', '.join(right)} FROM ({sql}) AS _q"
    tuple_ = left[0] if len(left) == 1 else f"({', '.join(left)})"
    return Typed(f"({tuple_} IN ({inner}))", BOOLEAN)


def is_quantified(node: Any) -> bool:
    """Whether it is ALL, ANY or SOME of a query; the parser takes that of VALUES for a call."""
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in ("all", "any", "some") and isinstance(node.expressions[0], exp.Values)
    return isinstance(node, (exp.Any, exp.All))


def quantified(self: Expressions, node: Any, operator: str) -> Typed:
    """A comparison with ANY or ALL of a subquery's values."""
    left = self.compile(node.this)
    called = isinstance(node.expression, exp.Anonymous)
    source = node.expression.expressions[0] if called else node.expression.this
    sql, columns = self.query(_unwrap(source), self.scope)
    merged = types.common(left.type, columns[0][1])
    if len(columns) != 1 or merged is None:
        raise QueryError("TYPE_MISMATCH", "Quantified comparison needs one column of the same type", node)
    every = node.expression.name.lower() == "all" if called else isinstance(node.expression, exp.All)
    word = "ALL" if every else "ANY"
    column = coerce(Typed('_q."c0"', columns[0][1]), merged)
    return Typed(f"({coerce(left, merged).sql} {operator} {word}(SELECT {column.sql} FROM ({sql}) AS _q))", BOOLEAN)


def _unwrap(node: exp.Expression) -> exp.Expression:
    return node.this if isinstance(node, exp.Subquery) and not node.args.get("alias") else node
