"""What modeling chose as one ONNX graph, and the proof that both answer alike."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Feature, Parity
from crispstack.modeling.onnx_graph import NUMBERS, OUTPUT, TEXTS, OnnxGraph
from crispstack.modeling.onnx_nodes import Nodes

if TYPE_CHECKING:
    from crispstack.modeling.predictor import Predictor
    from crispstack.modeling.technique import Framing, Scores

Columns = Mapping[str, NDArray[Any]]

OPSETS: Mapping[str, int] = {"": 21, "ai.onnx.ml": 4, "com.microsoft": 1}
IR_VERSION = 10
TOLERANCE = 1e-5


def export_graph(predictor: Predictor, features: tuple[Feature, ...]) -> bytes:
    """The graph: ``numbers``, float32 of shape (n, numeric features), and ``texts``, strings, (n, other features).

    Each is there if there are such features; the graph's metadata names them in order. One output, ``scores``: float32
    of shape (n, 1) for binary and regression, (n, k) for multiclass.
    """
    from onnx import TensorProto, helper  # noqa: PLC0415

    nodes = Nodes(reserved={NUMBERS, TEXTS, OUTPUT})
    inputs: list[Any] = []
    columns: dict[str, str] = {}
    order: dict[str, str] = {}
    for tensor, kind in ((NUMBERS, TensorProto.FLOAT), (TEXTS, TensorProto.STRING)):
        names = [each.name for each in features if (each.kind == "numeric") == (tensor == NUMBERS)]
        if names:
            inputs.append(helper.make_tensor_value_info(tensor, kind, ["rows", len(names)]))
            columns |= dict(zip(names, nodes.columns(tensor, len(names)), strict=True))
            order[tensor] = json.dumps(names)
    scores = predictor.export(nodes, columns)
    nodes.nodes.append(helper.make_node("Cast", [scores], [OUTPUT], to=TensorProto.FLOAT))
    outputs = [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["rows", None])]
    graph = helper.make_graph(nodes.nodes, "model", inputs, outputs, nodes.initializers)
    versions = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
    model = helper.make_model(graph, opset_imports=versions, ir_version=IR_VERSION, producer_name="crispstack")
    helper.set_model_props(model, order)
    content: bytes = model.SerializeToString()
    return content


def measure_parity(
    predictor: Predictor, graph: OnnxGraph, samples: Sequence[Columns], framing: Framing, threshold: float | None = None
) -> Parity:
    """How far the graph's scores are from the predictor's on these rows.

    Differences of numbers (regression) are in standard deviations of what is predicted, at least a hundredth of the
    largest: no float32 can be nearer. With a threshold, a
    decision is flipped where one score reaches it and the other does not; for multiclass, where another class is the
    most probable one by more than rounding.
    """
    expected = np.concatenate([predictor.scores(columns) for columns in samples])
    found = np.concatenate([graph.scores(columns) for columns in samples]).astype(np.float64)
    unit = _unit(expected) if framing == "regression" else 1.0
    # numpy's maximum of NaN is NaN, which is within no tolerance; Python's would pass it over.
    differences = np.abs(found - expected) / unit
    flipped = 0
    if framing == "multiclass":
        flipped = int((_decided(expected) & (expected.argmax(axis=1) != found.argmax(axis=1))).sum())
    elif threshold is not None:
        flipped = int(((expected >= threshold) != (found >= threshold)).sum())
    above = float(np.mean(~(differences <= TOLERANCE)))
    return Parity(len(expected), float(np.max(differences)), TOLERANCE, above, flipped)


def undisputed(threshold: float, scores: Scores) -> float:
    """A threshold at most the tolerance away, in the middle of the widest gap between scores, shape (n,).

    A score that is the threshold itself, but for rounding, would be decided by the rounding.
    """
    near = np.sort(scores[np.abs(scores - threshold) <= TOLERANCE])
    edges = np.concatenate([[threshold - TOLERANCE], near, [threshold + TOLERANCE]])
    widest = int(np.argmax(np.diff(edges)))
    return float((edges[widest] + edges[widest + 1]) / 2)


def _unit(expected: Scores) -> float:
    """What a difference of 1 means for numbers."""
    unit = max(float(np.std(expected)), float(np.abs(expected).max()) / 100)
    return unit if unit > 0 else 1.0


def _decided(scores: Scores) -> NDArray[np.bool_]:
    """Whether the most probable class leads by more than the tolerance."""
    first, second = -np.partition(-scores, 1, axis=1)[:, :2].T
    decided: NDArray[np.bool_] = first - second > TOLERANCE
    return decided
