"""From a model's raw sums to scores: the same function here and in a graph, in float64 so that both agree.

Sums have shape (n, 1), or (n, k) for multiclass; scores are those of `crispstack.modeling.technique`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Framing, Scores

IMPOSSIBLE = -50.0
"""The logit of a class that is not among the rows to fit on."""


def scores(sums: NDArray[np.float64], framing: Framing) -> Scores:
    """Logits become probabilities; numbers stay."""
    if framing == "multiclass":
        shifted = np.exp(sums - sums.max(axis=1, keepdims=True))
        shares: Scores = shifted / shifted.sum(axis=1, keepdims=True)
        return shares
    if framing == "regression":
        return sums[:, 0]
    # Two forms of one function, each where its exponential cannot overflow.
    small = np.exp(-np.abs(sums[:, 0]))
    return np.where(sums[:, 0] >= 0, 1.0, small) / (1.0 + small)


def export_scores(nodes: Nodes, sums: str, framing: Framing) -> str:
    """The same in the graph, from a float64 tensor; a float64 tensor."""
    if framing == "multiclass":
        return nodes.add("Softmax", [sums], axis=1)
    return sums if framing == "regression" else nodes.add("Sigmoid", [sums])
