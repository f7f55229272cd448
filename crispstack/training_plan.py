"""What the charter says of missing values in a model's own pipeline, and of the rows that models are trained with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Imputation:
    """How a model's pipeline replaces missing values; fitted within each fold, exported with the model.

    `neighbors` is the number of rows of which `nearest` takes the mean; with `indicator`, a model also sees which
    numbers were missing. A missing category is a category of its own, or with `mode` the most frequent one.
    """

    numbers: Literal["mean", "median", "mode", "regression", "nearest"] = "median"
    categories: Literal["own", "mode"] = "own"
    neighbors: int = 5
    indicator: bool = False


@dataclass(frozen=True)
class TrainingRows:
    """What is done to the rows a model is fitted on, and to no other: validation and test rows stay as they are.

    `balance` repeats rows of the rarer class, or leaves out rows of the other, until the rarer one has `rarer_share`
    of the rows. `copies` adds that many copies of every row, each number shifted by normal noise of `noise` of its
    column's standard deviation.
    """

    balance: Literal["none", "oversample", "undersample"] = "none"
    rarer_share: float = 0.5
    copies: int = 0
    noise: float = 0.05
