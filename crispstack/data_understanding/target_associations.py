"""What each column alone says about the target: its association, its ranking, its information, its rates by group."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

from crispstack.charter import Charter
from crispstack.data_understanding.associations import Z, association, contingency
from crispstack.data_understanding.contrasts import Contrast
from crispstack.data_understanding.exploration import Group, TargetAssociation
from crispstack.data_understanding.sample_columns import OTHER, SampleColumn

GROUPS = 10
"""Numbers are cut at their deciles."""
FOLDS = 5
SMOOTHING = 10.0
"""Weight, in rows, of the overall rate in the rate of a category."""
FEWEST_TO_NAME = 10
"""Rarer categories are not named."""
MOST_NAMED = 12
MISSING = "(missing)"


def strongest_association(
    column: SampleColumn,
    target: SampleColumn,
    contrasts: Sequence[Contrast],
    charter: Charter,
    withheld: Collection[str] = (),
) -> TargetAssociation:
    """What this column says about the target, in terms of the contrast that it ranks best."""
    found = [target_association(column, target, contrast, charter, withheld) for contrast in contrasts]
    return max(found, key=lambda each: each.roc_auc)


def target_association(
    column: SampleColumn,
    target: SampleColumn,
    contrast: Contrast,
    charter: Charter,
    withheld: Collection[str] = (),
) -> TargetAssociation:
    """What this column says about the target. Needs rows on both sides; `withheld` columns get no groups."""
    y = contrast.holds.astype(int)
    groups, labels = grouped(column)
    auc = max(_ordered_auc(column, y), roc_auc(out_of_fold_rates(groups, y, charter.sampling.seed), y))
    half = Z * auc_standard_error(auc, int(y.sum()), int((1 - y).sum()))
    reasons = {exclusion.column: exclusion.reason for exclusion in charter.preparation.exclude}
    return TargetAssociation(
        column=column.name,
        association=association(column, target),
        roc_auc=auc,
        roc_auc_low=max(0.0, auc - half),
        roc_auc_high=min(1.0, auc + half),
        mutual_information=mutual_information(groups, y),
        groups=() if column.name in withheld else _rates(groups, labels, y, by_number=column.codes is None),
        excluded=reasons.get(column.name, ""),
        condition=contrast.condition,
    )


def grouped(column: SampleColumn) -> tuple[Any, list[str]]:
    """A group for each row, int array (n,), and the groups' labels: deciles or categories, then `MISSING`.

    Numbers with at most `GROUPS` different values are grouped by value.
    """
    import numpy as np  # noqa: PLC0415

    present = column.present
    if column.codes is not None:
        labels = list(column.levels)
        groups = np.where(present, column.codes, len(labels))
    else:
        groups, labels = _grouped_numbers(column, present)
    if not present.all():
        labels.append(MISSING)
    return groups, labels


def _grouped_numbers(column: SampleColumn, present: Any) -> tuple[Any, list[str]]:
    import numpy as np  # noqa: PLC0415

    values = column.numbers[present]
    distinct = np.unique(values)
    if len(distinct) <= GROUPS:
        edges, labels = distinct, [_text(value, column) for value in distinct]
    else:
        edges = np.unique(np.quantile(values, np.arange(1, GROUPS + 1) / GROUPS, method="inverted_cdf"))
        lowest = np.append(distinct[0], distinct[np.searchsorted(distinct, edges[:-1]) + 1])
        bounds = [(_text(low, column), _text(high, column)) for low, high in zip(lowest, edges, strict=True)]
        labels = [low if low == high else f"{low} to {high}" for low, high in bounds]
    groups = np.full(len(column.numbers), len(edges))
    groups[present] = np.searchsorted(edges, values)
    return groups, labels


def _text(value: float, column: SampleColumn) -> str:
    import numpy as np  # noqa: PLC0415

    if column.column.type == "boolean":
        return "yes" if value else "no"
    if column.column.type in ("integer", "number"):
        if abs(value) >= 1e6:
            return f"{value:.3g}"
        return f"{value:,.0f}" if value.is_integer() or abs(value) >= 100 else f"{value:.3g}"
    return str(np.datetime64(0, "D") + int(value // 1))


def roc_auc(scores: Any, y: Any) -> float:
    """Area under the ROC curve of float scores (n,) for int classes (n,) 0 and 1, ties counting half; 0.5 without both.

    The rank statistic of Mann and Whitney.
    """
    from scipy import stats  # noqa: PLC0415

    positives, negatives = int(y.sum()), int(len(y) - y.sum())
    if not positives or not negatives:
        return 0.5
    ranks = stats.rankdata(scores)
    return float((ranks[y == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _ordered_auc(column: SampleColumn, y: Any) -> float:
    """How well the numbers' order ranks, in whichever direction, over the rows that have one; 0.5 for categories."""
    if column.codes is not None:
        return 0.5
    present = column.present
    # Of a handful of numbers any order ranks well, and the interval is computed for all rows.
    if present.mean() < 0.5:
        return 0.5
    area = roc_auc(column.numbers[present], y[present])
    return max(area, 1 - area)


