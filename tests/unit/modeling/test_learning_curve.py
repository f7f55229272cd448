from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats
from numpy.typing import NDArray

from crispstack.artifacts import CurvePointOfRows, LearningCurve
from crispstack.modeling.findings import gap as gaps
from crispstack.modeling.findings.learning_curve import FittedSplit, learning_curve
from crispstack.modeling.findings.subject import constant_scores
from crispstack.modeling.findings.time_limit import TimeLimit
from crispstack.modeling.metrics import metric
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.validation_plan import Split
from tests.unit.modeling.finding_cases import Clock, cases, numbers

FOREVER = TimeLimit(Clock(), math.inf)
RMSE, AUC = metric("rmse"), metric("roc_auc")


def halves(rows: int, splits: int = 3) -> tuple[Split, ...]:
    found = []
    for number in range(splits):
        order = np.random.default_rng(number).permutation(rows)
        found.append(Split(np.sort(order[: rows // 2]), np.sort(order[rows // 2 :])))
    return tuple(found)


def least_squares(data: TrainingData, log: list[NDArray[np.int64]] | None = None) -> Callable[[Any], Any]:
    """A regression on all columns, by numpy alone."""

    def matrix(columns: Any) -> NDArray[np.float64]:
        return np.column_stack([*columns.values(), np.ones(len(next(iter(columns.values()))))]).astype(np.float64)

    def fit(rows: NDArray[np.int64]) -> Callable[[Any], NDArray[np.float64]]:
        if log is not None:
            log.append(rows)
        known = matrix({name: values[rows] for name, values in data.columns.items()})
        weights = np.linalg.lstsq(known, data.target[rows], rcond=None)[0]
        return lambda columns: matrix(columns) @ weights

    return fit


def noisy_line(rows: int, columns: int, noise: float = 1.0, **rest: Any) -> TrainingData:
    found = numbers(rows, columns)
    target = sum(found.values()) + noise * np.random.default_rng(1).normal(size=rows)
    return cases(found, target, framing="regression", **rest)


def test_points_are_the_scores_of_models_fitted_on_nested_shares() -> None:
    data, log = noisy_line(640, 5), []
    curve, fitted = learning_curve(data, least_squares(data, log), halves(640, 2), RMSE, 1, FOREVER)
    assert [point.rows for point in curve.points] == [20, 40, 80, 160, 320]
    assert {point.splits for point in curve.points} == {2}
    whole, half = set(log[0].tolist()), set(log[1].tolist())
    assert half < whole == set(halves(640, 2)[0].fit.tolist())
    by_hand = []
    for each in fitted:
        held_out = each.split.held_out
        scores = each.score({name: values[held_out] for name, values in data.columns.items()})
        by_hand.append(np.sqrt(np.mean((scores - data.target[held_out]) ** 2)))
    assert curve.points[-1].validation == pytest.approx(np.mean(by_hand))
    assert curve.points[-1].validation_deviation == pytest.approx(np.std(by_hand, ddof=1))


def test_the_gain_of_the_last_doubling_has_the_corrected_interval_over_splits() -> None:
    data, splits = noisy_line(200, 10), halves(200, 3)
    fit = least_squares(data)
    alone = [learning_curve(data, fit, (split,), RMSE, 1 + n, FOREVER)[0] for n, split in enumerate(splits)]
    gains = [curve.gain for curve in alone if curve.gain is not None]
    assert {curve.gain_low for curve in alone} == {None}
    curve, _ = learning_curve(data, fit, splits, RMSE, 1, FOREVER)
    half = scipy.stats.t.ppf(0.975, 2) * np.std(gains, ddof=1) * np.sqrt(1 / 3 + 100 / 100)
    assert curve.gain == pytest.approx(np.mean(gains))
    assert curve.gain == pytest.approx(curve.points[-2].validation - curve.points[-1].validation)
    assert curve.gain_low == pytest.approx(np.mean(gains) - half, rel=1e-3)
    assert curve.gain_high == pytest.approx(np.mean(gains) + half, rel=1e-3)


def test_of_classes_every_share_holds_each_in_proportion_or_is_left_out() -> None:
    columns = numbers(400, 2)
    target = (np.arange(400) % 10 == 0).astype(float)
    data, log = cases(columns, target), []
    curve, _ = learning_curve(data, least_squares(data, log), (Split(np.arange(400), np.arange(400)),), AUC, 1, FOREVER)
    assert [point.rows for point in curve.points] == [50, 100, 200, 400]
    assert [int(target[rows].sum()) for rows in log] == [40, 20, 10, 5]


def test_groups_come_whole() -> None:
    group = np.arange(400) // 8
    data, log = noisy_line(400, 2, group=group), []
    learning_curve(data, least_squares(data, log), (Split(np.arange(400), np.arange(50)),), RMSE, 1, FOREVER)
    assert len(log) == 5
    for rows in log[:-1]:
        _, counts = np.unique(group[rows], return_counts=True)
        assert (counts < 8).sum() <= 1


def test_no_fit_begins_that_would_end_after_the_limit_but_the_smallest_is_made_in_any_case() -> None:
    data = noisy_line(640, 3)
    curve, fitted = learning_curve(data, least_squares(data), halves(640), RMSE, 1, TimeLimit(Clock(step=1), 0))
    assert [point.rows for point in curve.points] == [20]
    assert len(fitted) == 1
    some, more = learning_curve(data, least_squares(data), halves(640), RMSE, 1, TimeLimit(Clock(step=1), 12))
    assert len(some.points) > 1
    assert some.points[-1].rows == 320
    assert len(more) < 3


def test_where_a_fit_is_known_to_take_too_long_the_curve_ends_with_fewer_rows() -> None:
    data = noisy_line(640, 3)
    limit = TimeLimit(Clock(), 10)
    curve, fitted = learning_curve(data, least_squares(data), halves(640), RMSE, 1, limit, seconds=30)
    assert [point.rows for point in curve.points] == [20, 40, 80]
    assert len(fitted) == 3
    assert curve.gain == pytest.approx(curve.points[1].validation - curve.points[2].validation)


def test_the_gap_is_said_in_skill_whatever_the_metric() -> None:
    data = noisy_line(100, 45, noise=4.0)
    curve, fitted = learning_curve(data, least_squares(data), halves(100), RMSE, 1, FOREVER)
    found = gaps.gap(data, curve, fitted, RMSE)
    assert found.verdict in ("overfits", "no_skill")
    constant = np.mean([np.sqrt(np.mean((data.target[f.split.held_out] - data.target[f.split.fit].mean()) ** 2))
                        for f in fitted])  # fmt: skip
    assert found.constant == pytest.approx(constant)
    assert found.training_skill == pytest.approx(1 - curve.points[-1].training / constant)
    assert f"{found.validation_skill:.0%}" in found.words


@pytest.mark.parametrize(("name", "quantile"), [("pinball", 0.75), ("mae", 0.5)])
def test_knowing_no_feature_is_the_best_constant_by_the_metric(name: str, quantile: float) -> None:
    data, judged = noisy_line(100, 2), metric(name, quantile)
    curve, fitted = learning_curve(data, least_squares(data), halves(100), judged, 1, FOREVER)
    best = [
        min(judged.score(data.target[of.split.fit], np.full(50, one)) for one in data.target[of.split.fit])
        for of in fitted
    ]
    found = [judged.score(data.target[of.split.fit], constant_scores(data, of.split.fit, 50, judged)) for of in fitted]
    assert found == pytest.approx(best)
    by_mean = [
        judged.score(data.target[of.split.held_out], np.full(50, data.target[of.split.fit].mean())) for of in fitted
    ]
    assert gaps.gap(data, curve, fitted, judged).constant != pytest.approx(np.mean(by_mean), rel=1e-3)


def test_a_gap_of_models_that_saw_fewer_rows_says_so() -> None:
    data = noisy_line(640, 3)
    limit = TimeLimit(Clock(), 10)
    curve, fitted = learning_curve(data, least_squares(data), halves(640), RMSE, 1, limit, seconds=30)
    words = gaps.gap(data, curve, fitted, RMSE).words
    assert words.startswith("Of models fitted on 80 of 320 rows, as time permitted no more: ")
    curve, fitted = learning_curve(data, least_squares(data), halves(640), RMSE, 1, FOREVER)
    assert "time permitted" not in gaps.gap(data, curve, fitted, RMSE).words


def curve_of(training: float, validation: float, deviation: float = 0.0, **gain: float) -> LearningCurve:
    point = CurvePointOfRows(100, training, deviation, validation, deviation, 3)
    return LearningCurve((dataclasses.replace(point, rows=50), point), **gain)


@pytest.fixture
def ranked() -> tuple[TrainingData, tuple[FittedSplit, ...]]:
    data = cases(numbers(40, 1), np.arange(40) % 2)
    return data, (FittedSplit(Split(np.arange(20), np.arange(20, 40)), lambda columns: columns["x0"]),)


@pytest.mark.parametrize(
    ("training", "validation", "verdict"),
    [(0.99, 0.80, "overfits"), (0.90, 0.88, "balanced"), (0.62, 0.60, "underfits"), (0.9, 0.5, "no_skill")],
)
def test_verdicts_of_the_gap(
    training: float, validation: float, verdict: str, ranked: tuple[TrainingData, tuple[FittedSplit, ...]]
) -> None:
    found = gaps.gap(*[ranked[0], curve_of(training, validation), ranked[1]], AUC)
    assert found.verdict == verdict
    assert found.validation_skill == pytest.approx(2 * validation - 1)


@pytest.mark.parametrize(
    ("gain", "low", "high", "said"),
    [
        (0.02, 0.01, 0.03, "would_help"),
        (0.001, -0.002, 0.004, "would_hardly_help"),
        (0.02, -0.05, 0.09, "unknown"),
        (0.001, 0.0005, 0.0015, "would_hardly_help"),
    ],
)
def test_whether_more_rows_would_help_follows_from_the_gain_of_the_last_doubling(
    gain: float, low: float, high: float, said: str, ranked: tuple[TrainingData, tuple[FittedSplit, ...]]
) -> None:
    curve = curve_of(0.9, 0.85, gain=gain, gain_low=low, gain_high=high)
    found = gaps.gap(ranked[0], curve, ranked[1], AUC)
    assert found.more_rows == said
    assert f"{gain:.2g}" in found.words
    assert "From 50 to 100 rows" in found.words
