"""ORDER BY, LIMIT and OFFSET."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.scope import Column, Scope

if TYPE_CHECKING:
    from emulator.services.athena.query.compiler import Compiler


def order_by(
    compiler: Compiler,
    node: Any,
    scope: Scope,
    outputs: Sequence[Column],
    windows: dict[str, exp.Expression],
    *,
    plain: bool = False,
) -> str:
    """The SQL of ORDER BY; nulls come last unless told. With `plain` the outputs are the scope itself."""
    order = node.args.get("order")
    if order is None:
        return ""
    named = {column.name.lower() for column in outputs if not plain}
    by_output = tuple(Column(c.name, c.value) for c in _unique(outputs)) if not plain else ()
    expressions = compiler.expressions(Scope((*by_output, *_behind(scope.columns, named)), scope.parent), windows)
    terms = []
    for term in order.expressions:
        if isinstance(term.this, exp.Literal) and not term.this.is_string:
            position = outputs.index(ordinal(term.this, outputs, "ORDER BY"))
            sql = f'"c{position}"' if plain else str(position + 1)
        else:
            sql = expressions.compile(term.this).sql
        direction = "DESC" if term.args.get("desc") else "ASC"
        terms.append(f"{sql} {direction} NULLS {'FIRST' if term.args.get('nulls_first') else 'LAST'}")
    return f" ORDER BY {', '.join(terms)}"


def limit_offset(compiler: Compiler, node: Any, outer: Scope | None) -> str:
    """The SQL of LIMIT, FETCH FIRST and OFFSET."""
    limit, offset = node.args.get("limit"), node.args.get("offset")
    clauses = ""
    expressions = compiler.expressions(Scope((), outer))
    if isinstance(limit, exp.Fetch):
        options = limit.args.get("limit_options")
        if options is not None and (options.args.get("with_ties") or options.args.get("percent")):
            raise not_supported("FETCH FIRST WITH TIES", limit)
        clauses += f" LIMIT {expressions.compile(limit.args['count']).sql if limit.args.get('count') else 1}"
    elif limit is not None and not (
        isinstance(limit.expression, exp.Column) and limit.expression.name.upper() == "ALL"
    ):
        clauses += f" LIMIT {expressions.compile(limit.expression).sql}"
    if offset is not None:
        clauses += f" OFFSET {expressions.compile(offset.expression).sql}"
    return clauses


def ordinal(node: Any, outputs: Sequence[Column], clause: str) -> Column:
    """The output that a number in GROUP BY or ORDER BY means.

    Raises:
        QueryError: INVALID_COLUMN_REFERENCE.
    """
    if not node.this.isdigit() or not 1 <= int(node.this) <= len(outputs):
        raise QueryError("INVALID_COLUMN_REFERENCE", f"{clause} position {node.this} is not in select list", node)
    return outputs[int(node.this) - 1]


def _unique(outputs: Sequence[Column]) -> list[Column]:
    names = [column.name.lower() for column in outputs]
    return [column for column in outputs if names.count(column.name.lower()) == 1]


def _behind(columns: Sequence[Column], outputs: set[str]) -> Iterator[Column]:
    """The source's columns; where an output has the same name, only a qualified name means the source's."""
    for column in columns:
        yield replace(column, only_qualified=column.name.lower() in outputs)
