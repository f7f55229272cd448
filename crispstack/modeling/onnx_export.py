"""What modeling chose as one ONNX graph, and the proof that both answer alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Feature, Parity
from crispstack.modeling.onnx_graph import OUTPUT, OnnxGraph
from crispstack.modeling.onnx_nodes import Nodes

if TYPE_CHECKING:
    from crispstack.modeling.predictor import Predictor
    from crispstack.modeling.technique import Framing, Scores

Columns = Mapping[str, NDArray[Any]]

OPSETS: Mapping[str, int] = {"": 21, "ai.onnx.ml": 4, "com.microsoft": 1}
IR_VERSION = 10
TOLERANCE = 1e-5


def export_graph(predictor: Predictor, features: tuple[Feature, ...]) -> bytes:
    """The graph: per feature an input of shape (n, 1), float32 or string; one output, ``scores``.

    Scores are float32 of shape (n, 1) for binary and regression, (n, k) for multiclass.
    """
    from onnx import TensorProto, helper  # noqa: PLC0415

    kinds = {"numeric": TensorProto.FLOAT, "categorical": TensorProto.STRING, "text": TensorProto.STRING}
    inputs = [helper.make_tensor_value_info(each.name, kinds[each.kind], ["rows", 1]) for each in features]
    # Nodes name their results by operator and number; a feature may be called so too.
    names = {each.name for each in features}
    output = OUTPUT
    while output in names:
        output += "_"
    nodes = Nodes(reserved=names | {output})
    scores = predictor.export(nodes, {each.name: each.name for each in features})
    nodes.nodes.append(helper.make_node("Cast", [scores], [output], to=TensorProto.FLOAT))
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["rows", None])]
    graph = helper.make_graph(nodes.nodes, "model", inputs, outputs, nodes.initializers)
    versions = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
    model = helper.make_model(graph, opset_imports=versions, ir_version=IR_VERSION, producer_name="crispstack")
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
