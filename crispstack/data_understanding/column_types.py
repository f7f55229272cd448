"""What a text must look like to be of a column's type: the same in Athena's SQL and in Python."""

from __future__ import annotations

from crispstack.charter import ColumnType

NUMERIC_TYPES: frozenset[ColumnType] = frozenset({"integer", "number", "boolean", "date"})
"""Types that become numbers: booleans 0 or 1, dates days since 1970-01-01."""

TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0")
INTEGER_PATTERN = r"^[+-]?[0-9]+$"
NUMBER_PATTERN = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
LARGEST = 3.4e38
"""Beyond it a float32 is infinite."""
