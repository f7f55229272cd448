"""A fitted ensemble of trees: the library's own predictions here, its trees in the graph; parity compares the two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.onnx_nodes import as_double
from crispstack.modeling.techniques.links import export_scores, scores

if TYPE_CHECKING:
    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Framing, Matrix, Scores, Shape
    from crispstack.modeling.techniques.target_scale import TargetScale
    from crispstack.modeling.tree_ensemble import TreeEnsemble


_MOST_STEPS, _MOST_TREES = 2000, 5000
"""Of a boosted model. Of many classes every step takes as many trees: what a graph holds and answers with in time."""


def most_steps(shape: Shape) -> int:
    """Steps after which boosting ends, however much the rows to stop by still gain."""
    return min(_MOST_STEPS, _MOST_TREES // shape.classes) if shape.framing == "multiclass" else _MOST_STEPS


class Library(Protocol):
    """The model in the library that grew it."""

    def sums(self, matrix: Matrix) -> NDArray[np.float64]:
        """What the trees add up to, shape (n, outputs)."""

    def trees(self) -> TreeEnsemble:
        """The same as plain trees."""


@dataclass(frozen=True)
class TreeModel:
    """Trees whose sums are logits or scaled numbers, or already probabilities if `probabilities`."""

    library: Library
    framing: Framing
    scale: TargetScale
    parameters: Mapping[str, Any]
    probabilities: bool = False

    def predict(self, matrix: Matrix) -> Scores:
        """Scores of these rows, by the library."""
        sums = self.scale.restored(self.library.sums(matrix))
        if self.probabilities:
            return sums if self.framing == "multiclass" else sums[:, 0]
        return scores(sums, self.framing)

    def export(self, nodes: Nodes, matrix: str) -> str:
        """The same in the graph."""
        sums = as_double(nodes, self.library.trees().export(nodes, matrix))
        restored = self.scale.export(nodes, sums)
        return restored if self.probabilities else export_scores(nodes, restored, self.framing)
