"""Functions whose lambdas see more than one array: those over maps, pairs, folds and comparators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena import types
from emulator.services.athena.casts import Typed, coerce
from emulator.services.athena.errors import QueryError, failure
from emulator.services.athena.types import BIGINT, BOOLEAN, INTEGERS, VARCHAR, Type, duckdb_type

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions


def _parameters(node: Any, count: int) -> list[str]:
    if not isinstance(node, exp.Lambda) or len(node.expressions) != count:
        raise QueryError("TYPE_MISMATCH", f"a lambda of {count} parameters is expected", node)
    return [parameter.name for parameter in node.expressions]


def _apply(self: Expressions, node: Any, *values: Typed) -> Typed:
    """A lambda's body, its parameters standing for the values."""
    return self.inside_lambda(_parameters(node, len(values)), values).compile(node.this)


def _of(self: Expressions, node: Any, kind: str, name: str) -> Typed:
    """An argument that must be an array or a map."""
    value = self.compile(node)
    if value.type.name != kind:
        raise QueryError("FUNCTION_NOT_FOUND", f"Unexpected parameters ({value.type}, ...) for function {name}", node)
    return value


def _over_entries(self: Expressions, nodes: list[Any], name: str) -> tuple[Typed, str, Typed]:
    """The map, the name of its entry inside DuckDB's lambda, and the compiled body."""
    subject = _of(self, nodes[0], "map", name)
    entry = f"_e{self.lambda_depth}"
    key, value = subject.type.arguments
    return subject, entry, _apply(self, nodes[1], Typed(f"{entry}.key", key), Typed(f"{entry}.value", value))


