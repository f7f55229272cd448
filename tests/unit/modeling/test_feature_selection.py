"""Planted noise is left out where that pays, and no row held out has a say in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from crispstack.artifacts import Feature, PreparedDataset
from crispstack.charter import Charter, Column, Modeling, Money, Source, Target
from crispstack.modeling import feature_selection, training
from crispstack.modeling.budget import Budget
from crispstack.modeling.chosen_model import LastFit, fit_part, part_of
from crispstack.modeling.encoding import fit_encoding
from crispstack.modeling.feature_selection import FEATURES, Selected
from crispstack.modeling.folds import FittingRows, Folds, Setting, folds_of, shape_of
from crispstack.modeling.metrics import metric
from crispstack.modeling.onnx_export import export_graph, measure_parity
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.modeling.portfolio import portfolio
from crispstack.modeling.predictor import Predictor
from crispstack.modeling.search import Search
from crispstack.modeling.technique import Rows, Shape
from crispstack.modeling.techniques import BY_NAME
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.trial import Specification, Trial, run_trial
from crispstack.modeling.workers import Threads
from crispstack.training_plan import Imputation, TrainingRows

ROWS, NOISE = 240, 110
TELLING = {"age", "town"}


def planted(rows: int = ROWS, seed: int = 5) -> TrainingData:
    """A number and a category that tell the target, among numbers that tell nothing."""
    generator = np.random.default_rng(seed)
    columns: dict[str, NDArray[Any]] = {
        f"noise {number}": generator.normal(size=rows).astype(np.float32) for number in range(NOISE)
    }
    columns["age"] = generator.normal(size=rows).astype(np.float32)
    columns["town"] = generator.choice(np.array(["Bonn", "Köln", "Ulm"], dtype=object), rows)
    target = columns["age"] + 1.5 * (columns["town"] == "Ulm") + 0.3 * generator.normal(size=rows)
    features = tuple(
        Feature(name, "categorical" if values.dtype == object else "numeric") for name, values in columns.items()
    )
    return TrainingData(features, columns, target.astype(np.float64), "regression")


def setting(data: TrainingData, *names: str) -> Setting:
    techniques = tuple(BY_NAME[name] for name in ("constant", *names))
    return Setting(techniques, metric("rmse"), shape_of(data, None), 3, 1, 7, Imputation(), TrainingRows())


def test_fewest_features_are_tried_first_and_none_are_left_out_of_few() -> None:
    assert feature_selection.counts(Shape("binary", 300, 5_000)) == [78, 312, 1_250]
    assert feature_selection.counts(Shape("binary", 300, 112)) == [7, 28]
    assert feature_selection.counts(Shape("binary", 300, 79)) == [19]
    assert feature_selection.counts(Shape("binary", 300, 27)) == []
    ridge = BY_NAME["ridge_regression"]
    tried = portfolio(ridge, Shape("regression", 300, 112), {"alpha": 10.0, FEATURES: 7})
    # Other parameters on as many as the best had.
    assert [(each.get(FEATURES), each["alpha"]) for each in tried] == [(7, 10.0), (28, 10.0), (7, 100.0)]


def test_where_columns_are_more_than_rows_few_features_come_first() -> None:
    assert feature_selection.at_first(Shape("binary", 300, 5_000)) == {FEATURES: 78}
    assert feature_selection.at_first(Shape("binary", 5_001, 5_000)) == {}
    assert feature_selection.at_first(Shape("binary", 10, 20)) == {}
    data = planted(rows=90)
    given = setting(data, "ridge_regression")
    search = Search(Folds(data, given), Budget(60.0, 5, lambda: 0.0, 0.0), 1, lambda _: None)
    found = [each.specification for each in search.run(Threads(1))]
    assert [(each.technique, each.parameters.get(FEATURES)) for each in found] == [
        ("constant", None),
        ("ridge_regression", 7),
        ("ridge_regression", 28),
        ("ridge_regression", None),
        ("ridge_regression", 7),
    ]


@pytest.mark.parametrize("kind", ["trees", "dense"])
def test_what_tells_the_target_comes_first_with_all_its_columns(kind: Any) -> None:
    data = planted()
    encoding, matrix = fit_encoding(kind, data.features, data.columns, data.target.reshape(-1, 1), Imputation(), 1)
    assert len(encoding.sources) == matrix.shape[1]
    rows = Rows(matrix, data.target)
    fitting = FittingRows(encoding, rows, rows, None)
    features, positions = feature_selection.chosen(fitting, 2, shape_of(data, None), 1)
    assert set(features) == TELLING
    assert [encoding.sources[position] for position in positions] == ["age", "town", "town", "town"]


def test_the_search_keeps_few_features_where_the_others_are_noise_and_the_graph_answers_alike() -> None:
    data = planted()
    given = setting(data, "ridge_regression")

    def clock() -> float:
        """Seconds count for nothing here."""
        return 0.0

    found = Search(Folds(data, given), Budget(60.0, 4, clock, 0.0), 1, lambda _: None).run(Threads(1))
    of_all, *narrow = [each for each in found if each.technique == "ridge_regression"]
    assert [each.specification.parameters.get(FEATURES) for each in (of_all, *narrow)] == [None, 7, 28]
    best = min((each for each in found if len(each.scores) == 3), key=lambda each: each.loss(3))
    assert best is narrow[0]
    assert best.loss(3) < 0.8 * of_all.loss(3)
    member = fit_part(given, data, LastFit(part_of(best, 1.0)))
    assert isinstance(member.model, Selected)
    assert len(member.model.features) == 7
    assert set(member.model.features[:2]) == TELLING
    assert member.model.parameters[FEATURES] == 7
    predictor = Predictor((member,))
    graph = OnnxGraph(export_graph(predictor, data.features))
    assert set(graph.numbers + graph.texts) == set(data.columns)
    assert measure_parity(predictor, graph, [data.columns], "regression").holds


def test_the_leaderboard_names_the_features_that_the_chosen_model_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "explain", lambda *_: None)
    data = planted(rows=120)
    columns = tuple(Column(each.name, "number" if each.kind == "numeric" else "category") for each in data.features)
    charter = Charter(
        "planted", "How much?", "Test", (Source("rows", "rows.csv", (*columns, Column("y", "number"))),),
        Target("y", framing="regression"), Money("EUR", over_estimate=-1.0, under_estimate=-1.0),
        modeling=Modeling(("ridge_regression",), metric="rmse", folds=2, repeats=1, trials=3),
    )  # fmt: skip
    rows = len(data.target)
    dataset = PreparedDataset(
        "v", rows, rows, 0, 0, {}, 0, 0, "t", "u", "q", data.features, "y", framing="regression"
    )  # fmt: skip
    found = training.train(charter, dataset, data, Threads(1))
    best = next(each for each in found.leaderboard.candidates if each.name == found.leaderboard.winner)
    assert best.parameters[FEATURES] == len(best.parameters["selected"]) == 7
    assert set(best.parameters["selected"]) >= TELLING
    # A request is the same whatever the model makes of it.
    graph = OnnxGraph(found.graph)
    assert set(graph.numbers + graph.texts) == set(data.columns)


def test_rows_held_out_have_no_say_in_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    data = planted()
    given = setting(data, "ridge_regression")
    held_out = folds_of(data, given).plan.splits[0].held_out
    ranked_on: list[NDArray[np.float64]] = []
    ranked = feature_selection.ranked

    def spy(rows: Rows, *others: Any) -> tuple[str, ...]:
        ranked_on.append(rows.target)
        return ranked(rows, *others)

    monkeypatch.setattr(feature_selection, "ranked", spy)
    for number, most in enumerate((7, 28)):
        parameters = {"alpha": 1.0, FEATURES: most}
        run_trial(given, data, Trial(Specification(number, "ridge_regression", parameters), 0))
    # One ranking serves both candidates.
    (seen,) = ranked_on
    assert len(seen) > ROWS / 2
    assert not set(seen.tolist()) & set(data.target[held_out].tolist())


def test_a_selection_of_pure_noise_scores_no_better_than_chance() -> None:
    data = planted(rows=120)
    generator = np.random.default_rng(2)
    noise = TrainingData(
        data.features[:NOISE],
        {f"noise {number}": data.columns[f"noise {number}"] for number in range(NOISE)},
        generator.normal(size=120),
        "regression",
    )
    given = setting(noise, "ridge_regression")
    losses = [
        run_trial(given, noise, Trial(Specification(0, "ridge_regression", {"alpha": 1.0, FEATURES: 7}), split)).loss
        for split in range(3)
    ]
    assert np.mean(losses) > 0.95 * noise.target.std()
