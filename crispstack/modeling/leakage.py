"""Features that know the target: what one of them says alone of rows it was not measured on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.technique import Framing
from crispstack.modeling.training_data import TrainingData

MOST_ROWS = 4_000
_PARTS = 32
_FEWEST = 50
SUSPICIOUS = 0.98
"""Of the ranking that is possible: 1 is a feature that tells everything, 0 one that tells nothing."""


def suspects(data: TrainingData, seed: int) -> dict[str, float]:
    """Features that alone predict nearly perfectly, and how well: from `SUSPICIOUS` to 1, the highest first.

    Half of the rows are grouped by the feature's value; the groups' mean targets then rank the other half.
    """
    rows = np.random.default_rng(seed).permutation(len(data.target))[:MOST_ROWS]
    if len(rows) < _FEWEST:
        return {}
    learned, judged = rows[::2], rows[1::2]
    targets = _targets(data.target, data.framing)
    found = {name: _told(column, targets, learned, judged) for name, column in data.columns.items()}
    high = {name: told for name, told in found.items() if told >= SUSPICIOUS}
    return dict(sorted(high.items(), key=lambda item: -item[1]))


def in_words(name: str, told: float) -> str:
    """The suspicion as a sentence."""
    return (
        f"{name} alone tells the target nearly perfectly ({told:.3f} of 1 on rows it was not measured on). If it is "
        "known only after the outcome, every figure here is too good: exclude it and train again."
    )


def _targets(target: NDArray[Any], framing: Framing) -> NDArray[np.float64]:
    """Shape (n, m): ranks of numbers between 0 and 1, or an indicator of each class but the first."""
    if framing == "regression":
        order = np.argsort(np.argsort(target, kind="stable"), kind="stable")
        return (order / max(1, len(target) - 1)).reshape(-1, 1)
    return np.asarray(target[:, None] == np.unique(target)[1:], dtype=np.float64)


def _told(
    column: NDArray[Any], targets: NDArray[np.float64], learned: NDArray[np.int64], judged: NDArray[np.int64]
) -> float:
    """Share of the targets' variance on the judged rows that the learned groups' means explain."""
    group, count = _grouped(column, learned, judged)
    if count < 2:
        return 0.0
    own, size = group[: len(learned)], np.bincount(group[: len(learned)], minlength=count)
    shares = []
    for position in range(targets.shape[1]):
        actual, known = targets[judged, position], targets[learned, position]
        means = np.where(size > 0, np.bincount(own, known, count) / np.maximum(size, 1), known.mean())
        spread = float(((actual - known.mean()) ** 2).sum())
        missed = float(((actual - means[group[len(learned) :]]) ** 2).sum())
        shares.append(1 - missed / spread if spread else 0.0)
    return max(0.0, float(np.mean(shares)))


def _grouped(
    column: NDArray[Any], learned: NDArray[np.int64], judged: NDArray[np.int64]
) -> tuple[NDArray[np.int64], int]:
    """The group of each row, those learned from first: equal texts, or numbers between the same quantiles."""
    values = column[np.concatenate([learned, judged])]
    if column.dtype == object:
        _, group = np.unique(values.astype(str), return_inverse=True)
        return group.astype(np.int64), int(group.max()) + 1
    known = np.unique(values[np.isfinite(values)])
    if len(known) > _PARTS:
        known = np.unique(np.quantile(values[np.isfinite(values)], np.linspace(0, 1, _PARTS + 1)))
    group = np.where(np.isnan(values), 0, 1 + np.searchsorted(known, values, side="right")).astype(np.int64)
    return group, len(known) + 2
