"""Nearest neighbors: the answer of the training rows that are most alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.techniques.distances import Distances

if TYPE_CHECKING:
    import optuna

    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Framing, Matrix, Resources, Rows, Scores, Shape

MOST_ROWS, MOST_CELLS = 10_000, 500_000
"""The training rows travel with the model, and every prediction goes through all of them."""
_ALIKE = 1e-8
"""Squared distances that differ by less are equal: the order of equal ones must not decide who is a neighbor."""


@dataclass(frozen=True)
class NeighborsModel:
    """Weighted mean of the neighbors' `answers`, of shape (m, 1) or (m, k); neighbors as far as the last one count too.

    With `by_distance` a neighbor weighs 1 / (distance + 1), in standard deviations.
    """

    distances: Distances
    answers: NDArray[np.float64]
    neighbors: int
    by_distance: bool
    weight: NDArray[np.float64]
    framing: Framing
    parameters: Mapping[str, Any]

    def predict(self, matrix: Matrix) -> Scores:
        """Scores of these rows."""
        means = np.vstack([self._means(squared) for squared in self.distances.chunks(matrix)])
        return means if self.framing == "multiclass" else means[:, 0]

    def export(self, nodes: Nodes, matrix: str) -> str:
        """The same in the graph."""
        squared = self.distances.export(nodes, matrix)
        count = nodes.constant(np.array([self.neighbors], dtype=np.int64))
        nearest, _ = nodes.add_many("TopK", [squared, count], 2, largest=0, sorted=0)
        axis, alike = nodes.constant(np.array([1], dtype=np.int64)), nodes.scalar(_ALIKE)
        farthest = nodes.add("Add", [nodes.add("ReduceMax", [nearest, axis], keepdims=1), alike])
        weight = nodes.constant(self.weight)
        if self.by_distance:
            weight = nodes.add("Div", [weight, nodes.add("Add", [nodes.add("Sqrt", [squared]), nodes.scalar(1.0)])])
        counted = nodes.add("Where", [nodes.add("LessOrEqual", [squared, farthest]), weight, nodes.scalar(0.0)])
        total = nodes.add("ReduceSum", [counted, axis], keepdims=1)
        return nodes.add("Div", [nodes.add("MatMul", [counted, nodes.constant(self.answers)]), total])

    def _means(self, squared: NDArray[np.float64]) -> NDArray[np.float64]:
        farthest = np.partition(squared, self.neighbors - 1, axis=1)[:, self.neighbors - 1 : self.neighbors]
        weight = self.weight / (np.sqrt(squared) + 1.0) if self.by_distance else self.weight
        counted = np.where(squared <= farthest + _ALIKE, weight, 0.0)
        means = counted @ self.answers / counted.sum(axis=1, keepdims=True)
        # No mean is beyond what it is of, but for the last digit.
        bounded: NDArray[np.float64] = np.clip(means, self.answers.min(axis=0), self.answers.max(axis=0))
        return bounded


class NearestNeighbors:
    """Nearest neighbors in standardized columns."""

    name = "nearest_neighbors"
    family = "distances"
    encoding: Literal["trees", "dense"] = "dense"
    stops_early = False

    def unsuited(self, shape: Shape) -> str:
        """Beyond some thousand rows, or so many columns that all rows are equally far from each other."""
        if shape.rows > MOST_ROWS or shape.rows * shape.columns > MOST_CELLS:
            return (
                f"its training rows travel with the model: at most {MOST_ROWS:,} rows and {MOST_CELLS:,} values, "
                f"here {shape.rows:,} rows of {shape.columns:,} columns"
            )
        return ""

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        """About the square root of the rows."""
        return {"neighbors": int(np.clip(np.sqrt(shape.rows), 5, 50)), "by_distance": True}

    def suggest(self, trial: optuna.Trial, shape: Shape) -> Mapping[str, Any]:
        """How many, and whether near ones count more."""
        most = int(np.clip(shape.rows // 5, 2, 200))
        return {
            "neighbors": trial.suggest_int("neighbors", 1, most, log=True),
            "by_distance": trial.suggest_categorical("by_distance", [True, False]),
        }

    def fit(
        self,
        rows: Rows,
        stop: Rows | None,  # noqa: ARG002 (the interface's)
        parameters: Mapping[str, Any],
        shape: Shape,
        resources: Resources,  # noqa: ARG002
    ) -> NeighborsModel:
        """Keep the rows that have weight."""
        weight = np.ones(len(rows.target)) if rows.weight is None else rows.weight
        kept = weight > 0
        answers = rows.target[kept].reshape(-1, 1)
        if shape.framing == "multiclass":
            answers = (answers == np.arange(shape.classes)).astype(np.float64)
        return NeighborsModel(
            Distances(rows.matrix[kept]),
            answers,
            min(parameters["neighbors"], int(kept.sum())),
            parameters["by_distance"],
            weight[kept],
            shape.framing,
            parameters,
        )
