"""Late rows weigh more than early ones, where time orders them: a world that moves is told by its latest rows.

Weights that halve with age are the classic answer to slow drift (Gama et al., A Survey on Concept Drift Adaptation,
ACM Computing Surveys 46, 2014); how fast they halve is a parameter like any other, judged forward in time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import optuna

    from crispstack.modeling.technique import Model, Resources, Rows, Shape, Technique

HALF_LIFE = "half_life"
"""The parameter: after this share of the training set's rows a row weighs half as much. Without it all weigh alike."""
_PORTFOLIO = (0.15, 0.05)
_SHORTEST, _LONGEST = 0.02, 2.0
_FEWEST_ROWS = 200
"""Rows that a half-life must span at least, or the weights leave too few to learn from."""


def ages(time: NDArray[np.float64] | None, rows: int) -> NDArray[np.float64] | None:
    """How many of these rows came later than each, as a share of the training set's `rows`; shape (n,)."""
    if time is None:
        return None
    return (len(time) - np.searchsorted(np.sort(time), time, side="right")) / rows


def half_lives(shape: Shape) -> list[float]:
    """Those to try first, longest first; none where rows have no order or are too few."""
    return [each for each in _PORTFOLIO if shape.ordered and each >= _shortest(shape)]


def suggest(trial: optuna.Trial, shape: Shape) -> Mapping[str, Any]:
    """A half-life drawn for a candidate; nothing where rows have no order or are too few."""
    if not half_lives(shape):
        return {}
    return {HALF_LIFE: trial.suggest_float(HALF_LIFE, _shortest(shape), _LONGEST, log=True)}


def fit(
    technique: Technique,
    rows: Rows,
    stop: Rows | None,
    parameters: Mapping[str, Any],
    shape: Shape,
    resources: Resources,
) -> tuple[Model, Mapping[str, Any]]:
    """The technique fitted to rows that weigh less the older they are, and the parameters to fit the like of it with.

    Weights keep their mean, on which penalties depend. Rows to stop by are the latest and weigh as they do.
    """
    own = {name: value for name, value in parameters.items() if name != HALF_LIFE}
    half_life = parameters.get(HALF_LIFE)
    if half_life is None or rows.age is None:
        model = technique.fit(rows, stop, own, shape, resources)
        return model, dict(model.parameters)
    given = np.ones(len(rows.age)) if rows.weight is None else rows.weight
    weight = given * 0.5 ** (rows.age / half_life)
    weight *= given.sum() / weight.sum()
    model = technique.fit(dataclasses.replace(rows, weight=weight), stop, own, shape, resources)
    return model, {**model.parameters, HALF_LIFE: half_life}


def _shortest(shape: Shape) -> float:
    return max(_SHORTEST, _FEWEST_ROWS / max(1, shape.rows))
