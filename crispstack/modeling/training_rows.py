"""The rows a model is fitted on, balanced and augmented: inside a fold, after its validation rows are set aside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.training_data import TrainingData
from crispstack.training_plan import TrainingRows

Positions = NDArray[np.int64]


def resampled(data: TrainingData, plan: TrainingRows, seed: int) -> tuple[TrainingData, Positions]:
    """Rows to fit on, and for each the position of the row it was made from; `data` is not changed.

    Copies come after all other rows. Only two classes are balanced; numbers of two values get no noise.

    Args:
        data: the rows of a fold.
        plan: how to balance, how much to augment.
        seed: the same seed gives the same rows.
    """
    generator = np.random.default_rng(seed)
    rows = _balanced(data, plan, generator)
    if len(rows) == len(data.target) and not plan.copies:
        return data, rows
    chosen = data.take(rows)
    if not plan.copies:
        return chosen, rows
    origin = np.tile(np.arange(len(rows)), 1 + plan.copies)
    columns = {
        feature.name: np.concatenate(
            [
                chosen.columns[feature.name],
                *(
                    _shifted(chosen.columns[feature.name], feature.kind, plan.noise, generator)
                    for _ in range(plan.copies)
                ),
            ]
        )
        for feature in data.features
    }
    return replace(chosen.take(origin), columns=columns), rows[origin]


def _balanced(data: TrainingData, plan: TrainingRows, generator: np.random.Generator) -> Positions:
    """Positions of the rows to keep, in their order; repeated ones beside each other."""
    target, everything = data.target, np.arange(len(data.target))
    if plan.balance == "none" or data.framing != "binary":
        return everything
    rarer = int(target.sum() * 2 <= len(target))
    few, many = np.flatnonzero(target == rarer), np.flatnonzero(target != rarer)
    if not len(few) or len(few) >= plan.rarer_share * len(target):
        return everything
    if plan.balance == "oversample":
        wanted = round(len(many) * plan.rarer_share / (1 - plan.rarer_share)) - len(few)
        return np.sort(np.concatenate([everything, generator.choice(few, wanted)]))
    wanted = round(len(few) * (1 - plan.rarer_share) / plan.rarer_share)
    return np.sort(np.concatenate([few, generator.choice(many, wanted, replace=False)]))


def _shifted(values: NDArray[Any], kind: str, noise: float, generator: np.random.Generator) -> NDArray[Any]:
    """Numbers shifted a little; missing ones stay missing, numbers of two values stay as they are."""
    if kind != "numeric":
        return values
    numbers = values.astype(np.float64)
    present = numbers[np.isfinite(numbers)]
    if len(np.unique(present)) <= 2:
        return values
    return (numbers + generator.normal(0.0, noise * present.std(), len(numbers))).astype(np.float32)
