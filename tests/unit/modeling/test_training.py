"""Modeling as a whole, on real rows: candidates compared, the best exported, the export proven."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections import Counter
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from crispstack.artifacts import Candidate, Feature
from crispstack.charter import Charter
from crispstack.data_preparation.requests import feature_arrays
from crispstack.errors import DataError, ModelingError
from crispstack.modeling import exported_model, techniques, training
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.modeling.search import Progress
from crispstack.modeling.training import Training, train
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.workers import Threads
from tests.unit.modeling import bank

ROWS = 400


def trained_on(rows: list[dict[str, Any]], charter: Charter, data: TrainingData | None = None, **more: Any) -> Training:
    data = data or bank.data(rows, charter)
    dataset = dataclasses.replace(bank.dataset(rows, charter), features=data.features)
    return train(charter, dataset, data, Threads(1), **more)


@pytest.fixture(scope="module")
def trained() -> Training:
    return trained_on(bank.rows(ROWS), bank.charter())


@pytest.fixture(autouse=True)
def no_findings(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings have tests of their own, and take their time."""
    if "trained" not in request.fixturenames:
        monkeypatch.setattr(training, "explain", lambda *_: None)


def winner(found: Training) -> Candidate:
    return next(each for each in found.leaderboard.candidates if each.name == found.leaderboard.winner)


def test_candidates_come_best_first_with_one_score_per_fold_and_repeat(trained: Training) -> None:
    board = trained.leaderboard
    means = [candidate.mean_score for candidate in board.candidates]
    assert means == sorted(means, reverse=True)
    assert {candidate.technique for candidate in board.candidates} >= {"constant", "logistic_regression", "naive_bayes"}
    for candidate in board.candidates:
        assert len(candidate.scores) == 2 * 2
        assert candidate.mean_score == pytest.approx(np.mean(candidate.scores))
        assert candidate.spread == pytest.approx(np.std(candidate.scores, ddof=1))
        assert candidate.gap == pytest.approx(candidate.fitted_score - candidate.mean_score)
        assert candidate.fit_seconds >= 0
        assert not candidate.error
        if not candidate.members:
            assert candidate.latency_ms is not None
            assert candidate.latency_ms > 0
            assert candidate.size_bytes
    assert board.low < winner(trained).mean_score < board.high
    assert (board.metric, board.greater_is_better, board.folds, board.repeats) == ("roc_auc", True, 2, 2)
    assert "2-fold cross-validation of 400 rows, 2 times" in board.validation
    assert "follows from the money" in board.metric_reason
    assert board.left_out == {}


def test_every_training_row_is_predicted_once_per_repeat_by_a_model_that_has_not_seen_it(trained: Training) -> None:
    counts = Counter((line.row, line.repeat) for line in trained.predictions)
    assert counts == Counter((row, repeat) for row in range(ROWS) for repeat in range(2))
    actual = [row["y"] for row in bank.rows(ROWS)]
    assert all(line.actual == actual[line.row] for line in trained.predictions)
    pooled = roc_auc_score(
        [line.actual for line in trained.predictions], [line.predicted[0] for line in trained.predictions]
    )
    assert abs(pooled - winner(trained).mean_score) < 0.1
    assert trained.outcome.roc_auc == pytest.approx(winner(trained).mean_score, abs=0.02)


def test_no_other_threshold_earns_more_on_the_rows_held_out(trained: Training) -> None:
    def earned(threshold: float) -> float:
        return sum((90.0 if line.actual else -10.0) for line in trained.predictions if line.predicted[0] >= threshold)

    assert earned(trained.outcome.threshold) == max(
        earned(threshold) for threshold in np.unique([line.predicted[0] for line in trained.predictions])
    )


def test_golden_rows_are_raw_requests_with_the_graphs_answers(trained: Training) -> None:
    requests = [golden.row for golden in trained.golden_rows]
    assert set(requests[0]) == set(bank.CATEGORIES) | (set(bank.NUMBERS) - {"duration"})
    graph = OnnxGraph(trained.graph)
    answers = graph.scores(feature_arrays(requests, bank.charter()))
    assert answers.tolist() == [golden.scores[0] for golden in trained.golden_rows]
    assert len({golden.scores for golden in trained.golden_rows}) > 5
    assert set(graph.numbers + graph.texts) == {feature.name for feature in trained.features}
    assert trained.parity.rows == ROWS + 500
    assert trained.parity.maximum_difference < 1e-5


def test_the_same_seed_trains_the_same_model() -> None:
    one, again = (trained_on(bank.rows(ROWS), bank.charter(repeats=1)) for _ in range(2))
    assert again.graph == one.graph
    assert again.predictions == one.predictions


def test_the_budget_of_trials_is_kept_and_every_trial_is_told() -> None:
    told: list[Progress] = []
    charter = bank.charter("logistic_regression", repeats=1, trials=6)
    found = trained_on(bank.rows(ROWS), charter, report=told.append)
    assert found.leaderboard.trials == told[-1].trials == 6
    assert told[-1].best == "logistic_regression"
    assert told[-1].score == pytest.approx(
        max(candidate.mean_score for candidate in found.leaderboard.candidates if not candidate.members), abs=1e-9
    )
    assert all(one.trials <= other.trials for one, other in itertools.pairwise(told))


def test_dollars_shorten_the_budget() -> None:
    charter = bank.charter("logistic_regression", budget_seconds=600.0, budget_dollars=0.1)
    assert trained_on(bank.rows(ROWS), charter, dollars_per_hour=3.6).leaderboard.budget_seconds == pytest.approx(100)


