"""A fitted network over encoded features: numpy computes its scores, and ONNX the same from the same arrays.

The network is an ensemble of `k` perceptrons that share their weights but for a scale per input and output of each
layer: TabM, Gorishniy, Kotelnikov and Babenko (ICLR 2025), after BatchEnsemble. Its inputs are the features and their
piecewise-linear encoding: Gorishniy, Rubachev and Babenko, "On embeddings for numerical features" (NeurIPS 2022).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.onnx_nodes import as_double
from crispstack.modeling.techniques.links import scores

if TYPE_CHECKING:
    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Framing, Matrix, Scores, Shape
    from crispstack.modeling.techniques.target_scale import TargetScale

Array = NDArray[np.float32]

_MOST_BINS = 32
_MOST_ENCODED = 2048
_QUANTILE_ROWS = 100_000
_NARROWEST_BIN = 1e-6
_CHUNK_VALUES = 4_000_000


@dataclass(frozen=True)
class PiecewiseLinear:
    """Features held within their range in training, and how far each lies through every one of its bins, 0 to 1.

    `lowest` and `highest` have shape (d,); `column`, `edge` (where the bin begins) and `slope` (one by its width) shape
    (m,), one entry per bin.
    """

    lowest: Array
    highest: Array
    column: NDArray[np.int64]
    edge: Array
    slope: Array

    @classmethod
    def of(cls, matrix: Matrix) -> PiecewiseLinear:
        """Bins between quantiles of a matrix of shape (n, d) without missing values; none where two values suffice."""
        bins = min(_MOST_BINS, _MOST_ENCODED // max(1, matrix.shape[1]))
        some = matrix[:: max(1, len(matrix) // _QUANTILE_ROWS)]
        quantiles = np.quantile(some, np.linspace(0, 1, bins + 1), axis=0) if bins > 1 else some[:0]
        edges = [_apart(quantiles[:, column]) for column in range(matrix.shape[1])]
        edges = [found if len(found) > 2 else found[:0] for found in edges]
        counts = [max(0, len(found) - 1) for found in edges]
        return cls(
            matrix.min(axis=0),
            matrix.max(axis=0),
            np.repeat(np.arange(len(edges)), counts),
            np.concatenate([found[:-1] for found in edges]).astype(np.float32),
            np.concatenate([1 / np.diff(found) for found in edges]).astype(np.float32),
        )

    @property
    def width(self) -> int:
        """Number of inputs that the network sees, d + m."""
        return len(self.lowest) + len(self.column)


@dataclass(frozen=True)
class Network:
    """Arrays of a fitted network: ``scale_in``, ``weight``, ``scale_out`` and ``bias`` by the number of their layer.

    Shapes: scale_in (k, 1, f), weight (f, h), scale_out and bias (k, 1, h); the last layer has weight (k, h, o) and
    bias (k, 1, o) alone.
    """

    framing: Framing
    parameters: Mapping[str, Any]
    encoding: PiecewiseLinear
    weights: Mapping[str, Array]
    scale: TargetScale

    @property
    def layers(self) -> int:
        """Number of hidden layers."""
        return len([name for name in self.weights if name.startswith("scale_in")])

    def predict(self, matrix: Matrix) -> Scores:
        """Scores of these rows: the mean over the members."""
        widest = max(array.shape[-1] * len(array) for name, array in self.weights.items() if name.startswith("scale"))
        step = max(1, _CHUNK_VALUES // widest)
        starts = range(0, max(1, len(matrix)), step)
        return np.concatenate([self._scores(matrix[start : start + step]) for start in starts])

    def _scores(self, matrix: Matrix) -> Scores:
        out = self._outputs(matrix).astype(np.float64)
        members, rows, outputs = out.shape
        each = scores(self.scale.restored(out).reshape(members * rows, outputs), self.framing)
        return np.asarray(each.reshape(members, rows, *each.shape[1:]).mean(axis=0))

    def _outputs(self, matrix: Matrix) -> Array:
        """What each member says before the link, shape (k, n, o)."""
        encoding, weights, layers = self.encoding, self.weights, self.layers
        held = np.clip(matrix, encoding.lowest, encoding.highest)
        through = np.clip((held[:, encoding.column] - encoding.edge) * encoding.slope, 0, 1)
        hidden = np.concatenate([held, through], axis=1)[None]
        for layer in range(layers):
            hidden = (hidden * weights[f"scale_in_{layer}"]) @ weights[f"weight_{layer}"]
            hidden = np.maximum(hidden * weights[f"scale_out_{layer}"] + weights[f"bias_{layer}"], 0)
        return np.asarray(hidden @ weights[f"weight_{layers}"] + weights[f"bias_{layers}"])

    def export(self, nodes: Nodes, matrix: str) -> str:
        """The same in the graph; a float64 tensor of shape (n, 1), or (n, k) for k classes."""
        hidden, constants = self._export_encoding(nodes, matrix), self.weights
        for layer in range(self.layers):
            scaled = nodes.add("Mul", [hidden, nodes.constant(constants[f"scale_in_{layer}"])])
            product = nodes.add("MatMul", [scaled, nodes.constant(constants[f"weight_{layer}"])])
            scaled = nodes.add("Mul", [product, nodes.constant(constants[f"scale_out_{layer}"])])
            hidden = nodes.add("Relu", [nodes.add("Add", [scaled, nodes.constant(constants[f"bias_{layer}"])])])
        product = nodes.add("MatMul", [hidden, nodes.constant(constants[f"weight_{self.layers}"])])
        out = as_double(nodes, nodes.add("Add", [product, nodes.constant(constants[f"bias_{self.layers}"])]))
        out = self.scale.export(nodes, out)
        if self.framing != "regression":
            out = nodes.add("Softmax", [out], axis=2) if self.framing == "multiclass" else nodes.add("Sigmoid", [out])
        total = nodes.add("ReduceSum", [out, nodes.constant(np.array([0]))], keepdims=0)
        return nodes.add("Mul", [total, nodes.constant(np.array(1 / len(constants["bias_0"])))])

    def _export_encoding(self, nodes: Nodes, matrix: str) -> str:
        encoding = self.encoding
        held = nodes.add("Max", [matrix, nodes.constant(encoding.lowest)])
        held = nodes.add("Min", [held, nodes.constant(encoding.highest)])
        if not len(encoding.column):
            return held
        binned = nodes.add("Gather", [held, nodes.constant(encoding.column)], axis=1)
        through = nodes.add("Sub", [binned, nodes.constant(encoding.edge)])
        through = nodes.add("Mul", [through, nodes.constant(encoding.slope)])
        zero, one = (nodes.constant(np.array(value, dtype=np.float32)) for value in (0, 1))
        through = nodes.add("Clip", [through, zero, one])
        return nodes.add("Concat", [held, through], axis=1)


def _apart(quantiles: NDArray[np.floating]) -> NDArray[np.float64]:
    """Those of a column's quantiles, in order, that are further from the one before than rounding alone explains."""
    edges: NDArray[np.float64] = np.unique(quantiles.astype(np.float64))
    if not len(edges):
        return edges
    least = max(_NARROWEST_BIN * (edges[-1] - edges[0]), np.finfo(np.float32).tiny)
    return np.asarray(edges[np.diff(edges, prepend=-np.inf) > least])


