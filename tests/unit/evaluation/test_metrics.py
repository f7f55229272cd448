import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from crispstack.evaluation import metrics

GENERATOR = np.random.default_rng(3)
ACTUAL = GENERATOR.integers(0, 2, 500)
SCORES = {
    "distinct": GENERATOR.random(500),
    "tied": GENERATOR.random(500).round(1),
    "informative": np.clip(0.5 * ACTUAL + 0.7 * GENERATOR.random(500), 0, 1),
    "constant": np.full(500, 0.3),
}


@pytest.mark.parametrize("name", SCORES)
def test_ranking_metrics_agree_with_scikit_learn(name: str) -> None:
    predicted = SCORES[name]
    assert metrics.roc_auc(ACTUAL, predicted) == pytest.approx(roc_auc_score(ACTUAL, predicted), abs=1e-12)
    expected = average_precision_score(ACTUAL, predicted)
    assert metrics.average_precision(ACTUAL, predicted) == pytest.approx(expected, abs=1e-12)
    assert metrics.brier_score(ACTUAL, predicted) == pytest.approx(brier_score_loss(ACTUAL, predicted), abs=1e-12)


def test_roc_auc_worked_by_hand() -> None:
    # Pairs: (0.9, 0.8) right, (0.9, 0.1) right, (0.8, 0.8) tied, (0.8, 0.1) right.
    actual, predicted = np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.8, 0.1])
    assert metrics.roc_auc(actual, predicted) == 3.5 / 4


def test_calibration_bins_worked_by_hand() -> None:
    actual, predicted = np.array([0, 1, 1, 1]), np.array([0.1, 0.3, 0.8, 1.0])
    low, high = metrics.calibration_bins(actual, predicted, bins=2)
    assert (low.observed, low.count, high.observed, high.count) == (0.5, 2, 1.0, 2)
    assert (low.predicted, high.predicted) == pytest.approx((0.2, 0.9))
    assert metrics.calibration_error(actual, predicted, bins=2) == pytest.approx((2 * 0.3 + 2 * 0.1) / 4)


def test_a_calibrated_model_stays_below_the_error_by_chance_and_an_overconfident_one_does_not() -> None:
    generator = np.random.default_rng(8)
    truth = generator.uniform(0.05, 0.4, 1000)
    actual = (generator.random(1000) < truth).astype(np.int64)
    overconfident = np.clip(truth * 2, 0, 1)
    for predicted, calibrated in ((truth, True), (overconfident, False)):
        limit = metrics.calibration_error_by_chance(predicted, 0.99, 500, seed=1)
        assert (metrics.calibration_error(actual, predicted) <= limit) is calibrated


def test_the_error_by_chance_shrinks_with_the_number_of_rows() -> None:
    few, many = (metrics.calibration_error_by_chance(np.full(n, 0.1), 0.99, 500, seed=1) for n in (100, 10_000))
    assert few > 0.05 > many


def test_rows_of_equal_probability_share_a_bin_whatever_their_order() -> None:
    actual = np.array([1] * 20 + [0] * 180)
    assert metrics.calibration_error(actual, np.full(200, 0.1)) == pytest.approx(0.0, abs=1e-12)