def map_filter(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    """The entries for which the lambda holds."""
    subject, entry, body = _over_entries(self, nodes, "map_filter")
    kept = f"list_filter(map_entries({subject.sql}), lambda {entry}: {coerce(body, BOOLEAN).sql})"
    return Typed(f"map_from_entries({kept})", subject.type)


def transform_values(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    """The same keys with other values."""
    subject, entry, body = _over_entries(self, nodes, "transform_values")
    made = f"struct_pack(key := {entry}.key, value := {body.sql})"
    sql = f"map_from_entries(list_transform(map_entries({subject.sql}), lambda {entry}: {made}))"
    return Typed(sql, types.map_of(subject.type.arguments[0], body.type))


def transform_keys(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    """The same values under other keys."""
    subject, entry, body = _over_entries(self, nodes, "transform_keys")
    made = f"struct_pack(key := {body.sql}, value := {entry}.value)"
    sql = f"map_from_entries(list_transform(map_entries({subject.sql}), lambda {entry}: {made}))"
    return Typed(sql, types.map_of(body.type, subject.type.arguments[1]))


def map_zip_with(self: Expressions, nodes: list[Any], node: Any) -> Typed:
    """Two maps merged by key; a value is null where its map has no such key."""
    left, right = (_of(self, n, "map", "map_zip_with") for n in nodes[:2])
    key = types.common(left.type.arguments[0], right.type.arguments[0])
    if key is None:
        raise QueryError("FUNCTION_NOT_FOUND", f"Unexpected parameters ({left.type}, {right.type}, function)", node)
    name = f"_k{self.lambda_depth}"
    values = [Typed(f"map_extract_value({side.sql}, {name})", side.type.arguments[1]) for side in (left, right)]
    body = _apply(self, nodes[2], Typed(name, key), *values)
    keys = f"list_distinct_first(list_concat(map_keys({left.sql}), map_keys({right.sql})))"
    made = f"list_transform({keys}, lambda {name}: struct_pack(key := {name}, value := {body.sql}))"
    missing = f"{left.sql} IS NULL OR {right.sql} IS NULL"
    sql = f"(CASE WHEN {missing} THEN NULL ELSE map_from_entries({made}) END)"
    return Typed(sql, types.map_of(key, body.type))


def zip_with(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    """Two arrays merged element by element."""
    left, right = (_of(self, n, "array", "zip_with") for n in nodes[:2])
    pair = f"_z{self.lambda_depth}"
    values = [Typed(f"{pair}[{i}]", side.type.arguments[0]) for i, side in enumerate((left, right), 1)]
    body = _apply(self, nodes[2], *values)
    sql = f"list_transform(list_zip({left.sql}, {right.sql}), lambda {pair}: {body.sql})"
    return Typed(sql, types.array(body.type))


def zip_(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    """Arrays as one array of rows."""
    values = [_of(self, n, "array", "zip") for n in nodes]
    element = Type("row", tuple(v.type.arguments[0] for v in values), (None,) * len(values))
    fields = ", ".join(f"field{i} := _z[{i + 1}]" for i in range(len(values)))
    zipped = f"list_zip({', '.join(v.sql for v in values)})"
    return Typed(f"list_transform({zipped}, lambda _z: struct_pack({fields}))", types.array(element))


def map_entries(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    """A map as an array of rows."""
    value = _of(self, nodes[0], "map", "map_entries")
    element = Type("row", value.type.arguments, (None, None))
    made = "struct_pack(field0 := _e.key, field1 := _e.value)"
    return Typed(f"list_transform(map_entries({value.sql}), lambda _e: {made})", types.array(element))


def reduce(self: Expressions, nodes: list[Any], node: Any) -> Typed:
    """An array folded from the left."""
    subject, start = _of(self, nodes[0], "array", "reduce"), self.compile(nodes[1])
    state, item = f"_s{self.lambda_depth}", f"_i{self.lambda_depth}"

    def step(type_: Type) -> Typed:
        return _apply(self, nodes[2], Typed(state, type_), Typed(item, subject.type.arguments[0]))

    merged = types.common(start.type, step(start.type).type)
    if merged is None:
        raise QueryError("TYPE_MISMATCH", "reduce: the state changes its type", node)
    body = coerce(step(merged), merged)
    folded = f"list_reduce({subject.sql}, lambda {state}, {item}: {body.sql}, {coerce(start, merged).sql})"
    if len(nodes) == 3:
        return Typed(folded, merged)
    return _apply(self, nodes[3], Typed(folded, merged))


def array_sort(self: Expressions, nodes: list[Any], node: Any) -> Typed | None:
    """An array sorted by a comparator: each element is put behind those that are not greater."""
    if len(nodes) != 2:
        return None
    subject = _of(self, nodes[0], "array", "array_sort")
    element = subject.type.arguments[0]
    done, item, other = (f"_{letter}{self.lambda_depth}" for letter in "sio")
    order = _apply(self, nodes[1], Typed(other, element), Typed(f"{item}[1]", element))
    if order.type.name not in INTEGERS:
        raise QueryError("TYPE_MISMATCH", f"The comparator must return an integer (actual: {order.type})", node)
    wrong = failure("INVALID_FUNCTION_ARGUMENT", "'Lambda comparator must return either -1, 0, or 1'", "BOOLEAN")
    behind = f"CASE WHEN ({order.sql}) IS NULL THEN {wrong} ELSE ({order.sql}) <= 0 END"
    place = f"len(list_filter({done}, lambda {other}: {behind}))"
    head, rest = f"list_slice({done}, 1, {place})", f"list_slice({done}, {place} + 1, len({done}))"
    put = f"list_concat(list_concat({head}, {item}), {rest})"
    single = f"list_transform({subject.sql}, lambda {item}: [{item}])"
    sql = f"list_reduce({single}, lambda {done}, {item}: {put}, CAST([] AS {duckdb_type(subject.type)}))"
    return Typed(sql, subject.type)


def split_to_map(self: Expressions, nodes: list[Any], _: Any) -> Typed | None:
    """``split_to_map`` with a lambda that decides between two values of one key."""
    if len(nodes) != 4:
        return None
    arguments = ", ".join(coerce(self.compile(node), VARCHAR).sql for node in nodes[:3])
    entry, first, second = (f"_{letter}{self.lambda_depth}" for letter in "eab")
    values = (Typed(f"{entry}.key", VARCHAR), Typed(first, VARCHAR), Typed(second, VARCHAR))
    body = coerce(_apply(self, nodes[3], *values), VARCHAR)
    value = f"list_reduce({entry}.value, lambda {first}, {second}: {body.sql})"
    made = f"struct_pack(key := {entry}.key, value := {value})"
    source = f"map_entries(trino_split_to_multimap({arguments}))"
    sql = f"map_from_entries(list_transform({source}, lambda {entry}: {made}))"
    return Typed(sql, types.map_of(VARCHAR, VARCHAR))


def regexp_replace(self: Expressions, nodes: list[Any], _: Any) -> Typed | None:
    """``regexp_replace`` with a lambda over the groups of each match."""
    if len(nodes) != 3 or not isinstance(nodes[2], exp.Lambda):
        return None
    text, pattern = (coerce(self.compile(node), VARCHAR).sql for node in nodes[:2])
    piece = f"_p{self.lambda_depth}"
    body = coerce(_apply(self, nodes[2], Typed(f"{piece}.groups", types.array(VARCHAR))), VARCHAR)
    made = f"{piece}.before || CASE WHEN {piece}.groups IS NULL THEN '' ELSE coalesce({body.sql}, '') END"
    sql = f"array_to_string(list_transform(trino_regexp_pieces({text}, {pattern}), lambda {piece}: {made}), '')"
    return Typed(sql, VARCHAR)


def combinations(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    """All choices of n elements, in order."""
    subject = _of(self, nodes[0], "array", "combinations")
    places = f"trino_combinations(len({subject.sql}), {coerce(self.compile(nodes[1]), BIGINT).sql})"
    chosen = f"lambda _c: list_transform(_c, lambda _p: list_extract({subject.sql}, _p))"
    return Typed(f"list_transform({places}, {chosen})", types.array(subject.type))