def test_a_failing_candidate_costs_only_itself_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise ValueError("no such penalty")

    monkeypatch.setattr(type(techniques.BY_NAME["naive_bayes"]), "fit", fail)
    found = trained_on(bank.rows(ROWS), bank.charter())
    assert found.leaderboard.candidates[0].technique == "logistic_regression"
    assert found.leaderboard.candidates[-1].technique == "naive_bayes"
    assert found.leaderboard.candidates[-1].error == "ValueError: no such penalty"
    with pytest.raises(ModelingError, match="no candidate could be trained: naive_bayes: ValueError: no such penalty"):
        trained_on(bank.rows(ROWS), bank.charter("naive_bayes"))


def test_a_candidate_whose_graph_differs_gives_way_to_the_next_best_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = exported_model.measure_parity
    asked: list[int] = []

    def differing_at_first(*arguments: Any) -> Any:
        asked.append(1)
        parity = original(*arguments)
        return dataclasses.replace(parity, maximum_difference=0.01) if len(asked) == 1 else parity

    monkeypatch.setattr(exported_model, "measure_parity", differing_at_first)
    found = trained_on(bank.rows(ROWS), bank.charter(repeats=1))
    *_, refused = found.leaderboard.candidates
    assert refused.name != found.leaderboard.winner
    assert all(refused.mean_score >= each.mean_score for each in found.leaderboard.candidates)
    assert refused.error.endswith("differs by 1.0e-02, more than 1e-05")
    monkeypatch.setattr(
        exported_model, "measure_parity", lambda *_: dataclasses.replace(found.parity, maximum_difference=float("nan"))
    )
    with pytest.raises(ModelingError, match=r"no candidate survived the export: .*differs by nan"):
        trained_on(bank.rows(ROWS), bank.charter())


def test_missing_rows_are_an_error_that_counts_them() -> None:
    charter, rows = bank.charter(), bank.rows(ROWS)
    with pytest.raises(DataError, match=r"s3://p/train/ holds 399 rows; data preparation wrote 400"):
        train(charter, bank.dataset(rows, charter), bank.data(rows[1:], charter), Threads(1))


def test_a_planted_copy_of_the_target_is_named_on_the_leaderboard() -> None:
    charter, rows = bank.charter("logistic_regression", repeats=1), bank.rows(ROWS)
    data = bank.data(rows, charter)
    noisy = data.target + 0.3 * np.random.default_rng(1).random(ROWS)
    leaking = dataclasses.replace(
        data,
        features=(*data.features, Feature("settled", "numeric")),
        columns={**data.columns, "settled": noisy.astype(np.float32)},
    )
    honest = trained_on(rows, charter)
    assert honest.leaderboard.warnings == ()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crispstack.modeling.training._golden_rows", lambda *_: ())
        (warning,) = trained_on(rows, charter, leaking).leaderboard.warnings
    assert warning.startswith("settled alone tells the target nearly perfectly (0.99")


def test_with_a_shuffled_target_the_constant_is_exported_and_it_is_said() -> None:
    charter, rows = bank.charter("logistic_regression", "naive_bayes", repeats=1, trials=12), bank.rows(ROWS)
    data = bank.data(rows, charter)
    shuffled = dataclasses.replace(data, target=np.random.default_rng(3).permutation(data.target))
    found = trained_on(rows, charter, shuffled)
    board = found.leaderboard
    assert not board.beats_constant
    assert board.winner == "constant"
    assert "No candidate is reliably better than a constant" in board.warnings[0]
    assert len(set(OnnxGraph(found.graph).scores(data.columns).tolist())) == 1
    best = board.candidates[0]
    assert abs(best.mean_score - 0.5) < 2 * best.spread + 0.05


def test_with_too_small_a_budget_one_fit_is_made_and_the_leaderboard_says_so() -> None:
    class Ticking:
        """A clock by which everything takes a second."""

        now = 0.0

        def __call__(self) -> float:
            self.now += 1.0
            return self.now

    board = trained_on(bank.rows(ROWS), bank.charter(budget_seconds=2.0), clock=Ticking()).leaderboard
    assert [len(each.scores) for each in board.candidates if each.scores] == [5, 5]
    assert "Only the first 1 of 4 splits: the budget was spent." in board.validation
    with pytest.raises(ModelingError, match=r"no candidate was tried: raise modeling.trials"):
        trained_on(bank.rows(ROWS), bank.charter(trials=1))


def test_with_time_for_the_first_splits_only_these_decide_and_it_is_said() -> None:
    class Ticking:
        now = 0.0

        def __call__(self) -> float:
            self.now += 1.0
            return self.now

    charter = bank.charter("logistic_regression", folds=8, repeats=1, budget_seconds=28.0)
    board = trained_on(bank.rows(ROWS), charter, clock=Ticking()).leaderboard
    assert 0 < len(board.candidates[0].scores) < 8
    assert re.search(r"Only the first \d of 8 splits: the budget was spent", board.validation)


def test_a_technique_that_does_not_suit_is_left_out_with_the_reason() -> None:
    found = trained_on(bank.rows(ROWS), bank.charter("logistic_regression", "ridge_regression", repeats=1))
    assert found.leaderboard.left_out == {"ridge_regression": "it predicts numbers, not classes"}
    with pytest.raises(ModelingError, match="no technique suits the data: ridge_regression"):
        trained_on(bank.rows(ROWS), bank.charter("ridge_regression"))
