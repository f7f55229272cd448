"""Scores of rows by models that have not seen them, and what each row's mistake amounts to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.findings.learning_curve import FittedSplit
from crispstack.modeling.findings.subject import Positions, perfect_scores, sample, take
from crispstack.modeling.technique import Framing, Scores
from crispstack.modeling.training_data import TrainingData

LOSSES: dict[Framing, str] = {
    "binary": "squared error of the probability",
    "multiclass": "squared error of the probabilities",
    "regression": "absolute error",
}


@dataclass(frozen=True)
class HeldOut:
    """Rows, each once, and their scores: the mean where several models have not seen a row."""

    rows: Positions
    scores: Scores

    def sampled(self, most: int, seed: int) -> HeldOut:
        """Up to `most` of the rows."""
        kept = sample(np.arange(len(self.rows)), most, seed)
        return HeldOut(self.rows[kept], self.scores[kept])

    def losses(self, data: TrainingData) -> NDArray[np.float64]:
        """What each row's mistake amounts to, shape (n,): see `LOSSES` (Brier 1950 for probabilities)."""
        missed = self.scores - perfect_scores(data, self.rows)
        if data.framing == "regression":
            return np.abs(missed)
        return missed**2 if missed.ndim == 1 else np.asarray((missed**2).sum(axis=1))


def held_out(rows: Positions, scores: Scores) -> HeldOut:
    """Rows that may come several times, shape (n,), and their scores, (n,) or (n, k): each row with its mean score."""
    once, place, times = np.unique(rows, return_inverse=True, return_counts=True)
    sums = np.zeros((len(once), *scores.shape[1:]))
    np.add.at(sums, place, scores)
    return HeldOut(once, sums / times.reshape(-1, *[1] * (scores.ndim - 1)))


def scored(data: TrainingData, fitted: Sequence[FittedSplit]) -> HeldOut:
    """All rows held out from these models."""
    rows = [each.split.held_out for each in fitted]
    scores = [each.score(take(data.columns, each.split.held_out)) for each in fitted]
    return held_out(np.concatenate(rows), np.concatenate(scores).astype(np.float64))
