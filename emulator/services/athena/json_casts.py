"""CAST to JSON and from JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from emulator.services.athena import types
from emulator.services.athena.errors import failure, not_supported
from emulator.services.athena.types import INTEGERS, NUMERIC, VARCHAR, Type, duckdb_type

# JSON inside a value that is about to become JSON, or just came from it.
_RAW = Type("raw json")
_PLAIN = ("varchar", "boolean", *NUMERIC)
_AS_TEXT = ("date", "timestamp", "timestamp with time zone", "char", "uuid", "ipaddress")


def to_json(sql: str, from_: Type, convert: Any) -> str:
    """A value as canonical JSON; `convert(sql, from, to)` casts it to a type that DuckDB writes as Trino does.

    Raises:
        QueryError: NOT_SUPPORTED.
    """
    if from_ == types.JSON:
        return sql
    if from_.name == "varchar":
        return f"trino_json_string({sql})"
    converted = convert(sql, from_, _writable(from_))
    return f"trino_json_parse(CAST(to_json({converted}) AS VARCHAR))"


def _writable(type_: Type) -> Type:
    if type_.arguments:
        return replace(type_, arguments=tuple(map(_writable, type_.arguments)))
    if type_.name == "json":
        return _RAW
    if type_.name in _AS_TEXT:
        return VARCHAR
    if type_.name in (*_PLAIN, "unknown"):
        return type_
    raise not_supported(f"Cannot cast {type_} to json")


def from_json(sql: str, to: Type) -> str:
    """JSON as an array, a map or a row.

    Raises:
        QueryError: NOT_SUPPORTED.
    """
    shape = json.dumps(_shape(to)).replace("'", "''")
    raw = f"trino_json_shaped({sql}, '{shape}', '{str(to).replace(chr(39), chr(39) * 2)}')"
    return f"CAST(CAST(CAST({raw} AS JSON) AS {duckdb_type(_readable(to))}) AS {duckdb_type(to)})"


def _shape(type_: Type) -> Any:
    if type_.name == "array":
        return ["array", _shape(type_.arguments[0])]
    if type_.name == "map":
        return ["map", _shape(type_.arguments[1])]
    if type_.name == "row":
        return ["row", [[name, _shape(inner)] for name, inner in type_.fields]]
    if type_.name not in (*_PLAIN, "json"):
        raise not_supported(f"Cannot cast json to {type_}")
    return type_.name


def _readable(type_: Type) -> Type:
    if type_.arguments:
        return replace(type_, arguments=tuple(map(_readable, type_.arguments)))
    return _RAW if type_.name == "json" else type_


def text_from_json(sql: str) -> str:
    """A JSON scalar as text; an array or object is an error."""
    value = f"CAST({sql} AS JSON)"
    broken = failure("INVALID_CAST_ARGUMENT", f"'Cannot cast ' || {sql} || ' to varchar'", "VARCHAR")
    nested = f"json_type({value}) IN ('OBJECT', 'ARRAY')"
    text = f"json_extract_string({value}, '$')"
    shown = f"CASE WHEN json_type({value}) = 'DOUBLE' THEN trino_json_parse({sql}) ELSE {text} END"
    return f"CASE WHEN {nested} THEN {broken} ELSE {shown} END"


def is_scalar_target(to: Type) -> bool:
    """Whether JSON is cast to it through its text."""
    return to.name in (*INTEGERS, "decimal", "real", "double", "boolean")
