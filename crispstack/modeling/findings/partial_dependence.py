"""Partial dependence: the mean score with a feature set to one value in every row, for values across its range.

Friedman, Greedy function approximation, Annals of Statistics 29 (2001), section 8.2. How far the single rows' curves
lie apart is told with it (individual conditional expectation: Goldstein, Kapelner, Bleich and Pitkin, Journal of
Computational and Graphical Statistics 24 (2015)): a flat mean may hide two groups that move against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Dependence, DependencePoint
from crispstack.data_preparation.values import MISSING
from crispstack.modeling.findings.shapley import outputs
from crispstack.modeling.findings.subject import Score
from crispstack.modeling.findings.words import figure
from crispstack.modeling.technique import Scores
from crispstack.modeling.training_data import Columns

MOST_VALUES = 12
OUTER = 0.02
"""Share of a number's values at either end that the grid leaves out: few rows tell of them."""


def partial_dependence(
    score: Score, columns: Columns, feature: str, classes: Sequence[str] = (), shown: Sequence[int] = (0,)
) -> Dependence:
    """Dependence of the score on one feature, over these rows.

    Args:
        score: the chosen model.
        columns: rows to average over, one array of shape (n,) per feature.
        feature: the one that is set.
        classes: names of the outputs; none of a single output.
        shown: positions of the outputs that are told.
    """
    grid = _grid(columns[feature])
    curves = np.stack([_with(score, columns, feature, value)[:, list(shown)] for value in grid])
    points = tuple(_point(value, scores) for value, scores in zip(grid, curves, strict=True))
    own = curves - curves.mean(axis=0, keepdims=True)
    apart = own - own.mean(axis=1, keepdims=True)
    names = tuple(classes[position] for position in shown) if classes else ()
    return Dependence(feature, names, points, float(np.sqrt((apart**2).mean())))


def _with(score: Score, columns: Columns, feature: str, value: Any) -> Scores:
    set_to = np.full(len(columns[feature]), value, dtype=columns[feature].dtype)
    return outputs(score({**columns, feature: set_to}))


def _grid(values: NDArray[Any]) -> list[Any]:
    """Quantiles of numbers, or all where they are few; the most frequent categories; missing last, where it occurs."""
    if values.dtype == object:
        found, counts = np.unique(values.astype(str), return_counts=True)
        order = [str(each) for each in found[np.argsort(-counts, kind="stable")]]
        present = [each for each in order if each != MISSING][:MOST_VALUES]
        return [*present, *([MISSING] if MISSING in order else [])]
    finite = values[np.isfinite(values)]
    points = np.unique(finite)
    if len(points) > MOST_VALUES:
        shares = np.linspace(OUTER, 1 - OUTER, MOST_VALUES)
        points = np.unique(np.quantile(finite, shares, method="nearest"))
    return [*points, *([np.float32(np.nan)] if np.isnan(values).any() else [])]


def _point(value: Any, scores: Scores) -> DependencePoint:
    number = None if isinstance(value, str) or np.isnan(value) else float(value)
    missing = value == MISSING if isinstance(value, str) else number is None
    low, high = np.quantile(scores, [0.1, 0.9], axis=0)
    return DependencePoint(
        label="(missing)" if missing else value if isinstance(value, str) else figure(number or 0.0, 4),
        at=number,
        mean=tuple(map(float, scores.mean(axis=0))),
        low=tuple(map(float, low)),
        high=tuple(map(float, high)),
    )
