"""What decisions came to once the truth is known, in the charter's money."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from crispstack.charter import Acceptance, Column, Source, Target
from crispstack.deployment.outcomes import outcomes, statement
from crispstack.money import Money, PerAmount
from tests.unit.modeling import mocked_s3

BANK = mocked_s3.trained()[0]
MONEY = Money("EUR", true_positive=90.0, false_positive=-10.0)


def rows(count: int, seed: int, informed: float = 1.0) -> list[dict[str, str | None]]:
    generator = np.random.default_rng(seed)
    predicted = generator.random(count)
    truth = generator.random(count) < informed * predicted + (1 - informed) * 0.5
    return [
        {"_prediction": f"{p}", "_decision": str(p > 0.3).lower(), "_truth": "yes" if t else "no"}
        for p, t in zip(predicted.tolist(), truth.tolist(), strict=True)
    ]


def test_value_and_ranking_are_those_of_the_rows() -> None:
    charter, given = dataclasses.replace(BANK, money=MONEY), rows(2_000, 1)
    found = outcomes(charter, given)
    assert found
    worth = [(90 if row["_truth"] == "yes" else -10) if row["_decision"] == "true" else 0 for row in given]
    assert found.value_per_case == pytest.approx(sum(worth) / len(worth))
    assert found.low < found.value_per_case < found.high
    # Where the truth is yes with the probability predicted, uniform, the area is 5/6.
    assert found.roc_auc is not None
    assert found.roc_auc_low is not None
    assert found.roc_auc_high is not None
    assert found.roc_auc_low < 5 / 6 < found.roc_auc_high
    assert found.found == ()


def test_decisions_that_surely_lose_and_ranking_that_surely_fails_are_found() -> None:
    money = Money("EUR", true_positive=1.0, false_positive=-90.0)
    acceptance = Acceptance(minimum_roc_auc=0.7)
    found = outcomes(dataclasses.replace(BANK, money=money, acceptance=acceptance), rows(2_000, 2, informed=0.0))
    assert found
    assert [each.split(" ")[0] for each in found.found] == ["each", "ROC"]
    few = outcomes(dataclasses.replace(BANK, money=money), rows(49, 2))
    assert few is None


def test_money_per_amount_and_errors_of_numbers_are_those_of_the_charter() -> None:
    money = Money("EUR", amount=PerAmount("balance", true_positive=0.1, false_positive=-0.02))
    charter = dataclasses.replace(BANK, money=money)
    given = [
        {"_prediction": "0.5", "_decision": "true", "_truth": truth, "balance": "1000"}
        for truth in ["yes"] * 30 + ["no"] * 30
    ]
    assert '"balance"' in statement(charter, "lake", "v1")
    found = outcomes(charter, given)
    assert found
    assert found.value_per_case == pytest.approx((100 - 20) / 2)
    source = Source("sales", "s.csv", (Column("day", "integer"), Column("sold", "number")))
    numbers = dataclasses.replace(
        BANK,
        sources=(source,),
        target=Target("sold"),
        money=Money("EUR", over_estimate=-1.0, under_estimate=-3.0),
        privacy=(),
    )
    errors = [{"_prediction": "5", "_decision": "6.0", "_truth": truth} for truth in ["5"] * 30 + ["8"] * 30]
    told = outcomes(numbers, errors)
    assert told
    assert told.value_per_case == pytest.approx(-(1 + 6) / 2)
    assert (told.roc_auc, told.found) == (None, ())
