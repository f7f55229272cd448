# ruff: noqa: PLR0911 (each return is one case of a table of expressions)
"""Where aggregates may stand, and what may stand beside them: Trino's own rules, checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena.errors import QueryError
from emulator.services.athena.functions.tables import AGGREGATES, WINDOWS

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions

_CLAUSES = (exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)


def calls(node: Any, *, windows: bool) -> Iterator[Any]:
    """The aggregates in an expression, or its window functions, outermost first; a subquery's are its own."""
    if isinstance(node, exp.Query):
        return
    if isinstance(node, exp.Window):
        if windows:
            yield node
        inside: Any = _function(node)
        for part in [*inside.expressions, *(node.args.get("partition_by") or []), node.args.get("order")]:
            yield from calls(part, windows=windows) if part is not None else ()
        return
    if is_aggregate(node) and not windows:
        yield node
        return
    for inner in node.iter_expressions():
        yield from calls(inner, windows=windows)


def _function(node: Any) -> Any:
    """The call inside its clauses."""
    inner = node.this
    while isinstance(inner, _CLAUSES):
        inner = inner.this
    return inner


def is_aggregate(node: Any) -> bool:
    """Whether it is a call of an aggregate function, with or without its clauses."""
    inner = _function(node) if isinstance(node, _CLAUSES) else node
    return isinstance(inner, exp.Anonymous) and inner.name.lower() in AGGREGATES


def _text(node: Any) -> str:
    text = str(node.sql(dialect="trino", normalize_functions="lower"))
    return f"({text})" if isinstance(node, exp.Binary) and not isinstance(node, exp.Dot) else text


def forbid(node: Any, clause: str) -> None:
    """Aggregates and window functions do not stand in a clause.

    Raises:
        QueryError: EXPRESSION_NOT_SCALAR.
    """
    found = [*calls(node, windows=False), *calls(node, windows=True)]
    if found:
        listed = ", ".join(map(_text, found))
        message = f"{clause} cannot contain aggregations, window functions or grouping operations: [{listed}]"
        raise QueryError("EXPRESSION_NOT_SCALAR", message, found[0])


def forbid_windows(node: Any, clause: str) -> None:
    """Window functions do not stand in a clause.

    Raises:
        QueryError: NESTED_WINDOW.
    """
    found = list(calls(node, windows=True))
    if found:
        message = f"{clause} cannot contain window functions or row pattern measures"
        raise QueryError("NESTED_WINDOW", message, found[0])


def _check_nesting(node: Any) -> None:
    for call in calls(node, windows=False):
        inner = _function(call) if isinstance(call, _CLAUSES) else call
        nested = [found for part in inner.expressions for found in calls(part, windows=False)]
        if nested:
            message = f"Cannot nest aggregations inside aggregation '{inner.name.lower()}': [{_text(nested[0])}]"
            raise QueryError("NESTED_AGGREGATION", message, call)
    for window in calls(node, windows=True):
        parts = [*_function(window).expressions, *(window.args.get("partition_by") or [])]
        nested = [found for part in parts for found in calls(part, windows=True)]
        if nested:
            message = "Cannot nest window functions or row pattern measures inside window function arguments"
            raise QueryError("NESTED_WINDOW", message, nested[0])


def check(nodes: Sequence[Any], terms: Sequence[str] | None, expressions: Expressions) -> None:
    """What a SELECT with groups puts out is made of aggregates and of the terms that group it.

    `nodes` are the outputs, HAVING and ORDER BY; `terms` the SQL of the grouping terms, None without GROUP BY.

    Raises:
        QueryError: EXPRESSION_NOT_AGGREGATE, NESTED_AGGREGATION, NESTED_WINDOW.
    """
    for node in nodes:
        _check_nesting(node)
    if terms is None and not any(True for node in nodes for _ in calls(node, windows=False)):
        return
    for node in nodes:
        if not _is_grouped(node, frozenset(terms or ()), expressions, frozenset()):
            message = f"'{_text(node)}' must be an aggregate expression or appear in GROUP BY clause"
            raise QueryError("EXPRESSION_NOT_AGGREGATE", message, node)


def _is_grouped(node: Any, terms: frozenset[str], expressions: Expressions, bound: frozenset[str]) -> bool:
    if isinstance(node, (exp.Query, exp.Literal, exp.Star)) or is_aggregate(node):
        return True
    if isinstance(node, exp.Lambda):
        inner = bound | {parameter.name.lower() for parameter in node.expressions}
        return _is_grouped(node.this, terms, expressions, inner)
    if isinstance(node, exp.Column) and node.parts[0].name.lower() in bound:
        return True
    if not bound and _sql(node, expressions) in terms:
        return True
    if isinstance(node, exp.Column):
        return _is_outer_or_field(node, terms, expressions)
    if isinstance(node, exp.Window):
        order = node.args.get("order")
        sorted_by = [term.this for term in order.expressions] if order is not None else []
        parts = [*_function(node).expressions, *(node.args.get("partition_by") or []), *sorted_by]
        return all(_is_grouped(part, terms, expressions, bound) for part in parts)
    if isinstance(node, exp.Anonymous) and node.name.lower() == "grouping":
        return True
    return all(_is_grouped(inner, terms, expressions, bound) for inner in _values(node))


def _values(node: Any) -> Iterator[Any]:
    """The expressions of which one is made, without names of types and units."""
    skipped = (exp.DataType, exp.Var, exp.Identifier, exp.IntervalSpan)
    return (inner for inner in node.iter_expressions() if not isinstance(inner, skipped))


def _sql(node: Any, expressions: Expressions) -> str | None:
    if isinstance(node, exp.If) and isinstance(node.parent, exp.Case):
        return None
    if isinstance(node, (exp.Window, exp.Distinct, exp.Ordered, exp.Order)) or (
        isinstance(node, exp.Anonymous) and node.name.lower() in WINDOWS
    ):
        return None
    try:
        return expressions.compile(node).sql
    except QueryError:
        return None


def _is_outer_or_field(node: Any, terms: frozenset[str], expressions: Expressions) -> bool:
    """Whether a column is an enclosing query's, which is one value here, or a field of a row that groups."""
    parts = [part.name.lower() for part in node.parts]
    found = (expressions.scope.matching(parts[:length], node) for length in range(len(parts), 0, -1))
    column = next((column for column in found if column is not None), None)
    return column is None or column.value.sql in terms
