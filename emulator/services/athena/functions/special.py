"""Functions whose type or evaluation no signature states: conditionals, lambdas over maps, decimals, date patterns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena import arithmetic, casts, types
from emulator.services.athena.casts import Typed, coerce
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.functions import calls, patterns
from emulator.services.athena.scope import literal
from emulator.services.athena.types import BIGINT, BOOLEAN, DATE, VARCHAR, Type, duckdb_type

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions

Form = Callable[["Expressions", list[Any], Any], Typed]


def _coalesce(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    values, merged = self.same_type(nodes)
    return Typed(f"coalesce({', '.join(values)})", merged)


def _nullif(self: Expressions, nodes: list[Any], node: Any) -> Typed:
    left, right = map(self.compile, nodes)
    merged = types.common(left.type, right.type)
    if merged is None:
        raise QueryError("TYPE_MISMATCH", f"Types are not comparable with NULLIF: {left.type} vs {right.type}", node)
    same = f"{coerce(left, merged).sql} = {coerce(right, merged).sql}"
    return Typed(f"(CASE WHEN {same} THEN NULL ELSE {left.sql} END)", left.type)


def _try(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    value = self.compile(nodes[0])
    return Typed(f"TRY({value.sql})", value.type)


def _extreme(function: str) -> Form:
    def rule(self: Expressions, nodes: list[Any], _: Any) -> Typed:
        values, merged = self.same_type(nodes)
        missing = " OR ".join(f"{value} IS NULL" for value in values)
        return Typed(f"(CASE WHEN {missing} THEN NULL ELSE {function}({', '.join(values)}) END)", merged)

    return rule


def _row(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    return calls.row(self, nodes)


def _grouping(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    return Typed(f"CAST(GROUPING({', '.join(self.compile(n).sql for n in nodes)}) AS BIGINT)", BIGINT)


def _concat(self: Expressions, nodes: list[Any], node: Any) -> Typed:
    values = [self.compile(n) for n in nodes]
    if not any(value.type.name == "array" for value in values):
        return calls.scalar(self, "concat", nodes, node)
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


def _rounding(function: str) -> Form:
    def rule(self: Expressions, nodes: list[Any], node: Any) -> Typed:
        value = self.compile(nodes[0])
        if value.type.name != "decimal":
            return calls.scalar(self, function, nodes, node)
        precision, scale = value.type.precision or 0, value.type.scale or 0
        if len(nodes) == 2:
            digits = coerce(self.compile(nodes[1]), types.INTEGER).sql
            kept = types.decimal(precision + (1 if function == "round" and scale else 0), scale)
            name = {"round": "round", "truncate": "trunc"}[function]
            if not re.fullmatch(r"CAST\(\d+ AS INTEGER\)", digits):
                raise not_supported(f"{function} of a decimal to a number of digits that is not a literal", node)
            return Typed(f"CAST({name}({value.sql}, {digits}) AS {duckdb_type(kept)})", kept)
        kept = types.decimal(max(precision - scale + (1 if scale and function != "truncate" else 0), 1), 0)
        name = {"truncate": "trunc"}.get(function, function)
        return Typed(f"CAST({name}({value.sql}) AS {duckdb_type(kept)})", kept)

    return rule


def _mod(self: Expressions, nodes: list[Any], node: Any) -> Typed:
    return arithmetic.binary("%", self.compile(nodes[0]), self.compile(nodes[1]), node)


def _parameters(node: Any, count: int) -> list[str]:
    if not isinstance(node, exp.Lambda) or len(node.expressions) != count:
        raise QueryError("TYPE_MISMATCH", f"a lambda of {count} parameters is expected", node)
    return [parameter.name for parameter in node.expressions]


def _map_lambda(self: Expressions, nodes: list[Any]) -> tuple[Typed, str, Typed]:
    """The map, the name of its entry inside DuckDB's lambda, and the compiled body."""
    subject = self.compile(nodes[0])
    if subject.type.name != "map":
        raise QueryError("FUNCTION_NOT_FOUND", f"Unexpected parameters ({subject.type}, function)", nodes[0])
    entry = f"_e{self.lambda_depth}"
    key, value = subject.type.arguments
    inside = self.inside_lambda(_parameters(nodes[1], 2), [Typed(f"{entry}.key", key), Typed(f"{entry}.value", value)])
    return subject, entry, inside.compile(nodes[1].this)


