"""Columns centered and divided by their standard deviation, in float32 as the graph computes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Matrix

FARTHEST = np.float32(10.0)
"""Standard deviations beyond which a number is cut: one wild value must not decide alone."""


@dataclass(frozen=True)
class Standardization:
    """Subtract `center`, multiply by `factor`, both float32 of shape (k,), and cut at `FARTHEST`."""

    center: Matrix
    factor: Matrix

    @classmethod
    def of(cls, matrix: Matrix) -> Standardization:
        """Mean and inverse standard deviation of each column of a matrix without gaps; 0 where nothing varies."""
        center = matrix.mean(axis=0, dtype=np.float64)
        # One column at a time: a copy of the whole in float64 would need the memory of two more.
        return cls.from_moments(center, np.array([np.std(column.astype(np.float64)) for column in matrix.T]))

    @classmethod
    def from_moments(cls, center: NDArray[np.float64], deviation: NDArray[np.float64]) -> Standardization:
        """The same from the columns' means and standard deviations, each of shape (k,)."""
        varies = deviation > np.finfo(np.float32).eps * np.abs(center)
        factor = np.where(varies, 1.0 / np.where(varies, deviation, 1.0), 0.0)
        largest = float(np.finfo(np.float32).max)
        return cls(center.astype(np.float32), np.minimum(factor, largest).astype(np.float32))

    def transform(self, matrix: Matrix) -> Matrix:
        """Shape (n, k), from numbers that are neither missing nor infinite."""
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            scaled = (matrix - self.center) * self.factor
        cut: Matrix = np.clip(scaled, -FARTHEST, FARTHEST)
        return cut

    def export(self, nodes: Nodes, numbers: str) -> str:
        """The same in the graph."""
        centered = nodes.add("Sub", [numbers, nodes.constant(self.center)])
        scaled = nodes.add("Mul", [centered, nodes.constant(self.factor)])
        return nodes.add("Clip", [scaled, nodes.constant(np.array(-FARTHEST)), nodes.constant(np.array(FARTHEST))])
