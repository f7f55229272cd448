"""What the quantiles of a column's numbers say of their distribution: histograms and counts of outliers.

Between two neighboring quantiles the numbers are taken to be spread evenly; a number that stands at several shares is
taken to be that share of the rows. A count is then off by no more than the rows between two neighboring shares, one
percent, and the error of the quantiles themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

from crispstack.data_understanding.profile import BINS, FENCE, MAD_SCALE, MAD_SCORE, Z_SCORE

SHARES = (0.0, 0.001, 0.005, *(round(0.01 * place, 2) for place in range(1, 100)), 0.995, 0.999, 1.0)
"""The shares at which the quantiles are known, ascending: the first is the minimum, the last the maximum."""


def share_below(points: Sequence[float], value: float, *, inclusive: bool = False) -> float:
    """The share of the numbers that are smaller than the value, or with `inclusive` not greater.

    Args:
        points: quantiles at `SHARES`, ascending.
        value: where to divide them.
        inclusive: whether numbers equal to the value count.
    """
    if value < points[0] or (value == points[0] and not inclusive):
        return 0.0
    if value > points[-1] or (value == points[-1] and inclusive):
        return 1.0
    if inclusive:
        after = next(place for place, point in enumerate(points) if point > value)
    else:
        after = next(place for place, point in enumerate(points) if point >= value)
    low, high = points[after - 1], points[after]
    return SHARES[after - 1] + (SHARES[after] - SHARES[after - 1]) * (value - low) / (high - low)


def bins(points: Sequence[float], count: int, lowest: float, highest: float) -> tuple[int, ...]:
    """How many of `count` numbers with these quantiles are in each of `BINS` bins of equal width.

    The bins go from `lowest` to `highest`, each without its upper edge but the last; together they hold `count`.
    If the two are equal, the first holds all.
    """
    if lowest == highest:
        return (count, *[0] * (BINS - 1))
    edges = [lowest + (highest - lowest) * index / BINS for index in range(BINS)]
    reached = [round(count * share_below(points, edge)) for edge in edges] + [count]
    reached[0] = 0
    return tuple(reached[index + 1] - reached[index] for index in range(BINS))


def outliers_iqr(points: Sequence[float], count: int) -> int:
    """How many of `count` numbers lie beyond the quartiles by more than 1.5 interquartile ranges (Tukey, 1977)."""
    lower, upper = _at(points, 0.25), _at(points, 0.75)
    return _outside(points, count, lower - FENCE * (upper - lower), upper + FENCE * (upper - lower))


def outliers_z_score(points: Sequence[float], count: int, mean: float, standard_deviation: float) -> int:
    """How many of `count` numbers are more than three standard deviations from the mean."""
    reach = Z_SCORE * standard_deviation
    return _outside(points, count, mean - reach, mean + reach)


def outliers_mad(points: Sequence[float], count: int) -> int:
    """How many of `count` numbers have a modified z-score above 3.5 (Iglewicz and Hoaglin, 1993)."""
    median = _at(points, 0.5)
    reach = MAD_SCORE / MAD_SCALE * _median_distance(points, median)
    return _outside(points, count, median - reach, median + reach)


def _median_distance(points: Sequence[float], median: float) -> float:
    """Half of the numbers lie no farther from the median than this; found by bisection."""
    near, far = 0.0, max(points[-1] - median, median - points[0])
    if _within(points, median, 0.0) >= 0.5:
        return 0.0
    for _ in range(60):
        middle = (near + far) / 2
        if _within(points, median, middle) >= 0.5:
            far = middle
        else:
            near = middle
    return far


def _within(points: Sequence[float], center: float, distance: float) -> float:
    return share_below(points, center + distance, inclusive=True) - share_below(points, center - distance)


def _outside(points: Sequence[float], count: int, low: float, high: float) -> int:
    return round(count * (share_below(points, low) + 1.0 - share_below(points, high, inclusive=True)))


def _at(points: Sequence[float], share: float) -> float:
    return points[SHARES.index(share)]
