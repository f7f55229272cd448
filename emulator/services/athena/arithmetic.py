# ruff: noqa: PLR0911 (each return is one case of a table of types)
"""Operators on numbers, dates and intervals, with Trino's result types."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from emulator.services.athena import types
from emulator.services.athena.casts import Typed, coerce
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.types import DAY_INTERVAL, INTEGERS, NUMERIC, YEAR_INTERVAL, Type, as_decimal, duckdb_type

_INTERVALS = ("interval day to second", "interval year to month")


def binary(operator: str, left: Typed, right: Typed, node: exp.Expression | None = None) -> Typed:
    """``left operator right``.

    Raises:
        QueryError: TYPE_MISMATCH.
    """
    if left.type.name == "unknown" and right.type.name in NUMERIC:
        left = coerce(left, right.type)
    if right.type.name == "unknown" and left.type.name in NUMERIC:
        right = coerce(right, left.type)
    if left.type.name in NUMERIC and right.type.name in NUMERIC:
        return _numbers(operator, left, right)
    moved = _temporal(operator, left, right)
    if moved is None:
        raise QueryError("TYPE_MISMATCH", f"Cannot apply operator: {left.type} {operator} {right.type}", node)
    return moved


def negate(value: Typed, node: exp.Expression) -> Typed:
    """``-value``.

    Raises:
        QueryError: TYPE_MISMATCH.
    """
    if value.type.name not in NUMERIC and value.type.name not in _INTERVALS:
        raise QueryError("TYPE_MISMATCH", f"Cannot negate {value.type}", node)
    return Typed(f"CAST((-{value.sql}) AS {duckdb_type(value.type)})", value.type)


def _numbers(operator: str, left: Typed, right: Typed) -> Typed:
    names = {left.type.name, right.type.name}
    if names & {"double", "real"}:
        merged = types.common(left.type, right.type)
        assert merged is not None  # noqa: S101 (both are numbers)
        a, b = coerce(left, merged).sql, coerce(right, merged).sql
        sql = f"({a} {operator} {b})"
        return Typed(f"CAST({sql} AS {duckdb_type(merged)})", merged)
    if "decimal" in names:
        return _decimals(operator, left, right)
    merged = max(left.type, right.type, key=lambda t: INTEGERS[t.name])
    a, b = coerce(left, merged).sql, coerce(right, merged).sql
    return Typed(f"({a} {'//' if operator == '/' else operator} {b})", merged)


def _decimals(operator: str, left: Typed, right: Typed) -> Typed:
    a, b = as_decimal(left.type), as_decimal(right.type)
    result = _decimal_type(operator, a, b)
    x, y = coerce(left, a).sql, coerce(right, b).sql
    if operator == "/":
        return Typed(divide(x, a.scale or 0, y, b.scale or 0, result), result)
    return Typed(f"CAST(({x} {operator} {y}) AS {duckdb_type(result)})", result)


def _decimal_type(operator: str, a: Type, b: Type) -> Type:
    p1, s1, p2, s2 = a.precision or 0, a.scale or 0, b.precision or 0, b.scale or 0
    scale = max(s1, s2)
    if operator in "+-":
        return types.decimal(max(p1 - s1, p2 - s2) + scale + 1, scale)
    if operator == "*":
        return types.decimal(p1 + p2, s1 + s2)
    if operator == "/":
        return types.decimal(p1 + s2 + max(0, s2 - s1), scale)
    return types.decimal(min(p2 - s2, p1 - s1) + scale, scale)


def divide(x: str, x_scale: int, y: str, y_scale: int, result: Type) -> str:
    """Exact decimal division, rounded half away from zero to the result's scale."""
    shift = (result.scale or 0) - x_scale + y_scale
    top = f"{unscaled(x)} * CAST({10**shift} AS HUGEINT)"
    bottom = unscaled(y)
    rounded = f"trino_divide({top}, {bottom})"
    return f"CAST(CAST({rounded} AS DECIMAL(38,0)) * {unit(result.scale or 0)} AS {duckdb_type(result)})"


def unit(scale: int) -> str:
    """The smallest decimal of a scale above zero."""
    return f"CAST('{'0.' + '0' * (scale - 1) + '1' if scale else '1'}' AS DECIMAL({max(scale, 1)},{scale}))"


def unscaled(sql: str) -> str:
    """A decimal's digits as an integer."""
    return f"CAST(replace(CAST({sql} AS VARCHAR), '.', '') AS HUGEINT)"


