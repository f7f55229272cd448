"""One raw value becomes a number, a category or missing: from a file's text, or from a request's JSON."""

from __future__ import annotations

import datetime as dt
import math
import re

import numpy as np

from crispstack.charter import Column, ColumnType
from crispstack.data_preparation.categories import Array
from crispstack.data_understanding.column_types import (
    DATE_PATTERN,
    FALSE,
    INTEGER_PATTERN,
    LARGEST,
    NUMBER_PATTERN,
    NUMERIC_TYPES,
    TRUE,
)

MISSING = "__missing__"
"""Stands for a missing category: graphs know no null strings."""

_EPOCH = dt.date(1970, 1, 1)


class UnparsableError(ValueError):
    """A value is not of its column's type; the message says what was expected."""


def parse_text(text: str | None, column: Column, missing_values: frozenset[str]) -> float | str:
    """A file's text as the column's type: a number (NaN where missing) or a category (`MISSING` where missing).

    Booleans become 0 or 1, dates days since 1970-01-01.

    Raises:
        UnparsableError: the text is not of the column's type.
    """
    stripped = "" if text is None else text.strip(" ")
    if not stripped or stripped in missing_values:
        return math.nan if column.type in NUMERIC_TYPES else MISSING
    if column.type not in NUMERIC_TYPES:
        return stripped
    return _number(stripped, column.type)


def parse_json(value: object, column: Column, missing_values: frozenset[str]) -> float | str:
    """A request's value as the column's type; the same result as `parse_text` of the same value in a file.

    Null is missing. Numbers must be JSON numbers, categories JSON strings; booleans may be either.

    Raises:
        UnparsableError: the value is of another type.
    """
    if value is None or isinstance(value, str):
        if isinstance(value, str) and column.type in ("integer", "number") and value.strip(" ") not in missing_values:
            raise UnparsableError(f"expected {_EXPECTED[column.type]}, found the text {value!r}")
        return parse_text(value, column, missing_values)
    if isinstance(value, bool):
        if column.type != "boolean":
            raise UnparsableError(f"expected {_EXPECTED[column.type]}, found {str(value).lower()}")
        return float(value)
    if not isinstance(value, int | float) or column.type not in ("integer", "number"):
        raise UnparsableError(f"expected {_EXPECTED[column.type]}, found {value!r}")
    if isinstance(value, float) and not math.isfinite(value):
        raise UnparsableError(f"expected {_EXPECTED[column.type]}, found {value!r}")
    return parse_text(_text(value), column, missing_values)


_EXPECTED: dict[ColumnType, str] = {
    "integer": "a whole number",
    "number": "a number",
    "category": "a text",
    "text": "a text",
    "boolean": "true or false",
    "date": "a date as YYYY-MM-DD",
}


def float32(numbers: Array) -> Array:
    """The numbers as a model takes them: float32, without the negative zero, which JSON does not know."""
    return numbers.astype(np.float32) + np.float32(0)


def _text(value: float) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _number(text: str, kind: ColumnType) -> float:
    if kind == "boolean":
        if text.lower() not in TRUE + FALSE:
            raise UnparsableError(f"expected {_EXPECTED[kind]}, found {text!r}")
        return float(text.lower() in TRUE)
    if kind == "date":
        return _days(text)
    if not re.fullmatch(INTEGER_PATTERN if kind == "integer" else NUMBER_PATTERN, text):
        raise UnparsableError(f"expected {_EXPECTED[kind]}, found {text!r}")
    number = float(text)
    if abs(number) > LARGEST:
        raise UnparsableError(f"expected {_EXPECTED[kind]} up to {LARGEST:g}, found {text!r}")
    return number


def _days(text: str) -> float:
    if not re.fullmatch(DATE_PATTERN, text):  # fromisoformat alone would take 20260131
        raise UnparsableError(f"expected {_EXPECTED['date']}, found {text!r}")
    try:
        return float((dt.date.fromisoformat(text) - _EPOCH).days)
    except ValueError as error:
        raise UnparsableError(f"expected {_EXPECTED['date']}, found {text!r}") from error
