"""Numbers: what acting on them costs, worked out by hand and by scikit-learn."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats
from sklearn import metrics as sklearn_metrics

from crispstack.artifacts import Decision
from crispstack.errors import DataError
from crispstack.evaluation.comparison import MODEL, Comparison, compared
from crispstack.evaluation.decision import decide
from crispstack.evaluation.exposure import amounts_of
from crispstack.evaluation.predicted_numbers import policies_of
from crispstack.evaluation.resampling import resampling_of
from crispstack.evaluation.scoring import Rival, Scored, score
from crispstack.modeling.value import best_constant, best_shift, constants, error_values, explained_cost
from crispstack.phases import Phase
from tests.unit.evaluation.framings import MEASURED, PRICE_GRAPH, PRICE_PACKAGE, PRICES, dataset

MONEY = PRICES.money


def sample(seed: int = 1, count: int = 400) -> Scored:
    generator = np.random.default_rng(seed)
    predicted = 20 + 4 * generator.normal(size=count)
    return Scored(predicted + generator.normal(size=count), predicted)


def test_an_error_is_worth_its_units_by_its_direction() -> None:
    assert error_values(MONEY, np.array([5.0, 5.0, 5.0]), np.array([7.0, 5.0, 1.0])).tolist() == [-2.0, 0.0, -12.0]


def test_the_best_constant_and_the_best_shift_cost_least_of_all() -> None:
    scored = sample()
    expected = optimize.minimize_scalar(
        lambda number: -error_values(MONEY, scored.actual, np.full(400, number)).sum(), bounds=(0, 40), method="bounded"
    )
    found = best_constant(MONEY, scored.actual)
    assert -error_values(MONEY, scored.actual, np.full(400, found)).sum() <= expected.fun + 1e-9
    shift, value = best_shift(MONEY, scored.actual, scored.predicted)
    assert shift == pytest.approx(stats.norm.ppf(0.75), abs=0.15)
    for other in np.linspace(shift - 1, shift + 1, 41):
        assert error_values(MONEY, scored.actual, scored.predicted + other).mean() <= value + 1e-12
    assert constants(MONEY, scored.actual) == {
        "mean": pytest.approx(scored.actual.mean()),
        "median": pytest.approx(np.median(scored.actual)),
        "best_constant": found,
    }


def test_explained_cost_is_scikit_learns_d2_of_the_pinball_loss() -> None:
    # With an odd number of cases both take the same quantile for the best constant.
    scored = sample(count=401)
    expected = sklearn_metrics.d2_pinball_score(scored.actual, scored.predicted, alpha=0.75)
    assert explained_cost(MONEY, scored.actual, scored.predicted) == pytest.approx(expected)
    assert np.isnan(explained_cost(MONEY, np.ones(5), np.ones(5)))


def compare(actual: Any, decided: Any, today: Any = None) -> Comparison:
    """Acting on these numbers beside every simple policy."""
    scored, amounts = Scored(actual, decided, today), amounts_of(PRICES)
    policies = policies_of(PRICE_PACKAGE, amounts, scored, (Rival(MODEL, "model", decided),))
    return compared(policies, amounts, resampling_of(PRICES, len(actual), None, None, None), 0.95)


def test_policies_earn_what_their_errors_cost() -> None:
    actual, decided = np.array([10.0, 20.0, 30.0]), np.array([11.0, 19.0, 30.0])
    today = np.array([10.0, np.nan, 33.0])
    found = compare(actual, decided, today)
    earned = {policy.policy: policy.value for policy in found.policies}
    assert earned == {
        "model": -1 - 3,
        "mean": -10 - 0 - 30,
        "median": -9.5 - 0.5 * 3 - 10.5 * 3,
        "best_constant": -11 - 1 - 27,
        "today": -0 - 1 - 3,
        "perfect_foresight": 0,
    }
    assert (found.best_alternative, found.advantage) == ("today", 0)
    assert compare(actual, decided).best_alternative == "best_constant"


def test_the_interval_of_the_difference_is_paired() -> None:
    scored = sample()
    found = compare(scored.actual, scored.predicted)
    of_model = error_values(MONEY, scored.actual, scored.predicted)
    differences = of_model - error_values(MONEY, scored.actual, np.full(400, PRICE_PACKAGE.constants["best_constant"]))
    half = stats.norm.ppf(0.975) * differences.std() * np.sqrt(400)
    assert found.advantage_low == pytest.approx(differences.sum() - half, abs=0.25 * half)
    assert found.advantage_high == pytest.approx(differences.sum() + half, abs=0.25 * half)


def judged(scored: Scored, **changes: Any) -> Decision:
    return decide(PRICES, dataclasses.replace(PRICE_PACKAGE, **changes), scored, MEASURED, "s3://a/t.jsonl", ())


def test_a_model_that_knows_is_a_go_with_figures_of_its_errors() -> None:
    scored = sample()
    decision = judged(scored)
    assert (decision.verdict, decision.framing) == ("go", "regression"), decision.summary
    figures = decision.figures
    assert figures["r2"] == pytest.approx(sklearn_metrics.r2_score(scored.actual, scored.predicted))
    assert figures["root_mean_squared_error"] == pytest.approx(
        sklearn_metrics.root_mean_squared_error(scored.actual, scored.predicted)
    )
    assert figures["mean_absolute_error"] == pytest.approx(
        sklearn_metrics.mean_absolute_error(scored.actual, scored.predicted)
    )
    assert figures["explained_cost"] == pytest.approx(explained_cost(MONEY, scored.actual, scored.predicted + 0.5))
    assert sum(found.count for found in decision.calibration) == 400
    for found in decision.calibration:
        assert found.predicted == pytest.approx(found.observed, abs=0.6)
    assert (decision.roc_auc, decision.threshold, decision.confusion) == (None, None, None)
    assert "the best constant of the training rows" in decision.summary
    assert Decision.from_json(decision.to_json()) == decision


def test_noise_is_no_go_and_says_where_to_go_back_to() -> None:
    scored = sample()
    noise = Scored(np.random.default_rng(3).permutation(scored.actual), scored.predicted)
    decision = judged(noise, validation_explained_cost=-2.0)
    failed = [criterion.name for criterion in decision.criteria if criterion.verdict == "failed"]
    assert failed == ["explained cost", "advantage"]
    assert decision.return_to is Phase.DATA_PREPARATION
    fallen = judged(scored, validation_explained_cost=0.99)
    assert [criterion.name for criterion in fallen.criteria if not criterion.passed] == ["generalization gap"]


def test_test_rows_are_scored_with_what_is_predicted_today_beside_them() -> None:
    rows = [{"acid": 1.0, "price": 22.5, "_today": 21.0}, {"acid": 2.0, "price": 23.25, "_today": None}]
    scored = score(rows, dataset("price", 2, framing="regression"), PRICE_PACKAGE, PRICE_GRAPH)
    assert scored.predicted.tolist() == [22.0, 24.0]
    assert scored.actual.tolist() == [22.5, 23.25]
    assert scored.today is not None
    np.testing.assert_array_equal(scored.today, [21.0, np.nan])
    with pytest.raises(DataError, match="a decision needs different numbers in price"):
        score([rows[0]] * 2, dataset("price", 2, framing="regression"), PRICE_PACKAGE, PRICE_GRAPH)
