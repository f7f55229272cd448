"""The same answer for every row: what any model has to beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import optuna

    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Matrix, Resources, Rows, Scores, Shape


@dataclass(frozen=True)
class ConstantModel:
    """`answer` has shape (1, 1), or (1, k) for multiclass."""

    answer: NDArray[np.float64]
    parameters: Mapping[str, Any]

    def predict(self, matrix: Matrix) -> Scores:
        """Scores of these rows."""
        repeated = np.repeat(self.answer, len(matrix), axis=0)
        return repeated[:, 0] if repeated.shape[1] == 1 else repeated

    def export(self, nodes: Nodes, matrix: str) -> str:
        """The same in the graph."""
        rows = nodes.add("Shape", [matrix], start=0, end=1)
        width = nodes.constant(np.array([self.answer.shape[1]], dtype=np.int64))
        return nodes.add("Expand", [nodes.constant(self.answer), nodes.add("Concat", [rows, width], axis=0)])


class Constant:
    """The shares of the classes, the mean of a number, or the quantile that money asks for."""

    name = "constant"
    family = "constant"
    encoding: Literal["trees", "dense"] = "trees"
    stops_early = False

    def unsuited(self, shape: Shape) -> str:  # noqa: ARG002 (the interface's)
        """Never."""
        return ""

    def defaults(self, shape: Shape) -> Mapping[str, Any]:  # noqa: ARG002
        """None."""
        return {}

    def suggest(self, trial: optuna.Trial, shape: Shape) -> Mapping[str, Any]:  # noqa: ARG002
        """Nothing to draw."""
        return {}

    def fit(
        self,
        rows: Rows,
        stop: Rows | None,  # noqa: ARG002
        parameters: Mapping[str, Any],
        shape: Shape,
        resources: Resources,  # noqa: ARG002
    ) -> ConstantModel:
        """Count."""
        weight = np.ones(len(rows.target)) if rows.weight is None else rows.weight
        if shape.framing == "multiclass":
            answer = np.bincount(rows.target.astype(np.int64), weight, shape.classes) / weight.sum()
        elif shape.quantile is None:
            answer = np.array([np.average(rows.target, weights=weight)])
        else:
            answer = np.array([weighted_quantile(rows.target, weight, shape.quantile)])
        return ConstantModel(answer.reshape(1, -1), parameters)


def weighted_quantile(values: NDArray[np.float64], weight: NDArray[np.float64], quantile: float) -> float:
    """The smallest value that has at least this share of the weight at or below it."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order]) >= quantile * weight.sum() * (1 - 1e-12)
    return float(values[order][np.argmax(reached)])
