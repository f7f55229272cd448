"""Typed values compared with what the charter names: numbers as float32, times in their own unit, texts as texts."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from crispstack.charter import Column as SourceColumn
from crispstack.charter import ColumnType
from crispstack.data_preparation.categories import Array, Categories, Column
from crispstack.data_preparation.values import MISSING, parse_text

_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def is_missing(column: Column) -> Array:
    """Where there is no value: bool of shape (n,)."""
    if isinstance(column, Categories):
        return np.equal(column.values, MISSING).astype(bool)[column.codes]
    return np.isnan(column)


def compared(column: Column, comparison: str, value: float | str, kind: ColumnType | None) -> Array:
    """Where the comparison holds: bool of shape (n,), False where there is no value.

    Args:
        column: the values.
        comparison: one of == != < <= > >=. Texts compare by code points.
        value: a number; a text for texts; for dates and timestamps also ISO 8601.
        kind: the type of a source column, None for a derived one.
    """
    compare = _OPERATORS[comparison]
    if isinstance(column, Categories):
        text = str(value)
        holds = np.array([bool(compare(each, text)) for each in column.values], dtype=bool)[column.codes]
    else:
        with np.errstate(invalid="ignore"):
            holds = compare(column, column.dtype.type(number(value, kind)))
    return holds & ~is_missing(column)


def number(value: float | str, kind: ColumnType | None) -> float:
    """The charter's value as the number that a column of this type holds.

    Raises:
        UnparsableError: it is a text that is not of the type.
    """
    if isinstance(value, str) and kind is not None:
        return float(parse_text(value, SourceColumn("", kind), frozenset()))
    return float(value)
