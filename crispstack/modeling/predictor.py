"""What modeling chose: one or several fitted models over their encodings, weighted, and perhaps calibrated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.onnx_nodes import as_double

if TYPE_CHECKING:
    from crispstack.modeling.encoding import Encoding
    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Model, Scores

Columns = Mapping[str, NDArray[Any]]


class Calibration(Protocol):
    """A map from scores to scores, for instance to probabilities that money can be counted with."""

    def apply(self, scores: Scores) -> Scores:
        """Calibrated scores, of the same shape."""

    def export(self, nodes: Nodes, scores: str) -> str:
        """Nodes that compute the same from a float64 tensor of shape (n, 1) or (n, k); a float64 tensor."""


@dataclass(frozen=True)
class Member:
    """One model, the encoding it was fitted on, and its share in the sum. Members may share an encoding."""

    encoding: Encoding
    model: Model
    weight: float = 1.0


@dataclass(frozen=True)
class Predictor:
    """The weighted sum of its members' scores, calibrated. Weights are expected to add up to one."""

    members: tuple[Member, ...]
    calibration: Calibration | None = None

    def scores(self, columns: Columns) -> Scores:
        """Scores of shape (n,) or (n, k), from one array of shape (n,) per feature."""
        matrices = {id(member.encoding): member.encoding for member in self.members}
        encoded = {key: encoding.transform(columns) for key, encoding in matrices.items()}
        answers = [member.weight * member.model.predict(encoded[id(member.encoding)]) for member in self.members]
        total: Scores = np.sum(answers, axis=0)
        return self.calibration.apply(total) if self.calibration else total

    def export(self, nodes: Nodes, inputs: Mapping[str, str]) -> str:
        """The same in the graph, from a tensor of shape (n, 1) per feature: a float64 tensor, (n, 1) or (n, k)."""
        encodings = {id(member.encoding): member.encoding for member in self.members}
        matrices = {key: encoding.export(nodes, inputs) for key, encoding in encodings.items()}
        answers = [_weighted(nodes, member, matrices[id(member.encoding)]) for member in self.members]
        total = answers[0] if len(answers) == 1 else nodes.add("Sum", answers)
        return self.calibration.export(nodes, total) if self.calibration else total


def _weighted(nodes: Nodes, member: Member, matrix: str) -> str:
    scores = as_double(nodes, member.model.export(nodes, matrix))
    if member.weight == 1.0:
        return scores
    return nodes.add("Mul", [scores, nodes.constant(np.array(member.weight, dtype=np.float64))])
