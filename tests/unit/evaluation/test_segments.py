"""Groups of cases by expected value: found where they differ, honest about what came true, told in words."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeRegressor
from statsmodels.stats.proportion import proportion_confint

from crispstack.artifacts import Segmentation
from crispstack.charter import Charter, Column, Derivation, Money, Preparation
from crispstack.data_preparation.values import MISSING
from crispstack.evaluation.scoring import Scored
from crispstack.evaluation.segment_tree import coded, grow
from crispstack.evaluation.segments import segmentation
from crispstack.money import PerAmount
from crispstack.privacy_plan import PrivacyTreatment
from tests.unit.evaluation.framings import GRADE_PACKAGE, GRADES, PRICE_PACKAGE, PRICES, package
from tests.unit.modeling import bank

N = 600
GENERATOR = np.random.default_rng(3)
AGE = GENERATOR.integers(18, 80, N).astype(np.float32)
JOB = GENERATOR.choice(np.array(["clerk", "judge", "nurse", MISSING], dtype=object), N)
# Old judges are likeliest, the rest by age alone.
PROBABILITY = np.where(AGE > 60, np.where(JOB == "judge", 0.9, 0.4), np.where(AGE > 40, 0.1, 0.02))
MONEY = Money("EUR", true_positive=90.0, false_positive=-10.0)
PACKAGE = package(b"graph", threshold=0.1)


def charter(**changes: object) -> Charter:
    return dataclasses.replace(bank.charter(), money=MONEY, preparation=Preparation(), **changes)  # type: ignore[arg-type]


def found(of: Charter, actual: NDArray[np.int64], **scored: object) -> Segmentation:
    given = Scored(actual.astype(np.float64), PROBABILITY, **scored)  # type: ignore[arg-type]
    return segmentation(of, PACKAGE, given, {"age": AGE, "job": JOB}, ())


def outcomes() -> NDArray[np.int64]:
    return (np.random.default_rng(5).random(N) < PROBABILITY).astype(np.int64)


def test_the_groups_are_those_that_were_made_and_say_what_they_are() -> None:
    groups = found(charter(), outcomes()).segments
    said = [[(each.feature, each.words) for each in group.conditions] for group in groups]
    assert said[0] == [("age", "over 60"), ("job", "judge")]
    assert said[1] == [("age", "over 60"), ("job", "clerk or nurse or not known")]
    assert said[2:] == [[("age", "over 40 up to 60")], [("age", "up to 40")]]
    expected = [100 * probability - 10 for probability in (0.9, 0.4, 0.1, 0.02)]
    assert [group.expected for group in groups] == pytest.approx(expected)
    assert sum(group.rows for group in groups) == N
    assert [group.acted_on for group in groups] == [groups[0].rows, groups[1].rows, groups[2].rows, 0]


def test_what_came_true_is_a_mean_with_wilsons_interval_and_moves_no_group() -> None:
    actual = outcomes()
    one, other = found(charter(), actual), found(charter(), 1 - actual)
    assert [each.conditions for each in one.segments] == [each.conditions for each in other.segments]
    young = one.segments[-1]
    hits = int(actual[AGE <= 40].sum())
    low, high = proportion_confint(hits, young.rows, method="wilson")
    assert young.observed == pytest.approx(100 * hits / young.rows - 10)
    assert (young.low, young.high) == pytest.approx((100 * low - 10, 100 * high - 10))


def test_amounts_of_its_own_weigh_each_case() -> None:
    amount = np.where(JOB == "nurse", 5.0, 1.0)
    money = dataclasses.replace(MONEY, amount=PerAmount("age", true_positive=20.0))
    groups = found(dataclasses.replace(charter(), money=money), outcomes(), amount=amount)
    gain = PROBABILITY * (90 + 20 * amount) - 10 * (1 - PROBABILITY)
    total = sum(group.expected * group.rows for group in groups.segments)
    assert total == pytest.approx(gain.sum())
    assert all(group.low < group.observed < group.high for group in groups.segments)


def test_the_tree_explains_as_much_as_scikit_learns() -> None:
    values = np.sin(AGE / 9.0) + (JOB == "clerk") + GENERATOR.normal(0, 0.1, N)
    columns = [coded("age", AGE), coded("job", JOB)]
    leaves = grow([column for column in columns if column], values)
    within = sum(float(((values[leaf.rows] - values[leaf.rows].mean()) ** 2).sum()) for leaf in leaves)
    inputs = np.stack([AGE, *(name == JOB for name in np.unique(JOB.astype(str)))], axis=1)
    oracle = DecisionTreeRegressor(max_leaf_nodes=len(leaves), min_samples_leaf=30, random_state=0)
    oracle.fit(inputs, values)
    best = float(((values - oracle.predict(inputs)) ** 2).sum())
    # Cuts at readable figures cost a little; scikit-learn splits off one category at a time.
    assert best * 0.9 <= within <= best * 1.15
    assert sorted(np.concatenate([leaf.rows for leaf in leaves])) == list(range(N))
    assert min(len(leaf.rows) for leaf in leaves) >= 30


def test_values_that_are_withheld_and_columns_said_again_describe_no_group() -> None:
    private = charter(privacy=(PrivacyTreatment("age", "hash", "why"),))
    assert {c.feature for group in found(private, outcomes()).segments for c in group.conditions} <= {"job"}
    again = Preparation(derive=(Derivation("older", "indicator", "age", ">", 60),))
    derived = dataclasses.replace(charter(), preparation=again)
    given = Scored(outcomes().astype(np.float64), PROBABILITY)
    columns = {"older": (AGE > 60).astype(np.float32), "age": AGE, "job": JOB}
    named = {
        c.feature for group in segmentation(derived, PACKAGE, given, columns, ()).segments for c in group.conditions
    }
    assert named == {"age", "job"}


def test_where_nothing_differs_all_cases_are_one_group() -> None:
    same = Scored(outcomes().astype(np.float64), np.full(N, 0.2))
    (group,) = segmentation(charter(), PACKAGE, same, {"age": AGE, "job": JOB}, ()).segments
    assert (group.conditions, group.rows, group.acted_on) == ((), N, N)


def test_columns_that_are_missing_or_have_countless_names_say_nothing() -> None:
    assert coded("gone", np.full(N, np.nan, dtype=np.float32)) is None
    assert coded("gone", np.full(N, MISSING, dtype=object)) is None
    assert coded("tail", np.array([f"N{k}" for k in range(N)], dtype=object)) is None


def test_missing_numbers_and_yes_or_no_have_words_of_their_own() -> None:
    balance = np.where(AGE > 60, np.nan, 1234.5 * AGE).astype(np.float32)
    loan = (JOB == "judge").astype(np.float32)
    columns = (*bank.charter().source.columns, Column("owes", "boolean"))
    source = dataclasses.replace(bank.charter().source, columns=columns)
    of = dataclasses.replace(charter(), sources=(source,))
    given = Scored(outcomes().astype(np.float64), PROBABILITY)
    said = {
        f"{c.feature} {c.words}"
        for group in segmentation(of, PACKAGE, given, {"balance": balance, "owes": loan}, ()).segments
        for c in group.conditions
    }
    assert {"balance not known", "owes yes", "owes no"} <= said
    assert any(each.startswith("balance up to") for each in said)


def test_several_classes_and_numbers_have_groups_too() -> None:
    acid = GENERATOR.normal(size=200).astype(np.float32)
    scores = np.stack([-2 * acid, 0 * acid + 0.5, 2 * acid], axis=1)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    actual = probabilities.argmax(axis=1).astype(float)
    graded = segmentation(GRADES, GRADE_PACKAGE, Scored(actual, probabilities), {"acid": acid}, ())
    assert graded.unit == "EUR"
    assert graded.segments[0].acted_on is None
    assert all(-100 <= each.observed <= 10 for each in graded.segments)
    priced = segmentation(PRICES, PRICE_PACKAGE, Scored(20 + 2.0 * acid + 1, 20 + 2.0 * acid), {"acid": acid}, ())
    assert priced.unit == "units of price"
    assert [each.observed - each.expected for each in priced.segments] == pytest.approx([1.0] * len(priced.segments))
    assert priced.explained > 0.8
