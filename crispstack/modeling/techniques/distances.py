"""Squared Euclidean distances to some training rows, here and in a graph, in float64."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.onnx_nodes import as_double

if TYPE_CHECKING:
    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Matrix

_CELLS = 10_000_000
"""Distances in memory at a time."""


@dataclass(frozen=True)
class Distances:
    """To `rows`, of shape (m, d)."""

    rows: Matrix

    def chunks(self, matrix: Matrix) -> Iterator[NDArray[np.float64]]:
        """Squared distances of shape (chunk, m), for one chunk of rows after the other."""
        own = self.rows.astype(np.float64)
        squares = (own**2).sum(axis=1)
        step = max(1, _CELLS // len(own))
        for start in range(0, len(matrix), step):
            numbers = matrix[start : start + step].astype(np.float64)
            yield np.maximum((numbers**2).sum(axis=1)[:, None] - 2.0 * (numbers @ own.T) + squares, 0.0)

    def export(self, nodes: Nodes, matrix: str) -> str:
        """The same in the graph, for all rows at once: a float64 tensor of shape (n, m)."""
        own = self.rows.astype(np.float64)
        numbers, axis = as_double(nodes, matrix), nodes.constant(np.array([1], dtype=np.int64))
        squared = nodes.add("ReduceSum", [nodes.add("Mul", [numbers, numbers]), axis], keepdims=1)
        # The training rows are kept as float32, which is what they are: half the size.
        turned = as_double(nodes, nodes.constant(np.ascontiguousarray(self.rows.T)))
        product = nodes.add("MatMul", [nodes.add("Mul", [numbers, nodes.scalar(-2.0)]), turned])
        total = nodes.add("Sum", [squared, product, nodes.constant((own**2).sum(axis=1))])
        return nodes.add("Max", [total, nodes.scalar(0.0)])
