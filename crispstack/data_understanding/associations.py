"""How strongly two columns go together: a measure for each pair of kinds, with an interval or a p-value.

Every pair is looked at over the rows where both columns have a value.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import Any

from crispstack.data_understanding.exploration import Association
from crispstack.data_understanding.sample_columns import SampleColumn

Z = 1.959963984540054
"""Normal quantile of a 95% interval."""
FEWEST_ROWS = 10
"""Fewer rows say nothing about a pair."""
SHOWN = 30
REDUNDANT = 0.9


def association(first: SampleColumn, second: SampleColumn) -> Association | None:
    """The pair's association, None where a column is constant or fewer than `FEWEST_ROWS` rows have both."""
    both = first.present & second.present
    rows = int(both.sum())
    if rows < FEWEST_ROWS:
        return None
    if first.codes is None and second.codes is None:
        return _numbers(first, second, both)
    if first.codes is None or second.codes is None:
        numeric, categories = (first, second) if first.codes is None else (second, first)
        found = correlation_ratio(numeric.numbers[both], categories.codes[both])
        measure = "correlation_ratio"
    else:
        found = cramers_v(first.codes[both], second.codes[both])
        measure = "cramers_v"
    if found is None:
        return None
    value, p_value = found
    return Association(first.name, second.name, measure, value, None, None, None, p_value, rows)  # type: ignore[arg-type]


def _numbers(first: SampleColumn, second: SampleColumn, both: Any) -> Association | None:
    """Pearson and Spearman; Fisher's transformation gives the interval, Student's t the p-value."""
    from scipy import stats  # noqa: PLC0415

    x, y, rows = first.numbers[both], second.numbers[both], int(both.sum())
    value = pearson(x, y)
    if value is None:
        return None
    rank_correlation = pearson(stats.rankdata(x), stats.rankdata(y)) or 0.0
    bounded = max(-1 + 1e-12, min(1 - 1e-12, value))
    half = Z / math.sqrt(rows - 3)
    low, high = (math.tanh(math.atanh(bounded) + sign * half) for sign in (-1, 1))
    # Either of the two may be what shows the dependence, so the smaller p-value counts twice (Bonferroni).
    p_value = min(1.0, 2 * min(_t_test(value, rows), _t_test(rank_correlation, rows)))
    return Association(
        first.name, second.name, "pearson", value, min(low, value), max(high, value), rank_correlation, p_value, rows
    )


def pearson(x: Any, y: Any) -> float | None:
    """Pearson's correlation of two float arrays (n,), None where one is constant."""
    import numpy as np  # noqa: PLC0415

    # Scaled first: squares of numbers near the largest float would overflow.
    x, y = (values / (np.abs(values).max() or 1.0) for values in (x, y))
    x, y = x - x.mean(), y - y.mean()
    spread = math.sqrt(float(x @ x)) * math.sqrt(float(y @ y))
    if min(np.ptp(x), np.ptp(y)) == 0 or spread == 0:
        return None
    return max(-1.0, min(1.0, float(x @ y) / spread))


def _t_test(correlation: float, rows: int) -> float:
    from scipy import stats  # noqa: PLC0415

    if abs(correlation) >= 1:
        return 0.0
    statistic = abs(correlation) * math.sqrt((rows - 2) / (1 - correlation**2))
    return float(2 * stats.t.sf(statistic, rows - 2))


def cramers_v(first: Any, second: Any) -> tuple[float, float] | None:
    """Bias-corrected Cramer's V (Bergsma, 2013) and the p-value of Pearson's chi-squared test.

    Args:
        first: int array (n,) of codes from 0.
        second: likewise.

    Returns:
        None where one of the two is constant.
    """
    import numpy as np  # noqa: PLC0415
    from scipy import stats  # noqa: PLC0415

    table = contingency(first, second)
    r, k = table.shape
    if min(r, k) < 2:
        return None
    n = table.sum()
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / n
    chi_squared = float(((table - expected) ** 2 / expected).sum())
    corrected = max(0.0, chi_squared / n - (r - 1) * (k - 1) / (n - 1))
    size = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    value = math.sqrt(corrected / size) if size > 0 else 0.0
    return min(value, 1.0), float(stats.chi2.sf(chi_squared, np.multiply(r - 1, k - 1)))


