"""Money and rates by groups of cases: does the model lose with any of them, does it treat any of them otherwise?

Many groups are looked at, so that some look bad by chance: p-values are adjusted for their number.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Criterion, FairnessGap, Feature, SliceValue
from crispstack.charter import Charter
from crispstack.data_understanding.withheld import withheld_features
from crispstack.evaluation.judgement import Rate
from crispstack.evaluation.significance import bounds, equal_means, holm, no_less_than_zero, total_with_error
from crispstack.phases import Phase

Numbers = NDArray[np.float64]
SMALLEST_SLICE, SMALLEST_BASE = 30, 20
"""Cases of a slice that is shown, and of a rate that is compared: normal distributions say little of fewer."""
MOST_VALUES, _MOST_COLUMNS, _QUARTERS = 12, 5, (0.25, 0.5, 0.75)
_FAIR: tuple[str, ...] = ("share_acted_on", "true_positive_rate", "false_positive_rate", "accuracy")
_MEASURE = {"binary": "true_positive_rate", "multiclass": "accuracy", "regression": "mean_absolute_error"}
"""The rate that must not differ between groups: of two classes, whom the action would help gets it alike (equal
opportunity: Hardt, Price and Srebro, Equality of opportunity in supervised learning, NeurIPS (2016))."""


@dataclass(frozen=True, eq=False)
class Slice:
    """A group of a column's values, and whether each case belongs to it, shape (n,)."""

    column: str
    group: str
    cases: NDArray[np.bool_]


def sliced_columns(charter: Charter, features: Sequence[Feature]) -> tuple[Feature, ...]:
    """The features by which cases are sliced: those that the charter names, or else the personal ones that it keeps.

    Without these, the categories with few values. What is hashed or coarsened for privacy is never one of them.
    """
    hidden = withheld_features(charter)
    shown = [feature for feature in features if feature.kind != "text" and feature.name not in hidden]
    judged = charter.acceptance.fairness
    if charter.acceptance.slices:
        return tuple(feature for feature in shown if feature.name in (*charter.acceptance.slices, *judged))
    kept = {each.column for each in charter.row_treatments if each.treatment == "keep"}
    if personal := tuple(feature for feature in shown if feature.name in kept.union(judged)):
        return personal
    few = [each for each in shown if each.kind == "categorical" and len(each.categories) <= MOST_VALUES]
    return tuple(few[:_MOST_COLUMNS])


def slices_of(columns: Mapping[str, NDArray[np.generic]]) -> tuple[Slice, ...]:
    """The groups of each column that hold enough cases: its values, or quarters of the cases by its numbers."""
    found = [Slice(name, group, cases) for name, values in columns.items() for group, cases in _groups(values)]
    return tuple(each for each in found if each.cases.sum() >= SMALLEST_SLICE)


