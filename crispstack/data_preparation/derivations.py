"""Row-wise features over column arrays: Spark runs them in Arrow batches, serving as they are; they cannot differ.

Everything is computed in float64 and rounded to float32 once. A result is missing where an input is, and where there is
no finite one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from crispstack.charter import ColumnType
from crispstack.data_preparation import buckets
from crispstack.data_preparation.categories import Array, Categories, Column, objects
from crispstack.data_preparation.comparison import compared, is_missing, number
from crispstack.data_preparation.date_parts import SECONDS_PER_DAY, date_part, days
from crispstack.data_preparation.values import MISSING
from crispstack.preparation_plan import PERIODS, Derivation, DerivationKind

Types = Mapping[str, ColumnType]


def derive(columns: Mapping[str, Column], derivations: tuple[Derivation, ...], types: Types) -> dict[str, Column]:
    """The derived columns of n rows: float32 with NaN, or texts with `MISSING`.

    Args:
        columns: typed columns of n rows: float32 or, for timestamps, float64 with NaN; or texts with `MISSING`.
        derivations: what to derive, in order; each reads columns and what was derived before it.
        types: the types of the source columns.
    """
    inputs = _Inputs(dict(columns), types)
    for derivation in derivations:
        with np.errstate(all="ignore"):  # what is not finite becomes missing
            inputs.columns[derivation.name] = _DERIVE[derivation.kind](inputs, derivation)
    return {derivation.name: inputs.columns[derivation.name] for derivation in derivations}


@dataclass(frozen=True)
class _Inputs:
    """What a derivation may read. The charter's checks see to it that it is of the right kind."""

    columns: dict[str, Column]
    types: Types

    def array(self, name: str) -> Array:
        column = self.columns[name]
        if isinstance(column, Categories):
            raise TypeError(f"{name} holds texts, not numbers")
        return column

    def numbers(self, name: str) -> Array:
        return self.array(name).astype(np.float64)

    def texts(self, name: str) -> Categories:
        column = self.columns[name]
        if not isinstance(column, Categories):
            raise TypeError(f"{name} holds numbers, not texts")
        return column


def _indicator(inputs: _Inputs, derivation: Derivation) -> Column:
    column = inputs.columns[derivation.column]
    kind = inputs.types.get(derivation.column)
    holds = compared(column, derivation.operator, derivation.value, kind).astype(np.float32)
    holds[is_missing(column)] = np.nan
    return holds


def _ratio(inputs: _Inputs, derivation: Derivation) -> Column:
    return _float32(inputs.numbers(derivation.column) / inputs.numbers(derivation.other))


def _difference(inputs: _Inputs, derivation: Derivation) -> Column:
    """Of numbers, or in days of dates and timestamps; from another column or from a fixed value."""
    if derivation.other:
        other: Array | float = days(inputs.array(derivation.other))
    else:
        kind = inputs.types.get(derivation.column)
        other = number(derivation.value, kind) / (SECONDS_PER_DAY if kind == "timestamp" else 1)
    return _float32(days(inputs.array(derivation.column)) - other)


def _product(inputs: _Inputs, derivation: Derivation) -> Column:
    return _float32(inputs.numbers(derivation.column) * inputs.numbers(derivation.other))


def _log(inputs: _Inputs, derivation: Derivation) -> Column:
    return _float32(np.log(inputs.numbers(derivation.column)))


def _log1p(inputs: _Inputs, derivation: Derivation) -> Column:
    return _float32(np.log1p(np.maximum(inputs.numbers(derivation.column), 0)))


def _root(inputs: _Inputs, derivation: Derivation) -> Column:
    """The real root: a negative number has one of an odd degree only."""
    numbers, degree = inputs.numbers(derivation.column), derivation.degree
    if degree == 2:
        return _float32(np.sqrt(numbers))
    if degree == 3:
        return _float32(np.cbrt(numbers))
    root = np.power(np.abs(numbers), 1 / degree)
    return _float32(np.copysign(root, numbers) if degree % 2 else np.where(numbers < 0, np.nan, root))


def _power(inputs: _Inputs, derivation: Derivation) -> Column:
    return _float32(np.power(inputs.numbers(derivation.column), derivation.exponent))


def _bucket(inputs: _Inputs, derivation: Derivation) -> Column:
    return buckets.bucket(inputs.array(derivation.column), derivation)


def _date_part(inputs: _Inputs, derivation: Derivation) -> Column:
    return date_part(inputs.array(derivation.column), derivation.part or "day")


def _sine(inputs: _Inputs, derivation: Derivation) -> Column:
    return _float32(np.sin(_angle(inputs, derivation)))


def _cosine(inputs: _Inputs, derivation: Derivation) -> Column:
    return _float32(np.cos(_angle(inputs, derivation)))


def _angle(inputs: _Inputs, derivation: Derivation) -> Array:
    """Where in its period each value stands, in radians."""
    values = inputs.array(derivation.column)
    period = derivation.period
    if derivation.part is not None:
        values, period = date_part(values, derivation.part), period or PERIODS[derivation.part]
    angle: Array = values.astype(np.float64) * (2 * np.pi / (period or 1))
    return angle


def _cross(inputs: _Inputs, derivation: Derivation) -> Column:
    """Both texts as one, missing where either is."""
    first, second = inputs.texts(derivation.column), inputs.texts(derivation.other)
    pairs = first.codes.astype(np.int64) * len(second.values) + second.codes
    distinct, codes = np.unique(pairs, return_inverse=True)
    left, right = first.values[distinct // len(second.values)], second.values[distinct % len(second.values)]
    values = [MISSING if MISSING in pair else f"{pair[0]} & {pair[1]}" for pair in zip(left, right, strict=True)]
    return Categories(codes.astype(np.int32), objects(values))


def _length(inputs: _Inputs, derivation: Derivation) -> Column:
    return inputs.texts(derivation.column).where(lambda text: np.nan if text == MISSING else len(text))


_DERIVE: Mapping[DerivationKind, Callable[[_Inputs, Derivation], Column]] = {
    "indicator": _indicator,
    "ratio": _ratio,
    "difference": _difference,
    "product": _product,
    "log": _log,
    "log1p": _log1p,
    "root": _root,
    "power": _power,
    "bucket": _bucket,
    "date_part": _date_part,
    "sine": _sine,
    "cosine": _cosine,
    "cross": _cross,
    "length": _length,
}


def _float32(values: Array) -> Array:
    """Rounded once, without a negative zero; missing where it is not finite."""
    result = values.astype(np.float32) + np.float32(0)
    result[~np.isfinite(result)] = np.nan
    return result
