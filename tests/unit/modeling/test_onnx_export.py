"""One graph from raw named columns to scores: members that share encodings, weights, calibration; and its proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import pytest

from crispstack.artifacts import Feature, Parity
from crispstack.errors import ArtifactError
from crispstack.modeling.encoding import averaged_targets, fit_encoding
from crispstack.modeling.odd_rows import odd_rows
from crispstack.modeling.onnx_export import OPSETS, export_graph, measure_parity, undisputed
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.modeling.predictor import Member, Predictor
from crispstack.modeling.technique import Framing, Resources, Rows, Shape
from crispstack.modeling.techniques import BY_NAME
from crispstack.modeling.training_data import TrainingData
from crispstack.training_plan import Imputation
from tests.unit.modeling.graphs import FEATURES, columns, target

CLASSES = {"binary": 2, "multiclass": 3, "regression": 0}


def data(framing: Framing = "binary", rows: int = 300) -> TrainingData:
    found = columns(rows)
    return TrainingData(FEATURES, found, target(found, framing), framing)


def members(of: TrainingData, weights: dict[str, float]) -> tuple[Member, ...]:
    """Fitted on all rows; those of one kind of encoding share it."""
    shape = Shape(of.framing, len(of.target), 10, CLASSES[of.framing], 30)
    goals = averaged_targets(of.target, of.framing, shape.classes)
    kinds = {BY_NAME[name].encoding for name in weights}
    fitted = {kind: fit_encoding(kind, of.features, of.columns, goals, Imputation(), 1) for kind in sorted(kinds)}
    found = []
    for name, weight in weights.items():
        technique = BY_NAME[name]
        encoding, matrix = fitted[technique.encoding]
        given = {**technique.defaults(shape)} | ({"trees": 20} if technique.encoding == "trees" else {})
        model = technique.fit(Rows(matrix, of.target), None, given, shape, Resources(1))
        found.append(Member(encoding, model, weight))
    return tuple(found)


@dataclass(frozen=True)
class Halved:
    """A calibration that halves every score."""

    def apply(self, scores: Any) -> Any:
        return scores / 2

    def export(self, nodes: Any, scores: str) -> str:
        return str(nodes.add("Mul", [scores, nodes.scalar(0.5)]))


@pytest.mark.parametrize(
    ("framing", "weights"),
    [
        ("binary", {"lightgbm": 0.5, "logistic_regression": 0.3, "xgboost": 0.2}),
        ("multiclass", {"histogram_boosting": 0.5, "naive_bayes": 0.25, "extra_trees": 0.25}),
        ("regression", {"random_forest": 0.6, "ridge_regression": 0.4}),
    ],
)
def test_an_ensemble_is_one_graph_that_answers_odd_rows_alike(framing: Framing, weights: dict[str, float]) -> None:
    of = data(framing)
    predictor = Predictor(members(of, weights), Halved())
    content = export_graph(predictor, FEATURES)
    graph = OnnxGraph(content)
    parity = measure_parity(predictor, graph, [of.columns, odd_rows(of, 400, 3)], framing, 0.2)
    assert parity.rows == 700
    assert parity.maximum_difference < 3e-6
    assert (parity.share_above, parity.decisions_flipped, parity.holds) == (0.0, 0, True)
    by_hand = sum(
        weight * member.model.predict(member.encoding.transform(of.columns))
        for weight, member in zip(weights.values(), predictor.members, strict=True)
    )
    np.testing.assert_allclose(graph.scores(of.columns), by_hand / 2, rtol=1e-5, atol=1e-6)
    loaded = onnx.load_from_string(content)
    assert {each.domain: each.version for each in loaded.opset_import} == OPSETS
    assert [each.name for each in loaded.graph.output] == ["scores"]
    assert [each.name for each in loaded.graph.input] == ["numbers", "texts"]
    assert (graph.numbers, graph.texts) == (("age", "debt", "empty", "one"), ("city", "yes", "shop", "remark"))


def test_members_of_one_encoding_share_its_nodes() -> None:
    of = data()
    both = members(of, {"lightgbm": 0.5, "xgboost": 0.5})
    one = onnx.load_from_string(export_graph(Predictor(both[:1]), FEATURES))
    two = onnx.load_from_string(export_graph(Predictor(both), FEATURES))
    assert len(two.graph.node) - len(one.graph.node) < 10
    assert sum(node.op_type == "LabelEncoder" for node in two.graph.node) == 1


def test_the_same_model_is_the_same_graph() -> None:
    of = data()
    first, second = (export_graph(Predictor(members(of, {"lightgbm": 1.0})), FEATURES) for _ in range(2))
    assert first == second


def test_columns_may_be_named_like_parts_of_the_graph() -> None:
    names = ("scores", "scores_", "concat_1", "constant_2", "")
    generator = np.random.default_rng(1)
    found = {name or "x y": generator.normal(0, 1, 60).astype(np.float32) for name in names}
    features = tuple(Feature(name, "numeric") for name in found)
    of = TrainingData(features, found, (found["scores"] > 0).astype(np.float64))
    predictor = Predictor(members(of, {"logistic_regression": 1.0}))
    graph = OnnxGraph(export_graph(predictor, features))
    assert (graph.numbers, graph.texts) == (tuple(found), ())
    np.testing.assert_allclose(graph.scores(found), predictor.scores(found), atol=1e-6)


def test_a_graph_of_another_model_is_found_out() -> None:
    of = data()
    one, other = (Predictor(members(of, {name: 1.0})) for name in ("lightgbm", "logistic_regression"))
    parity = measure_parity(one, OnnxGraph(export_graph(other, FEATURES)), [of.columns], "binary", 0.5)
    assert parity.maximum_difference > 0.01
    assert parity.share_above > 0.5
    assert parity.decisions_flipped > 0
    assert parity.fault.startswith("differs by")


class Answers:
    """A predictor or a graph with given answers."""

    def __init__(self, *answers: Any) -> None:
        self.answers = np.array(answers)

    def scores(self, found: Any) -> Any:
        return self.answers


@pytest.mark.parametrize(
    ("framing", "model", "graph", "fault"),
    [
        ("binary", (0.5, 0.2), (0.5, np.nan), "differs by nan, more than 1e-05"),
        ("binary", (0.5, 0.2), (0.4999999, 0.2), "decides 1 rows otherwise"),
        ("binary", (0.5, 0.2), (0.5000001, 0.2000001), ""),
        ("regression", (1e6, 1.1e6), (1e6 + 0.1, 1.1e6), ""),
        ("regression", (1e6, 1.1e6), (1e6 + 10, 1.1e6), "differs by 2.0e-04, more than 1e-05"),
        ("multiclass", ((0.5, 0.3, 0.2),), ((0.499995, 0.300005, 0.2),), ""),
        ("multiclass", ((0.5, 0.5, 0.0),), ((0.4999999, 0.5000001, 0.0),), ""),
    ],
)
def test_what_differs_is_told(framing: Framing, model: Any, graph: Any, fault: str) -> None:
    first: Any = Answers(*model)
    second: Any = Answers(*graph)
    threshold = 0.5 if framing == "binary" else None
    assert measure_parity(first, second, [{}], framing, threshold).fault == fault


def test_a_threshold_on_a_score_is_moved_to_where_no_rounding_decides() -> None:
    scores = np.array([0.1, 0.7, 0.7000001, 0.9])
    moved = undisputed(0.7, scores)
    assert abs(moved - 0.7) <= 1e-5
    assert np.abs(scores - moved).min() > 4e-6
    assert Parity(1, 0.0, 1e-5).holds


def test_odd_rows_are_of_every_kind_and_the_same_for_the_same_seed() -> None:
    of = data()
    found, again = odd_rows(of, 500, 4), odd_rows(of, 500, 4)
    for name, values in found.items():
        np.testing.assert_array_equal(values, again[name])
    assert np.isnan(found["age"]).any()
    assert np.isinf(found["age"]).any()
    assert (np.abs(found["age"][found["age"] != 0]) < 1e-37).any()
    assert {"", "__missing__", "日本語"} <= set(found["city"])
    assert found["remark"].dtype == np.object_


def test_a_graph_that_does_not_name_its_features_is_refused() -> None:
    model = onnx.load_from_string(export_graph(Predictor(members(data(), {"naive_bayes": 1.0})), FEATURES))
    del model.metadata_props[:]
    with pytest.raises(ArtifactError, match="does not name its features"):
        OnnxGraph(model.SerializeToString())
