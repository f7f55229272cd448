"""Which rows the plan uses. Rows that it leaves out are counted under their own reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from crispstack.charter import ColumnType
from crispstack.data_preparation.categories import Array, Column
from crispstack.data_preparation.cleaning import Rejection
from crispstack.data_preparation.comparison import compared, is_missing
from crispstack.preparation_plan import Condition


def left_out(
    columns: Mapping[str, Column], conditions: Sequence[Condition], types: Mapping[str, ColumnType]
) -> Iterator[Rejection]:
    """Rows that do not meet a condition. A missing value meets none but `is_missing`.

    Conditions on columns that are not there, because a prediction does not take them, are not asked.
    """
    for condition in conditions:
        if condition.column in columns:
            met = _met(columns[condition.column], condition, types.get(condition.column))
            yield Rejection(f"left out by the filter: {describe(condition)}", ~met)


def describe(condition: Condition) -> str:
    """The condition in words, for instance ``country in DE, FR``."""
    words = condition.operator.replace("_", " ")
    if condition.operator in ("in", "not_in"):
        return f"{condition.column} {words} {', '.join(map(_plain, condition.values))}"
    if condition.operator in ("is_missing", "is_present"):
        return f"{condition.column} {words}"
    return f"{condition.column} {words} {_plain(condition.value)}"


def _plain(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _met(column: Column, condition: Condition, kind: ColumnType | None) -> Array:
    match condition.operator:
        case "is_missing":
            return is_missing(column)
        case "is_present":
            return ~is_missing(column)
        case "in" | "not_in":
            equal = [compared(column, "==", value, kind) for value in condition.values]
            within: Array = np.logical_or.reduce(equal)
            return within if condition.operator == "in" else ~within & ~is_missing(column)
    return compared(column, condition.operator, condition.value, kind)