def out_of_fold_rates(groups: Any, y: Any, seed: int) -> Any:
    """Per row the smoothed rate of its group in the other folds, float (n,): what the group says of unseen rows."""
    import numpy as np  # noqa: PLC0415

    fold = np.random.default_rng(seed).permutation(len(y)) % FOLDS
    rates, count = np.empty(len(y)), int(groups.max()) + 1
    for held_out in range(FOLDS):
        seen = fold != held_out
        base = y[seen].mean() if seen.any() else 0.5
        rows = np.bincount(groups[seen], minlength=count)
        hits = np.bincount(groups[seen], weights=y[seen], minlength=count)
        smoothed = (hits + SMOOTHING * base) / (rows + SMOOTHING)
        # Against the fold's own base rate, or rows would rank by the fold that they are in.
        rates[~seen] = smoothed[groups[~seen]] - base
    return rates


def auc_standard_error(area: float, positives: int, negatives: int) -> float:
    """Standard error of an area under the ROC curve: Hanley and McNeil, Radiology 143 (1982)."""
    if not positives or not negatives:
        return 0.5
    q1, q2 = area / (2 - area), 2 * area * area / (1 + area)
    variance = area * (1 - area) + (positives - 1) * (q1 - area**2) + (negatives - 1) * (q2 - area**2)
    return math.sqrt(max(variance, 0.0) / (positives * negatives))


def mutual_information(groups: Any, y: Any) -> float:
    """Bits that the group (int (n,)) tells about the class (int (n,)): the sample's, less its bias (Miller, 1955)."""
    import numpy as np  # noqa: PLC0415

    table = contingency(groups, y)
    n = table.sum()
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / n
    filled = table > 0
    nats = float((table[filled] * np.log(table[filled] / expected[filled])).sum()) / n
    bias = (table.shape[0] - 1) * (table.shape[1] - 1) / (2 * n)
    return float(max(0.0, nats - bias) / math.log(2))


def _rates(groups: Any, labels: list[str], y: Any, *, by_number: bool) -> tuple[Group, ...]:
    """Groups in order; of categories the frequent ones by name, the others together."""
    import numpy as np  # noqa: PLC0415

    rows = np.bincount(groups, minlength=len(labels)).tolist()
    hits = np.bincount(groups, weights=y, minlength=len(labels)).tolist()
    found = [Group(label, n, round(k)) for label, n, k in zip(labels, rows, hits, strict=True) if n]
    if by_number:
        return tuple(found)
    named = [g for g in found if g.label not in (OTHER, MISSING) and g.rows >= FEWEST_TO_NAME][:MOST_NAMED]
    rest = [g for g in found if g not in named and g.label != MISSING]
    other = [Group(OTHER, sum(g.rows for g in rest), sum(g.positives for g in rest))] if rest else []
    return (*named, *other, *(g for g in found if g.label == MISSING))
