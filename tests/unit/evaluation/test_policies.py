import dataclasses
from typing import Any

import numpy as np
import pytest
from scipy import stats

from crispstack.charter import Acceptance, Money
from crispstack.evaluation.comparison import MODEL, Comparison, compared
from crispstack.evaluation.exposure import amounts_of
from crispstack.evaluation.policies import policies_of
from crispstack.evaluation.resampling import resampling_of
from crispstack.evaluation.scoring import Rival, Scored
from tests.unit.modeling import bank

MONEY = Money("EUR", true_positive=90.0, false_positive=-10.0)
ACCEPTANCE = Acceptance(bootstrap_samples=4000)
ACTUAL = np.array([1] * 20 + [0] * 80)
ACTED = np.array([True] * 12 + [False] * 8 + [True] * 18 + [False] * 62)


def compare(money: Money, actual: Any, acted: Any, acceptance: Acceptance, seed: int, today: Any = None) -> Comparison:
    """The model that chooses these cases beside every simple policy."""
    charter = dataclasses.replace(bank.charter(seed=seed), money=money, acceptance=acceptance)
    scored, amounts = Scored(actual.astype(float), acted.astype(float), today), amounts_of(charter)
    policies = policies_of(charter, amounts, scored, (Rival(MODEL, "model", scored.predicted, 0.5),))
    resampling = resampling_of(charter, len(actual), actual, None, None)
    return compared(policies, amounts, resampling, acceptance.confidence)


def test_every_policy_is_worth_what_was_worked_by_hand() -> None:
    found = compare(MONEY, ACTUAL, ACTED, ACCEPTANCE, seed=1)
    values = {policy.policy: (policy.value, policy.acted_on) for policy in found.policies}
    assert values == {
        "model": (12 * 90 - 18 * 10, 30),
        "everyone": (20 * 90 - 80 * 10, 100),
        "no_one": (0, 0),
        "random": (pytest.approx(0.3 * 1000), 30),
        "perfect_foresight": (20 * 90, 20),
    }
    assert found.best_alternative == "everyone"
    assert found.advantage == 900 - 1000


def test_the_models_interval_agrees_with_scipys_bootstrap_of_the_cases() -> None:
    found = compare(MONEY, ACTUAL, ACTED, ACCEPTANCE, seed=1)
    model = found.policies[0]
    hits, misses = ACTED[ACTUAL == 1].astype(float), ACTED[ACTUAL == 0].astype(float)

    def value(positives: np.ndarray, negatives: np.ndarray, axis: int) -> np.ndarray:
        total: np.ndarray = 90 * positives.sum(axis=axis) - 10 * negatives.sum(axis=axis)
        return total

    expected = stats.bootstrap(
        (hits, misses), value, n_resamples=4000, method="percentile", vectorized=True, rng=np.random.default_rng(2)
    ).confidence_interval
    percentiles = np.quantile(found.resampled[:, 0] @ [90.0, -10.0], [0.025, 0.975])
    assert tuple(percentiles) == pytest.approx((expected.low, expected.high), abs=30)
    # Few values, and none of them far from the others: what is told is close to that.
    assert (model.low, model.high) == pytest.approx((expected.low, expected.high), abs=60)


def test_the_difference_is_paired_so_that_what_both_share_does_not_widen_it() -> None:
    # The model acts on everyone: the difference is none, whatever is drawn.
    found = compare(MONEY, ACTUAL, np.ones(100, dtype=bool), ACCEPTANCE, seed=1)
    assert (found.advantage, found.advantage_low, found.advantage_high) == (0.0, 0.0, 0.0)


def test_the_same_seed_gives_the_same_interval_and_another_one_another() -> None:
    one, again, other = (compare(MONEY, ACTUAL, ACTED, ACCEPTANCE, seed=seed) for seed in (1, 1, 2))
    assert one.policies == again.policies
    assert not np.array_equal(one.resampled, other.resampled)


def test_a_higher_confidence_gives_a_wider_interval() -> None:
    narrow = compare(MONEY, ACTUAL, ACTED, Acceptance(confidence=0.8, bootstrap_samples=4000), seed=1)
    wide = compare(MONEY, ACTUAL, ACTED, Acceptance(confidence=0.99, bootstrap_samples=4000), seed=1)
    assert wide.advantage_low < narrow.advantage_low < narrow.advantage_high < wide.advantage_high


def test_the_interval_covers_the_true_value_about_as_often_as_it_claims() -> None:
    generator = np.random.default_rng(5)
    covered = 0
    for seed in range(300):
        acted = np.concatenate([generator.random(200) < 0.6, generator.random(800) < 0.2])
        actual = np.array([1] * 200 + [0] * 800)
        model = compare(MONEY, actual, acted, Acceptance(bootstrap_samples=500), seed).policies[0]
        covered += model.low <= 200 * 0.6 * 90 - 800 * 0.2 * 10 <= model.high
    assert 0.92 <= covered / 300 <= 0.98


def test_todays_choice_is_one_more_policy_and_leaves_the_others_as_they_are() -> None:
    actual = np.array([1, 1, 1, 0, 0, 0, 0, 0])
    acted = np.array([True, True, False, True, False, False, False, False])
    today = np.array([1, 0, np.nan, 1, 1, 0, 0, 0])
    alone = compare(MONEY, actual, acted, Acceptance(bootstrap_samples=200), 1)
    beside = compare(MONEY, actual, acted, Acceptance(bootstrap_samples=200), 1, today)
    found = {policy.policy: (policy.value, policy.acted_on) for policy in beside.policies}
    assert found.pop("today") == (90 - 10 - 10, 3)
    assert found == {policy.policy: (pytest.approx(policy.value), policy.acted_on) for policy in alone.policies}
