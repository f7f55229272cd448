"""What findings are about: training rows, and anything that scores rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.metrics import Metric, quantile_of
from crispstack.modeling.technique import Scores
from crispstack.modeling.techniques.constant import weighted_quantile
from crispstack.modeling.training_data import Columns, TrainingData

Positions = NDArray[np.int64]
"""Positions of rows."""
Score = Callable[[Columns], Scores]
Fit = Callable[[Positions], Score]
"""Fits the chosen technique afresh on these rows of the training set."""


def take(columns: Columns, rows: Positions) -> dict[str, NDArray[Any]]:
    """The columns of these rows."""
    return {name: values[rows] for name, values in columns.items()}


def sample(rows: Positions, most: int, seed: int) -> Positions:
    """Up to `most` of these rows, drawn without replacement, in their order."""
    if len(rows) <= most:
        return rows
    drawn: Positions = np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
    return drawn


def weights(data: TrainingData, rows: Positions) -> NDArray[np.float64] | None:
    """Weights of these rows, if rows have any."""
    return None if data.weight is None else data.weight[rows]


def constant_scores(data: TrainingData, fitted: Positions, rows: int, metric: Metric) -> Scores:
    """Scores, for so many rows, that know the outcomes of the fitted rows but no feature.

    Their shares, or of a number what is best by the metric: the mean, or a quantile.
    """
    target, weight = data.target[fitted], weights(data, fitted)
    if data.framing == "multiclass":
        shares = np.bincount(target.astype(np.int64), weight, minlength=len(data.classes))
        return np.tile(shares / shares.sum(), (rows, 1))
    quantile = quantile_of(metric)
    if data.framing == "regression" and quantile is not None:
        counts = np.ones(len(target)) if weight is None else weight
        return np.full(rows, weighted_quantile(target, counts, quantile))
    return np.full(rows, np.average(target, weights=weight))


def perfect_scores(data: TrainingData, rows: Positions) -> Scores:
    """The scores of a model that knows the outcomes."""
    target = data.target[rows]
    if data.framing == "multiclass":
        known: Scores = np.eye(len(data.classes))[target.astype(np.int64)]
        return known
    return target.astype(np.float64)
