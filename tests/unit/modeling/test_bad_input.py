"""Data that nobody should train on, or only just: a clear word, and a sensible result or none."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from crispstack.artifacts import Feature, PreparedDataset
from crispstack.charter import Charter, Column, Modeling, Money, Source, Target
from crispstack.errors import DataError
from crispstack.modeling import training
from crispstack.modeling.training import Training, train
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.workers import Threads

DRAWN = np.random.default_rng(6)


def dataset(columns: dict[str, Any], framing: Any = "binary") -> PreparedDataset:
    features = tuple(
        Feature(name, "numeric" if values.dtype.kind == "f" else "categorical")
        for name, values in columns.items()
        if name != "y" and not name.startswith("_")
    )
    rows = len(columns["y"])
    return PreparedDataset("v", rows, rows, 0, 0, {}, 0, 0, "t", "u", "q", features, "y", framing=framing)


def table(columns: dict[str, Any]) -> pa.Table:
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})


def trained(columns: dict[str, Any], *techniques: Any, framing: Any = "binary") -> Training:
    given = dataset(columns, framing)
    source = Source("rows", "rows.csv", tuple(
        Column(each.name, "number" if each.kind == "numeric" else "category") for each in given.features
    ))  # fmt: skip
    money = Money("EUR", 5.0, -1.0, over_estimate=-1.0, under_estimate=-3.0)
    modeling = Modeling(techniques, folds=2, repeats=1, trials=1 + len(techniques))
    charter = Charter("bad", "Bad?", "Test", (source,), Target("y", "1", framing=framing), money, modeling=modeling)
    return train(charter, given, TrainingData.from_table(table(columns), given), Threads(1))


@pytest.fixture(autouse=True)
def no_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "explain", lambda *_: None)


def signal(rows: int) -> tuple[np.ndarray, np.ndarray]:
    x = DRAWN.normal(0, 1, rows)
    return x, (x + DRAWN.normal(0, 0.7, rows) > 0).astype(float)


def test_a_constant_target_is_refused() -> None:
    x, _ = signal(40)
    with pytest.raises(DataError, match="y is 1 in all 40 rows: there is nothing to tell apart"):
        trained({"x": x, "y": np.ones(40)}, "naive_bayes")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_target_that_is_missing_or_infinite_is_refused_with_the_number_of_rows(value: float) -> None:
    x, _ = signal(40)
    y = x.copy()
    y[3] = value
    with pytest.raises(DataError, match="y is missing or infinite in 1 of 40 rows"):
        trained({"x": x, "y": y}, "ridge_regression", framing="regression")


def test_three_rows_are_too_few() -> None:
    with pytest.raises(DataError, match="training needs at least 10 rows; there are 3"):
        trained({"x": np.arange(3.0), "y": np.array([0.0, 1.0, 1.0])}, "naive_bayes")


def test_weights_must_be_weights_and_columns_must_be_there() -> None:
    x, y = signal(40)
    with pytest.raises(DataError, match="weights must be finite numbers from 0 on"):
        trained({"x": x, "y": y, "_weight": -np.ones(40)}, "naive_bayes")
    with pytest.raises(DataError, match="the prepared rows have no column x"):
        TrainingData.from_table(table({"y": y}), dataset({"x": x, "y": y}))


def test_columns_without_a_value_and_with_enormous_ones_harm_nobody() -> None:
    x, y = signal(300)
    wild = np.where(np.arange(300) % 7 == 0, 3e38, x)
    none = np.full(300, np.nan)
    found = trained({"x": x, "none": none, "wild": wild, "no text": np.full(300, None), "y": y}, "logistic_regression")
    assert found.leaderboard.winner == "logistic_regression 1"
    assert found.leaderboard.candidates[0].mean_score > 0.8
    assert all(np.isfinite(golden.scores).all() for golden in found.golden_rows)


def test_twenty_thousand_categories_stay_a_small_graph_that_finds_no_more_than_there_is() -> None:
    rows = 21_000
    codes = DRAWN.integers(0, 20_000, rows)
    x, y = signal(rows)
    found = trained({"x": x, "code": np.char.add("c", codes.astype(str)).astype(object), "y": y}, "logistic_regression")
    assert found.leaderboard.candidates[0].mean_score == pytest.approx(0.85, abs=0.05)
    assert found.leaderboard.candidates[0].gap < 0.03
    assert len(found.graph) < 2_000_000


def test_groups_times_and_weights_are_read_beside_the_features() -> None:
    x, y = signal(60)
    columns = {"x": x, "y": y, "_group": np.repeat(["a", "b", "c"], 20).astype(object), "_time": np.arange(60.0)}
    found = TrainingData.from_table(table({**columns, "_weight": np.full(60, 2.0)}), dataset(columns))
    assert found.group is not None
    assert len(set(found.group)) == 3
    assert found.time is not None
    assert found.time.tolist() == list(range(60))
    assert found.weight is not None
    assert set(found.weight) == {2.0}
    assert found.columns["x"].dtype == np.float32
    taken = found.take(np.array([5, 1]))
    assert taken.time is not None
    assert taken.time.tolist() == [5, 1]


def test_numbers_are_ranked_by_what_a_unit_costs() -> None:
    x, _ = signal(200)
    found = trained(
        {
            "x": x,
            "y": 3 * x + DRAWN.exponential(1, 200),
        },
        "ridge_regression",
        framing="regression",
    )
    board = found.leaderboard
    assert (board.metric, board.greater_is_better) == ("pinball", False)
    assert "predicting the quantile 0.75 costs least" in board.metric_reason
    assert board.candidates[0].mean_score == min(each.mean_score for each in board.candidates)
    assert board.calibration == "shift"
    below = np.mean([line.actual <= line.predicted[0] + found.outcome.shift for line in found.predictions])
    assert below == pytest.approx(0.75, abs=0.03)
    assert dataclasses.asdict(found.outcome)["constants"].keys() == {"mean", "median", "best_constant"}
