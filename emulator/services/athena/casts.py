# ruff: noqa: PLR0911 (each return is one case of a table of types)
"""CAST, TRY_CAST and implicit coercion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emulator.services.athena import json_casts, text_casts
from emulator.services.athena.errors import QueryError, failure, not_supported
from emulator.services.athena.types import (
    DOUBLE,
    INTEGERS,
    JSON,
    NUMERIC,
    OPAQUE,
    VARCHAR,
    Type,
    duckdb_type,
    quote,
)


@dataclass(frozen=True)
class Typed:
    """A compiled expression: DuckDB SQL, safe to stand as an operand, and its Trino type."""

    sql: str
    type: Type


def cast(value: Typed, to: Type, *, safe: bool = False) -> Typed:
    """CAST(value AS to), or TRY_CAST when `safe`.

    Raises:
        QueryError: TYPE_MISMATCH, there is no such cast; NOT_SUPPORTED, this engine does not do it.
    """
    return Typed(_cast(value.sql, value.type, to, safe, 0), to)


def coerce(value: Typed, to: Type) -> Typed:
    """The value as the type to which `types.common` says it goes implicitly."""
    if duckdb_type(value.type) == duckdb_type(to) and value.type.name == to.name:
        return Typed(value.sql, to)
    return cast(value, to)


def null(type_: Type) -> str:
    """NULL of a type."""
    return f"CAST(NULL AS {duckdb_type(type_)})"


def _cast(sql: str, from_: Type, to: Type, safe: bool, depth: int) -> str:
    if from_.name == "unknown":
        return null(to)
    if from_ == to:
        return sql
    if to.name == "raw json":
        return f"CAST({sql} AS JSON)"
    if to.arguments and from_.arguments and from_.name == to.name:
        return _nested(sql, from_, to, safe, depth)
    if "json" in (from_.name, to.name):
        return _json(sql, from_, to, safe)
    if to.name in OPAQUE or from_.name in OPAQUE:
        raise not_supported(f"Cannot cast {from_} to {to}")
    if to.name in ("varchar", "char"):
        return text_casts.fitted(text_casts.to_text(sql, from_), from_, to)
    if from_.name in ("varchar", "char"):
        return text_casts.from_text(sql, to, safe=safe)
    if from_.name in NUMERIC and to.name in NUMERIC:
        return _number(sql, from_, to, safe)
    return _other(sql, from_, to)


def _native(sql: str, to: Type, safe: bool) -> str:
    return f"{'TRY_CAST' if safe else 'CAST'}({sql} AS {duckdb_type(to)})"


def _number(sql: str, from_: Type, to: Type, safe: bool) -> str:
    if from_.name in ("double", "real") and to.name in INTEGERS:
        sql = f"round({sql})"  # Trino rounds half away from zero, DuckDB's cast half to even
        if not safe:
            broken = failure(
                "INVALID_CAST_ARGUMENT", f"'Cannot cast ' || CAST({sql} AS VARCHAR) || ' to {to}'", duckdb_type(to)
            )
            return f"CASE WHEN isfinite({sql}) OR {sql} IS NULL THEN {_native(sql, to, False)} ELSE {broken} END"
    return _native(sql, to, safe)


def _other(sql: str, from_: Type, to: Type) -> str:
    pair = (from_.name, to.name)
    if (pair[0] == "boolean" and to.name in NUMERIC) or (pair[1] == "boolean" and from_.name in NUMERIC):
        return f"CAST({sql} AS {duckdb_type(to)})"
    if pair in {("date", "timestamp"), ("timestamp", "date"), ("timestamp", "time")}:
        return f"CAST({sql} AS {duckdb_type(to)})"
    if pair == ("timestamp", "timestamp"):
        if (to.precision or 0) >= (from_.precision or 0):
            return sql
        return text_casts.rounded_timestamp(sql, to.precision or 0)
    if to.zone and from_.name in ("date", "timestamp"):
        return f"timezone('{to.zone}', CAST({sql} AS TIMESTAMP))"
    if from_.zone and to.zone:
        return sql
    if from_.zone and to.name in ("date", "timestamp", "time"):
        return f"CAST(timezone('{from_.zone}', {sql}) AS {duckdb_type(to)})"
    raise QueryError("TYPE_MISMATCH", f"Cannot cast {from_} to {to}")


def _nested(sql: str, from_: Type, to: Type, safe: bool, depth: int) -> str:
    if duckdb_type(from_) == duckdb_type(to):
        return sql
    name = f"_c{depth}"
    if to.name == "array":
        inner = _cast(name, from_.arguments[0], to.arguments[0], safe, depth + 1)
        return f"list_transform({sql}, lambda {name}: {inner})"
    if to.name == "map":
        key = _cast(f"{name}.key", from_.arguments[0], to.arguments[0], safe, depth + 1)
        value = _cast(f"{name}.value", from_.arguments[1], to.arguments[1], safe, depth + 1)
        entries = f"list_transform(map_entries({sql}), lambda {name}: struct_pack(key := {key}, value := {value}))"
        return f"map_from_entries({entries})"
    if len(from_.arguments) != len(to.arguments):
        raise QueryError("TYPE_MISMATCH", f"Cannot cast {from_} to {to}")
    return f"CASE WHEN {sql} IS NULL THEN NULL ELSE struct_pack({', '.join(_fields(sql, from_, to, safe, depth))}) END"


def _fields(sql: str, from_: Type, to: Type, safe: bool, depth: int) -> Iterator[str]:
    for (old, old_type), (new, new_type) in zip(from_.fields, to.fields, strict=True):
        yield f"{quote(new)} := {_cast(f'struct_extract({sql}, {_text(old)})', old_type, new_type, safe, depth + 1)}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _json(sql: str, from_: Type, to: Type, safe: bool) -> str:
    if to == JSON:
        return json_casts.to_json(sql, from_, lambda inner, a, b: _cast(inner, a, b, safe, 0))
    if to.name in ("varchar", "char"):
        found = text_casts.fitted(json_casts.text_from_json(sql), VARCHAR, to)
        return f"TRY({found})" if safe else found
    if to.arguments:
        found = json_casts.from_json(sql, to)
        return f"TRY({found})" if safe else found
    if json_casts.is_scalar_target(to):
        return json_scalar(f"json_extract_string(CAST({sql} AS JSON), '$')", to, safe=safe)
    raise QueryError("TYPE_MISMATCH", f"Cannot cast {from_} to {to}")


def json_scalar(text: str, to: Type, *, safe: bool) -> str:
    """The text of a JSON scalar as a number or a boolean; a fraction becomes an integer by rounding."""
    if to.name == "boolean":
        number = f"regexp_full_match({text}, '[+-]?[0-9.]+([eE][+-]?[0-9]+)?')"
        word = text_casts.from_text(text, to, safe=safe)
        return f"CASE WHEN {number} THEN TRY_CAST({text} AS DOUBLE) <> 0 ELSE {word} END"
    if to.name not in INTEGERS:
        return (
            f"CASE {text} WHEN 'true' THEN 1 WHEN 'false' THEN 0 ELSE {text_casts.from_text(text, to, safe=safe)} END"
        )
    rounded = _number(text_casts.from_text(text, DOUBLE, safe=safe), DOUBLE, to, safe)
    exact = f"regexp_full_match({text}, '[+-]?[0-9]+')"
    return (
        f"CASE WHEN {exact} THEN {_native(text, to, safe)} WHEN {text} = 'true' THEN 1 WHEN {text} = 'false' THEN 0 "
        f"ELSE {rounded} END"
    )
