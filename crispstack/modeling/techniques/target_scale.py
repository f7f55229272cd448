"""A numeric target centered and scaled for the fit: float32 sums of trees keep their digits, whatever its unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Rows, Shape

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TargetScale:
    """`center` is subtracted from a target, then it is divided by `deviation`; classes keep 0 and 1."""

    center: float = 0.0
    deviation: float = 1.0

    @classmethod
    def of(cls, rows: Rows, shape: Shape) -> TargetScale:
        """Weighted mean and standard deviation of a number to predict; nothing is done to classes."""
        if shape.framing != "regression":
            return cls()
        center = float(np.average(rows.target, weights=rows.weight))
        deviation = float(np.sqrt(np.average((rows.target - center) ** 2, weights=rows.weight)))
        return cls(center, deviation if deviation > 0 else 1.0)

    def scaled(self, target: Floats) -> Floats:
        """The target as models are fitted to it, shape (n,)."""
        return (target - self.center) / self.deviation

    def restored(self, predicted: Floats) -> Floats:
        """Predictions in the target's own unit; any shape."""
        return predicted * self.deviation + self.center

    def export(self, nodes: Nodes, predicted: str) -> str:
        """The same in the graph, from a float64 tensor."""
        if self == TargetScale():
            return predicted
        stretched = nodes.add("Mul", [predicted, nodes.scalar(self.deviation)])
        return nodes.add("Add", [stretched, nodes.scalar(self.center)])
