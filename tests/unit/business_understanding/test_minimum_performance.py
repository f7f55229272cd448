"""How good a model must be to pay: solved for, against figures worked by hand and against simulated cases."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from crispstack.business_understanding.charter_file import load
from crispstack.business_understanding.data_file import ClassCounts
from crispstack.business_understanding.evidence import Evidence, Rule
from crispstack.business_understanding.feasibility import review
from crispstack.business_understanding.minimum_performance import Stake, costs, minimum_auc, minimum_share, stake
from crispstack.charter import Money, PerPeriod, Resource

BANK = load(Path("projects/bank_marketing/charter.yaml"))
COIN = Stake(positives=0.5, gain_if_positive=1.0, gain_if_negative=-1.0)
"""As many positive as negative cases, and as much to lose as to win: no simple policy earns anything."""
QUESTION = "From which performance on does the project pay?"


def test_costs_are_those_once_and_those_of_every_year() -> None:
    found = costs(BANK)
    assert found
    assert found.once == 16 * 600 + 3 * 500
    assert found.yearly == 12 * 25 + 4 * 600
    assert found.total == 11_100 + 2 * 2_700
    assert found.per_case == pytest.approx(16_500 / 36_000)
    assert costs(dataclasses.replace(BANK, resources=())) is None


def test_a_week_of_calls_is_counted_by_the_year() -> None:
    money = dataclasses.replace(BANK.money, volume=PerPeriod(70, "week"))
    found = costs(dataclasses.replace(BANK, money=money, years_of_use=1, resources=(Resource("one", price=3652.5),)))
    assert found
    assert found.cases == pytest.approx(3652.5)
    assert found.per_case == pytest.approx(1.0)


def test_by_hand_of_equal_stakes_a_model_earns_its_hits_less_its_alarms() -> None:
    # The threshold lies in the middle: hits - alarms = 2 cdf(d / 2) - 1, and d = sqrt(2) inv_cdf(AUC).
    # For d = 1 the AUC is cdf(1 / sqrt(2)) = 0.760250, and half of 2 * 0.691462 - 1 is earned.
    assert COIN.constant() == 0
    assert COIN.perfect() == 0.5
    assert COIN.with_auc(0.76025) == pytest.approx(0.191462, abs=1e-5)
    assert minimum_auc(COIN, 0.191462) == pytest.approx(0.76025, abs=1e-5)


def test_what_a_model_earns_agrees_with_simulated_cases() -> None:
    decision, apart, rng = Stake(0.2, 30.0, -5.0), 1.2, np.random.default_rng(1)
    positive = rng.random(200_000) < decision.positives
    score = rng.normal(size=len(positive)) + apart * positive
    order = np.argsort(-score)
    earned = np.cumsum(np.where(positive[order], 30.0, -5.0)).max() / len(positive)
    assert decision.with_auc(float(roc_auc_score(positive, score))) == pytest.approx(earned, rel=0.01)


def test_a_capacity_takes_the_best_cases_first() -> None:
    decision, rng = Stake(0.2, 30.0, -5.0, most=0.1), np.random.default_rng(2)
    positive = rng.random(200_000) < decision.positives
    score = rng.normal(size=len(positive)) + 1.2 * positive
    chosen = positive[np.argsort(-score)[:20_000]]
    earned = np.where(chosen, 30.0, -5.0).sum() / len(positive)
    assert decision.with_auc(float(roc_auc_score(positive, score))) == pytest.approx(earned, rel=0.01)
    assert decision.perfect() == pytest.approx(3.0), "a tenth of the cases, all of them positive"
    money = dataclasses.replace(BANK.money, capacity=PerPeriod(1800, "year"))
    assert stake(dataclasses.replace(BANK, money=money), Evidence(100, 0, 1, 0.1, 72, -8)).most == 0.1


def test_better_ranking_never_earns_less_and_chance_earns_what_simple_policies_do() -> None:
    for decision in (COIN, Stake(0.1, 72, -8), Stake(0.9, 1, -3, most=0.3)):
        earned = [decision.with_auc(auc) for auc in np.linspace(0.5, 1, 51)]
        assert earned[0] == decision.constant()
        assert all(later >= earlier - 1e-12 for earlier, later in itertools.pairwise(earned))
        assert earned[-1] == pytest.approx(decision.perfect(), rel=1e-6)


def test_more_than_foresight_brings_cannot_be_reached() -> None:
    assert minimum_auc(COIN, 0.51) is None
    evidence = Evidence(rows=100, constant=-2.0, perfect=0.0)
    assert minimum_share(evidence, 0.5) == 0.25
    assert minimum_share(evidence, 2.1) is None


@pytest.mark.parametrize(
    ("price", "least", "passed", "said"),
    [
        (600.0, 0.65, True, "from a ROC AUC of 0.59"),
        (600.0, 0.55, False, "less is required (0.55); raise acceptance.minimum_roc_auc"),
        (60_000.0, 0.65, False, "from none: "),
    ],
)
def test_the_review_holds_the_answer_against_what_is_required(
    price: float, least: float, passed: bool, said: str
) -> None:
    charter = dataclasses.replace(
        BANK,
        acceptance=dataclasses.replace(BANK.acceptance, minimum_roc_auc=least),
        resources=(dataclasses.replace(BANK.resources[0], price=price), *BANK.resources[1:]),
    )
    evidence = Evidence(3600, 1.16, 8.24, 412 / 3600, 72.0, -8.0, Rule("contact", "contact missing: leave", 0.17))
    found = {check.question: check for check in review(charter, ClassCounts(4521, 521), evidence)}
    assert found[QUESTION].passed is passed
    assert said in found[QUESTION].answer
    assert found["Would a rule do as well?"].passed


def test_without_a_volume_the_answer_says_what_is_missing() -> None:
    charter = dataclasses.replace(BANK, money=Money("EUR", 72, -8))
    found = {each.question: each for each in review(charter, None, Evidence(100, 0, 1, 0.1, 72, -8))}
    assert (found[QUESTION].passed, found[QUESTION].key) == (False, "money.volume")
    assert not found["Would a rule do as well?"].passed, "nothing is left to earn"
