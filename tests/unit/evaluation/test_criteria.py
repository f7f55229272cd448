"""Each criterion of a decision, with figures worked by hand: who is beaten, where and when, at which amounts."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from scipy import stats

from crispstack.artifacts import Criterion, Decision, Feature
from crispstack.charter import Charter, Money, PerAmount, PerPeriod, PrivacyTreatment, Range
from crispstack.evaluation import metrics
from crispstack.evaluation.comparison import CHAMPION
from crispstack.evaluation.decision import decide
from crispstack.evaluation.scoring import Rival, Scored
from crispstack.evaluation.slices import sliced_columns, slices_of
from crispstack.phases import Phase
from tests.unit.evaluation.framings import MEASURED
from tests.unit.evaluation.test_decision import package, sample
from tests.unit.modeling import bank

MONEY = Money("EUR", true_positive=100.0, false_positive=-20.0)
CHARTER = dataclasses.replace(bank.charter(), money=MONEY)
DAY = 86_400.0
# 40 of 200 cases are positive. The model acts on 50, of which 30 are: 30 * 100 - 20 * 20 = 2,600 EUR.
ACTUAL = np.repeat([1.0, 0.0], [40, 160])
PREDICTED = np.concatenate([np.repeat([0.6, 0.05], [30, 10]), np.repeat([0.6, 0.05], [20, 140])])


def decided(charter: Charter = CHARTER, threshold: float = 0.5, **scored: Any) -> Decision:
    rows = Scored(**{"actual": ACTUAL, "predicted": PREDICTED, **scored})
    return decide(charter, package(threshold, 0.8), rows, MEASURED, "s3://a/t.jsonl", ())


def criterion(decision: Decision, name: str) -> Criterion:
    (found,) = [each for each in decision.criteria if each.name == name]
    return found


def accepting(**changes: Any) -> Charter:
    return dataclasses.replace(CHARTER, acceptance=dataclasses.replace(CHARTER.acceptance, **changes))


def rival(hits: int, misses: int, kind: Any = "champion") -> Rival:
    """Acts on so many of the positives and of the negatives, the first of each."""
    predicted = np.concatenate([np.arange(40) < hits, np.arange(160) < misses]).astype(float)
    return Rival(CHAMPION if kind == "champion" else "lightgbm 7", kind, predicted, 0.5)


def test_a_model_that_surely_earns_more_replaces_the_champion() -> None:
    # Ten positives fewer, as many in vain: the model earns 1,000 EUR more.
    found = decided(rivals=(rival(20, 20),), champion="v0")
    (champion,) = [each for each in found.policies if each.kind == "champion"]
    assert (champion.policy, champion.value, champion.acted_on, champion.difference) == ("champion", 1600, 40, 1000)
    # How many of ten positives a resample holds is binomial: 40 draws, 10 of 40 each.
    expected = stats.binom.ppf([0.025, 0.975], 40, 0.25) * 100
    assert (champion.difference_low, champion.difference_high) == pytest.approx(tuple(expected), abs=101)
    assert criterion(found, "champion").verdict == "met"
    assert found.champion == "v0"


def test_a_model_within_noise_of_the_champion_does_not_replace_it_unless_not_being_worse_is_enough() -> None:
    # One positive fewer: 100 EUR, which 40 draws of one in forty often do not show at all.
    close = rival(29, 20)
    found = decided(rivals=(close,))
    told = criterion(found, "champion")
    assert (told.verdict, told.figure, told.limit) == ("failed", 0.0, 0.0)
    assert (found.verdict, found.return_to) == ("no_go", Phase.MODELING)
    assert "+100 EUR against the champion" in told.reason
    assert found.summary.startswith("No go (champion not met)")
    assert criterion(decided(accepting(champion="not_worse"), rivals=(close,)), "champion").verdict == "met"
    better = rival(40, 20)
    assert criterion(decided(accepting(champion="not_worse"), rivals=(better,)), "champion").verdict == "failed"


def test_without_a_champion_nothing_is_compared_and_with_one_out_of_reach_a_person_is_asked_to() -> None:
    assert criterion(decided(), "champion").verdict == "not_measured"
    assert criterion(decided(is_champion=True), "champion").verdict == "met"
    found = decided(champion="the champion v0 could not be compared: it predicts another target")
    assert (found.verdict, found.return_to) == ("go_with_conditions", None)
    assert found.conditions == ("the champion v0 could not be compared: it predicts another target",)
    assert found.summary.startswith("Go with conditions (champion):")


def test_a_model_better_in_auc_and_worse_in_money_loses() -> None:
    # It ranks 38 of 40 positives above all others but two of three negatives, which it must act on to reach them.
    broad = np.concatenate([np.repeat([0.6, 0.1], [38, 2]), np.repeat([0.6, 0.05], [54, 106])])
    # The other acts on half as many positives, and on nobody in vain; of the others it knows nothing.
    narrow = np.concatenate([np.repeat([0.9, 0.5], [34, 6]), np.full(160, 0.5)])
    actual = ACTUAL.astype(np.int64)
    assert metrics.roc_auc(actual, broad) > 0.81
    assert metrics.roc_auc(actual, narrow) == pytest.approx(0.925)
    narrow_worse_ranked = np.concatenate([np.repeat([0.9, 0.3], [34, 6]), np.repeat([0.5, 0.2], [158, 2])])
    assert metrics.roc_auc(actual, narrow_worse_ranked) < metrics.roc_auc(actual, narrow)
    found = decided(predicted=broad, rivals=(Rival("narrow", "shortlisted", narrow_worse_ranked, 0.8),))
    values = {policy.policy: policy.value for policy in found.policies}
    assert (values["model"], values["narrow"]) == (38 * 100 - 54 * 20, 34 * 100)
    told = criterion(found, "shortlist")
    assert (told.verdict, told.return_to) == ("failed", Phase.MODELING)
    assert "one surely earns more" in told.reason


def test_another_model_that_may_be_as_good_is_no_reason_to_stop() -> None:
    told = criterion(decided(rivals=(rival(31, 20, "shortlisted"),)), "shortlist")
    assert (told.verdict, told.figure) == ("met", 0.0)
    assert "against lightgbm 7 the model earns -100 EUR" in told.reason


def test_room_for_so_many_holds_for_every_policy() -> None:
    # Two hundred cases in ten days; at most three a day.
    time = np.tile(np.arange(10) * DAY, 20)
    money = dataclasses.replace(MONEY, capacity=PerPeriod(3, "day"))
    charter = dataclasses.replace(CHARTER, money=money, split=dataclasses.replace(CHARTER.split, time="t"))
    found = decided(charter, time=time, rivals=(rival(40, 160),))
    acted_on = {policy.policy: policy.acted_on for policy in found.policies}
    assert acted_on == {
        "model": 30, "at_capacity": 30, "no_one": 0, "random": 30, "champion": 30, "perfect_foresight": 30
    }  # fmt: skip
    values = {policy.policy: policy.value for policy in found.policies}
    # Three of the twenty cases of each day at random: 15 % of 40 positives and of 160 negatives.
    assert values["at_capacity"] == pytest.approx(0.15 * (40 * 100 - 160 * 20))
    assert values["perfect_foresight"] == 30 * 100
    # Every day holds four positives, of which the first three are found, and two wrongly suspected behind them.
    assert values["model"] == 30 * 100
    assert found.curve[-1].share == 0.15


def test_amounts_of_single_cases_are_earned() -> None:
    money = Money("EUR", true_positive=-5.0, false_positive=-5.0, amount=PerAmount("paid", "EUR", true_positive=0.5))
    paid = np.where(np.arange(200) % 2 == 0, 100.0, 10.0)
    found = decided(dataclasses.replace(CHARTER, money=money), amount=paid)
    values = {policy.policy: policy.value for policy in found.policies}
    # The model finds 15 positives of 100 and 15 of 10, and checks 50 in all.
    assert values["model"] == pytest.approx(0.5 * (15 * 100 + 15 * 10) - 50 * 5)
    assert values["everyone"] == pytest.approx(0.5 * (20 * 100 + 20 * 10) - 200 * 5)
    # A positive of 10 is worth just what the check costs: not acted on.
    assert values["perfect_foresight"] == pytest.approx(20 * 45)
    assert {each.cost for each in found.sensitivity} == {"true_positive", "false_positive", "amount.true_positive"}


def test_where_the_advantage_ends_is_solved_for() -> None:
    found = {each.cost: each for each in decided().sensitivity}
    # Against acting on everyone, who earn 4,000 - 3,200 = 800: 2,600 - 800 = 1,800 EUR more, with 10 hits fewer and
    # 140 fewer in vain; against no one: 2,600 EUR.
    one = found["false_positive"]
    assert (one.stated, one.low, one.high, one.assumed) == (-20.0, -24.0, -16.0, True)
    # At -24: 3,000 - 480 = 2,520 against nothing, or 4,000 - 3,840 = 160. At -16: 3,000 - 320 - (4,000 - 2,560).
    assert (one.advantage_at_low, one.advantage_at_high) == (pytest.approx(2520 - 160), pytest.approx(2680 - 1440))
    # As good as everyone where 140 in vain cost what 10 hits bring; as bad as no one where 20 cost 3,000.
    assert one.break_even == pytest.approx(-1000 / 140)
    # A hit at 13.33 pays for nothing but those in vain.
    assert found["true_positive"].break_even == pytest.approx(20 * 20 / 30)
    assert (decided().cost_low, decided().cost_high) == (None, None)
    assert criterion(decided(), "sensitivity").verdict == "met"
    assert criterion(decided(), "sensitivity").figure == pytest.approx(2680 - 1440)


def test_ranges_of_amounts_reach_the_interval() -> None:
    # Acting on all positives and nobody else leaves nothing to chance but the worth of a hit, 40 times.
    predicted = ACTUAL * 0.8
    money = dataclasses.replace(MONEY, ranges={"true_positive": Range(10.0, 120.0)})
    charter = dataclasses.replace(CHARTER, money=money)
    found = decided(charter, predicted=predicted)
    assert found.advantage_low == found.advantage_high == pytest.approx(3200.0)
    # Against everyone, 3,200 EUR whatever a hit is worth; against no one, 40 hits: the less of the two counts.
    worth = stats.triang(c=(100 - 10) / 110, loc=10, scale=110)
    # Within four standard errors of a quantile of 2,000 draws.
    error = np.sqrt(0.025 * 0.975 / 2000) / worth.pdf(worth.ppf(0.025))
    assert found.cost_low == pytest.approx(40 * worth.ppf(0.025), abs=4 * 40 * error)
    assert found.cost_high == pytest.approx(3200.0)
    assert criterion(found, "sensitivity").verdict == "met"
    doubtful = dataclasses.replace(money, ranges={"true_positive": Range(-300.0, 120.0)})
    told = criterion(decided(dataclasses.replace(CHARTER, money=doubtful), predicted=predicted), "sensitivity")
    assert told.verdict == "condition"
    assert "agree on true_positive before anything is built on it" in told.reason


def test_a_year_is_worth_the_advantage_of_its_cases() -> None:
    money = dataclasses.replace(MONEY, volume=PerPeriod(1000, "year"))
    assert decided(dataclasses.replace(CHARTER, money=money)).yearly_advantage == pytest.approx(1800 / 200 * 1000)
    assert decided().yearly_advantage is None


def test_a_period_that_surely_loses_is_a_condition() -> None:
    actual, predicted = sample(1)
    split = dataclasses.replace(CHARTER.split, method="time", time="t", test_from="1970-01-01")
    money = dataclasses.replace(MONEY, false_positive=-40.0)
    charter = dataclasses.replace(bank.charter(), split=split, money=money)
    # Twenty hours of cases a day for a hundred days: April to July.
    time = 90 * DAY + np.arange(2000) * DAY / 20
    lasting = decided(charter, 0.3, actual=actual.astype(float), predicted=predicted, time=time)
    assert [each.start[:7] for each in lasting.periods] == ["1970-04", "1970-05", "1970-06", "1970-07"]
    assert sum(each.rows for each in lasting.periods) == 2000
    assert sum(each.advantage for each in lasting.periods) == pytest.approx(lasting.advantage)
    assert criterion(lasting, "stability").verdict == "met"
    assert lasting.resampling == "2,000 bootstrap resamples of days"
    # In the last month nothing that was predicted comes true.
    broken = np.where(time >= 181 * DAY, 0, actual)
    found = decided(charter, 0.3, actual=broken.astype(float), predicted=predicted, time=time)
    told = criterion(found, "stability")
    assert (told.verdict, told.figure) == ("condition", 1.0)
    assert "it did worst from 1970-07-01" in told.reason
    assert criterion(decided(), "stability").verdict == "not_measured"


def test_money_and_rates_are_told_by_slices_with_the_cases_behind_them() -> None:
    area = np.array(["north", "south"] * 100, dtype=object)
    age = np.where(np.arange(200) % 5 == 0, 20.0, 50.0)
    found = decided(accepting(fairness=("area",)), columns={"area": area, "age": age})
    slices = {(each.column, each.group): each for each in found.slices}
    assert {name: each.rows for name, each in slices.items()} == {
        ("area", "north"): 100, ("area", "south"): 100, ("age", "20"): 40, ("age", "50"): 160
    }  # fmt: skip
    north = slices["area", "north"]
    # Half of everything: 15 hits of 20, 10 in vain of 80.
    assert north.value == 15 * 100 - 10 * 20
    assert north.advantage == pytest.approx(900)
    assert north.rates == pytest.approx(
        {
            "share_acted_on": 0.25,
            "true_positive_rate": 0.75,
            "false_positive_rate": 0.125,
            "precision": 0.6,
            "observed_rate": 0.2,
            "mean_probability": float(PREDICTED[::2].mean()),
        }
    )
    assert criterion(found, "slices").verdict == "met"
    fair = criterion(found, "fairness")
    assert (fair.verdict, fair.figure) == ("met", 0.0)


def test_a_slice_that_surely_loses_and_groups_that_are_treated_otherwise_are_conditions() -> None:
    # All that is done in vain, and all that is missed, is the south's.
    actual = np.tile(np.repeat([1.0, 0.0], [100, 100]), 2)
    predicted = np.concatenate([np.repeat([0.9, 0.1], [100, 100]), np.repeat([0.1, 0.9], [60, 140])])
    area = np.repeat(np.array(["north", "south"], dtype=object), 200)
    money = Money("EUR", true_positive=100.0, false_positive=-90.0)
    charter = dataclasses.replace(accepting(fairness=("area",)), money=money)
    found = decided(charter, actual=actual, predicted=predicted, columns={"area": area})
    south = next(each for each in found.slices if each.group == "south")
    # Everyone in the south earns 1,000 EUR; the model misses 60 of 100 and acts on all 100 in vain: 4,000 - 9,000.
    assert (south.value, south.advantage) == (-5000.0, -6000.0)
    assert south.adjusted < 0.001
    assert criterion(found, "slices").verdict == "condition"
    (gap,) = [each for each in found.fairness if each.rate == "true_positive_rate"]
    assert (gap.lowest, gap.highest, gap.gap) == ("south", "north", pytest.approx(0.6))
    fairness = criterion(found, "fairness")
    assert (fairness.verdict, fairness.figure, fairness.limit) == ("condition", pytest.approx(0.6), 0.2)
    assert criterion(decided(charter=dataclasses.replace(CHARTER, money=money), actual=actual, predicted=predicted,
                             columns={"area": area}), "fairness").verdict == "not_measured"  # fmt: skip


def test_chance_alone_makes_no_slice_lose() -> None:
    generator = np.random.default_rng(9)
    actual, predicted = sample(3)
    columns = {f"c{n}": generator.choice(np.array(list("abcdef"), dtype=object), 2000) for n in range(12)}
    found = decided(bank.charter(), 0.1, actual=actual.astype(float), predicted=predicted, columns=columns)
    assert len(found.slices) == 72
    assert min(each.p_value for each in found.slices) < min(each.adjusted for each in found.slices)
    assert criterion(found, "slices").verdict == "met"


def test_cases_are_sliced_by_what_the_charter_names_or_by_personal_columns_that_are_kept() -> None:
    features = (
        Feature("age", "numeric"), Feature("job", "categorical", tuple("abc")), Feature("note", "text"),
        Feature("marital", "categorical", tuple("abc")), Feature("loan", "categorical", tuple("abcdefghijklmno")),
    )  # fmt: skip

    def names(charter: Charter) -> list[str]:
        return [each.name for each in sliced_columns(charter, features)]

    assert names(CHARTER) == ["job", "marital"]
    kept = tuple(PrivacyTreatment(name, "keep", reason="its own") for name in ("age", "job"))
    hashed = PrivacyTreatment("marital", "hash")
    assert names(dataclasses.replace(CHARTER, privacy=(*kept, hashed))) == ["age", "job"]
    assert names(accepting(slices=("loan",), fairness=("age",))) == ["age", "loan"]
    numbers = {"n": np.concatenate([np.arange(100.0), np.full(40, np.nan)])}
    assert [(each.group, int(each.cases.sum())) for each in slices_of(numbers)] == [("missing", 40)]
    assert [each.group for each in slices_of({"n": np.arange(200.0)})] == [
        "up to 49.75", "above 49.75 to 99.5", "above 99.5 to 149.25", "above 149.25"
    ]  # fmt: skip
