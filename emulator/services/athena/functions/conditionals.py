"""Functions that choose among their arguments, and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena import types
from emulator.services.athena.casts import Typed, coerce
from emulator.services.athena.errors import QueryError
from emulator.services.athena.query import aggregation
from emulator.services.athena.types import BIGINT, Type

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions
    from emulator.services.athena.functions.forms import Form


def coalesce(self: Expressions, nodes: list[Any], node: Any) -> Typed:
    """The first that is not null."""
    _count(nodes, 2, "The 'coalesce' function must have at least two arguments", node)
    values, merged = self.same_type(nodes)
    return Typed(f"coalesce({', '.join(values)})", merged)


def _count(nodes: list[Any], least: int, message: str, node: Any) -> None:
    if len(nodes) < least:
        raise QueryError("INVALID_FUNCTION_ARGUMENT", message, node)


def nullif(self: Expressions, nodes: list[Any], node: Any) -> Typed:
    """Null where two are equal."""
    left, right = map(self.compile, nodes)
    merged = types.common(left.type, right.type)
    if merged is None:
        raise QueryError("TYPE_MISMATCH", f"Types are not comparable with NULLIF: {left.type} vs {right.type}", node)
    same = f"{coerce(left, merged).sql} = {coerce(right, merged).sql}"
    return Typed(f"(CASE WHEN {same} THEN NULL ELSE {left.sql} END)", left.type)


def try_(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    """Null where the argument's evaluation fails.

    DuckDB takes no aggregate inside TRY: it is computed beside, and handed in as a lambda's parameter.
    """
    body = nodes[0].copy()
    found = [*aggregation.calls(body, windows=True)] or [*aggregation.calls(body, windows=False)]
    if not found:
        value = self.compile(nodes[0])
        return Typed(f"TRY({value.sql})", value.type)
    names = [f"_a{self.lambda_depth}_{place}" for place in range(len(found))]
    values = [self.compile(call) for call in found]
    for name, call in zip(names, found, strict=True):
        column = exp.column(name)
        body = column if call is body else body
        call.replace(column)
    handed = f"_h{self.lambda_depth}"
    inside = self.inside_lambda(names, [Typed(f"{handed}.{n}", v.type) for n, v in zip(names, values, strict=True)])
    tried = inside.compile(body)
    packed = ", ".join(f"{name} := {value.sql}" for name, value in zip(names, values, strict=True))
    sql = f"list_extract(list_transform([struct_pack({packed})], lambda {handed}: TRY({tried.sql})), 1)"
    return Typed(sql, tried.type)


def extreme(function: str) -> Form:
    """The rule of greatest or least: null where an argument is."""

    def rule(self: Expressions, nodes: list[Any], node: Any) -> Typed:
        _count(nodes, 1, f"There must be one or more arguments to {function}", node)
        values, merged = self.same_type(nodes)
        missing = " OR ".join(f"{value} IS NULL" for value in values)
        return Typed(f"(CASE WHEN {missing} THEN NULL ELSE {function}({', '.join(values)}) END)", merged)

    return rule


def row(self: Expressions, nodes: list[Any], _: Any = None) -> Typed:
    """``ROW(a, b)``."""
    values = [self.compile(node) for node in nodes]
    fields = ", ".join(f"field{index} := {value.sql}" for index, value in enumerate(values))
    return Typed(f"struct_pack({fields})", Type("row", tuple(v.type for v in values), (None,) * len(values)))


def grouping(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    """Which columns a grouping set leaves out, as bits."""
    return Typed(f"CAST(GROUPING({', '.join(self.compile(n).sql for n in nodes)}) AS BIGINT)", BIGINT)


def concat(self: Expressions, nodes: list[Any], node: Any) -> Typed | None:
    """Arrays, and elements next to them, as one array; other arguments are left to the tables."""
    values = [self.compile(n) for n in nodes]
    if not any(value.type.name == "array" for value in values):
        return None
    merged = types.UNKNOWN
    for value in values:
        element = value.type.arguments[0] if value.type.name == "array" else value.type
        wider = types.common(merged, element)
        if wider is None:
            raise QueryError("TYPE_MISMATCH", f"Cannot concatenate {merged} and {element}", node)
        merged = wider
    target = types.array(merged)
    parts = [
        coerce(v, target).sql if v.type.name in ("array", "unknown") else f"[{coerce(v, merged).sql}]" for v in values
    ]
    missing = " OR ".join(f"{part} IS NULL" for part in parts)
    sql = parts[0]
    for part in parts[1:]:
        sql = f"list_concat({sql}, {part})"
    return Typed(f"(CASE WHEN {missing} THEN NULL ELSE {sql} END)", target)
