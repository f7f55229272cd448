"""The rows a model is fitted on, balanced and augmented: inside a fold, after its validation rows are set aside."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Feature
from crispstack.training_plan import TrainingRows

Matrix = NDArray[Any]
Target = NDArray[np.int64]


def resampled(
    matrix: Matrix, target: Target, features: tuple[Feature, ...], plan: TrainingRows, seed: int
) -> tuple[Matrix, Target]:
    """Rows to fit on: of shape (m, features) and (m,), from those of shape (n, features) and (n,).

    Args:
        matrix: one row per case, an object matrix in the features' order; it is not changed.
        target: 0 or 1 per row.
        features: say which columns are numbers.
        plan: how to balance, how much to augment.
        seed: the same seed gives the same rows.
    """
    generator = np.random.default_rng(seed)
    rows = _balanced(target, plan, generator)
    matrix, target = matrix[rows], target[rows]
    noisy = [_with_noise(matrix, features, plan.noise, generator) for _ in range(plan.copies)]
    if not noisy:
        return matrix, target
    return np.concatenate([matrix, *noisy]), np.tile(target, 1 + plan.copies)


def _balanced(target: Target, plan: TrainingRows, generator: np.random.Generator) -> NDArray[np.int64]:
    """Positions of the rows to keep, in their order; repeated ones beside each other."""
    everything = np.arange(len(target))
    positives = int(target.sum())
    rarer = int(positives * 2 <= len(target))
    few, many = np.flatnonzero(target == rarer), np.flatnonzero(target != rarer)
    if plan.balance == "none" or not len(few) or len(few) >= plan.rarer_share * len(target):
        return everything
    if plan.balance == "oversample":
        wanted = round(len(many) * plan.rarer_share / (1 - plan.rarer_share)) - len(few)
        return np.sort(np.concatenate([everything, generator.choice(few, wanted)]))
    wanted = round(len(few) * (1 - plan.rarer_share) / plan.rarer_share)
    return np.sort(np.concatenate([few, generator.choice(many, wanted, replace=False)]))


def _with_noise(matrix: Matrix, features: tuple[Feature, ...], noise: float, generator: np.random.Generator) -> Matrix:
    """A copy whose numbers are shifted a little; missing ones stay missing, numbers of two values stay as they are."""
    copy = matrix.copy()
    for position, feature in enumerate(features):
        if feature.kind != "numeric":
            continue
        numbers = matrix[:, position].astype(np.float64)
        present = numbers[~np.isnan(numbers)]
        if len(np.unique(present)) > 2:
            shifted = numbers + generator.normal(0.0, noise * present.std(), len(numbers))
            copy[:, position] = shifted.astype(np.float32)
    return copy