def _groups(values: NDArray[np.generic]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    if values.dtype == object:
        for value in np.unique(values.astype(str)):
            yield str(value), values == value
        return
    numbers = values.astype(np.float64)
    known = numbers[~np.isnan(numbers)]
    if len(known) < len(numbers):
        yield "missing", np.isnan(numbers)
    distinct = np.unique(known)
    if len(distinct) <= MOST_VALUES // 2:
        for number in distinct:
            yield f"{number:g}", numbers == number
        return
    edges = [-np.inf, *np.unique(np.quantile(known, _QUARTERS)), np.inf]
    for low, high in itertools.pairwise(edges):
        name = f"up to {high:g}" if low == -np.inf else f"above {low:g}" + ("" if high == np.inf else f" to {high:g}")
        yield name, (numbers > low) & (numbers <= high)


def values_of(
    slices: Sequence[Slice],
    value: Numbers,
    advantage: Numbers,
    rates: Mapping[str, Rate],
    confidence: float,
    blocks: NDArray[np.int64] | None,
) -> tuple[SliceValue, ...]:
    """What the model earns in each slice, and how surely no less than the best alternative.

    Args:
        slices: groups of cases.
        value: what the model earned in each case, shape (n,).
        advantage: what it earned there more than the best alternative, shape (n,).
        rates: what is told of each slice.
        confidence: of intervals, which are those of each slice by itself.
        blocks: which cases depend on each other, labels of shape (n,).
    """
    totals = [
        total_with_error(advantage[each.cases], None if blocks is None else blocks[each.cases]) for each in slices
    ]
    p_values = np.array([no_less_than_zero(*total) for total in totals])
    return tuple(
        SliceValue(
            each.column,
            each.group,
            int(each.cases.sum()),
            float(value[each.cases].sum()),
            total[0],
            *bounds(*total, confidence),
            float(p_value),
            float(adjusted),
            {name: mean for name, rate in rates.items() if (mean := _mean(rate, each.cases)) is not None},
        )
        for each, total, p_value, adjusted in zip(slices, totals, p_values, holm(p_values), strict=True)
    )


def _mean(rate: Rate, cases: NDArray[np.bool_]) -> float | None:
    found = rate.values[rate.among & cases]
    return float(found.mean()) if len(found) else None


def gaps_of(slices: Sequence[Slice], rates: Mapping[str, Rate]) -> tuple[FairnessGap, ...]:
    """Of every column and rate the two groups that differ most, every two groups having been compared."""
    told = [(name, rate) for name, rate in rates.items() if name in (*_FAIR, "mean_absolute_error")]
    asked = [
        (column, name, one, other, rate)
        for column, of_column in itertools.groupby(slices, key=lambda each: each.column)
        for groups in [list(of_column)]
        for name, rate in told
        for one, other in itertools.combinations([each for each in groups if _enough(rate, each)], 2)
    ]
    samples = [
        [rate.values[rate.among & each.cases].astype(np.float64) for each in pair] for _, _, *pair, rate in asked
    ]
    p_values = np.array([equal_means(*pair) for pair in samples])
    found: dict[tuple[str, str], FairnessGap] = {}
    for (column, name, one, other, _), (first, second), p_value, adjusted in zip(
        asked, samples, p_values, holm(p_values), strict=True
    ):
        gap = float(second.mean() - first.mean())
        low, high = (one.group, other.group) if gap >= 0 else (other.group, one.group)
        widest = found.get((column, name))
        if widest is None or abs(gap) > widest.gap:
            found[column, name] = FairnessGap(column, name, low, high, abs(gap), float(p_value), float(adjusted))
    return tuple(found.values())


def _enough(rate: Rate, each: Slice) -> bool:
    return int((rate.among & each.cases).sum()) >= SMALLEST_BASE


def criteria(
    charter: Charter, values: Sequence[SliceValue], gaps: Sequence[FairnessGap], scale: float
) -> tuple[Criterion, Criterion]:
    """Whether the model surely loses money in a slice, and whether groups are surely treated too differently.

    Args:
        charter: the widest gap of a rate, and the confidence.
        values: of all slices.
        gaps: the widest of every column and rate.
        scale: what a gap is a share of: 1 for rates, the mean absolute error for errors.
    """
    return _money(charter, values), _fairness(charter, gaps, scale)


def _money(charter: Charter, values: Sequence[SliceValue]) -> Criterion:
    currency, error = charter.money.currency, 1 - charter.acceptance.confidence
    if not values:
        reason = f"no slice holds {SMALLEST_SLICE} cases; name columns in acceptance.slices"
        return Criterion("slices", None, 0.0, "not_measured", reason, "slices")
    losing = [each for each in values if each.adjusted < error]
    worst = min(values, key=lambda each: each.advantage)
    return Criterion(
        "slices",
        float(len(losing)),
        0.0,
        "condition" if losing else "met",
        f"in {len(losing)} of {len(values)} slices the model surely earns less than the best alternative (p below "
        f"{error:.2g} after Holm's correction); it does worst where {worst.column} is {worst.group}: "
        f"{worst.advantage:+,.0f} {currency} on {worst.rows:,} cases" + ("; decide otherwise there" if losing else ""),
        "slices",
        Phase.DATA_PREPARATION,
    )


def _fairness(charter: Charter, gaps: Sequence[FairnessGap], scale: float) -> Criterion:
    measure, limit = _MEASURE[charter.framing], charter.acceptance.maximum_rate_gap
    error = 1 - charter.acceptance.confidence
    comparable = [each for each in gaps if each.rate == measure]
    asked = [each for each in comparable if each.column in charter.acceptance.fairness]
    if not asked:
        reason = f"no two groups hold {SMALLEST_BASE} cases each by which {measure.replace('_', ' ')} could be compared"
        if comparable and not charter.acceptance.fairness:
            reason = "the charter names no column in acceptance.fairness whose groups are to be treated alike"
        return Criterion("fairness", None, limit, "not_measured", reason, measure)
    unfair = [each for each in asked if each.gap / scale > limit and each.adjusted < error]
    widest = max(unfair or asked, key=lambda each: each.gap)
    return Criterion(
        "fairness",
        widest.gap / scale,
        limit,
        "condition" if unfair else "met",
        f"{measure.replace('_', ' ')} differs most by {widest.column}: {widest.gap:.3g} less where it is "
        f"{widest.lowest} than where it is {widest.highest} (p {widest.adjusted:.2g} after Holm's correction); more "
        f"than {limit:.3g} that is surely no chance is not tolerated"
        + ("; name who accepts it, or why" if unfair else ""),
        measure,
        Phase.DATA_PREPARATION,
    )
