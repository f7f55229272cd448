"""Row-wise features over column arrays: Spark runs them in Arrow batches, serving as they are; they cannot differ."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from crispstack.charter import Derivation
from crispstack.data_preparation.categories import Array, Categories, Column
from crispstack.data_preparation.values import MISSING

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def derive(columns: Mapping[str, Column], derivations: tuple[Derivation, ...]) -> dict[str, Array]:
    """The derived columns, float32 of shape (n,). NaN where an input is missing or a ratio has no value.

    Args:
        columns: typed columns of n rows: float32 with NaN, or texts with `MISSING`.
        derivations: what to derive; each reads source columns only.
    """
    return {derivation.name: _one(columns, derivation) for derivation in derivations}


def _one(columns: Mapping[str, Column], derivation: Derivation) -> Array:
    if derivation.kind == "indicator":
        return _indicator(columns[derivation.column], derivation)
    numbers = _numbers(columns, derivation.column)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if derivation.kind == "log1p":
            return np.log1p(np.maximum(numbers, np.float32(0)), dtype=np.float32)
        ratio = np.divide(numbers, _numbers(columns, derivation.other), dtype=np.float32)
    return np.where(np.isfinite(ratio), ratio, np.float32(np.nan))


def _indicator(column: Column, derivation: Derivation) -> Array:
    compare = _OPERATORS[derivation.operator]
    if isinstance(column, Categories):
        value = str(derivation.value)
        return column.where(lambda text: np.nan if text == MISSING else float(compare(text, value)))
    holds: Array = compare(column, np.float32(derivation.value)).astype(np.float32)
    holds[np.isnan(column)] = np.nan
    return holds


def _numbers(columns: Mapping[str, Column], name: str) -> Array:
    column = columns[name]
    if isinstance(column, Categories):
        raise TypeError(f"{name} holds texts, not numbers")  # the charter's checks refuse it
    return column
