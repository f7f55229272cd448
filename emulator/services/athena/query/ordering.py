# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
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
    """The terms of ORDER BY, empty where there is none; nulls come last unless told.

    With `plain` the outputs are the scope itself. Where rows that tie are wanted too, an ordinal is written as the
    output's expression, since the terms then order a window.

    Raises:
        QueryError: EXPRESSION_NOT_IN_DISTINCT, or what the terms raise.
    """
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
            written = outputs[position].value.sql if with_ties(node) else str(position + 1)
            sql = f'"c{position}"' if plain else written
        else:
            sql = expressions.compile(term.this).sql
            if node.args.get("distinct") and sql not in {column.value.sql for column in outputs} and not plain:
                message = "For SELECT DISTINCT, ORDER BY expressions must appear in select list"
                raise QueryError("EXPRESSION_NOT_IN_DISTINCT", message, term)
        direction = "DESC" if term.args.get("desc") else "ASC"
        terms.append(f"{sql} {direction} NULLS {'FIRST' if term.args.get('nulls_first') else 'LAST'}")
    return ", ".join(terms)


def with_ties(node: Any) -> bool:
    """Whether rows equal to the last one are wanted too."""
    limit = node.args.get("limit")
    options = limit.args.get("limit_options") if isinstance(limit, exp.Fetch) else None
    return options is not None and bool(options.args.get("with_ties"))


def tied(compiler: Compiler, node: Any, body: tuple[str, str], width: int, order: str, outer: Scope | None) -> str:
    """``SELECT body[0] body[1]`` with FETCH FIRST n ROWS WITH TIES: what ranks no worse than the n-th row.

    Raises:
        QueryError: MISSING_ORDER_BY; NOT_SUPPORTED, of DISTINCT rows.
    """
    if not order:
        raise QueryError("MISSING_ORDER_BY", "FETCH FIRST WITH TIES clause requires ORDER BY", node)
    if node.args.get("distinct") and isinstance(node, exp.Select):
        raise not_supported("FETCH FIRST WITH TIES of DISTINCT rows", node)
    expressions = compiler.expressions(Scope((), outer))
    wanted = expressions.compile(node.args["limit"].args["count"]).sql if node.args["limit"].args.get("count") else "1"
    offset = node.args.get("offset")
    skipped = expressions.compile(offset.expression).sql if offset is not None else "0"
    ranked = f'rank() OVER (ORDER BY {order}) AS "_rank", row_number() OVER (ORDER BY {order}) AS "_row"'
    columns = ", ".join(f'"c{index}"' for index in range(width))
    inner = f"SELECT {body[0]}, {ranked}{body[1]}"
    chosen = f'"_rank" <= {skipped} + {wanted} AND "_row" > {skipped}'
    return f'SELECT {columns} FROM ({inner}) AS _t WHERE {chosen} ORDER BY "_row"'


def limit_offset(compiler: Compiler, node: Any, outer: Scope | None) -> str:
    """The SQL of LIMIT, FETCH FIRST and OFFSET."""
    limit, offset = node.args.get("limit"), node.args.get("offset")
    clauses = ""
    expressions = compiler.expressions(Scope((), outer))
    if isinstance(limit, exp.Fetch):
        options = limit.args.get("limit_options")
        if options is not None and options.args.get("percent"):
            raise not_supported("FETCH FIRST PERCENT", limit)
        clauses += f" LIMIT {expressions.compile(limit.args['count']).sql if limit.args.get('count') else 1}"
    elif limit is not None and limit.expression.name.upper() != "ALL":
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
