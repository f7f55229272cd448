"""Names, and what is reached through them: columns, fields of rows, elements of arrays and maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena import types
from emulator.services.athena.casts import Typed, coerce
from emulator.services.athena.errors import QueryError, failure, not_supported
from emulator.services.athena.functions import conditionals
from emulator.services.athena.scope import dereference, literal

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions


def column(self: Expressions, node: exp.Expression) -> Typed:
    """A name, as its scope resolves it."""
    parts = [part.name for part in node.parts] if isinstance(node, exp.Column) else [node.name]
    return self.scope.resolve(parts, node)


def field(self: Expressions, node: Any) -> Typed:
    """A field of a row."""
    if not isinstance(node.expression, exp.Identifier):
        raise not_supported(f"Unsupported expression: {node.sql()}", node)
    return dereference(self.compile(node.this), [node.expression.name.lower()], node)


def array(self: Expressions, node: Any) -> Typed:
    """``ARRAY[..]``: elements of one type."""
    values, merged = self.same_type(node.expressions)
    return Typed(f"[{', '.join(values)}]" if values else "CAST([] AS INTEGER[])", types.array(merged))


def subscript(self: Expressions, node: Any) -> Typed:
    """``value[index]`` of an array, a map or a row.

    Raises:
        QueryError: TYPE_MISMATCH, or a place outside a row; outside an array or a map it is raised when it is run.
    """
    base, index = self.compile(node.this), self.compile(node.expressions[0])
    if base.type.name == "map":
        return _value_of_key(base, index)
    if base.type.name == "row" and isinstance(node.expressions[0], exp.Literal):
        return _field_at(base, int(node.expressions[0].this), node)
    if base.type.name == "array" and index.type.name in types.INTEGERS:
        return _element(base, index)
    raise QueryError("TYPE_MISMATCH", f"Cannot subscript {base.type} with {index.type}", node)


def _value_of_key(base: Typed, index: Typed) -> Typed:
    key, value = base.type.arguments
    wanted = coerce(index, key).sql
    missing = failure(
        "INVALID_FUNCTION_ARGUMENT",
        f"'Key not present in map: ' || CAST({wanted} AS VARCHAR)",
        types.duckdb_type(value),
    )
    found = f"map_extract_value({base.sql}, {wanted})"
    return Typed(f"(CASE WHEN NOT map_contains({base.sql}, {wanted}) THEN {missing} ELSE {found} END)", value)


def _field_at(base: Typed, position: int, node: exp.Expression) -> Typed:
    fields = list(base.type.fields)
    if not 1 <= position <= len(fields):
        raise QueryError("INVALID_FUNCTION_ARGUMENT", f"ROW index out of bounds: {position}", node)
    name, type_ = fields[position - 1]
    return Typed(f"struct_extract({base.sql}, {literal(name)})", type_)


def _element(base: Typed, index: Typed) -> Typed:
    element = base.type.arguments[0]
    wrong = failure(
        "INVALID_FUNCTION_ARGUMENT",
        f"'Array subscript must be less than or equal to array length: ' || {index.sql} || ' > ' || len({base.sql})",
        types.duckdb_type(element),
    )
    inside = f"{index.sql} BETWEEN 1 AND len({base.sql}) OR {base.sql} IS NULL OR {index.sql} IS NULL"
    return Typed(f"(CASE WHEN {inside} THEN list_extract({base.sql}, {index.sql}) ELSE {wrong} END)", element)


def row(self: Expressions, node: Any) -> Typed:
    """``(a, b)``: a row."""
    return conditionals.row(self, node.expressions)
