import dataclasses
from typing import Any

import numpy as np
import pytest

from crispstack.artifacts import Decision, ModelPackage, Parity
from crispstack.charter import Charter, Money
from crispstack.evaluation.decision import decide
from crispstack.evaluation.scoring import Scored
from crispstack.modeling.value import best_threshold
from crispstack.phases import Phase
from tests.unit.evaluation.framings import MEASURED
from tests.unit.modeling import bank


def package(threshold: float, roc_auc: float, difference: float = 1e-7) -> ModelPackage:
    return ModelPackage(
        "s3://a/model.onnx", "0", "v", "gradient_boosting", (), threshold, roc_auc, "s3://a/v.jsonl",
        Parity(10, difference, 1e-5), (),
    )  # fmt: skip


def sample(seed: int, count: int = 2000, signal: float = 1.5) -> tuple[Any, Any]:
    """Outcomes of calibrated probabilities: a logistic model of one normal score."""
    generator = np.random.default_rng(seed)
    probability = 1 / (1 + np.exp(2.5 - signal * generator.normal(size=count)))
    return (generator.random(count) < probability).astype(np.int64), probability


def judged(actual: Any, predicted: Any, charter: Charter, validation: tuple[Any, Any], **of_package: Any) -> Decision:
    """The threshold comes from validation rows, as in a run."""
    threshold, _ = best_threshold(charter.money, *validation)
    fields = {"roc_auc": 0.8} | of_package
    return decide(charter, package(threshold, **fields), Scored(actual, predicted), MEASURED, "s3://a/t.jsonl", ())


def verdicts(decision: Decision) -> dict[str, bool]:
    return {criterion.name: criterion.passed for criterion in decision.criteria}


def test_a_calibrated_model_that_earns_more_is_a_go() -> None:
    decision = judged(*sample(1), bank.charter(), sample(2))
    assert all(verdicts(decision).values())
    assert (decision.verdict, decision.return_to) == ("go", None)
    assert 0 < decision.advantage_low < decision.advantage < decision.advantage_high
    assert f"{decision.advantage:+,.0f} EUR" in decision.summary
    assert decision.summary.startswith("Go: on 2,000 cases")


def test_a_random_model_is_not_a_go() -> None:
    for seed in range(10):
        actual, _ = sample(seed)
        noise = np.random.default_rng(seed + 100)
        validation = (sample(seed + 50)[0], noise.random(2000) * 0.3)
        decision = judged(actual, noise.random(2000) * 0.3, bank.charter(), validation, roc_auc=0.5)
        assert decision.verdict == "no_go"
        assert not verdicts(decision)["ranking"]
        assert decision.advantage_low <= 0


def test_a_model_that_ranks_better_but_earns_less_loses() -> None:
    money = Money("EUR", true_positive=100.0, false_positive=-100.0)
    charter = dataclasses.replace(bank.charter(), money=money)
    actual = np.array([1] * 200 + [0] * 1800)
    # One ranks every positive above most negatives, but is sure of none: precision stays under one half.
    broad = np.concatenate([np.full(200, 0.36), np.repeat([0.36, 0.0], [350, 1450])])
    # The other is sure of a quarter of the positives and knows nothing of the rest.
    narrow = np.concatenate([np.full(50, 0.99), np.full(1950, 150 / 1950)])
    ranks_well = judged(actual, broad, charter, (actual, broad), roc_auc=0.9)
    earns_well = judged(actual, narrow, charter, (actual, narrow), roc_auc=0.62)
    assert ranks_well.roc_auc > earns_well.roc_auc + 0.2
    assert (ranks_well.verdict, ranks_well.return_to) == ("no_go", Phase.BUSINESS_UNDERSTANDING)
    assert earns_well.verdict == "go"
    assert earns_well.advantage == 50 * 100


def test_an_advantage_that_may_be_chance_is_not_a_go() -> None:
    actual = np.array([1] * 5 + [0] * 95)
    predicted = np.concatenate([np.repeat([0.9, 0.01], [3, 2]), np.repeat([0.9, 0.01], [20, 75])])
    few = judged(actual, predicted, bank.charter(), (actual, predicted))
    assert few.advantage == 3 * 90 - 20 * 10
    assert few.advantage_low <= 0
    assert not verdicts(few)["advantage"]


def test_a_model_that_forgets_what_it_showed_in_validation_goes_back_to_modeling() -> None:
    decision = judged(*sample(1), bank.charter(), sample(2), roc_auc=0.95)
    assert [name for name, passed in verdicts(decision).items() if not passed] == ["generalization gap"]
    assert decision.return_to is Phase.MODELING
    assert decision.summary.startswith("No go (generalization gap not met)")


def test_a_model_that_ranks_worse_than_asked_goes_back_to_data_preparation() -> None:
    charter = bank.charter()
    charter = dataclasses.replace(charter, acceptance=dataclasses.replace(charter.acceptance, minimum_roc_auc=0.99))
    decision = judged(*sample(1), charter, sample(2))
    assert decision.return_to is Phase.DATA_PREPARATION
    assert "at least 0.990 is asked for" in next(c.reason for c in decision.criteria if c.name == "ranking")


def test_an_overconfident_model_is_not_a_go() -> None:
    actual, predicted = sample(1)
    decision = judged(actual, np.clip(predicted * 2.5, 0, 1), bank.charter(), sample(2))
    assert not verdicts(decision)["calibration"]


def test_a_graph_that_is_not_the_model_is_not_a_go() -> None:
    decision = judged(*sample(1), bank.charter(), sample(2), difference=1e-3)
    assert not verdicts(decision)["parity"]
    assert decision.return_to is Phase.MODELING


def test_the_curve_starts_with_none_ends_with_all_and_holds_the_money_of_both() -> None:
    decision = judged(*sample(1), bank.charter(), sample(2))
    first, last = decision.curve[0], decision.curve[-1]
    values = {policy.policy: policy.value for policy in decision.policies}
    assert (first.share, first.value, first.true_positive_rate) == (0.0, values["no_one"], 0.0)
    assert (last.share, last.value, last.true_positive_rate) == (1.0, values["everyone"], 1.0)
    assert last.precision == pytest.approx(decision.test_positives / decision.test_rows)
    assert len(decision.curve) == 101


def test_a_decision_survives_its_json_form() -> None:
    decision = judged(*sample(1), bank.charter(), sample(2))
    assert Decision.from_json(decision.to_json()) == decision
