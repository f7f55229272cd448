"""The neural network: what it learns, that its graph is the model, and that an interruption changes nothing."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper
from sklearn.metrics import log_loss, r2_score, roc_auc_score

from crispstack.errors import ModelingError
from crispstack.modeling.checkpoints import Checkpoints, Interruption
from crispstack.modeling.onnx_nodes import Nodes
from crispstack.modeling.tabular_network import Network, PiecewiseLinear
from crispstack.modeling.technique import Framing, Resources, Rows, Shape
from crispstack.modeling.techniques.neural_network import NeuralNetwork

pytest.importorskip("torch", reason="PyTorch is an optional extra")

TECHNIQUE = NeuralNetwork()
RESOURCES = Resources(seed=7)


class Memory(dict[str, bytes]):
    """A journal in memory."""

    def put(self, key: str, content: bytes) -> None:
        self[key] = content


def rows(framing: Framing, count: int, seed: int) -> Rows:
    """The target turns on the product of two columns, which no line can follow; four columns are noise."""
    generator = np.random.default_rng(seed)
    matrix = generator.normal(size=(count, 6)).astype(np.float32)
    matrix[:, 5] = matrix[:, 5] > 0
    product = (matrix[:, 0] * matrix[:, 1]).astype(np.float64)
    if framing == "regression":
        return Rows(matrix, 1000 + 50 * product)
    if framing == "binary":
        return Rows(matrix, (product > 0.3).astype(np.float64))
    return Rows(matrix, np.digitize(product, [-0.3, 0.3]).astype(np.float64))


def shape(framing: Framing, **more: Any) -> Shape:
    return Shape(framing, rows=600, columns=6, classes=3 if framing == "multiclass" else 2, **more)


def small(**more: Any) -> dict[str, Any]:
    """Parameters that fit within half a second."""
    quick = {
        "width": 32,
        "members": 4,
        "batch": 100,
        "epochs": 12,
        "patience": 8,
        "learning_rate": 2e-2,
        "dropout": 0.05,
    }
    return {**TECHNIQUE.defaults(shape("binary")), **quick, **more}


def fit(framing: Framing, resources: Resources = RESOURCES, **more: Any) -> Network:
    return TECHNIQUE.fit(rows(framing, 600, 1), rows(framing, 200, 2), small(**more), shape(framing), resources)


def graph(model: Network) -> Callable[[np.ndarray], np.ndarray]:
    nodes = Nodes()
    output = model.export(nodes, "matrix")
    made = helper.make_graph(
        nodes.nodes,
        "network",
        [helper.make_tensor_value_info("matrix", TensorProto.FLOAT, [None, 6])],
        [helper.make_tensor_value_info(output, TensorProto.DOUBLE, [None, None])],
        nodes.initializers,
    )
    content = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9).SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return lambda matrix: session.run(None, {"matrix": matrix})[0]


def test_it_learns_what_no_line_can() -> None:
    test = rows("binary", 500, 3)
    assert roc_auc_score(test.target, fit("binary").predict(test.matrix)) > 0.95
    test = rows("multiclass", 500, 3)
    assert (
        log_loss(test.target, fit("multiclass").predict(test.matrix)) < 0.5 < log_loss(test.target, [[1 / 3] * 3] * 500)
    )
    test = rows("regression", 500, 3)
    assert r2_score(test.target, fit("regression").predict(test.matrix)) > 0.8


def test_where_money_wants_a_quantile_that_share_of_targets_lies_below() -> None:
    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(900, 6)).astype(np.float32)
    noisy = Rows(matrix, generator.exponential(10.0, 900))
    model = TECHNIQUE.fit(noisy, noisy, small(epochs=6), shape("regression", quantile=0.8), RESOURCES)
    assert np.mean(noisy.target <= model.predict(matrix)) == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("framing", ["binary", "multiclass", "regression"])
def test_the_graph_answers_as_the_model_even_far_outside_of_what_it_was_trained_on(framing: Framing) -> None:
    model = fit(framing, epochs=2)
    matrix = rows(framing, 300, 4).matrix
    matrix[::3] *= np.array([1e30, -1e30, 1e-30, 100, 0, -1], dtype=np.float32)
    matrix[1] = np.finfo(np.float32).max
    answers, scores = graph(model)(matrix), model.predict(matrix)
    assert answers.shape == (300, 3 if framing == "multiclass" else 1)
    np.testing.assert_allclose(answers, scores.reshape(answers.shape), rtol=1e-6, atol=1e-6)
    assert graph(model)(matrix[:1]).shape == answers[:1].shape


def interrupted_at(step: int) -> Callable[[], bool]:
    looks = iter(range(1, 1000))
    return lambda: next(looks) == step


@pytest.mark.parametrize("step", [4, 12])
def test_an_interrupted_fit_ends_in_the_model_of_an_undisturbed_one(step: int) -> None:
    journal = Memory()
    undisturbed = fit("binary", epochs=3)
    checkpoints = Checkpoints(journal, interrupted_at(step))
    with pytest.raises(Interruption):
        fit("binary", dataclasses.replace(RESOURCES, checkpoints=checkpoints), epochs=3)
    (state,) = journal.values()
    resumed = fit("binary", dataclasses.replace(RESOURCES, checkpoints=Checkpoints(journal)), epochs=3)
    assert list(journal.values()) == [state]
    assert resumed.parameters == undisturbed.parameters
    for name, weights in undisturbed.weights.items():
        np.testing.assert_allclose(resumed.weights[name], weights, rtol=0, atol=1e-6)


def test_a_resumed_fit_does_only_what_was_left() -> None:
    journal, seen = Memory(), []
    with pytest.raises(Interruption):
        fit("binary", dataclasses.replace(RESOURCES, checkpoints=Checkpoints(journal, interrupted_at(14))), epochs=3)
    counting = Checkpoints(journal, lambda: bool(seen.append(1)))
    fit("binary", dataclasses.replace(RESOURCES, checkpoints=counting), epochs=3)
    steps = 3 * (600 // 100)
    assert len(seen) == steps - 14


def test_its_parameters_tell_how_many_epochs_to_do_on_other_rows() -> None:
    learned, contrary = rows("binary", 600, 1), rows("binary", 200, 2)
    contrary = Rows(contrary.matrix, 1 - contrary.target)
    early = TECHNIQUE.fit(learned, contrary, small(patience=1), shape("binary"), RESOURCES)
    assert 1 <= early.parameters["epochs"] < small()["epochs"]
    again = TECHNIQUE.fit(learned, None, early.parameters, shape("binary"), RESOURCES)
    assert again.parameters == early.parameters
    np.testing.assert_allclose(again.weights["weight_0"], early.weights["weight_0"], atol=1e-6)


def test_rows_of_no_weight_teach_nothing() -> None:
    good, bad = rows("binary", 300, 1), rows("binary", 300, 2)
    mixed = Rows(
        np.concatenate([good.matrix, bad.matrix]),
        np.concatenate([good.target, 1 - bad.target]),
        np.concatenate([np.ones(300), np.zeros(300)]),
    )
    model = TECHNIQUE.fit(mixed, None, small(), shape("binary"), RESOURCES)
    test = rows("binary", 500, 3)
    assert roc_auc_score(test.target, model.predict(test.matrix)) > 0.85


def test_a_deadline_ends_the_fit_with_what_it_has() -> None:
    soon = dataclasses.replace(RESOURCES, deadline=time.monotonic() + 0.1)
    model = fit("binary", soon, epochs=100_000, patience=100_000)
    assert model.parameters["epochs"] < 100_000
    with pytest.raises(ModelingError, match="no time was left for a single step"):
        fit("binary", dataclasses.replace(RESOURCES, deadline=time.monotonic()))


def test_without_pytorch_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModelingError, match=r"install crispstack\[neural-network\], or leave it out"):
        fit("binary")


def test_pytorch_is_imported_by_nothing_but_a_fit() -> None:
    code = "import crispstack.modeling.techniques, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_bins_lie_between_quantiles_and_two_values_need_none() -> None:
    values = np.sort(np.random.default_rng(0).exponential(size=1000)).astype(np.float32)
    encoding = PiecewiseLinear.of(np.stack([values, values > 1, np.zeros(1000, dtype=np.float32)], axis=1))
    assert set(encoding.column) == {0}
    within = np.histogram(values, np.append(encoding.edge, values[-1]))[0]
    assert within.max() - within.min() <= 2
    np.testing.assert_allclose(encoding.edge[1:], (encoding.edge + 1 / encoding.slope)[:-1], rtol=1e-4)
