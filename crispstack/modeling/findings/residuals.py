"""Outcome minus prediction, on held-out rows of a regression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import ResidualBin, Residuals

BINS = 10
SHARES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


def residuals(actual: NDArray[np.float64], predicted: NDArray[np.float64]) -> Residuals:
    """Figures and groups of rising prediction, from arrays of shape (n,)."""
    missed = actual - predicted
    spread = float(((actual - actual.mean()) ** 2).sum())
    order = np.argsort(predicted, kind="stable")
    return Residuals(
        rows=len(actual),
        mean=float(missed.mean()),
        mean_absolute=float(np.abs(missed).mean()),
        root_mean_square=float(np.sqrt((missed**2).mean())),
        r_squared=1 - float((missed**2).sum()) / spread if spread else None,
        quantiles={
            f"{share:g}": float(value) for share, value in zip(SHARES, np.quantile(missed, SHARES), strict=True)
        },
        spread_ratio=_spread_ratio(missed[order]),
        bins=tuple(_bin(actual[part], predicted[part]) for part in np.array_split(order, BINS) if len(part)),
    )


def _bin(actual: NDArray[np.float64], predicted: NDArray[np.float64]) -> ResidualBin:
    low, high = np.quantile(actual, [0.1, 0.9])
    return ResidualBin(float(predicted.mean()), float(actual.mean()), float(low), float(high), len(actual))


def _spread_ratio(missed: NDArray[np.float64]) -> float | None:
    """Of residuals in the order of their predictions: how much wider they are in the last third than in the first."""
    first, _, last = np.array_split(missed, 3)
    if len(first) < 2 or not first.std():
        return None
    return float(last.std() / first.std())
