"""Figures against scikit-learn's, with ties and weights."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as theirs

from crispstack.business_understanding.consistency import METRICS as STATED
from crispstack.modeling.metrics import METRICS, metric

DRAWN = np.random.default_rng(4)
ROWS = 300
TARGET = (DRAWN.random(ROWS) < 0.3).astype(float)
SCORES = np.clip(np.round(DRAWN.random(ROWS) * 0.6 + 0.3 * TARGET, 1), 0.05, 0.95)
WEIGHT = DRAWN.integers(0, 4, ROWS).astype(float)
CLASSES = DRAWN.integers(0, 3, ROWS).astype(float)
PROBABILITIES = DRAWN.dirichlet(np.ones(3), ROWS) + 0.3 * (CLASSES[:, None] == np.arange(3))
PROBABILITIES /= PROBABILITIES.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_two_classes(weight: np.ndarray | None) -> None:
    taken = (SCORES >= 0.5).astype(float)
    expected = {
        "roc_auc": theirs.roc_auc_score(TARGET, SCORES, sample_weight=weight),
        "average_precision": theirs.average_precision_score(TARGET, SCORES, sample_weight=weight),
        "log_loss": theirs.log_loss(TARGET, SCORES, sample_weight=weight),
        "brier_score": theirs.brier_score_loss(TARGET, SCORES, sample_weight=weight),
        "accuracy": theirs.accuracy_score(TARGET, taken, sample_weight=weight),
        "balanced_accuracy": theirs.balanced_accuracy_score(TARGET, taken, sample_weight=weight),
        "f1": theirs.f1_score(TARGET, taken, sample_weight=weight),
    }
    assert tuple(expected) == METRICS["binary"]
    for name, figure in expected.items():
        assert metric(name).score(TARGET, SCORES, weight) == pytest.approx(figure), name


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_several_classes(weight: np.ndarray | None) -> None:
    taken, one_hot = PROBABILITIES.argmax(axis=1), np.eye(3)[CLASSES.astype(int)]
    expected = {
        "roc_auc": theirs.roc_auc_score(one_hot, PROBABILITIES, sample_weight=weight),
        "average_precision": theirs.average_precision_score(one_hot, PROBABILITIES, sample_weight=weight),
        "log_loss": theirs.log_loss(CLASSES, PROBABILITIES, sample_weight=weight),
        "brier_score": np.average(((one_hot - PROBABILITIES) ** 2).sum(axis=1), weights=weight),
        "accuracy": theirs.accuracy_score(CLASSES, taken, sample_weight=weight),
        "balanced_accuracy": theirs.balanced_accuracy_score(CLASSES, taken, sample_weight=weight),
        "f1": theirs.f1_score(CLASSES, taken, sample_weight=weight, average="macro"),
    }
    for name, figure in expected.items():
        assert metric(name).score(CLASSES, PROBABILITIES, weight) == pytest.approx(figure), name


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_numbers(weight: np.ndarray | None) -> None:
    actual, predicted = DRAWN.normal(5, 2, ROWS), DRAWN.normal(5, 2, ROWS)
    expected = {
        "rmse": theirs.root_mean_squared_error(actual, predicted, sample_weight=weight),
        "mae": theirs.mean_absolute_error(actual, predicted, sample_weight=weight),
        "r2": theirs.r2_score(actual, predicted, sample_weight=weight),
    }
    assert tuple(expected) == METRICS["regression"]
    for name, figure in expected.items():
        assert metric(name).score(actual, predicted, weight) == pytest.approx(figure), name
    pinball = metric("pinball", 0.8).score(actual, predicted, weight)
    assert pinball == pytest.approx(theirs.mean_pinball_loss(actual, predicted, sample_weight=weight, alpha=0.8))


def test_losses_are_less_where_figures_are_better() -> None:
    better = 0.5 * SCORES + 0.5 * TARGET
    for name in METRICS["binary"]:
        assert metric(name).loss(TARGET, better) < metric(name).loss(TARGET, SCORES)


def test_what_is_not_defined_is_not_a_number_and_no_number_loses_infinitely() -> None:
    assert np.isnan(metric("roc_auc").score(np.ones(3), np.ones(3)))
    assert metric("roc_auc").loss(TARGET, np.full(ROWS, np.nan)) == np.inf


def test_a_charter_may_state_what_can_be_computed() -> None:
    assert {name: tuple(each for each in given if each != "pinball") for name, given in STATED.items()} == METRICS
