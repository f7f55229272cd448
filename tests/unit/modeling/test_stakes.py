"""Amounts of single cases and room for so many: figures worked by hand, and by brute force."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize
from statsmodels.stats.weightstats import DescrStatsW

from crispstack.charter import Money, PerAmount, PerPeriod
from crispstack.modeling.stakes import Stakes, period_numbers, stakes_of
from crispstack.modeling.value import (
    best_classes,
    best_constant,
    best_shift,
    best_threshold,
    case_values,
    class_rates,
    class_values,
    constants,
    decision_scores,
    error_values,
    expected_gain,
    explained_cost,
    value_curve,
)
from tests.unit.modeling import bank

DAY = 86_400.0
MONEY = Money("EUR", true_positive=90.0, false_positive=-10.0)
# A check costs 5; of a fraud that is found 80 % of the amount is saved.
FRAUD = Money("EUR", true_positive=-5.0, false_positive=-5.0, amount=PerAmount("paid", "EUR", true_positive=0.8))


def seconds(*days: str) -> Any:
    return np.array([datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() for day in days])


def test_an_outcome_earns_its_value_and_so_much_per_unit_of_the_amount() -> None:
    actual, acted, paid = np.array([1, 0, 1, 0]), np.array([True, True, False, False]), np.array([100.0, 50, 30, 20])
    assert case_values(FRAUD, actual, acted, paid).tolist() == [-5 + 80, -5, 0, 0]


def test_with_amounts_each_case_has_a_threshold_of_its_own() -> None:
    # A check pays where probability * 0.8 * amount is above 5: from 0.0625 on for 100, from 0.625 on for 10.
    probability, paid = np.array([0.06, 0.07, 0.5, 0.7]), np.array([100.0, 100, 10, 10])
    gain = expected_gain(FRAUD, probability, paid)
    assert gain.tolist() == pytest.approx([0.06 * 80 - 5, 0.07 * 80 - 5, 0.5 * 8 - 5, 0.7 * 8 - 5])
    assert (gain > 0).tolist() == [False, True, False, True]


def test_cases_are_ranked_by_expected_gain_only_where_the_amount_is_known_in_time() -> None:
    charter = dataclasses.replace(bank.charter(), money=dataclasses.replace(MONEY, amount=PerAmount("balance")))
    late = dataclasses.replace(charter, money=dataclasses.replace(MONEY, amount=PerAmount("duration")))
    assert (charter.decides_by, late.decides_by, bank.charter().decides_by) == (
        "expected_gain", "probability", "probability"
    )  # fmt: skip
    probability, amount = np.array([0.2, 0.4]), np.array([10.0, 1.0])
    assert decision_scores(late, probability, amount) is probability
    assert decision_scores(charter, probability, amount).tolist() == pytest.approx([10.0, 30.0])


def test_a_costlier_miss_moves_the_threshold_where_the_arithmetic_says() -> None:
    # For every probability from 0.01 to 0.99 a hundred cases, of which as many are positive.
    probability = np.repeat(np.arange(1, 100) / 100, 100)
    actual = np.concatenate([[1] * hits + [0] * (100 - hits) for hits in range(1, 100)])
    # Acting pays above 10 / (10 + 90) = 0.1; with a miss that costs 90, above 10 / (10 + 180) = 0.0526...
    for miss, lowest in ((0.0, 0.10), (-90.0, 0.06), (-990.0, 0.01)):
        money = dataclasses.replace(MONEY, false_negative=miss)
        threshold, _ = best_threshold(money, actual, probability)
        assert lowest - 0.011 < threshold <= lowest + 0.01, miss
    # At 0.1 exactly acting and leaving earn the same.
    assert best_threshold(MONEY, actual, probability)[0] == pytest.approx(0.105)


def test_room_for_two_a_week_is_kept_in_every_week() -> None:
    week = stakes_of(
        dataclasses.replace(MONEY, capacity=PerPeriod(2, "week")),
        6,
        # Monday to Sunday, and the Monday after.
        time=seconds("2024-01-01", "2024-01-03", "2024-01-05", "2024-01-07", "2024-01-08", "2024-01-09"),
    )
    scores = np.array([0.5, 0.9, 0.9, 0.1, 0.2, 0.3])
    assert week.within_capacity(scores).tolist() == [False, True, True, False, True, True]
    actual = np.array([1, 0, 1, 1, 0, 1])
    # Of the four that are left in order: 0.9 and 0.9 together, 0.3, 0.2.
    curve = value_curve(MONEY, actual, scores, week)
    assert curve.acted_on.tolist() == [0, 2, 3, 4]
    assert curve.value.tolist() == [0.0, 80.0, 170.0, 160.0]
    assert best_threshold(MONEY, actual, scores, week) == (pytest.approx(0.25), pytest.approx(170 / 6))


def test_without_times_the_same_share_of_cases_has_room_as_of_all() -> None:
    money = dataclasses.replace(MONEY, capacity=PerPeriod(500, "week"), volume=PerPeriod(5000, "week"))
    found = stakes_of(money, 100)
    assert found.within_capacity(np.arange(100.0)).tolist() == [False] * 90 + [True] * 10
    assert found.share is not None
    assert found.share.tolist() == [0.1] * 100
    # Twelve a year are one of the 30.4 days of a month.
    monthly = dataclasses.replace(MONEY, capacity=PerPeriod(12, "year"), volume=PerPeriod(1, "day"))
    assert stakes_of(monthly, 1000).within_capacity(np.zeros(1000)).sum() == int(1000 * 12 / 365.25)


@pytest.mark.parametrize("period", ["day", "week", "month", "quarter", "year"])
def test_no_period_is_ever_asked_for_more_than_there_is_room_for(period: Any) -> None:
    generator = np.random.default_rng(4)
    moments = pd.Timestamp("1969-11-20") + pd.to_timedelta(generator.uniform(0, 700, 3000), unit="D")
    time = ((moments - pd.Timestamp("1970-01-01")).total_seconds()).to_numpy()
    frequency = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}[period]
    expected = moments.to_period(frequency)
    assert pd.Series(period_numbers(time, period)).groupby(expected).nunique().eq(1).all()
    assert len(np.unique(period_numbers(time, period))) == len(expected.unique())
    scores = generator.random(3000).round(1)
    for room in (1, 7, 400):
        kept = stakes_of(dataclasses.replace(MONEY, capacity=PerPeriod(room, period)), 3000, time=time)
        allowed = kept.within_capacity(scores)
        by_period = pd.Series(allowed).groupby(expected).sum()
        sizes = pd.Series(1, index=range(3000)).groupby(expected).sum()
        assert (by_period == np.minimum(sizes, room)).all()
        # None that was left out ranks above one that was not.
        low = pd.Series(np.where(allowed, scores, 2)).groupby(expected).min()
        high = pd.Series(np.where(allowed, -1, scores)).groupby(expected).max()
        assert (high <= low).all()


def test_rows_held_out_again_do_not_compete_with_themselves_and_unknown_times_share_a_period() -> None:
    money = dataclasses.replace(MONEY, capacity=PerPeriod(1, "day"))
    time = np.array([0.0, DAY / 2, np.nan, np.nan])
    again = stakes_of(money, 8, time=np.tile(time, 2), repeat=np.repeat([0, 1], 4))
    assert again.within_capacity(np.tile([0.1, 0.2, 0.3, 0.4], 2)).tolist() == [False, True, False, True] * 2


def test_nothing_at_stake_leaves_every_case() -> None:
    assert Stakes().within_capacity(np.zeros(3)).all()
    assert Stakes().share is None
    nobody = Stakes(group=np.zeros(2, dtype=np.int64), quota=np.array([0]))
    curve = value_curve(MONEY, np.array([0, 1]), np.array([0.1, 0.9]), nobody)
    assert (curve.acted_on.tolist(), curve.value.tolist()) == ([0], [0.0])


def test_amounts_decide_for_which_class_a_case_is_taken() -> None:
    money = Money("EUR", right=10, wrong=-5, amount=PerAmount("paid", wrong=-1), values={"bad": {"good": -20}})
    classes = ("bad", "good")
    probabilities, paid = np.array([[0.3, 0.7], [0.3, 0.7]]), np.array([0.0, 100.0])
    found = best_classes(class_values(money, classes), probabilities, class_rates(money, classes), paid)
    # As bad: 0.3 * 10 - 0.7 * 5 = -0.5, less 0.7 * 100; as good: 0.3 * -20 + 0.7 * 10 = 1, less 0.3 * 100.
    assert found.tolist() == [1, 1]
    of_bad = Money("EUR", right=10, wrong=-5, amount=PerAmount("paid", right=1))
    even = np.array([[0.55, 0.45]])
    assert best_classes(
        class_values(of_bad, classes), even, class_rates(of_bad, classes), np.array([5.0])
    ).tolist() == [0]


def test_the_best_number_with_amounts_is_the_weighted_quantile_and_costs_least() -> None:
    generator = np.random.default_rng(2)
    actual, weight = generator.gamma(3.0, 10.0, 501), generator.uniform(1, 20, 501)
    money = Money("EUR", amount=PerAmount("pieces", over_estimate=-1, under_estimate=-3))
    found = best_constant(money, actual, weight)
    expected = DescrStatsW(actual, weights=weight).quantile(0.75, return_pandas=False)[0]
    assert found == pytest.approx(expected, abs=0.2)

    def cost(number: float) -> float:
        return -float(error_values(money, actual, np.full(501, number), weight).sum())

    assert cost(found) <= optimize.minimize_scalar(cost, bounds=(0, 200), method="bounded").fun + 1e-6
    assert cost(found) <= min(cost(number) for number in actual)
    # All amounts alike are no amounts.
    assert best_constant(money, actual, np.full(501, 7.0)) == best_constant(
        Money("EUR", over_estimate=-1, under_estimate=-3), actual
    )
    mixed = dataclasses.replace(money, over_estimate=-2, under_estimate=-0.5)
    best = best_constant(mixed, actual, weight)
    costs = [-error_values(mixed, actual, np.full(501, number), weight).sum() for number in actual]
    assert -error_values(mixed, actual, np.full(501, best), weight).sum() == pytest.approx(min(costs))


def test_where_errors_to_one_side_are_free_the_prediction_is_acted_on_as_it_is() -> None:
    late_only = Money("EUR", under_estimate=-3)
    assert late_only.one_sided
    actual, predicted = np.array([10.0, 12.0, 20.0]), np.array([11.0, 11.0, 18.0])
    assert error_values(late_only, actual, predicted).tolist() == [0.0, -3.0, -6.0]
    assert best_shift(late_only, actual, predicted) == (0.0, pytest.approx(-3.0))
    assert constants(late_only, actual) == {"mean": 14.0, "median": 12.0}
    # The median costs 24, the predictions 9.
    assert explained_cost(late_only, actual, predicted) == pytest.approx(1 - 9 / 24)
