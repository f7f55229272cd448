"""Groups of cases that differ in what they are expected to be worth, in words, and what came true in each.

A tree is grown on what the model expects of the test cases; outcomes play no part in it. What is then observed in a
group is as honest as any sample of cases chosen beforehand: nothing was picked for having come true.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import InputReference, ModelPackage, Segment, Segmentation, SegmentCondition
from crispstack.charter import Charter
from crispstack.data_understanding.withheld import withheld_features
from crispstack.evaluation.policies import acted
from crispstack.evaluation.scoring import Scored
from crispstack.evaluation.segment_tree import CodedFeature, Leaf, coded, grow
from crispstack.evaluation.significance import bounds, total_with_error
from crispstack.modeling.stakes import stakes_of
from crispstack.modeling.value import acting_and_leaving, best_classes, class_rates, class_values, expected_gain

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Worth:
    """What is expected of each case and what came true, shape (n,); who would be acted on, of two classes.

    `extremes` are the only two values that can come true, where there are only two.
    """

    measure: str
    unit: str
    expected: Numbers
    observed: Numbers
    chosen: NDArray[np.bool_] | None = None
    extremes: tuple[float, float] | None = None


def segmentation(
    charter: Charter,
    package: ModelPackage,
    scored: Scored,
    columns: Mapping[str, NDArray[Any]],
    inputs: tuple[InputReference, ...],
) -> Segmentation:
    """Describe the test cases in a few groups, those that are expected to be worth most first.

    Args:
        charter: money, and which features may describe a group.
        package: framing, classes and threshold.
        scored: outcomes and scores of the test rows.
        columns: the model's inputs by feature, as `prepared_arrays` gives them, each of shape (n,).
        inputs: what this was computed from.
    """
    worth = _WORTH[package.framing](charter, package, scored)
    features = [one for name in _told(charter, columns) if (one := coded(name, columns[name]))]
    leaves = grow(features, worth.expected)
    found = [_segment(charter, leaf, features, worth, scored.group) for leaf in leaves]
    spread = float(((worth.expected - worth.expected.mean()) ** 2).sum())
    between = sum(each.rows * (each.expected - float(worth.expected.mean())) ** 2 for each in found)
    return Segmentation(
        measure=worth.measure,
        unit=worth.unit,
        confidence=charter.acceptance.confidence,
        explained=between / spread if spread else 0.0,
        segments=tuple(sorted(found, key=lambda each: -each.expected)),
        inputs=inputs,
    )


def _told(charter: Charter, columns: Mapping[str, NDArray[Any]]) -> list[str]:
    """Features that may describe a group: none withheld, no free text, and none that says again what another says."""
    texts = {column.name for column in charter.row_columns if column.type == "text"}
    again = {each.name for each in charter.preparation.derive if {each.column, each.other} & set(columns)}
    return [name for name in columns if name not in withheld_features(charter) | texts | again]


def _of_two_classes(charter: Charter, package: ModelPackage, scored: Scored) -> _Worth:
    money, rows = charter.money, len(scored.actual)
    amount = np.zeros(rows) if scored.amount is None else scored.amount
    gained = np.subtract(*acting_and_leaving(money, scored.actual.astype(np.int64), scored.amount))
    fixed = money.amount is None
    loss, gain = (money.false_positive - money.true_negative, money.true_positive - money.false_negative)
    return _Worth(
        f"what it earns to {charter.action} rather than not, per case",
        money.currency,
        expected_gain(money, scored.predicted, amount),
        gained,
        acted(charter, stakes_of(money, rows, scored.amount, scored.time), scored.predicted, package.threshold),
        (loss, gain) if fixed and loss < gain else None,
    )


def _of_several_classes(charter: Charter, package: ModelPackage, scored: Scored) -> _Worth:
    values, rates = class_values(charter.money, package.classes), class_rates(charter.money, package.classes)
    taken = best_classes(values, scored.predicted, rates, scored.amount)
    expected, observed = scored.predicted @ values, values[scored.actual.astype(np.int64)]
    if scored.amount is not None:
        expected = expected + scored.amount[:, None] * (scored.predicted @ rates)
        observed = observed + scored.amount[:, None] * rates[scored.actual.astype(np.int64)]
    cases = np.arange(len(taken))
    return _Worth(
        "value of the model's choice, per case", charter.money.currency, expected[cases, taken], observed[cases, taken]
    )


def _of_numbers(charter: Charter, _package: ModelPackage, scored: Scored) -> _Worth:
    target = charter.target.column
    return _Worth(f"{target} of one case on average", f"units of {target}", scored.predicted, scored.actual)


_WORTH = {"binary": _of_two_classes, "multiclass": _of_several_classes, "regression": _of_numbers}


def _segment(
    charter: Charter, leaf: Leaf, features: list[CodedFeature], worth: _Worth, group: NDArray[np.int64] | None
) -> Segment:
    observed = worth.observed[leaf.rows]
    confidence = charter.acceptance.confidence
    if worth.extremes is not None:
        low, high = _of_two_values(observed, worth.extremes, confidence)
    else:
        sums = bounds(*total_with_error(observed, None if group is None else group[leaf.rows]), confidence)
        low, high = (each / len(observed) for each in sums)
    booleans = {column.name for column in charter.row_columns if column.type == "boolean"}
    return Segment(
        conditions=tuple(
            SegmentCondition(one.name, _words(one, leaf, one.name in booleans))
            for one in features
            if one.name in leaf.allowed
        ),
        rows=len(leaf.rows),
        expected=float(worth.expected[leaf.rows].mean()),
        observed=float(observed.mean()),
        low=low,
        high=high,
        acted_on=None if worth.chosen is None else int(worth.chosen[leaf.rows].sum()),
    )


def _of_two_values(observed: Numbers, extremes: tuple[float, float], confidence: float) -> tuple[float, float]:
    """The interval of a mean of two values: Wilson's score interval of the share of the larger one.

    Wilson, Probable inference, the law of succession, and statistical inference, Journal of the American Statistical
    Association 22 (1927). It holds where no case, or every case, of a small group came true.
    """
    smaller, larger = extremes
    n, share = len(observed), float((observed.mean() - smaller) / (larger - smaller))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    center = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = (smaller + (larger - smaller) * each for each in (center - half, center + half))
    return low, high


def _words(feature: CodedFeature, leaf: Leaf, boolean: bool) -> str:
    """Which values of the feature the leaf has."""
    allowed = leaf.allowed[feature.name]
    missing = bool((feature.codes[leaf.rows] == feature.size - 1).any())
    known = _names(feature, allowed[:-1]) if feature.names else _range(feature.edges, allowed[:-1], boolean)
    return " or ".join([known] * bool(known) + ["not known"] * missing) or "not known"


def _names(feature: CodedFeature, allowed: NDArray[np.bool_]) -> str:
    """The categories, or those that are left out where these are fewer."""
    inside = [name for name, one in zip(feature.names, allowed, strict=True) if one]
    outside = [name for name, one in zip(feature.names, allowed, strict=True) if not one]
    if not outside:
        return "known"
    if len(inside) <= len(outside) + 1:
        return _listed(inside)
    return f"not {_listed(outside)}"


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else "".join(names)


def _range(edges: tuple[float, ...], allowed: NDArray[np.bool_], boolean: bool) -> str:
    """Between which edges the numbers lie; of a boolean, which of the two it is."""
    inside = np.flatnonzero(allowed)
    if not len(inside) or len(inside) == len(allowed):
        return "known" if len(inside) else ""
    low = None if inside[0] == 0 else edges[inside[0] - 1]
    high = None if inside[-1] == len(edges) else edges[inside[-1]]
    if boolean:
        return "yes" if low is not None else "no"
    over, up_to = ("" if low is None else f"over {low:,.10g}"), ("" if high is None else f"up to {high:,.10g}")
    return f"{over} {up_to}".strip()