def _map_filter(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    subject, entry, body = _map_lambda(self, nodes)
    kept = f"list_filter(map_entries({subject.sql}), lambda {entry}: {coerce(body, BOOLEAN).sql})"
    return Typed(f"map_from_entries({kept})", subject.type)


def _transform_values(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    subject, entry, body = _map_lambda(self, nodes)
    made = f"struct_pack(key := {entry}.key, value := {body.sql})"
    sql = f"map_from_entries(list_transform(map_entries({subject.sql}), lambda {entry}: {made}))"
    return Typed(sql, types.map_of(subject.type.arguments[0], body.type))


def _transform_keys(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    subject, entry, body = _map_lambda(self, nodes)
    made = f"struct_pack(key := {body.sql}, value := {entry}.value)"
    sql = f"map_from_entries(list_transform(map_entries({subject.sql}), lambda {entry}: {made}))"
    return Typed(sql, types.map_of(body.type, subject.type.arguments[1]))


def _zip_with(self: Expressions, nodes: list[Any], node: Any) -> Typed:
    left, right = self.compile(nodes[0]), self.compile(nodes[1])
    if left.type.name != "array" or right.type.name != "array":
        raise QueryError("FUNCTION_NOT_FOUND", f"Unexpected parameters ({left.type}, {right.type}, function)", node)
    pair = f"_z{self.lambda_depth}"
    values = [Typed(f"{pair}[1]", left.type.arguments[0]), Typed(f"{pair}[2]", right.type.arguments[0])]
    body = self.inside_lambda(_parameters(nodes[2], 2), values).compile(nodes[2].this)
    return Typed(
        f"list_transform(list_zip({left.sql}, {right.sql}), lambda {pair}: {body.sql})", types.array(body.type)
    )


def _reduce(self: Expressions, nodes: list[Any], node: Any) -> Typed:
    subject, start = self.compile(nodes[0]), self.compile(nodes[1])
    if subject.type.name != "array":
        raise QueryError("FUNCTION_NOT_FOUND", f"Unexpected parameters ({subject.type}, ...) for function reduce", node)
    state, item = f"_s{self.lambda_depth}", f"_i{self.lambda_depth}"
    names = _parameters(nodes[2], 2)

    def step(type_: Type) -> Typed:
        values = [Typed(state, type_), Typed(f"{item}", subject.type.arguments[0])]
        return self.inside_lambda(names, values).compile(nodes[2].this)

    merged = types.common(start.type, step(start.type).type)
    if merged is None:
        raise QueryError("TYPE_MISMATCH", "reduce: the state changes its type", node)
    body = coerce(step(merged), merged)
    folded = f"list_reduce({subject.sql}, lambda {state}, {item}: {body.sql}, {coerce(start, merged).sql})"
    if len(nodes) == 3:
        return Typed(folded, merged)
    return self.inside_lambda(_parameters(nodes[3], 1), [Typed(folded, merged)]).compile(nodes[3].this)


def _zip(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    values = [self.compile(n) for n in nodes]
    element = Type("row", tuple(v.type.arguments[0] for v in values), (None,) * len(values))
    fields = ", ".join(f"field{i} := _z[{i + 1}]" for i in range(len(values)))
    zipped = f"list_zip({', '.join(v.sql for v in values)})"
    return Typed(f"list_transform({zipped}, lambda _z: struct_pack({fields}))", types.array(element))


def _map_entries(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    value = self.compile(nodes[0])
    element = Type("row", value.type.arguments, (None, None))
    made = "struct_pack(field0 := _e.key, field1 := _e.value)"
    return Typed(f"list_transform(map_entries({value.sql}), lambda _e: {made})", types.array(element))


def _refused(_: Expressions, __: list[Any], node: Any) -> Typed:
    raise not_supported(f"Function {node.name}", node)


FORMS: dict[str, Form] = {
    "coalesce": _coalesce,
    "nullif": _nullif,
    "try": _try,
    "greatest": _extreme("greatest"),
    "least": _extreme("least"),
    "row": _row,
    "grouping": _grouping,
    "concat": _concat,
    "round": _rounding("round"),
    "ceil": _rounding("ceil"),
    "ceiling": _rounding("ceil"),
    "floor": _rounding("floor"),
    "truncate": _rounding("truncate"),
    "mod": _mod,
    "map_filter": _map_filter,
    "transform_values": _transform_values,
    "transform_keys": _transform_keys,
    "map_entries": _map_entries,
    "zip_with": _zip_with,
    "zip": _zip,
    "reduce": _reduce,
}
FORMS |= dict.fromkeys(
    ("json_value", "json_query", "json_exists", "json_object", "json_array", "format", "soundex", "word_stem"),
    _refused,
)


def _sum_of_decimals(value: Typed, tail: str) -> Typed:
    kept = types.decimal(38, value.type.scale or 0)
    return Typed(f"CAST(sum({value.sql}){tail} AS {duckdb_type(kept)})", kept)


def _average_of_decimals(value: Typed, tail: str) -> Typed:
    scale = value.type.scale or 0
    total, count = f"sum({value.sql}){tail}", f"count({value.sql}){tail}"
    sql = arithmetic.divide(total, scale, f"CAST({count} AS DECIMAL(19,0))", 0, value.type)
    return Typed(f"(CASE WHEN {count} > 0 THEN {sql} END)", value.type)


DECIMAL_AGGREGATES: dict[str, Callable[[Typed, str], Typed]] = {
    "sum": _sum_of_decimals,
    "avg": _average_of_decimals,
}


def _to_strftime(pattern: str, letters: dict[str, str], token: str, node: Any) -> str:
    result = ""
    for found in re.finditer(token, pattern):
        text = found[0]
        if text in letters:
            result += letters[text]
        elif text.startswith("'"):
            result += text[1:-1].replace("%", "%%") or "'"
        elif (text[0] == "%" and len(text) == 2) or (text[0].isalpha() and letters is patterns.JODA):
            raise not_supported(f"Date pattern {text}", node)
        else:
            result += text.replace("%", "%%")
    return result


def _pattern(kind: str) -> Callable[..., Typed]:
    letters, token = (
        (patterns.MYSQL, r"%.|[^%]+") if kind == "mysql" else (patterns.JODA, r"'[^']*'|([A-Za-z])\1*|[^A-Za-z']+")
    )

    def rule(_: Expressions, name: str, values: Sequence[Typed], nodes: Sequence[Any], node: Any) -> Typed:
        if not isinstance(nodes[1], exp.Literal):
            raise not_supported(f"{name} with a pattern that is not a literal", node)
        pattern = literal(_to_strftime(nodes[1].this, letters, token, node))
        value = values[0]
        if name in ("date_format", "format_datetime"):
            local = f"timezone('{calls.zone_of(value)}', {value.sql})" if value.type.zone else value.sql
            return Typed(f"strftime({local}, {pattern})", VARCHAR)
        parsed = f"CAST(strptime({value.sql}, {pattern}) AS TIMESTAMP)"
        if name == "date_parse":
            return Typed(parsed, types.TIMESTAMP)
        return Typed(f"timezone('UTC', {parsed})", types.timestamp_tz("UTC"))

    return rule


def _zone(self: Expressions, name: str, values: Sequence[Typed], nodes: Sequence[Any], node: Any) -> Typed:
    if name == "at_timezone":
        return calls.at_zone(self, nodes[0], nodes[1])
    if not isinstance(nodes[1], exp.Literal):
        raise not_supported("with_timezone with a zone that is not a literal", node)
    zoned = types.timestamp_tz(nodes[1].this)
    return Typed(f"timezone('{calls.zone_of(Typed('', zoned))}', {values[0].sql})", zoned)


def _to_date(_: Expressions, __: str, values: Sequence[Typed], ___: Sequence[Any], ____: Any) -> Typed:
    return casts.cast(values[0], DATE)


def _unsupported(_: Expressions, name: str, __: Sequence[Typed], ___: Sequence[Any], node: Any) -> Typed:
    raise not_supported(f"Function {name}", node)


# Rules that a signature's template names instead of SQL.
NAMED: dict[str, Callable[..., Typed]] = {
    "joda": _pattern("joda"),
    "mysql": _pattern("mysql"),
    "zone": _zone,
    "cast": _to_date,
    "unsupported": _unsupported,
}