def _temporal(operator: str, left: Typed, right: Typed) -> Typed | None:
    if left.type.name in _INTERVALS:
        if right.type == left.type and operator in "+-":
            return Typed(f"({left.sql} {operator} {right.sql})", left.type)
        if right.type.name in NUMERIC and operator in "*/":
            return _scaled(operator, left, right)
        return binary(operator, right, left) if operator == "+" and right.type.name not in _INTERVALS else None
    if right.type.name in _INTERVALS and left.type.name in NUMERIC and operator == "*":
        return binary(operator, right, left)
    if right.type.name in _INTERVALS and operator in "+-":
        return _shift(operator, left, right)
    if operator == "-" and {left.type.name, right.type.name} <= {"date", "timestamp"}:
        return Typed(f"(CAST({left.sql} AS TIMESTAMP) - CAST({right.sql} AS TIMESTAMP))", DAY_INTERVAL)
    if operator == "-" and left.type.zone and right.type.zone:
        return Typed(f"({left.sql} - {right.sql})", DAY_INTERVAL)
    return None


def _scaled(operator: str, left: Typed, right: Typed) -> Typed:
    """An interval times or over a number; an integer divides an interval as a number."""
    factor = coerce(right, types.DOUBLE).sql
    if left.type == YEAR_INTERVAL:
        months = f"(datepart('year', {left.sql}) * 12 + datepart('month', {left.sql}))"
        return Typed(f"to_months(CAST(trunc({months} {operator} {factor}) AS INTEGER))", left.type)
    return Typed(f"to_microseconds(CAST(round(epoch_us({left.sql}) {operator} {factor}) AS BIGINT))", left.type)


def _shift(operator: str, left: Typed, right: Typed) -> Typed | None:
    if left.type.name == "date":
        return Typed(f"CAST(({left.sql} {operator} {right.sql}) AS DATE)", left.type)
    if left.type.name in ("timestamp", "time"):
        return Typed(f"({left.sql} {operator} {right.sql})", left.type)
    if left.type.zone:
        local = f"timezone('{left.type.zone}', {left.sql})"
        if right.type == YEAR_INTERVAL:
            return Typed(f"timezone('{left.type.zone}', {local} {operator} {right.sql})", left.type)
        return Typed(f"({left.sql} {operator} {right.sql})", left.type)
    return None


_DAY_UNITS = ("day", "hour", "minute", "second", "week")


def interval(node: Any) -> Typed:
    """``INTERVAL '3' DAY`` and ``INTERVAL '1 02:03:04' DAY TO SECOND``.

    Raises:
        QueryError: not an interval that Trino writes.
    """
    unit = node.args.get("unit")
    negative = isinstance(node.this, exp.Neg)
    written = node.this.this if negative else node.this
    if unit is None or not isinstance(written, exp.Literal):
        raise not_supported(f"Unsupported interval: {node.sql()}", node)
    text = written.this.strip()
    if negative:
        text = text[1:] if text.startswith("-") else f"-{text}"
    if isinstance(unit, exp.IntervalSpan):
        return _span(text, unit, node)
    name = unit.name.lower().rstrip("s")
    if name in ("year", "month") and re.fullmatch(r"[+-]?\d+", text):
        return Typed(f"to_{name}s({int(text)})", YEAR_INTERVAL)
    if name in _DAY_UNITS and re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
        seconds = {"day": 86400, "hour": 3600, "minute": 60, "second": 1, "week": 604800}[name]
        if name in ("day", "week"):
            return Typed(f"to_days({int(float(text) * seconds / 86400)})", DAY_INTERVAL)
        return Typed(f"to_microseconds({round(float(text) * seconds * 1_000_000)})", DAY_INTERVAL)
    raise QueryError("INVALID_LITERAL", f"'{text}' is not a valid INTERVAL literal", node)


def _span(text: str, unit: Any, node: exp.Expression) -> Typed:
    first, last = unit.this.name.lower(), unit.expression.name.lower()
    years = re.fullmatch(r"([+-]?)(\d+)-(\d+)", text)
    if (first, last) == ("year", "month") and years:
        months = int(years[2]) * 12 + int(years[3])
        return Typed(f"to_months({'-' if years[1] == '-' else ''}{months})", YEAR_INTERVAL)
    parts = [float(part) for part in re.split(r"[ :]", text.lstrip("+-"))]
    units = ("day", "hour", "minute", "second")
    span = units[units.index(first) : units.index(last) + 1] if {first, last} <= set(units) else ()
    if len(span) != len(parts):
        raise QueryError("INVALID_LITERAL", f"'{text}' is not a valid INTERVAL literal", node)
    seconds = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}
    total = sum(part * seconds[name] for part, name in zip(parts, span, strict=True))
    sign = -1 if text.startswith("-") else 1
    return Typed(f"to_microseconds({round(sign * total * 1_000_000)})", DAY_INTERVAL)
