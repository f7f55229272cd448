"""Several classes: what is decided and earned, worked out by hand and by scikit-learn."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sklearn_metrics

from crispstack.artifacts import Decision
from crispstack.charter import Acceptance
from crispstack.errors import DataError
from crispstack.evaluation import metrics
from crispstack.evaluation.comparison import MODEL, Comparison, compared
from crispstack.evaluation.decision import decide
from crispstack.evaluation.exposure import amounts_of
from crispstack.evaluation.resampling import resampling_of
from crispstack.evaluation.scoring import Rival, Scored, prediction_lines, score
from crispstack.evaluation.several_classes import policies_of
from crispstack.modeling.value import best_classes, class_values
from crispstack.phases import Phase
from tests.unit.evaluation.framings import CLASSES, GRADE_GRAPH, GRADE_PACKAGE, GRADES, MEASURED, MONEY, dataset

VALUES = class_values(MONEY, CLASSES)


def sample(seed: int = 1, count: int = 600) -> Scored:
    """Classes drawn from the very probabilities that are predicted: a model that knows all there is to know."""
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=(count, 3)) * 2
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    actual = (generator.random((count, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
    return Scored(actual.astype(float), probabilities)


def test_a_case_is_taken_for_the_class_of_highest_expected_value_not_for_the_likeliest() -> None:
    assert VALUES.tolist() == [[10, -5, -100], [-5, 10, -5], [-5, -5, 10]]
    # Good is likeliest, but a bad wine sold as good costs 100: 0.15 * -100 + 0.25 * -5 + 0.6 * 10 = -10.25.
    probabilities = np.array([[0.15, 0.25, 0.6], [0.0, 0.4, 0.6], [0.5, 0.3, 0.2]])
    assert [CLASSES[index] for index in best_classes(VALUES, probabilities)] == ["fair", "good", "bad"]


def compare(actual: Any, taken_for: Any, samples: int, today: Any = None) -> Comparison:
    """The model that takes cases for these classes beside every simple policy."""
    charter = dataclasses.replace(GRADES, acceptance=Acceptance(bootstrap_samples=samples))
    scored, amounts = Scored(actual.astype(float), np.eye(3)[taken_for], today), amounts_of(charter)
    model = Rival(MODEL, "model", scored.predicted)
    policies = policies_of(charter, CLASSES, amounts, scored, {model: taken_for})
    resampling = resampling_of(charter, len(actual), actual, None, None)
    return compared(policies, amounts, resampling, 0.95)


def test_policies_earn_what_the_matrix_says() -> None:
    actual, taken_for = np.array([0, 0, 1, 1, 1, 2]), np.array([0, 2, 1, 1, 0, 2])
    today = np.array([0.0, 0.0, 1.0, np.nan, 1.0, 1.0])
    found = compare(actual, taken_for, 200, today)
    earned = {policy.policy: policy.value for policy in found.policies}
    assert earned["model"] == 10 - 100 + 10 + 10 - 5 + 10
    assert earned["always bad"] == 2 * 10 + 4 * -5
    assert earned["always fair"] == 2 * -5 + 3 * 10 - 5
    assert earned["always good"] == 2 * -100 + 3 * -5 + 10
    # A third of the cases is taken for each class.
    assert earned["random"] == pytest.approx((2 * (10 - 5 - 100) + 3 * 0 + 1 * 0) / 3)
    # Where today's is not known, the class that is best for all is taken: fair.
    assert earned["today"] == 10 + 10 + 10 + 10 + 10 - 5
    assert earned["perfect_foresight"] == 60
    assert found.best_alternative == "today"
    assert found.advantage == earned["model"] - earned["today"]
    for policy in found.policies:
        assert policy.low <= policy.value <= policy.high
        assert policy.acted_on is None
    # What all cases of a class earn alike does not vary with the cases that are drawn: the model's does.
    assert [policy.policy for policy in found.policies if policy.low < policy.high] == ["model"]


def test_the_interval_of_the_difference_is_paired_and_agrees_with_scipy() -> None:
    scored = sample()
    actual = scored.actual.astype(int)
    taken_for = best_classes(VALUES, scored.predicted)
    found = compare(actual, taken_for, 2000)
    best = CLASSES.index(found.best_alternative.removeprefix("always "))
    differences = VALUES[actual, taken_for] - VALUES[actual, best]
    parts = [differences[actual == k] for k in range(3)]
    expected = stats.bootstrap(
        parts, lambda *drawn, axis: sum(part.sum(axis=axis) for part in drawn), method="percentile",
        n_resamples=2000, random_state=1, vectorized=True,
    ).confidence_interval  # fmt: skip
    spread = expected.high - expected.low
    assert (found.advantage_low, found.advantage_high) == pytest.approx(
        (expected.low, expected.high), abs=0.08 * spread
    )


def test_figures_are_those_of_scikit_learn() -> None:
    scored = sample()
    actual, predicted = scored.actual.astype(int), scored.predicted
    assert metrics.mean_roc_auc(actual, predicted) == pytest.approx(
        sklearn_metrics.roc_auc_score(actual, predicted, multi_class="ovr", average="macro")
    )
    assert metrics.log_loss(actual, predicted) == pytest.approx(sklearn_metrics.log_loss(actual, predicted))
    one_hot = np.eye(3)[actual]
    assert metrics.brier_score_of_classes(actual, predicted) == pytest.approx(((one_hot - predicted) ** 2).sum() / 600)
    taken_for = predicted.argmax(axis=1)
    assert metrics.balanced_accuracy(actual, taken_for) == pytest.approx(
        sklearn_metrics.balanced_accuracy_score(actual, taken_for)
    )
    without_good = actual < 2
    expected = np.mean(
        [sklearn_metrics.roc_auc_score(actual[without_good] == k, predicted[without_good, k]) for k in (0, 1)]
    )
    assert metrics.mean_roc_auc(actual[without_good], predicted[without_good]) == pytest.approx(expected)


def judged(scored: Scored, **changes: Any) -> Decision:
    return decide(GRADES, dataclasses.replace(GRADE_PACKAGE, **changes), scored, MEASURED, "s3://a/t.jsonl", ())


def test_a_model_that_knows_is_a_go_and_the_decision_says_what_was_taken_for_what() -> None:
    scored = sample()
    decision = judged(scored)
    assert (decision.verdict, decision.framing) == ("go", "multiclass"), decision.summary
    taken_for, actual = best_classes(VALUES, scored.predicted), scored.actual.astype(int)
    assert decision.figures["accuracy"] == pytest.approx((taken_for == actual).mean())
    assert decision.confusion is not None
    np.testing.assert_array_equal(decision.confusion.counts, sklearn_metrics.confusion_matrix(actual, taken_for))
    assert f"the model took {(taken_for == actual).sum()} for what they are and earned" in decision.summary
    assert (decision.threshold, decision.curve, decision.average_precision) == (None, (), None)
    assert Decision.from_json(decision.to_json()) == decision


def test_noise_is_no_go_and_so_is_a_fall_since_validation() -> None:
    scored = sample()
    noise = Scored(np.random.default_rng(5).permutation(scored.actual), scored.predicted)
    decision = judged(noise)
    assert decision.verdict == "no_go"
    assert not {criterion.name: criterion.passed for criterion in decision.criteria}["ranking"]
    fallen = judged(scored, validation_roc_auc=0.99)
    assert [criterion.name for criterion in fallen.criteria if not criterion.passed] == ["generalization gap"]
    assert fallen.return_to is Phase.MODELING
    overconfident = Scored(scored.actual, np.eye(3)[scored.predicted.argmax(axis=1)] * 0.94 + 0.02)
    assert not {criterion.name: criterion.passed for criterion in judged(overconfident).criteria}["calibration"]


def test_test_rows_are_scored_by_the_graph_and_kept_with_a_probability_per_class() -> None:
    rows = [{"acid": acid, "grade": grade, "_group": 7} for acid, grade in ((-2.0, 0), (None, 1), (2.0, 2))]
    scored = score(rows, dataset("grade", 3, framing="multiclass"), GRADE_PACKAGE, GRADE_GRAPH)
    logits = np.array([[4.0, 0.5, -4.0], [-4.0, 0.5, 4.0]])
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(scored.predicted[[0, 2]], expected, rtol=1e-5)
    assert scored.today is None
    lines = [
        json.loads(line) for line in prediction_lines(Scored(scored.actual[::2], scored.predicted[::2])).splitlines()
    ]
    assert [(line["row"], line["actual"], len(line["predicted"])) for line in lines] == [(0, 0, 3), (1, 2, 3)]
    with pytest.raises(DataError, match="a decision needs test rows of both classes of grade"):
        score(rows[:1], dataset("grade", 1, framing="multiclass"), GRADE_PACKAGE, GRADE_GRAPH)
