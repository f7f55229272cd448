"""Small sets of rows and models whose findings are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Feature
from crispstack.modeling.training_data import TrainingData


@dataclass
class Clock:
    """A clock that goes on by itself, a step per look."""

    step: float = 0.0
    now: float = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def numbers(rows: int, columns: int, seed: int = 7) -> dict[str, NDArray[Any]]:
    """Normal numbers in columns x0, x1, ..."""
    generator = np.random.default_rng(seed)
    return {f"x{each}": generator.normal(size=rows).astype(np.float32) for each in range(columns)}


def cases(columns: Mapping[str, NDArray[Any]], target: NDArray[Any], **rest: Any) -> TrainingData:
    """Training data of these columns; those of objects are categories."""
    features = tuple(
        Feature(name, "categorical" if values.dtype == object else "numeric") for name, values in columns.items()
    )
    return TrainingData(features, columns, np.asarray(target, dtype=np.float64), **rest)
