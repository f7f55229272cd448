import numpy as np
import pytest

from crispstack.charter import Money
from crispstack.modeling.value import ACT_ON_NONE, best_threshold, case_values, value_curve, value_per_case

MONEY = Money("EUR", true_positive=90.0, false_positive=-10.0, false_negative=-5.0, true_negative=1.0)
ACTUAL = np.array([1, 0, 1, 0])
PREDICTED = np.array([0.9, 0.8, 0.4, 0.1])


def test_each_outcome_is_worth_its_entry_of_the_cost_matrix() -> None:
    acted = np.array([True, True, False, False])
    assert case_values(MONEY, ACTUAL, acted).tolist() == [90.0, -10.0, -5.0, 1.0]


def test_the_value_curve_agrees_with_figures_worked_by_hand() -> None:
    curve = value_curve(MONEY, ACTUAL, PREDICTED)
    assert curve.acted_on.tolist() == [0, 1, 2, 3, 4]
    # Acting on none: two of -5, two of 1. Acting on a positive adds 95, on a negative takes 11.
    assert curve.value.tolist() == [-8.0, 87.0, 76.0, 171.0, 160.0]
    assert curve.true_positives.tolist() == [0, 1, 1, 2, 2]


def test_every_point_of_the_curve_is_what_its_threshold_really_earns() -> None:
    generator = np.random.default_rng(1)
    predicted, actual = generator.random(200).round(2), generator.integers(0, 2, 200)
    curve = value_curve(MONEY, actual, predicted)
    for threshold, value, acted_on in zip(curve.threshold, curve.value, curve.acted_on, strict=True):
        acted = predicted >= threshold
        assert acted.sum() == acted_on
        assert case_values(MONEY, actual, acted).sum() == pytest.approx(value)


def test_the_best_threshold_lies_between_two_scores() -> None:
    threshold, value = best_threshold(MONEY, ACTUAL, PREDICTED)
    assert threshold == pytest.approx(0.25)
    assert value == pytest.approx(171.0 / 4)


def test_where_acting_never_pays_the_best_threshold_acts_on_none() -> None:
    threshold, value = best_threshold(Money("EUR", 1.0, -100.0), ACTUAL, 1 - PREDICTED)
    assert threshold == ACT_ON_NONE
    assert value == 0.0


def test_where_acting_always_pays_the_best_threshold_acts_on_all() -> None:
    threshold, value = best_threshold(Money("EUR", 100.0, 1.0), ACTUAL, PREDICTED)
    assert threshold == 0.0
    assert value == pytest.approx(202.0 / 4)


def test_deciding_by_scores_is_worth_something_in_every_framing() -> None:
    classes = ("bad", "good")
    money = Money("EUR", right=1, wrong=-2, values={"bad": {"good": -10}})
    probabilities = np.array([[0.9, 0.1], [0.3, 0.7], [0.05, 0.95]])
    # Taken for bad, bad and good: 0.3 * -10 + 0.7 * 1 is less than 0.3 * 1 + 0.7 * -2.
    found = value_per_case("multiclass", money, classes, np.array([0.0, 1.0, 0.0]), probabilities)
    assert found == (0.0, pytest.approx((1 - 2 - 10) / 3))
    of_numbers = Money("EUR", over_estimate=-1, under_estimate=-1)
    actual, predicted = np.array([1.0, 2.0, 6.0]), np.array([0.0, 1.0, 3.0])
    assert value_per_case("regression", of_numbers, (), actual, predicted) == (0.0, pytest.approx(-2 / 3))
    assert value_per_case("regression", Money("EUR"), (), actual, predicted) == (0.0, 0.0)
    of_two = Money("EUR", true_positive=5, false_positive=-1)
    actual, predicted = np.array([0.0, 1.0, 1.0]), np.array([0.1, 0.8, 0.9])
    assert value_per_case("binary", of_two, (), actual, predicted) == best_threshold(
        of_two, actual.astype(int), predicted
    )
