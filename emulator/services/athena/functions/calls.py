"""A function call: which overload it means, and the DuckDB expression that computes it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena import types
from emulator.services.athena.casts import Typed, cast, coerce
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.functions import signature, special
from emulator.services.athena.functions.signature import Signature
from emulator.services.athena.functions.tables import AGGREGATES, SCALARS, WINDOWS
from emulator.services.athena.scope import literal
from emulator.services.athena.time_zones import duckdb_zone
from emulator.services.athena.types import VARCHAR, Type

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions


def call(self: Expressions, name: str, nodes: Sequence[exp.Expression], node: exp.Expression) -> Typed:
    """A call of a scalar or aggregate function, without FILTER or OVER.

    Raises:
        QueryError: FUNCTION_NOT_FOUND, or what its arguments raise.
    """
    if name in special.FORMS:
        return special.FORMS[name](self, list(nodes), node)
    if name in SCALARS:
        return scalar(self, name, nodes, node)
    if name in AGGREGATES:
        return aggregate(self, name, nodes, node, "")
    if name in WINDOWS:
        raise QueryError("MISSING_OVER", f"Window function {name} requires an OVER clause", node)
    raise QueryError("FUNCTION_NOT_FOUND", f"Function '{name}' not registered", node)


def scalar(self: Expressions, name: str, nodes: Sequence[exp.Expression], node: exp.Expression) -> Typed:
    """A call of a function of the scalar tables."""
    overload, values, bound = _choose(self, name, nodes, SCALARS[name], node)
    wanted = _returned(overload.returns, values, bound)
    if overload.template in special.NAMED:
        return special.NAMED[overload.template](self, name, values, nodes, node)
    return Typed(f"({_fill(overload, values, wanted, {})})", wanted)


def _choose(
    self: Expressions,
    name: str,
    nodes: Sequence[exp.Expression],
    overloads: Sequence[Signature],
    node: exp.Expression,
) -> tuple[Signature, list[Typed], dict[str, Type]]:
    """The cheapest overload that takes the arguments, and the arguments coerced to it."""
    plain = [None if isinstance(n, exp.Lambda) else self.compile(n) for n in nodes]
    best: tuple[int, Signature, dict[str, Type]] | None = None
    for overload in overloads:
        bound: dict[str, Type] = {}
        if overload.accepts(len(nodes)) and _fits(overload, plain, bound):
            distance = sum(
                signature.cost(overload.parameter(i), value.type) for i, value in enumerate(plain) if value is not None
            )
            if best is None or distance < best[0]:
                best = (distance, overload, bound)
    if best is None:
        given = [value.type if value else Type("function") for value in plain]
        raise QueryError("FUNCTION_NOT_FOUND", signature.describe(name, given, overloads), node)
    _, chosen, bound = best
    values = []
    for index, value in enumerate(plain):
        wanted = chosen.parameter(index)
        if value is None:
            values.append(_lambda(self, nodes[index], wanted, bound, node))
        else:
            values.append(_coerced(value, wanted, bound))
    return chosen, values, bound


def _fits(overload: Signature, plain: Sequence[Typed | None], bound: dict[str, Type]) -> bool:
    for index, value in enumerate(plain):
        wanted = overload.parameter(index)
        if (value is None) != (wanted.name == "function"):
            return False
        if value is not None and not signature.unify(wanted, value.type, bound):
            return False
    return True


def _coerced(value: Typed, wanted: Type, bound: Mapping[str, Type]) -> Typed:
    if wanted.name == "decimal" and wanted.precision is None:
        return value
    target = signature.substitute(wanted, bound)
    if target.zone and value.type.zone:
        return value
    if target.name == value.type.name and not target.arguments:
        return value
    if target.name == "row":
        return value
    return coerce(value, target)


def _lambda(self: Expressions, node: Any, wanted: Type, bound: dict[str, Type], outer: exp.Expression) -> Typed:
    *inputs, output = wanted.arguments
    names = [parameter.name for parameter in node.expressions]
    if len(names) != len(inputs):
        raise QueryError(
            "FUNCTION_NOT_FOUND", f"Lambda with {len(names)} parameters where {len(inputs)} are expected", outer
        )
    parameters = [f"_l{self.lambda_depth}_{index}" for index in range(len(names))]
    values = [Typed(p, signature.substitute(t, bound)) for p, t in zip(parameters, inputs, strict=True)]
    body = self.inside_lambda(names, values).compile(node.this)
    if not signature.unify(output, body.type, bound):
        raise QueryError("TYPE_MISMATCH", f"Lambda returns {body.type} where {output} is expected", node)
    body = coerce(body, signature.substitute(output, bound))
    return Typed(f"lambda {', '.join(parameters)}: {body.sql}", body.type)


def _returned(returns: Type, values: Sequence[Typed], bound: Mapping[str, Type]) -> Type:
    if returns.name == "decimal" and returns.precision is None:
        return next(value.type for value in values if value.type.name == "decimal")
    if returns.zone:
        return next((value.type for value in values if value.type.zone), returns)
    return signature.substitute(returns, bound)


def _fill(overload: Signature, values: Sequence[Typed], wanted: Type, clauses: Mapping[str, str]) -> str:
    """The template with its arguments."""

    def replacement(found: re.Match[str]) -> str:
        key = found[1]
        if key in clauses:
            return clauses[key]
        if key.startswith("*"):
            joined = " || " if key == "*||" else ", "
            return joined.join(value.sql for value in values)
        if key == "returns":
            return types.duckdb_type(wanted)
        if key == "type0":
            return str(values[0].type)
        return _variant(values[int(re.sub(r"\D", "", key))], re.sub(r"\d", "", key))

    return (
        re.sub(r"\{(\*?[a-z0-9]*\|*)\}", replacement, overload.template)
        if "{" in overload.template
        else overload.template
    )


def _variant(value: Typed, variant: str) -> str:
    """An argument as a template asks for it."""
    if variant == "local":
        return f"timezone({literal(zone_of(value))}, {value.sql})"
    if variant == "zone":
        return literal(zone_of(value))
    if variant == "text":
        return cast(value, types.array(VARCHAR)).sql
    if variant == "entries":
        key, item = (name for name, _ in value.type.arguments[0].fields)
        return (
            f"list_transform({value.sql}, lambda _e: "
            f"struct_pack(key := struct_extract(_e, {literal(key)}), value := struct_extract(_e, {literal(item)})))"
        )
    return value.sql


def zone_of(value: Typed) -> str:
    """The zone of a timestamp with time zone as DuckDB names it."""
    return duckdb_zone(value.type.zone or "UTC")


def at_zone(self: Expressions, value_node: exp.Expression, zone_node: exp.Expression) -> Typed:
    """``value AT TIME ZONE 'zone'``: the same instant, shown elsewhere.

    Raises:
        QueryError: NOT_SUPPORTED, the zone is not a literal.
    """
    if not isinstance(zone_node, exp.Literal):
        raise not_supported("AT TIME ZONE with a zone that is not a literal", zone_node)
    zone = types.timestamp_tz(zone_node.this)
    value = self.compile(value_node)
    if value.type.zone:
        moved = Typed(value.sql, zone)
        zone_of(moved)
        return moved
    return Typed(coerce(value, types.timestamp_tz("UTC")).sql, zone)


def row(self: Expressions, nodes: Sequence[exp.Expression]) -> Typed:
    """``ROW(a, b)``."""
    values = [self.compile(node) for node in nodes]
    fields = ", ".join(f"field{index} := {value.sql}" for index, value in enumerate(values))
    return Typed(f"struct_pack({fields})", Type("row", tuple(v.type for v in values), (None,) * len(values)))


def aggregate_clauses(self: Expressions, node: Any) -> Typed:
    """A call with FILTER, WITHIN GROUP or IGNORE NULLS, and no OVER."""
    return _aggregate_with(self, node, "")


def window(self: Expressions, node: Any) -> Typed:
    """A call with OVER."""
    return _aggregate_with(self, node.this, f" OVER ({_window_specification(self, node)})")


def _aggregate_with(self: Expressions, node: Any, over: str) -> Typed:
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
    """An aggregate or window function with its clauses."""
    distinct, order, nodes = _modifiers(nodes, order)
    if name in special.DECIMAL_AGGREGATES and len(nodes) == 1:
        value = self.compile(nodes[0])
        if value.type.name == "decimal":
            return special.DECIMAL_AGGREGATES[name](Typed(f"{distinct}{value.sql}", value.type), tail)
    table = AGGREGATES if name in AGGREGATES else WINDOWS
    if name not in table or (name in WINDOWS and "OVER" not in tail):
        if name in SCALARS:
            raise QueryError("FUNCTION_NOT_AGGREGATE", f"Function {name} is not an aggregation function", node)
        raise QueryError("FUNCTION_NOT_FOUND", f"Function '{name}' not registered", node)
    overload, values, bound = _choose(self, name, nodes, table[name], node)
    if overload.template == "unsupported":
        raise not_supported(f"Function {name}", node)
    if distinct and not re.search(r"\w\(\{0\}", overload.template):
        raise not_supported(f"DISTINCT in function {name}", node)
    wanted = _returned(overload.returns, values, bound)
    if distinct:
        values[0] = Typed(f"DISTINCT {values[0].sql}", values[0].type)
    sorting = f" ORDER BY {order_by(self, order)}" if order is not None else ""
    template = overload.template.replace("{order}", "").replace("){tail}", f"{sorting}){{tail}}")
    filled = _fill(
        Signature(name, overload.parameters, overload.returns, template), values, wanted, {"tail": tail, "nulls": nulls}
    )
    return Typed(f"({filled})" if template.endswith("{tail}") else filled, wanted)


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


def order_by(self: Expressions, order: Any) -> str:
    """The terms of an ORDER BY; nulls come last unless told, in Trino, whatever the direction."""
    terms = []
    for term in order.expressions:
        direction = "DESC" if term.args.get("desc") else "ASC"
        nulls = "FIRST" if term.args.get("nulls_first") else "LAST"
        terms.append(f"{self.compile(term.this).sql} {direction} NULLS {nulls}")
    return ", ".join(terms)


def _window_specification(self: Expressions, node: Any) -> str:
    name = node.args.get("alias")
    if name is not None:
        if name.name.lower() not in self.windows:
            raise QueryError("INVALID_WINDOW_REFERENCE", f"Cannot resolve WINDOW name {name.name}", node)
        node = self.windows[name.name.lower()]
    clauses = []
    if node.args.get("partition_by"):
        clauses.append("PARTITION BY " + ", ".join(self.compile(part).sql for part in node.args["partition_by"]))
    if node.args.get("order"):
        clauses.append("ORDER BY " + order_by(self, node.args["order"]))
    spec = node.args.get("spec")
    if spec is not None:
        start = _bound(self, spec.args.get("start"), spec.args.get("start_side"))
        end = _bound(self, spec.args.get("end") or "CURRENT ROW", spec.args.get("end_side"))
        clauses.append(f"{spec.args['kind'].upper()} BETWEEN {start} AND {end}")
    return " ".join(clauses)


def _bound(self: Expressions, value: Any, side: str | None) -> str:
    if not isinstance(value, str):
        return f"{self.compile(value).sql} {(side or '').upper()}"
    return value.upper() if value.upper() == "CURRENT ROW" else f"{value} {side or ''}".upper()
