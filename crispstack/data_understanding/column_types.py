"""What a text must look like to be of a column's type: the same in Athena's SQL and in Python."""

from __future__ import annotations

import re

from crispstack.charter import ColumnType

NUMERIC_TYPES: frozenset[ColumnType] = frozenset({"integer", "number", "boolean", "date", "timestamp"})
"""Types that become numbers: booleans 0 or 1, dates days and timestamps seconds since 1970-01-01 UTC."""

TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0")
INTEGER_PATTERN = r"^[+-]?[0-9]+$"
NUMBER_PATTERN = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
ISO_TIMESTAMP_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3])(:[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?)?"
    r"(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])?)?$"
)
"""ISO 8601 with T or a space, down to microseconds; without a zone it is UTC."""
LARGEST = 3.4e38
"""Beyond it a float32 is infinite."""


def grouped_pattern(decimal: str, thousands: str) -> str:
    """What a number looks like whose whole part is written in groups of three, or without any.

    Half-written groups are refused: 1.5 with "." between thousands would otherwise become 15.
    """
    point, group = re.escape(decimal), re.escape(thousands)
    whole = rf"([0-9]+|[0-9]{{1,3}}({group}[0-9]{{3}})+)" if thousands else "[0-9]+"
    return rf"^[+-]?({whole}({point}[0-9]*)?|{point}[0-9]+)([eE][+-]?[0-9]+)?$"


def plain_number(text: str, decimal: str = ".", thousands: str = "") -> str | None:
    """The number with a decimal point and without thousands' separators, None where the groups are not of three."""
    if decimal == "." and not thousands:
        return text
    if not re.fullmatch(grouped_pattern(decimal, thousands), text):
        return None
    return text.replace(thousands, "").replace(decimal, ".") if thousands else text.replace(decimal, ".")
