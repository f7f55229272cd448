"""What the plan does to single columns after they are typed: rounding, outliers, missing values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crispstack.data_preparation.categories import Array, Categories, Column
from crispstack.data_preparation.comparison import is_missing
from crispstack.data_preparation.values import MISSING
from crispstack.errors import DataError
from crispstack.preparation_plan import Cleaning, Outliers


@dataclass(frozen=True)
class Rejection:
    """Why rows cannot be used, and which: bool of shape (n,)."""

    reason: str
    rows: Array


@dataclass(frozen=True)
class Cleaned:
    """Columns, flags of outliers (float32, 1 or 0) and rows that cannot be used."""

    columns: dict[str, Column]
    flags: dict[str, Array]
    rejections: tuple[Rejection, ...]


def clean(columns: Mapping[str, Column], cleanings: Sequence[Cleaning]) -> Cleaned:
    """The columns after the cleanings of those that are there.

    Raises:
        DataError: a bound is to come from the profile and was not taken from it.
    """
    result, flags = dict(columns), dict[str, Array]()
    rejections: list[Rejection] = []
    for cleaning in cleanings:
        name = cleaning.column
        if name not in result:
            continue
        values = result[name]
        if not isinstance(values, Categories):
            values = _rounded(values, cleaning.round_to)
            for outliers in cleaning.outliers:
                values = _treated(values, cleaning, outliers, flags, rejections)
        if cleaning.missing == "quarantine":
            rejections.append(Rejection(f"{name} is missing", is_missing(values)))
        result[name] = _filled(values, cleaning) if cleaning.missing == "constant" else values
    return Cleaned(result, flags, tuple(rejections))


def _rounded(values: Array, step: float | None) -> Array:
    if step is None:
        return values
    rounded: Array = (np.round(values.astype(np.float64) / step) * step).astype(values.dtype) + values.dtype.type(0)
    return rounded


def _treated(
    values: Array, cleaning: Cleaning, outliers: Outliers, flags: dict[str, Array], rejections: list[Rejection]
) -> Array:
    if outliers.bounds != "fixed":
        remedy = "run the data preparation of this run first, which takes them from the profile"
        raise DataError(f"the bounds of {cleaning.column} are not known; {remedy}")
    # Compared as the column's own type: a value that equals a bound as written is not beyond it.
    low = values.dtype.type(-np.inf if outliers.lower is None else outliers.lower)
    high = values.dtype.type(np.inf if outliers.upper is None else outliers.upper)
    beyond = (values < low) | (values > high)
    match outliers.action:
        case "clip":
            return np.clip(values, low, high)
        case "missing":
            return np.where(beyond, values.dtype.type(np.nan), values)
        case "quarantine":
            rejections.append(Rejection(f"{cleaning.column} is an outlier", beyond))
        case "flag":
            flags[cleaning.flag] = beyond.astype(np.float32)
    return values


def _filled(values: Column, cleaning: Cleaning) -> Column:
    if isinstance(values, Categories):
        constant = str(cleaning.constant)
        return values.map(lambda text: constant if text == MISSING else text)
    return np.where(np.isnan(values), values.dtype.type(cleaning.constant), values)
