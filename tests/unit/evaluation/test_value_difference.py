import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from crispstack.artifacts import ModelPackage, Parity
from crispstack.charter import Acceptance, Charter, Money
from crispstack.errors import DataError
from crispstack.evaluation.scoring import Rival, Scored, prediction_lines
from crispstack.evaluation.value_difference import Predicted, stored, value_difference
from tests.unit.evaluation import framings
from tests.unit.modeling import bank

MONEY = Money("EUR", true_positive=90.0, false_positive=-10.0)


def charter(money: Money = MONEY, **acceptance: Any) -> Charter:
    fields = {"bootstrap_samples": 4000, **acceptance}
    return dataclasses.replace(bank.charter(), money=money, acceptance=Acceptance(**fields))


def run(actual: Any, predicted: Any, threshold: float = 0.5, of: Charter | None = None) -> Predicted:
    package = ModelPackage(
        "s3://a/model.onnx", "0", "v", "ridge", (), threshold, 0.8, "s3://a/v.jsonl", Parity(10, 1e-7, 1e-5), ()
    )
    return Predicted(of or charter(), package, Scored(np.array(actual, float), np.array(predicted, float)))


def test_the_difference_per_case_is_the_one_worked_by_hand() -> None:
    # Ten cases, four of them positive. Before: acts on two positives and one negative, 2 * 90 - 10 = 170.
    # After: on three positives and two negatives, 3 * 90 - 2 * 10 = 250. Per case 17 and 25.
    actual = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    before = run(actual, [0.9, 0.8, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1])
    after = run(actual, [0.9, 0.2, 0.9, 0.9, 0.1, 0.9, 0.9, 0.1, 0.1, 0.1])
    found = value_difference(before, after)
    assert (found.before, found.after, found.difference) == pytest.approx((17.0, 25.0, 8.0))
    assert (found.paired, found.cases, found.currency, found.confidence) == (True, 10, "EUR", 0.95)


def test_runs_that_decide_alike_differ_by_nothing_and_surely_so() -> None:
    actual = [1, 0] * 50
    found = value_difference(run(actual, actual, 0.5), run(actual, np.array(actual) * 0.6, 0.3))
    assert (found.difference, found.low, found.high) == (0.0, 0.0, 0.0)


def test_a_difference_on_the_same_cases_is_paired_and_its_interval_the_normal_one() -> None:
    # Of 400 positives the later run finds those that the earlier one found, and a quarter of the others besides.
    generator = np.random.default_rng(3)
    actual = np.repeat([1, 0], [400, 600])
    found_before = generator.random(1000) < 0.5
    found_after = found_before | (generator.random(1000) < 0.25)
    before, after = (run(actual, np.where(actual == 1, found, 0)) for found in (found_before, found_after))
    difference = value_difference(before, after)
    gained = 90.0 * (found_after & ~found_before)[:400]
    # Within the stratum of positives alone does the difference vary.
    error = 1.96 * gained.std() * np.sqrt(400) / 1000
    assert difference.difference == pytest.approx(gained.sum() / 1000)
    assert difference.low == pytest.approx(difference.difference - error, rel=0.03)
    assert difference.high == pytest.approx(difference.difference + error, rel=0.03)


def test_on_different_cases_each_test_set_is_resampled_by_itself() -> None:
    generator = np.random.default_rng(4)

    def drawn(found: float) -> Predicted:
        actual = np.repeat([1, 0], [400, 600])
        generator.shuffle(actual)
        return run(actual, (actual == 1) & (generator.random(1000) < found))

    before, after = drawn(0.5), drawn(0.6)
    difference = value_difference(before, after)
    assert not difference.paired
    spreads = [
        90.0 * found.scored.predicted[found.scored.actual == 1].std() * np.sqrt(400) for found in (before, after)
    ]
    error = 1.96 * np.hypot(*spreads) / 1000
    assert difference.high - difference.low == pytest.approx(2 * error, rel=0.05)
    assert (difference.low + difference.high) / 2 == pytest.approx(difference.difference, abs=0.15)
    assert difference.resampling.endswith("and of those of the earlier run")