def contingency(first: Any, second: Any) -> Any:
    """Float array of how often each pair of codes occurs, without rows and columns that are empty."""
    import numpy as np  # noqa: PLC0415

    width = int(second.max()) + 1
    counts = np.bincount(first * width + second, minlength=(int(first.max()) + 1) * width).reshape(-1, width)
    return counts[counts.any(axis=1)][:, counts.any(axis=0)].astype(float)


def correlation_ratio(numbers: Any, codes: Any) -> tuple[float, float] | None:
    """The correlation ratio, sqrt(between / total sum of squares), and the p-value of the F test.

    Args:
        numbers: float array (n,).
        codes: int array (n,) of categories from 0.

    Returns:
        None where one of the two is constant.
    """
    import numpy as np  # noqa: PLC0415
    from scipy import stats  # noqa: PLC0415

    numbers = numbers / (np.abs(numbers).max() or 1.0)
    deviations = numbers - numbers.mean()
    counts = np.bincount(codes)
    total, groups, n = float(deviations @ deviations), int((counts > 0).sum()), len(numbers)
    if np.ptp(numbers) == 0 or total == 0 or groups < 2:
        return None
    sums = np.bincount(codes, weights=deviations)[counts > 0]
    share = min(1.0, float((sums**2 / counts[counts > 0]).sum()) / total)
    if groups >= n or share >= 1:
        return math.sqrt(share), 1.0 if groups >= n else 0.0
    statistic = share / (groups - 1) / ((1 - share) / (n - groups))
    return math.sqrt(share), float(stats.f.sf(statistic, groups - 1, n - groups))


def strength(pair: Association) -> float:
    """Size of the association, the rank correlation included, from 0 to 1."""
    return max(abs(pair.value), abs(pair.spearman or 0.0))


def pairs(columns: Sequence[SampleColumn]) -> list[Association]:
    """Every pair of the columns, p-values adjusted for their number."""
    found = (association(first, second) for first, second in itertools.combinations(columns, 2))
    return adjusted([pair for pair in found if pair])


def adjusted(found: Sequence[Association]) -> list[Association]:
    """The same pairs with p-values adjusted by `holm`."""
    p_values = holm([pair.p_value for pair in found])
    return [dataclasses.replace(pair, p_value=p_value) for pair, p_value in zip(found, p_values, strict=True)]


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for their number: Holm, Scandinavian Journal of Statistics 6 (1979)."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    result, largest = [0.0] * len(p_values), 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, p_values[index] * (len(p_values) - place)))
        result[index] = largest
    return result


def redundant(found: Sequence[Association]) -> list[Association]:
    """Pairs of which one column would do, the strongest first: their `strength` is at least `REDUNDANT`."""
    return sorted((pair for pair in found if strength(pair) >= REDUNDANT), key=lambda pair: -strength(pair))


def clustered(found: Sequence[Association], always: str) -> tuple[str, ...]:
    """The `SHOWN` columns with the strongest pairs, and `always`, ordered so that similar ones are neighbors.

    The order is that of the leaves of average linkage over 1 - strength.
    """
    import numpy as np  # noqa: PLC0415
    from scipy.cluster import hierarchy  # noqa: PLC0415

    strongest: dict[str, float] = {}
    for pair in found:
        for name in (pair.first, pair.second):
            strongest[name] = max(strongest.get(name, 0.0), strength(pair))
    ranked = sorted(strongest, key=lambda name: (name != always, -strongest[name], name))[:SHOWN]
    if len(ranked) < 3:
        return tuple(ranked)
    distances = np.ones((len(ranked), len(ranked)))
    for pair in found:
        if pair.first in ranked and pair.second in ranked:
            i, j = ranked.index(pair.first), ranked.index(pair.second)
            distances[i, j] = distances[j, i] = 1 - strength(pair)
    condensed = distances[np.triu_indices(len(ranked), 1)]
    linked = hierarchy.linkage(condensed, "average", optimal_ordering=True)
    return tuple(ranked[leaf] for leaf in hierarchy.leaves_list(linked))
