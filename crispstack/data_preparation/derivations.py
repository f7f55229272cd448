"""Row-wise features over column arrays: Spark runs them in Arrow batches, serving as they are; they cannot differ."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from crispstack.charter import Derivation
from crispstack.data_preparation.values import MISSING

Array = npt.NDArray[Any]

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def derive(columns: Mapping[str, Array], derivations: tuple[Derivation, ...]) -> dict[str, Array]:
    """The derived columns, float32 of shape (n,). NaN where an input is missing or a ratio has no value.

    Args:
        columns: typed columns of shape (n,): float32 with NaN, or object with `MISSING`.
        derivations: what to derive; each reads source columns only.
    """
    return {derivation.name: _one(columns, derivation) for derivation in derivations}


def _one(columns: Mapping[str, Array], derivation: Derivation) -> Array:
    column = columns[derivation.column]
    if derivation.kind == "indicator":
        return _indicator(column, derivation)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if derivation.kind == "log1p":
            return np.log1p(np.maximum(column, np.float32(0)), dtype=np.float32)
        ratio = np.divide(column, columns[derivation.denominator], dtype=np.float32)
    return np.where(np.isfinite(ratio), ratio, np.float32(np.nan))


def _indicator(column: Array, derivation: Derivation) -> Array:
    compare = _OPERATORS[derivation.operator]
    if column.dtype == object:
        missing, value = column == MISSING, str(derivation.value)
        holds = np.array([compare(item, value) for item in column], dtype=np.float32)
    else:
        missing = np.isnan(column)
        holds = compare(column, np.float32(derivation.value)).astype(np.float32)
    holds[missing] = np.nan
    return holds
