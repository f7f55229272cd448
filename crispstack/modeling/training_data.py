"""The training set in memory, and the rows a model must answer although no training row looks like them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Feature
from crispstack.data_preparation.requests import prepared_arrays
from crispstack.data_preparation.values import MISSING
from crispstack.errors import DataError

UNSEEN = "__unseen__"

Columns = Mapping[str, NDArray[Any]]
"""One array per feature, each of shape (n,): float32 with NaN, or str objects with `MISSING`."""


@dataclass(frozen=True)
class TrainingData:
    """Features and target of the training rows.

    `columns` holds arrays of shape (n,) in the features' order; `target` is int64 of shape (n,), 0 or 1.
    """

    features: tuple[Feature, ...]
    columns: Columns
    target: NDArray[np.int64]

    @classmethod
    def from_rows(cls, rows: Sequence[Mapping[str, Any]], features: tuple[Feature, ...], target: str) -> TrainingData:
        """Column arrays from prepared rows, whose target is 0 or 1.

        Raises:
            DataError: there are no rows, or only one class.
        """
        actual = np.array([int(row[target]) for row in rows], dtype=np.int64)
        if len(np.unique(actual)) != 2:
            raise DataError(f"training needs rows of both classes of {target}; found {len(rows)} rows of one or none")
        return cls(features, prepared_arrays(rows, features), actual)

    @property
    def matrix(self) -> NDArray[Any]:
        """All features as one object matrix of shape (n, features), as scikit-learn's pipelines take them."""
        return matrix(self.columns, self.features)


def matrix(columns: Columns, features: tuple[Feature, ...]) -> NDArray[Any]:
    """Columns side by side as an object matrix of shape (n, features)."""
    result = np.empty((len(next(iter(columns.values()))), len(features)), dtype=object)
    for position, feature in enumerate(features):
        result[:, position] = columns[feature.name]
    return result


def with_oddities(data: TrainingData, rows: int, seed: int) -> Columns:
    """Columns of generated rows: training values, mixed with nulls, unseen categories and extremes."""
    generator = np.random.default_rng(seed)
    return {feature.name: _odd(data.columns[feature.name], feature, rows, generator) for feature in data.features}


def _odd(values: NDArray[Any], feature: Feature, rows: int, generator: np.random.Generator) -> NDArray[Any]:
    drawn = generator.choice(values, rows)
    odd = generator.random(rows) < 0.3
    if feature.kind == "categorical":
        drawn[odd] = generator.choice(np.array([MISSING, UNSEEN, ""], dtype=object), int(odd.sum()))
        return drawn
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    extremes = [np.nan, 0.0, low - 1, high + 1, 10 * low, 10 * high, -1e6, 1e6]
    drawn[odd] = generator.choice(np.array(extremes, dtype=np.float32), int(odd.sum()))
    return drawn
