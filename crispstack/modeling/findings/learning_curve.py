"""How the score grows with the rows that models are fitted on: would more of them help?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import CurvePointOfRows, LearningCurve
from crispstack.modeling.findings.subject import Fit, Positions, Score, sample, take, weights
from crispstack.modeling.findings.time_limit import TimeLimit
from crispstack.modeling.metrics import Metric
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.validation_plan import Split

SHARES = (1.0, 1 / 2, 1 / 4, 1 / 8, 1 / 16)
"""Of the rows to fit on. The whole first, then the halves: with little time, what matters most is there."""
MOST_SPLITS = 5
FEWEST_ROWS, FEWEST_OF_A_CLASS = 20, 3
MOST_JUDGED = 20_000
"""Rows that a model is judged by."""
_T_95 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}
"""Student's t, two-sided 95%, by degrees of freedom."""


@dataclass(frozen=True)
class FittedSplit:
    """A model that has not seen the split's held-out rows; fitted on as many of the others as time permitted."""

    split: Split
    score: Score


@dataclass(frozen=True)
class _Step:
    rows: int
    training: float
    validation: float


def learning_curve(
    data: TrainingData,
    fit: Fit,
    splits: Sequence[Split],
    metric: Metric,
    seed: int,
    limit: TimeLimit,
    seconds: float = 0.0,
) -> tuple[LearningCurve, tuple[FittedSplit, ...]]:
    """The curve, and of each split the model that was fitted on most of its rows.

    Args:
        data: the training rows.
        fit: fits the technique on rows of it.
        splits: as the validation plan has them; up to `MOST_SPLITS` are used, as time permits.
        metric: what the curve is of.
        seed: draws the shares: whole groups where rows have one, otherwise every class in proportion.
        limit: no fit begins that, by the time of those before, would end after it; but one is made in any case.
        seconds: how long a fit on all rows of a split takes, if that is known.

    Raises:
        ValueError: there is no split.
    """
    if not splits:
        raise ValueError("a learning curve needs a split")
    fitted: list[FittedSplit] = []
    steps: dict[float, dict[int, _Step]] = {share: {} for share in SHARES}
    for number, split in enumerate(splits[:MOST_SPLITS]):
        order = _order(data, split.fit, seed + number)
        parts = list(_parts(data, order))
        own: list[Score] = []
        for share, rows in parts:
            in_time = seconds * share < limit.left
            if not in_time and (fitted or own or share > parts[-1][0]):
                continue
            started = limit.clock()
            score = fit(np.sort(rows))
            own.append(score)
            seconds = max(seconds, (limit.clock() - started) / share)
            step = _step(data, score, rows, split.held_out, metric, seed)
            if math.isfinite(step.training) and math.isfinite(step.validation):
                steps[share][number] = step
        fitted += [FittedSplit(split, score) for score in own[:1]]
    return _curve(steps, splits, metric), tuple(fitted)


def _order(data: TrainingData, rows: Positions, seed: int) -> Positions:
    """The rows in an order every beginning of which is a fair sample: of whole groups, or of each class."""
    generator = np.random.default_rng(seed)
    if data.group is not None:
        _, member = np.unique(data.group[rows], return_inverse=True)
        keys = generator.permutation(member.max() + 1)[member].astype(np.float64)
    elif data.framing == "regression":
        keys = generator.random(len(rows))
    else:
        keys = np.empty(len(rows))
        labels = data.target[rows]
        for label in np.unique(labels):
            places = np.flatnonzero(labels == label)
            keys[places] = (generator.permutation(len(places)) + generator.random(len(places))) / len(places)
    ordered: Positions = rows[np.argsort(keys, kind="stable")]
    return ordered


def _parts(data: TrainingData, order: Positions) -> Iterator[tuple[float, Positions]]:
    """The shares of the rows that are enough to fit on."""
    for share in SHARES:
        rows = order[: math.ceil(share * len(order))]
        if share == 1 or (len(rows) >= FEWEST_ROWS and _holds_all_classes(data, rows, order)):
            yield share, rows


def _holds_all_classes(data: TrainingData, rows: Positions, whole: Positions) -> bool:
    if data.framing == "regression":
        return True
    known = np.unique(data.target[whole])
    return all(int((data.target[rows] == label).sum()) >= FEWEST_OF_A_CLASS for label in known)


def _step(data: TrainingData, score: Score, rows: Positions, held_out: Positions, metric: Metric, seed: int) -> _Step:
    training, validation = (_judged(data, score, sample(each, MOST_JUDGED, seed), metric) for each in (rows, held_out))
    return _Step(len(rows), training, validation)


def _judged(data: TrainingData, score: Score, rows: Positions, metric: Metric) -> float:
    return metric.score(data.target[rows], score(take(data.columns, rows)), weights(data, rows))


def _curve(steps: Mapping[float, Mapping[int, _Step]], splits: Sequence[Split], metric: Metric) -> LearningCurve:
    points = tuple(_point(list(found.values())) for _, found in sorted(steps.items()) if found)
    whole, half = next(
        ((steps[share], steps[share / 2]) for share in SHARES[:-1] if steps[share] and steps[share / 2]), ({}, {})
    )
    sign = 1 if metric.greater_is_better else -1
    gains = np.array([sign * (whole[n].validation - half[n].validation) for n in whole if n in half])
    gains = gains[np.isfinite(gains)]
    if not len(gains):
        return LearningCurve(points)
    width = _half_width(gains, splits[0])
    mean = float(gains.mean())
    return LearningCurve(points, mean, *((mean - width, mean + width) if width is not None else (None, None)))


def _half_width(gains: NDArray[np.float64], split: Split) -> float | None:
    """Of a 95% interval over splits whose training rows overlap.

    Nadeau and Bengio, Inference for the generalization error, Machine Learning 52 (2003).
    """
    if len(gains) < 2:
        return None
    overlap = 1 / len(gains) + len(split.held_out) / len(split.fit)
    return _T_95[len(gains) - 1] * math.sqrt(overlap * float(gains.var(ddof=1)))


def _point(found: Sequence[_Step]) -> CurvePointOfRows:
    training, validation = (np.array([getattr(each, name) for each in found]) for name in ("training", "validation"))
    return CurvePointOfRows(
        rows=round(float(np.mean([each.rows for each in found]))),
        training=float(training.mean()),
        training_deviation=_deviation(training),
        validation=float(validation.mean()),
        validation_deviation=_deviation(validation),
        splits=len(found),
    )


def _deviation(values: NDArray[np.float64]) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else 0.0
