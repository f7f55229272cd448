"""The statistics of drift: divergences of counts, changes of rates, and what chance alone would bring them to.

The Jensen-Shannon divergence of two samples of one distribution, n and m rows over k cells, is about
chi-squared(k - 1) x (1/n + 1/m) / (8 ln 2) bits: it says whether a difference is real. The population stability index
says whether it is large. Intervals of differences of rates are Newcombe's (Statistics in Medicine 17, 1998, method 10).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from crispstack.artifacts import Divergence, RateChange

_SMOOTHING = 0.5
"""Added to every count, so that an empty cell has a finite share."""


def divergence(now: Sequence[float], trained: Sequence[float], error: float) -> Divergence:
    """How far counts are from those of training, cell by cell; chance exceeds `by_chance` with the probability `error`.

    Args:
        now: counts of the window, one per cell.
        trained: counts of training, of the same cells.
        error: probability of a false alarm of this one comparison.
    """
    p, q = _shares(trained), _shares(now)
    psi = sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))
    bits = sum(_bits(a, (a + b) / 2) + _bits(b, (a + b) / 2) for a, b in zip(p, q, strict=True)) / 2
    n, m = sum(now), sum(trained)
    spread = 1 / n + 1 / m if n and m else math.inf
    limit = chi_squared_quantile(1 - error, len(p) - 1) * spread / (8 * math.log(2)) if len(p) > 1 else 1.0
    return Divergence(len(p), psi, max(bits, 0.0), min(limit, 1.0))


def rate_change(now: int, rows: int, trained: int, trained_rows: int, error: float) -> RateChange:
    """The difference of two rates, with the interval outside which chance puts it with the probability `error`."""
    p, q = _rate(now, rows), _rate(trained, trained_rows)
    low, high = wilson(now, rows, error)
    trained_low, trained_high = wilson(trained, trained_rows, error)
    down = math.hypot(p - low, trained_high - q)
    up = math.hypot(high - p, q - trained_low)
    return RateChange(p, q, p - q - down, p - q + up)


def wilson(count: int, rows: int, error: float) -> tuple[float, float]:
    """Wilson's interval for a rate."""
    if not rows:
        return 0.0, 1.0
    z = two_sided(error)
    rate, square = count / rows, z * z / rows
    center, half = (rate + square / 2) / (1 + square), z * math.sqrt(rate * (1 - rate) / rows + square / (4 * rows))
    return max(0.0, center - half / (1 + square)), min(1.0, center + half / (1 + square))


def two_sided(error: float) -> float:
    """How many standard errors chance exceeds with this probability, either way."""
    return NormalDist().inv_cdf(1 - error / 2)


def chi_squared_quantile(probability: float, degrees: int) -> float:
    """A quantile of the chi-squared distribution; from two degrees on by Wilson and Hilferty (1931), to 5 percent."""
    if degrees == 1:
        return float(NormalDist().inv_cdf((1 + probability) / 2) ** 2)
    part = 2 / (9 * degrees)
    return float(degrees * (1 - part + NormalDist().inv_cdf(probability) * math.sqrt(part)) ** 3)


def _shares(counts: Sequence[float]) -> list[float]:
    total = sum(counts) + _SMOOTHING * len(counts)
    return [(count + _SMOOTHING) / total for count in counts]


def _bits(share: float, mean: float) -> float:
    return share * math.log2(share / mean)


def _rate(count: int, rows: int) -> float:
    return count / rows if rows else 0.0
