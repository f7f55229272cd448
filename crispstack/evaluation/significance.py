"""Tests of hypotheses about means and totals of many cases, and the correction where many are asked at once.

Tests are by the normal distribution: they are asked of samples of dozens of cases and more, never of fewer.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
_NORMAL = NormalDist()


def total_with_error(values: Numbers, blocks: NDArray[np.int64] | None = None) -> tuple[float, float]:
    """The sum of at least two values, shape (n,), and its standard error.

    With blocks, labels of shape (n,), values within a block may depend on each other: the error is that of the blocks'
    sums (Cochran, Sampling Techniques, 3rd ed. (1977), section 9A.2). Of a single block it is that of the values.
    """
    summed: NDArray[Any] = values
    if blocks is not None and np.ptp(blocks) > 0:
        _, block = np.unique(blocks, return_inverse=True)
        summed = np.bincount(block, weights=values)
    return float(values.sum()), math.sqrt(len(summed)) * float(summed.std(ddof=1))


def no_less_than_zero(total: float, error: float) -> float:
    """The p-value of the hypothesis that a total with this standard error is truly zero or more, one-sided."""
    if error == 0:
        return 1.0 if total >= 0 else 0.0
    return _NORMAL.cdf(total / error)


def bounds(total: float, error: float, confidence: float) -> tuple[float, float]:
    """The interval around the total that covers the truth with this probability."""
    half = _NORMAL.inv_cdf((1 + confidence) / 2) * error
    return total - half, total + half


def equal_means(one: Numbers, other: Numbers) -> float:
    """The p-value of the hypothesis that two samples have the same mean, two-sided.

    A z-test with the variance of both together, as they are alike under the hypothesis; of shares it is the usual test
    of two proportions (Agresti, Categorical Data Analysis, 2nd ed. (2002), section 3.4.2).
    """
    difference = float(one.mean() - other.mean())
    variance = float(np.concatenate([one, other]).var()) * (1 / len(one) + 1 / len(other))
    if variance == 0:
        return 1.0
    return 2 * _NORMAL.cdf(-abs(difference) / math.sqrt(variance))


def holm(p_values: Numbers) -> Numbers:
    """P-values adjusted for their number, so that the chance of even one false alarm is kept (family-wise error).

    Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979).
    """
    order = np.argsort(p_values, kind="stable")
    steps = (len(p_values) - np.arange(len(p_values))) * p_values[order]
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps)) if len(steps) else steps
    return adjusted
