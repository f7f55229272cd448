import dataclasses
from collections import Counter
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from crispstack.artifacts import Feature
from crispstack.data_preparation.requests import feature_arrays
from crispstack.errors import DataError, ModelingError
from crispstack.modeling import onnx_export, sklearn_pipelines, training
from crispstack.modeling.cross_validation import FoldResult, FoldTask, run_fold
from crispstack.modeling.onnx_export import export, prove_parity
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.modeling.sklearn_pipelines import pipeline
from crispstack.modeling.training import Training, train
from crispstack.modeling.training_data import TrainingData
from crispstack.training_plan import Imputation
from tests.unit.modeling import bank

ROWS = 240


@pytest.fixture(scope="module")
def trained() -> Training:
    charter, rows = bank.charter(), bank.rows(ROWS)
    return train(charter, bank.dataset(rows, charter), rows, bank.spread)


def test_candidates_come_best_first_with_one_roc_auc_per_fold_and_repeat(trained: Training) -> None:
    means = [candidate.mean_roc_auc for candidate in trained.candidates]
    assert means == sorted(means, reverse=True)
    assert {candidate.technique for candidate in trained.candidates} == {"logistic_regression", "gradient_boosting"}
    for candidate in trained.candidates:
        assert len(candidate.roc_auc) == 2 * 2
        assert candidate.mean_roc_auc == pytest.approx(np.mean(candidate.roc_auc))
        assert candidate.standard_deviation_roc_auc == pytest.approx(np.std(candidate.roc_auc, ddof=1))
        assert candidate.mean_roc_auc < candidate.train_roc_auc <= 1
        assert not candidate.error


def test_every_training_row_is_predicted_once_per_repeat_by_a_model_that_has_not_seen_it(trained: Training) -> None:
    counts = Counter((line.row, line.repeat) for line in trained.predictions)
    assert counts == Counter((row, repeat) for row in range(ROWS) for repeat in range(2))
    actual = [row["y"] for row in bank.rows(ROWS)]
    assert all(line.actual == actual[line.row] for line in trained.predictions)
    pooled = roc_auc_score(
        [line.actual for line in trained.predictions], [line.predicted for line in trained.predictions]
    )
    assert abs(pooled - trained.winner.mean_roc_auc) < 0.1


def test_the_winners_threshold_earns_its_value_per_row_on_the_out_of_fold_predictions(trained: Training) -> None:
    earned = sum(
        (90.0 if line.actual else -10.0) for line in trained.predictions if line.predicted >= trained.winner.threshold
    )
    assert earned / len(trained.predictions) == pytest.approx(trained.winner.value_per_row)


def test_golden_rows_are_raw_requests_with_the_graphs_answers(trained: Training) -> None:
    requests = [golden.row for golden in trained.golden_rows]
    assert set(requests[0]) == set(bank.CATEGORIES) | (set(bank.NUMBERS) - {"duration"})
    answers = OnnxGraph(trained.graph).probabilities(feature_arrays(requests, bank.charter()))
    assert answers.tolist() == [golden.scores[0] for golden in trained.golden_rows]
    assert len({golden.scores[0] for golden in trained.golden_rows}) > 5


def test_importances_name_every_feature_and_come_largest_first(trained: Training) -> None:
    assert set(trained.importances) == {feature.name for feature in trained.features}
    assert list(trained.importances.values()) == sorted(trained.importances.values(), reverse=True)


def test_the_same_seed_trains_the_same_model() -> None:
    charter, rows = bank.charter(), bank.rows(ROWS)
    data = TrainingData.from_rows(rows, bank.dataset(rows, charter).features, "y")
    fitted = [
        pipeline("gradient_boosting", data.features, 1, Imputation()).fit(data.matrix, data.target) for _ in range(2)
    ]
    assert export(fitted[0], data.features) == export(fitted[1], data.features)
    one, again = (run_fold(data, FoldTask("random_forest", 1, charter.modeling)) for _ in range(2))
    assert isinstance(one, FoldResult)
    assert isinstance(again, FoldResult)
    assert one.predicted.tolist() == again.predicted.tolist()


@pytest.mark.parametrize("technique", ["logistic_regression", "random_forest", "gradient_boosting"])
def test_the_graph_answers_like_the_pipeline_on_nulls_unseen_categories_and_extremes(technique: Any) -> None:
    rows, charter = bank.rows(ROWS), bank.charter()
    dataset = bank.dataset(rows, charter)
    data = TrainingData.from_rows(rows, dataset.features, "y")
    fitted = pipeline(technique, data.features, 1, Imputation()).fit(data.matrix, data.target)
    parity = prove_parity(fitted, OnnxGraph(export(fitted, data.features)), data, seed=7)
    assert parity.rows == ROWS + 500
    assert parity.maximum_difference < 1e-5


