"""Aggregate and window functions with DISTINCT, ORDER BY, FILTER, WITHIN GROUP, IGNORE NULLS and OVER."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena import arithmetic, types
from emulator.services.athena.casts import Typed
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.functions import overloads, templates, windows
from emulator.services.athena.functions.tables import AGGREGATES, REFUSED, SCALARS, WINDOWS
from emulator.services.athena.host_functions import distinct_counts
from emulator.services.athena.types import duckdb_type

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions


def with_clauses(self: Expressions, node: Any) -> Typed:
    """A call with FILTER, WITHIN GROUP or IGNORE NULLS, and no OVER."""
    return _with_clauses(self, node, "")


def window(self: Expressions, node: Any) -> Typed:
    """A call with OVER."""
    return _with_clauses(self, node.this, f" OVER ({windows.specification(self, node)})")


def _with_clauses(self: Expressions, node: Any, over: str) -> Typed:
    filtered, order, nulls = "", None, ""
    while not isinstance(node, exp.Anonymous):
        if isinstance(node, exp.Filter):
            filtered = f" FILTER (WHERE {self.boolean(node.expression.this)})"
        elif isinstance(node, exp.WithinGroup):
            order = node.expression
        elif isinstance(node, exp.IgnoreNulls):
            nulls = " IGNORE NULLS"
        elif not isinstance(node, exp.RespectNulls):
            raise not_supported(f"Unsupported window expression: {node.sql()}", node)
        node = node.this
    name = node.name.lower()
    return aggregate(self, name, node.expressions, node, filtered + over, order=order, nulls=nulls)


def aggregate(
    self: Expressions,
    name: str,
    nodes: Sequence[exp.Expression],
    node: exp.Expression,
    tail: str,
    *,
    order: exp.Expression | None = None,
    nulls: str = "",
) -> Typed:
    """An aggregate or window function with its clauses.

    Raises:
        QueryError: FUNCTION_NOT_FOUND, FUNCTION_NOT_AGGREGATE, or NOT_SUPPORTED.
    """
    distinct, order, nodes = _modifiers(nodes, order)
    if name in _OF_DECIMALS and len(nodes) == 1:
        value = self.compile(nodes[0])
        if value.type.name == "decimal":
            return _OF_DECIMALS[name](Typed(f"{distinct}{value.sql}", value.type), tail)
    table = AGGREGATES if name in AGGREGATES else WINDOWS
    if name not in table or (name in WINDOWS and "OVER" not in tail):
        if name in SCALARS:
            raise QueryError("FUNCTION_NOT_AGGREGATE", f"Function {name} is not an aggregation function", node)
        if name in REFUSED:
            raise not_supported(f"Function {name}", node)
        raise QueryError("FUNCTION_NOT_FOUND", f"Function '{name}' not registered", node)
    overload, values, bound = overloads.choose(self, name, nodes, table[name], node)
    if distinct and not re.search(r"\w\(\{0\}", overload.template):
        raise not_supported(f"DISTINCT in function {name}", node)
    wanted = overloads.returned(overload.returns, values, bound)
    if distinct:
        values[0] = Typed(f"DISTINCT {values[0].sql}", values[0].type)
    sorting = f" ORDER BY {windows.order_by(self, order)}" if order is not None else ""
    whole = "" if "OVER" in tail or _is_grouped(node) else _OF_ALL_ROWS.get((name, str(wanted)), "")
    template = whole or overload.template
    template = template.replace("{order}", "").replace("){tail}", f"{sorting}){{tail}}")
    filled = templates.fill(template, values, wanted, {"tail": tail, "nulls": nulls})
    return Typed(f"({filled})" if template.endswith("{tail}") else filled, wanted)


def _is_grouped(node: exp.Expression) -> bool:
    select = node.find_ancestor(exp.Select)
    return select is not None and select.args.get("group") is not None


def _modifiers(
    nodes: Sequence[exp.Expression], order: exp.Expression | None
) -> tuple[str, exp.Expression | None, list[exp.Expression]]:
    """DISTINCT and ORDER BY, which the parser leaves around the arguments."""
    distinct, plain = "", []
    for node in nodes:
        inner = node
        if isinstance(inner, exp.Order):
            order, inner = inner, inner.this
        if isinstance(inner, exp.Distinct):
            distinct = "DISTINCT "
            plain += inner.expressions
        elif not isinstance(inner, exp.Star):
            plain.append(inner)
    return distinct, order, plain


def _sum_of_decimals(value: Typed, tail: str) -> Typed:
    kept = types.decimal(38, value.type.scale or 0)
    return Typed(f"CAST(sum({value.sql}){tail} AS {duckdb_type(kept)})", kept)


def _average_of_decimals(value: Typed, tail: str) -> Typed:
    scale = value.type.scale or 0
    total, count = f"sum({value.sql}){tail}", f"count({value.sql}){tail}"
    sql = arithmetic.divide(total, scale, f"CAST({count} AS DECIMAL(19,0))", 0, value.type)
    return Typed(f"(CASE WHEN {count} > 0 THEN {sql} END)", value.type)


_OF_DECIMALS: dict[str, Callable[[Typed, str], Typed]] = {"sum": _sum_of_decimals, "avg": _average_of_decimals}
# What is quicker for all rows at once. For each of many groups, a bitmap would take more memory than its values, and a
# call of Python more time.
_OF_ALL_ROWS = {
    ("approx_distinct", "bigint"): f"trino_distinct_estimate({distinct_counts.BITMAP})",
    # DuckDB would write all rows down and read them twice.
    ("histogram", "map(bigint, bigint)"): "map_from_entries(trino_histogram(list({0}){tail}))",
    ("approx_percentile", "array(double)"): "trino_percentiles(list({0}){tail}, {1})",
}