def test_test_sets_that_are_resampled_apart_are_not_paired_by_their_seed() -> None:
    # As many cases of each kind, in another order: by the same draws, nothing would ever differ.
    generator = np.random.default_rng(5)
    actual = np.repeat([1, 0], 200)
    chosen = generator.random(400) < 0.5
    difference = value_difference(run(actual, chosen), run(actual[::-1], chosen[::-1]))
    assert not difference.paired
    assert difference.difference == 0.0
    spread = np.hypot((90.0 * chosen[:200]).std(), (10.0 * chosen[200:]).std()) * np.sqrt(200) / 400
    error = 1.96 * np.sqrt(2) * spread
    assert difference.high - difference.low == pytest.approx(2 * error, rel=0.05)


def test_the_later_charters_money_values_both_and_each_decides_by_its_own_threshold() -> None:
    actual = [1, 0, 1, 0]
    dearer = charter(Money("EUR", true_positive=50.0, false_positive=-30.0))
    before, after = run(actual, [0.9, 0.8, 0.4, 0.1]), run(actual, [0.9, 0.8, 0.4, 0.1], 0.3, dearer)
    found = value_difference(before, after)
    # Before acts on the first two: 50 - 30. After on the first three: 50 - 30 + 50.
    assert (found.before, found.after) == pytest.approx((20 / 4, 70 / 4))


def test_several_classes_and_numbers_are_compared_as_well() -> None:
    # Probabilities that are sure of themselves: every case is taken for what it is, or the first for another class.
    right, wrong = np.eye(3), np.eye(3)[[1, 1, 2]]
    grades = [
        Predicted(framings.GRADES, framings.GRADE_PACKAGE, Scored(np.arange(3.0), each)) for each in (wrong, right)
    ]
    found = value_difference(*grades)
    assert (found.before, found.after) == pytest.approx((15 / 3, 30 / 3))

    actual = np.array([10.0, 20.0])
    prices = [Predicted(framings.PRICES, framings.PRICE_PACKAGE, Scored(actual, actual + off)) for off in (1.5, -0.5)]
    found = value_difference(*prices)
    # The shift of 0.5 is added: two too high, then exact.
    assert (found.before, found.after) == pytest.approx((-2.0, 0.0))


def test_what_cannot_be_subtracted_is_refused() -> None:
    actual = [1, 0, 1, 0]
    other = run(actual, actual, of=charter(dataclasses.replace(MONEY, currency="USD")))
    with pytest.raises(DataError, match="EUR and USD"):
        value_difference(run(actual, actual), other)
    grades = Predicted(framings.GRADES, framings.GRADE_PACKAGE, Scored(np.arange(3.0), np.eye(3)))
    with pytest.raises(DataError, match="predict different things"):
        value_difference(run(actual, actual), grades)


def test_stored_predictions_are_read_as_they_were_scored() -> None:
    scored = Scored(
        np.array([1.0, 0.0]),
        np.array([[0.25, 0.75], [0.5, 0.5]]),
        today=np.array([1.0, np.nan]),
        amount=np.array([2.5, 3.0]),
        time=np.array([86_400.0, np.nan]),
        group=np.array([7, 7]),
        rivals=(Rival("ridge", "shortlisted", np.array([0.1, 0.2])),),
    )
    lines = prediction_lines(scored)
    assert json.loads(lines.splitlines()[0])["others"] == {"ridge": 0.1}
    found = stored(lines)
    for name in ("actual", "predicted", "today", "amount", "time", "group"):
        np.testing.assert_array_equal(getattr(found, name), getattr(scored, name))
    assert stored(prediction_lines(Scored(scored.actual, scored.predicted))).amount is None