def first_weights(inputs: int, parameters: Mapping[str, Any], shape: Shape, seed: int) -> dict[str, Array]:
    """Where the descent begins: members differ by the signs of their inputs and by chance in their last layer."""
    generator = np.random.default_rng(seed)
    members, width, layers = parameters["members"], parameters["width"], parameters["layers"]
    outputs = shape.classes if shape.framing == "multiclass" else 1
    weights = {}
    for layer in range(layers):
        reach = 1 / np.sqrt(inputs)
        signs = generator.choice([-1.0, 1.0], (members, 1, inputs))
        weights[f"scale_in_{layer}"] = signs if layer == 0 else np.ones((members, 1, inputs))
        weights[f"weight_{layer}"] = generator.uniform(-reach, reach, (inputs, width))
        weights[f"scale_out_{layer}"] = np.ones((members, 1, width))
        weights[f"bias_{layer}"] = generator.uniform(-reach, reach, (members, 1, width))
        inputs = width
    reach = 1 / np.sqrt(inputs)
    weights[f"weight_{layers}"] = generator.uniform(-reach, reach, (members, inputs, outputs))
    weights[f"bias_{layers}"] = generator.uniform(-reach, reach, (members, 1, outputs))
    return {name: weight.astype(np.float32) for name, weight in weights.items()}
