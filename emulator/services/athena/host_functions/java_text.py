"""Numbers and intervals as Java writes them."""

from __future__ import annotations

import math
import struct
from decimal import Context, Decimal


def double_text(value: float) -> str:
    """A double as Double.toString writes it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return _java(repr(value), value)


def real_text(value: float) -> str:
    """A real as Float.toString writes it: the shortest text that reads back as the same float."""
    if math.isnan(value) or math.isinf(value):
        return double_text(value)
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if struct.pack("f", float(text)) == struct.pack("f", value):
            return _java(repr(float(text)), float(text))
    return _java(repr(value), value)


def double_cast(value: float) -> str:
    """A double cast to text: Trino writes it with an exponent always, as ``0.0###################E0`` says."""
    return _scientific(Decimal(repr(value))) if math.isfinite(value) else double_text(value)


def real_cast(value: float) -> str:
    """A real cast to text: as a double, with seven digits at most."""
    return _scientific(Context(prec=7).create_decimal(value)) if math.isfinite(value) else double_text(value)


def _scientific(number: Decimal) -> str:
    sign, digits, exponent = number.normalize().as_tuple()
    text = "".join(map(str, digits))
    power = len(text) - 1 + int(exponent)
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{power}"


def _java(shortest: str, value: float) -> str:
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return shortest if "e" not in shortest else format(Decimal(shortest), "f")
    return _scientific(Decimal(shortest))


def interval_text(days: int, microseconds: int) -> str:
    """A day-to-second interval as ``2 03:04:05.678``."""
    total = days * 86_400_000 + microseconds // 1000
    sign, total = ("-", -total) if total < 0 else ("", total)
    seconds, milliseconds = divmod(total, 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return f"{sign}{day} {hour:02}:{minute:02}:{second:02}.{milliseconds:03}"


FUNCTIONS = (
    ("trino_double_text", double_text, ["DOUBLE"], "VARCHAR"),
    ("trino_real_text", real_text, ["FLOAT"], "VARCHAR"),
    ("trino_double_cast", double_cast, ["DOUBLE"], "VARCHAR"),
    ("trino_real_cast", real_cast, ["FLOAT"], "VARCHAR"),
    ("trino_interval_text", interval_text, ["BIGINT", "BIGINT"], "VARCHAR"),
)
