"""Candidates together where it pays, probabilities that can be counted with where that pays, both exportable."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper
from sklearn.isotonic import IsotonicRegression

from crispstack.modeling import calibration
from crispstack.modeling.calibration import BetaMap, IsotonicMap, ShiftMap, TemperatureMap, calibrate
from crispstack.modeling.ensemble import Judged, blend, cross_judged, select
from crispstack.modeling.metrics import metric
from crispstack.modeling.onnx_nodes import Nodes

ROWS = 1500
DRAWN = np.random.default_rng(8)
LOGIT = DRAWN.normal(0, 1.5, ROWS)
TARGET = (DRAWN.random(ROWS) < 1 / (1 + np.exp(-LOGIT))).astype(float)
PART = DRAWN.permutation(ROWS) % 5


def sigmoid(values: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-values)))


def noisy(seed: int, noise: float) -> np.ndarray:
    return sigmoid(LOGIT + np.random.default_rng(seed).normal(0, noise, ROWS))


def test_candidates_with_different_errors_are_better_together_also_on_rows_they_were_not_chosen_by() -> None:
    judged = Judged([noisy(1, 2), noisy(2, 2), noisy(3, 2), noisy(4, 9)], TARGET, PART)
    log_loss = metric("log_loss")
    weights = select(judged, log_loss, 5)
    assert set(weights) >= {0, 1, 2}
    assert weights.get(3, 0) < min(weights[each] for each in (0, 1, 2))
    assert sum(weights.values()) == pytest.approx(1)
    together = judged.mean_loss(log_loss, blend(judged.scores, weights))
    assert together < 0.95 * min(judged.mean_loss(log_loss, scores) for scores in judged.scores)
    of_ensemble, of_best = cross_judged(judged, log_loss, 5, lambda: True)
    assert of_ensemble < of_best


def test_a_candidate_that_knows_all_that_others_know_stays_alone_and_members_are_limited() -> None:
    best = sigmoid(LOGIT)
    assert select(Judged([best, noisy(1, 9)], TARGET, PART), metric("log_loss"), 5) == {0: 1.0}
    judged = Judged([noisy(seed, 3) for seed in range(6)], TARGET, PART)
    assert len(select(judged, metric("roc_auc"), 2)) <= 2
    assert len(select(judged, metric("roc_auc"), 6)) > 2


def test_when_time_is_over_the_selection_ends_with_what_it_has() -> None:
    judged = Judged([noisy(seed, 3) for seed in range(6)], TARGET, PART)
    assert len(select(judged, metric("roc_auc"), 6, lambda: False)) == 1


def exported(one: Any, scores: np.ndarray) -> np.ndarray:
    nodes = Nodes()
    output = one.export(nodes, "scores")
    width = 1 if scores.ndim == 1 else scores.shape[1]
    graph = helper.make_graph(
        nodes.nodes, "map", [helper.make_tensor_value_info("scores", TensorProto.DOUBLE, [None, width])],
        [helper.make_tensor_value_info(output, TensorProto.DOUBLE, [None, width])], nodes.initializers,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(model)
    (found,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"scores": scores.reshape(-1, width)})
    return np.asarray(found[:, 0] if scores.ndim == 1 else found)


@pytest.mark.parametrize(
    "one",
    [
        BetaMap(0.7, 1.4, -0.3),
        IsotonicMap(np.array([0.1, 0.2, 0.6, 0.9]), np.array([0.05, 0.3, 0.3, 0.99])),
        ShiftMap(-2.5),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_maps_graph_answers_like_it_at_the_ends_too(one: Any) -> None:
    scores = np.concatenate([np.linspace(0, 1, 101), [1e-9, 1 - 1e-9]])
    np.testing.assert_allclose(exported(one, scores), one.apply(scores), rtol=1e-12, atol=1e-12)
    assert (np.diff(one.apply(np.linspace(0, 1, 101))) >= 0).all()


def test_the_graph_of_a_temperature_answers_like_it() -> None:
    scores = np.random.default_rng(1).dirichlet(np.full(4, 0.3), 50)
    found = exported(TemperatureMap(0.6), scores)
    np.testing.assert_allclose(found, TemperatureMap(0.6).apply(scores), rtol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_overconfident_probabilities_are_calibrated_and_the_order_stays() -> None:
    bold = sigmoid(2.5 * LOGIT - 1)
    found = calibrate("binary", metric("roc_auc"), TARGET, bold, PART, None)
    assert found
    mapped = found[1].apply(bold)
    log_loss, roc_auc = metric("log_loss"), metric("roc_auc")
    assert log_loss.score(TARGET, mapped) < 0.9 * log_loss.score(TARGET, bold)
    assert log_loss.score(TARGET, mapped) == pytest.approx(log_loss.score(TARGET, sigmoid(LOGIT)), abs=0.01)
    assert roc_auc.score(TARGET, mapped) == pytest.approx(roc_auc.score(TARGET, bold), abs=0.005)


def test_what_is_calibrated_already_stays_as_it_is() -> None:
    assert calibrate("binary", metric("roc_auc"), TARGET, sigmoid(LOGIT), PART, None) is None
    assert calibrate("regression", metric("rmse"), LOGIT, LOGIT + 1, PART, None) is None


def test_an_isotonic_map_is_scikit_learns() -> None:
    scores = noisy(1, 1)
    found = calibration._isotonic(TARGET, scores, None)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(scores, TARGET)
    np.testing.assert_allclose(found.apply(scores), theirs.predict(scores), atol=0.02)


def test_a_quantile_is_reached_by_a_shift_and_several_classes_by_a_power() -> None:
    actual = DRAWN.normal(0, 1, ROWS)
    found = calibrate("regression", metric("pinball", 0.9), actual, np.zeros(ROWS), PART, None)
    assert found
    assert found[1].apply(np.zeros(1))[0] == pytest.approx(1.2816, abs=0.1)
    weighted = calibrate("regression", metric("mae"), actual, np.zeros(ROWS), PART, 1.0 + 9 * (actual > 0))
    assert weighted
    assert weighted[1].apply(np.zeros(1))[0] > 0.3
    truth = DRAWN.dirichlet(np.ones(3), ROWS)
    classes = np.array([DRAWN.choice(3, p=row) for row in truth]).astype(float)
    bold = truth**2.5 / (truth**2.5).sum(axis=1, keepdims=True)
    several = calibrate("multiclass", metric("log_loss"), classes, bold, PART, None)
    assert several
    assert isinstance(several[1], TemperatureMap)
    assert several[1].power == pytest.approx(0.4, abs=0.08)
