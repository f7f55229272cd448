"""One text for one value, whatever the format of its file: as Athena writes it, and as the files' checks read it.

Numbers that are whole, below 2**53, have no point; others are written as Trino's and Java's ``Double.toString`` do it:
the fewest digits that are read back as the same number, with an exponent below 0.001 and from ten million on.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from crispstack.charter import ColumnType

_EXACT = 2**53


def text(value: Any, kind: ColumnType) -> str:
    """A value of Python, in a column of this type, as text; empty for None.

    Times are ISO 8601 to the millisecond; in a column of dates, midnight is the date alone.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, dt.datetime):
        midnight = kind == "date" and value.time() == dt.time.min
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="milliseconds")
    return "" if value is None else str(value)  # dates and times are ISO 8601 then


def number(value: float) -> str:
    """A double as text."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == math.floor(value) and abs(value) < _EXACT:
        return str(int(value))
    sign = "-" if value < 0 else ""
    digits, exponent = _shortest(abs(float(value)))  # numpy's floats write their type
    if -3 <= exponent < 7:
        padded = "0" * max(-exponent, 0) + digits.ljust(exponent + 2, "0")
        place = max(exponent, 0) + 1
        return f"{sign}{padded[:place]}.{padded[place:]}"
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent}"


def _shortest(value: float) -> tuple[str, int]:
    """The fewest digits that mean this number, and the power of ten of the first of them."""
    mantissa, _, exponent = f"{value!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    if exponent:
        return digits.rstrip("0") or "0", int(exponent)
    leading = len(whole) - 1 if whole != "0" else -(len(fraction) - len(fraction.lstrip("0"))) - 1
    return digits.rstrip("0") or "0", leading
