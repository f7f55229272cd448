"""One raw value becomes a number, a category or missing: from a file's text, or from a request's JSON."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import math
import re

import numpy as np

from crispstack.charter import Column, ColumnType
from crispstack.data_preparation.categories import Array
from crispstack.data_preparation.text_normalization import normalized
from crispstack.data_understanding.column_types import (
    DATE_PATTERN,
    FALSE,
    INTEGER_PATTERN,
    ISO_TIMESTAMP_PATTERN,
    LARGEST,
    NUMBER_PATTERN,
    NUMERIC_TYPES,
    TRUE,
    plain_number,
)
from crispstack.preparation_plan import Cleaning

MISSING = "__missing__"
"""Stands for a missing category: graphs know no null strings."""

GROUP, TIME, WEIGHT, TODAY, AMOUNT = "_group", "_time", "_weight", "_today", "_amount"
"""Columns of prepared rows that are no features. No other column can have these names: a column's begins with a letter.
"""
_EPOCH = dt.date(1970, 1, 1)
_EPOCH_TIME = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_AS_IT_IS = Cleaning("")


class UnparsableError(ValueError):
    """A value is not of its column's type; the message says what was expected."""


def parse_text(
    text: str | None, column: Column, missing_values: frozenset[str], cleaning: Cleaning = _AS_IT_IS
) -> float | str:
    """A file's text as the column's type: a number (NaN where missing) or a category (`MISSING` where missing).

    Booleans become 0 or 1, dates days since 1970-01-01, timestamps seconds since 1970-01-01T00:00Z (without a zone
    they are taken as UTC). Categories are normalized as the cleaning says.

    Raises:
        UnparsableError: the text is not of the column's type, and the cleaning does not say that it is missing then.
    """
    numeric = column.type in NUMERIC_TYPES
    stripped = "" if text is None else text.strip(" ")
    if not stripped or stripped in missing_values:
        return math.nan if numeric else MISSING
    if not numeric:
        result = normalized(stripped, cleaning)
        return MISSING if not result or result in missing_values else result
    try:
        number = _number(stripped, column)
    except UnparsableError:
        if cleaning.invalid == "missing":
            return math.nan
        raise
    return math.nan if number in missing_numbers(column.type, missing_values) else number


def parse_json(
    value: object, column: Column, missing_values: frozenset[str], cleaning: Cleaning = _AS_IT_IS
) -> float | str:
    """A request's value as the column's type; the same result as `parse_text` of the same value in a file.

    Null is missing. Numbers must be JSON numbers, categories JSON strings; booleans may be either. Dates and
    timestamps are ISO 8601, however the file writes them.

    Raises:
        UnparsableError: the value is of another type.
    """
    plain = Column(column.name, column.type)
    if value is None or isinstance(value, str):
        text = value or ""
        if column.type in ("integer", "number") and text.strip(" ") not in missing_values:
            raise UnparsableError(f"expected {_EXPECTED[column.type]}, found the text {value!r}")
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise UnparsableError(f"expected {_EXPECTED[column.type]} in Unicode, found half of a surrogate pair")
        return parse_text(value, plain, missing_values, cleaning)
    if isinstance(value, bool):
        if column.type != "boolean":
            raise UnparsableError(f"expected {_EXPECTED[column.type]}, found {str(value).lower()}")
        return float(value)
    if isinstance(value, list | dict):  # which may hold more than can be told
        found = "a list" if isinstance(value, list) else "an object"
        raise UnparsableError(f"expected {_EXPECTED[column.type]}, found {found}")
    if not isinstance(value, int | float) or column.type not in ("integer", "number"):
        raise UnparsableError(f"expected {_EXPECTED[column.type]}, found {value!r}")
    if isinstance(value, float) and not math.isfinite(value):
        raise UnparsableError(f"expected {_EXPECTED[column.type]}, found {value!r}")
    # JSON does not tell 41.0 from 41, and its readers make floats of the largest integers.
    whole = column.type == "integer" and isinstance(value, float) and value.is_integer()
    return parse_text(json_text(int(value) if whole else value), plain, missing_values, cleaning)


_EXPECTED: dict[ColumnType, str] = {
    "integer": "a whole number",
    "number": "a number",
    "category": "a text",
    "text": "a text",
    "boolean": "true or false",
    "date": "a date as YYYY-MM-DD",
    "timestamp": "a time as YYYY-MM-DDTHH:MM:SS, with a zone or in UTC",
}


@functools.cache
def missing_numbers(kind: ColumnType, missing_values: frozenset[str]) -> frozenset[float]:
    """The numbers that mean missing, however they are written: those of the words that are of the type."""
    numbers = set()
    for word in missing_values if kind in ("integer", "number", "date", "timestamp") else ():
        with contextlib.suppress(UnparsableError):
            numbers.add(_number(word.strip(" "), Column("", kind)))
    return frozenset(numbers)


def float32(numbers: Array) -> Array:
    """The numbers as a model takes them: float32, without the negative zero, which JSON does not know."""
    return numbers.astype(np.float32) + np.float32(0)


def typed_numbers(numbers: Array, kind: ColumnType) -> Array:
    """Parsed numbers (float64) as the column keeps them: float32, or float64 for timestamps, which need the digits."""
    return numbers + 0.0 if kind == "timestamp" else float32(numbers)


def json_text(value: float) -> str:
    """A JSON number as a file writes it: without a fraction where it is whole."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _number(text: str, column: Column) -> float:
    kind = column.type
    if kind == "boolean":
        if text.lower() not in TRUE + FALSE:
            raise UnparsableError(f"expected {_EXPECTED[kind]}, found {text!r}")
        return float(text.lower() in TRUE)
    if kind in ("date", "timestamp"):
        return _time(text, column)
    plain = plain_number(text, column.decimal, column.thousands)
    if plain is None or not re.fullmatch(INTEGER_PATTERN if kind == "integer" else NUMBER_PATTERN, plain):
        raise UnparsableError(f"expected {_EXPECTED[kind]}, found {text!r}")
    number = float(plain)
    if abs(number) > LARGEST:
        raise UnparsableError(f"expected {_EXPECTED[kind]} up to {LARGEST:g}, found {text!r}")
    return number


def _time(text: str, column: Column) -> float:
    """Days of a date, seconds of a timestamp, by the column's formats or else by ISO 8601."""
    kind = column.type
    for form in column.formats:
        try:
            moment = dt.datetime.strptime(text, form)
        except ValueError:
            continue
        return float((moment.date() - _EPOCH).days) if kind == "date" else _seconds(moment)
    # fromisoformat alone would take 20260131.
    if column.formats or not re.fullmatch(DATE_PATTERN if kind == "date" else ISO_TIMESTAMP_PATTERN, text):
        expected = f"a {kind} as {' or '.join(column.formats)}" if column.formats else _EXPECTED[kind]
        raise UnparsableError(f"expected {expected}, found {text!r}")
    try:
        if kind == "date":
            return float((dt.date.fromisoformat(text) - _EPOCH).days)
        return _seconds(dt.datetime.fromisoformat(text))
    except ValueError as error:
        raise UnparsableError(f"expected {_EXPECTED[kind]}, found {text!r}") from error


def _seconds(moment: dt.datetime) -> float:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return float((aware - _EPOCH_TIME) // _MICROSECOND) / 1e6