def test_a_graph_of_another_model_does_not_pass_the_parity_proof() -> None:
    rows, charter = bank.rows(ROWS), bank.charter()
    data = TrainingData.from_rows(rows, bank.dataset(rows, charter).features, "y")
    one, other = (
        pipeline("gradient_boosting", data.features, seed, Imputation()).fit(data.matrix, data.target)
        for seed in (1, 2)
    )
    parity = prove_parity(one, OnnxGraph(export(other, data.features)), data, seed=7)
    assert parity.maximum_difference > 1e-3


def test_a_graph_that_answers_nan_does_not_pass_the_parity_proof() -> None:
    class Silent:
        def probabilities(self, columns: Any) -> Any:
            return np.full(len(next(iter(columns.values()))), np.nan)

    rows, charter = bank.rows(ROWS), bank.charter()
    data = TrainingData.from_rows(rows, bank.dataset(rows, charter).features, "y")
    fitted = pipeline("logistic_regression", data.features, 1, Imputation()).fit(data.matrix, data.target)
    silent: Any = Silent()
    assert np.isnan(prove_parity(fitted, silent, data, seed=7).maximum_difference)


def test_missing_rows_are_an_error_that_counts_them() -> None:
    charter, rows = bank.charter("logistic_regression"), bank.rows(ROWS)
    dataset = bank.dataset(rows, charter)
    with pytest.raises(DataError, match=r"s3://p/train/ holds 239 rows; data preparation wrote 240"):
        train(charter, dataset, rows[1:], bank.spread)


def test_the_graph_takes_one_named_tensor_per_feature(trained: Training) -> None:
    assert set(OnnxGraph(trained.graph).inputs) == {feature.name for feature in trained.features}


def test_a_failing_candidate_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {**sklearn_pipelines.PARAMETERS, "random_forest": {"n_estimators": -1}}
    monkeypatch.setattr(sklearn_pipelines, "PARAMETERS", broken)
    charter, rows = bank.charter("random_forest", "logistic_regression"), bank.rows(ROWS)
    found = train(charter, bank.dataset(rows, charter), rows, bank.spread)
    assert found.winner.technique == "logistic_regression"
    assert found.candidates[-1].technique == "random_forest"
    assert "n_estimators" in found.candidates[-1].error


def test_when_all_candidates_fail_the_error_gives_each_ones_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sklearn_pipelines, "PARAMETERS", {"random_forest": {"n_estimators": -1}})
    monkeypatch.setattr("crispstack.modeling.cross_validation.PARAMETERS", sklearn_pipelines.PARAMETERS)
    charter, rows = bank.charter("random_forest"), bank.rows(ROWS)
    with pytest.raises(ModelingError, match=r"random_forest: .*n_estimators"):
        train(charter, bank.dataset(rows, charter), rows, bank.spread)


def test_a_candidate_whose_graph_differs_gives_way_to_the_next_best_with_the_reason(
    trained: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    best, second = (candidate.technique for candidate in trained.candidates)
    monkeypatch.setattr(training, "run_importance", lambda data, task: [0.0] * len(data.features))
    calls: list[int] = []

    def differs_once(*arguments: Any) -> Any:
        calls.append(1)
        parity = onnx_export.prove_parity(*arguments)
        return dataclasses.replace(parity, maximum_difference=0.01) if len(calls) == 1 else parity

    monkeypatch.setattr(training, "prove_parity", differs_once)
    charter, rows = bank.charter(), bank.rows(ROWS)
    found = train(charter, bank.dataset(rows, charter), rows, bank.spread)
    assert found.winner.technique == second
    assert found.candidates[0].technique == best
    assert "differs by 1.0e-02" in found.candidates[0].error


def test_when_no_graph_survives_the_proof_modeling_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_export, "TOLERANCE", -1.0)
    charter, rows = bank.charter("logistic_regression"), bank.rows(ROWS)
    with pytest.raises(ModelingError, match="no candidate survived the export: logistic_regression"):
        train(charter, bank.dataset(rows, charter), rows, bank.spread)


def test_rows_of_one_class_cannot_be_trained_on() -> None:
    with pytest.raises(DataError, match="both classes of y"):
        TrainingData.from_rows([{"x": 1.0, "y": 0}] * 3, (Feature("x", "numeric"),), "y")
