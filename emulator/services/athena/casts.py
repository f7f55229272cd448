# ruff: noqa: PLR0911 (each return is one case of a table of types)
"""CAST, TRY_CAST and implicit coercion, with Trino's rules about what text is a number or a date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emulator.services.athena import json_casts
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


# What Trino accepts as text of each type. DuckDB accepts more ('1.5' as an integer, 'yes' as a boolean).
_TEXT = {
    **dict.fromkeys(INTEGERS, r"[+-]?[0-9]+"),
    "double": r"\s*[+-]?(NaN|Infinity|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)[fFdD]?\s*",
    "real": r"\s*[+-]?(NaN|Infinity|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)[fFdD]?\s*",
    "decimal": r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?",
    "boolean": r"(?i)(t|true|f|false|1|0)",
    "date": r"\s*[+-]?[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}\s*",
    "time": r"[0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]{1,12})?)?",
    "timestamp": r"\s*[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}( [0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]{1,12})?)?)?\s*",
}
_JAVA_NAMES = {"integer": "INT"}


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
        return _length(_to_text(sql, from_), from_, to)
    if from_.name in ("varchar", "char"):
        return _from_text(sql, to, safe)
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
        return rounded_timestamp(sql, to.precision or 0)
    if to.zone and from_.name in ("date", "timestamp"):
        return f"timezone('{to.zone}', CAST({sql} AS TIMESTAMP))"
    if from_.zone and to.zone:
        return sql
    if from_.zone and to.name in ("date", "timestamp", "time"):
        return f"CAST(timezone('{from_.zone}', {sql}) AS {duckdb_type(to)})"
    raise QueryError("TYPE_MISMATCH", f"Cannot cast {from_} to {to}")


def rounded_timestamp(sql: str, digits: int) -> str:
    """A timestamp rounded half up to so many digits of a second."""
    unit = 10 ** (6 - digits)
    moved = f"(epoch_us({sql}) + {unit // 2})"
    return f"make_timestamp({moved} - (({moved} % {unit} + {unit}) % {unit}))"


def _from_text(sql: str, to: Type, safe: bool) -> str:
    if to.name == "varbinary":
        return f"encode({sql})"
    if to.name in ("uuid", "ipaddress"):
        found = f"CAST(trino_{to.name}({sql}) AS {duckdb_type(to)})"
        return f"TRY({found})" if safe else found
    if to.zone:
        return _zoned_from_text(sql, safe)
    if to.name not in _TEXT:
        raise QueryError("TYPE_MISMATCH", f"Cannot cast varchar to {to}")
    accepted = f"regexp_full_match({sql}, '{_TEXT[to.name]}')"
    text = f"regexp_replace({sql}, '[fFdD]\\s*$', '')" if to.name in ("double", "real") else sql
    if safe:
        return f"CASE WHEN {accepted} THEN {_native(text, to, True)} END"
    name = _JAVA_NAMES.get(to.name, str(to).upper() if to.name in INTEGERS else str(to))
    if to.name in ("date", "timestamp", "time"):
        message = f"'Value cannot be cast to {name}: ' || {sql}"
    elif to.name in INTEGERS or to.name in ("double", "real"):
        message = f"'Cannot cast ''' || {sql} || ''' to {name.upper()}'"
    else:
        message = f"'Cannot cast ''' || {sql} || ''' to {name}'"
    broken = failure("INVALID_CAST_ARGUMENT", message, duckdb_type(to))
    attempt = f"TRY_CAST({text} AS {duckdb_type(to)})"
    return (
        f"CASE WHEN {sql} IS NULL THEN NULL WHEN {accepted} AND {attempt} IS NOT NULL THEN {attempt} ELSE {broken} END"
    )


def _zoned_from_text(sql: str, safe: bool) -> str:
    if safe:
        return f"TRY_CAST({sql} AS TIMESTAMPTZ)"
    broken = failure(
        "INVALID_CAST_ARGUMENT", f"'Value cannot be cast to timestamp with time zone: ' || {sql}", "TIMESTAMPTZ"
    )
    attempt = f"TRY_CAST({sql} AS TIMESTAMPTZ)"
    return f"CASE WHEN {sql} IS NULL OR {attempt} IS NOT NULL THEN {attempt} ELSE {broken} END"


def _to_text(sql: str, from_: Type) -> str:
    if from_.name in ("varchar", "char"):
        return sql
    if from_.name in ("double", "real"):
        return double_text(sql, from_)
    if from_.name == "timestamp":
        return timestamp_text(sql, from_.precision if from_.precision is not None else 3)
    if from_.zone:
        return f"({timestamp_text(f'''timezone('{from_.zone}', {sql})''', 3)} || ' {from_.zone}')"
    if from_.name == "varbinary":
        return f"decode({sql})"
    if from_.name in ("uuid", "ipaddress"):
        return f"CAST({sql} AS VARCHAR)"
    if from_.name in NUMERIC or from_.name in ("boolean", "date", "time"):
        return f"CAST({sql} AS VARCHAR)"
    if from_.name == "interval year to month":
        months = f"(datepart('year', {sql}) * 12 + datepart('month', {sql}))"
        sign = f"CASE WHEN {months} < 0 THEN '-' ELSE '' END"
        return f"({sign} || abs({months}) // 12 || '-' || abs({months}) % 12)"
    if from_.name == "interval day to second":
        return f"trino_interval_text(0, epoch_us({sql}))"
    raise QueryError("TYPE_MISMATCH", f"Cannot cast {from_} to varchar")


def timestamp_text(sql: str, digits: int) -> str:
    """A timestamp as Trino writes it, with its digits."""
    whole = f"strftime({sql}, '%Y-%m-%d %H:%M:%S')"
    if digits == 0:
        return whole
    return f"({whole} || '.' || left(strftime({sql}, '%f'), {min(digits, 6)}))"


def double_text(sql: str, type_: Type) -> str:
    """A double or real as Java writes it: an exponent below 0.001 and from ten million on."""
    plain = f"abs({sql}) >= 0.001 AND abs({sql}) < 10000000 OR {sql} = 0"
    kind = "trino_real_text" if type_.name == "real" else "trino_double_text"
    return f"CASE WHEN {plain} THEN CAST({sql} AS VARCHAR) ELSE {kind}({sql}) END"


def _length(sql: str, from_: Type, to: Type) -> str:
    if to.name == "char":
        return f"rpad(left({sql}, {to.precision or 1}), {to.precision or 1}, ' ')"
    if to.precision is None:
        return sql
    if from_.name in ("varchar", "char"):
        return f"left({sql}, {to.precision})"
    message = f"'Value ' || {sql} || ' cannot be represented as {to}'"
    broken = failure("INVALID_CAST_ARGUMENT", message, "VARCHAR")
    return f"CASE WHEN length({sql}) > {to.precision} THEN {broken} ELSE {sql} END"


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
        found = _length(json_casts.text_from_json(sql), VARCHAR, to)
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
        return f"CASE WHEN {number} THEN TRY_CAST({text} AS DOUBLE) <> 0 ELSE {_from_text(text, to, safe)} END"
    if to.name not in INTEGERS:
        return f"CASE {text} WHEN 'true' THEN 1 WHEN 'false' THEN 0 ELSE {_from_text(text, to, safe)} END"
    rounded = _number(_from_text(text, DOUBLE, safe), DOUBLE, to, safe)
    exact = f"regexp_full_match({text}, '[+-]?[0-9]+')"
    return (
        f"CASE WHEN {exact} THEN {_native(text, to, safe)} WHEN {text} = 'true' THEN 1 WHEN {text} = 'false' THEN 0 "
        f"ELSE {rounded} END"
    )


def leaves(type_: Type) -> Iterator[Type]:
    """The types that hold values, inside arrays, maps and rows."""
    if not type_.arguments:
        yield type_
    for argument in type_.arguments:
        yield from leaves(argument)
