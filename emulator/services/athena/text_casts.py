# ruff: noqa: PLR0911 (each return is one case of a table of types)
"""Casts from text, with Trino's rules about what is a number or a date, and to text."""

from __future__ import annotations

from emulator.services.athena.errors import QueryError, failure
from emulator.services.athena.types import INTEGERS, NUMERIC, Type, duckdb_type

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


def from_text(sql: str, to: Type, *, safe: bool) -> str:
    """Text as a value of a type, or null where `safe` and it is none.

    Raises:
        QueryError: TYPE_MISMATCH, there is no such cast.
    """
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
    attempt = _parsed(text, to)
    if safe:
        return f"CASE WHEN {accepted} THEN {attempt} END"
    name = _JAVA_NAMES.get(to.name, str(to).upper() if to.name in INTEGERS else str(to))
    if to.name in ("date", "timestamp", "time"):
        message = f"'Value cannot be cast to {to.name}: ' || {sql}"
    elif to.name in INTEGERS or to.name in ("double", "real"):
        message = f"'Cannot cast ''' || {sql} || ''' to {name.upper()}'"
    else:
        message = f"'Cannot cast ''' || {sql} || ''' to {name}'"
    broken = failure("INVALID_CAST_ARGUMENT", message, duckdb_type(to))
    return (
        f"CASE WHEN {sql} IS NULL THEN NULL WHEN {accepted} AND {attempt} IS NOT NULL THEN {attempt} ELSE {broken} END"
    )


def _parsed(text: str, to: Type) -> str:
    """Text that was accepted, as a value of the type; null where it is no such value after all."""
    attempt = f"TRY_CAST({text} AS {duckdb_type(to)})"
    if to.name != "timestamp" or to.precision is None or to.precision >= 6:
        return attempt
    longer = f"length(regexp_extract({text}, '[.]([0-9]*)', 1)) > {to.precision}"
    return f"CASE WHEN {longer} THEN {rounded_timestamp(attempt, to.precision)} ELSE {attempt} END"


def _zoned_from_text(sql: str, safe: bool) -> str:
    return f"TRY(trino_zoned_timestamp({sql}))" if safe else f"trino_zoned_timestamp({sql})"


def rounded_timestamp(sql: str, digits: int) -> str:
    """A timestamp rounded half up to so many digits of a second."""
    unit = 10 ** (6 - digits)
    moved = f"(epoch_us({sql}) + {unit // 2})"
    return f"make_timestamp({moved} - (({moved} % {unit} + {unit}) % {unit}))"


def to_text(sql: str, from_: Type) -> str:
    """A value as text.

    Raises:
        QueryError: TYPE_MISMATCH, there is no such cast.
    """
    if from_.name in ("varchar", "char"):
        return sql
    if from_.name in ("double", "real"):
        return f"trino_{from_.name}_cast({sql})"
    if from_.name == "decimal":
        return rf"regexp_replace(CAST({sql} AS VARCHAR), '^(-?)\.', '\10.')"
    if from_.name == "timestamp":
        return timestamp_text(sql, from_.precision if from_.precision is not None else 3)
    if from_.zone:
        return f"({timestamp_text(f'''timezone('{from_.zone}', {sql})''', 3)} || ' {from_.zone}')"
    if from_.name == "varbinary":
        return f"decode({sql})"
    if from_.name in NUMERIC or from_.name in ("boolean", "date", "time", "uuid", "ipaddress"):
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


def fitted(sql: str, from_: Type, to: Type) -> str:
    """Text of a length: cut where it was text before, refused where it was another value."""
    if to.name == "char":
        return f"rpad(left({sql}, {to.precision or 1}), {to.precision or 1}, ' ')"
    if to.precision is None:
        return sql
    if from_.name in ("varchar", "char"):
        return f"left({sql}, {to.precision})"
    message = f"'Value ' || {sql} || ' cannot be represented as {to}'"
    broken = failure("INVALID_CAST_ARGUMENT", message, "VARCHAR")
    return f"CASE WHEN length({sql}) > {to.precision} THEN {broken} ELSE {sql} END"
