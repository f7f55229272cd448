"""Support vector machines with a Gaussian kernel, for small tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.techniques.distances import Distances
from crispstack.modeling.techniques.target_scale import TargetScale

if TYPE_CHECKING:
    import optuna

    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Framing, Matrix, Resources, Rows, Scores, Shape

MOST_ROWS, MOST_CELLS = 3_000, 300_000
"""The time to fit grows with the square of the rows, and support vectors travel with the model."""
_FOLDS = 3

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SupportVectorModel:
    """Sums of kernels, exp(-gamma * squared distance) @ weights + intercepts, of shapes (m, k) and (k,).

    Of classes each sum is one against the rest; times `slopes` plus `offsets`, both (k,), it is a logit (Platt, 1999).
    """

    distances: Distances
    gamma: float
    weights: Floats
    intercepts: Floats
    slopes: Floats
    offsets: Floats
    framing: Framing
    scale: TargetScale
    parameters: Mapping[str, Any]

    def predict(self, matrix: Matrix) -> Scores:
        """Scores of these rows."""
        kernels = (np.exp(-self.gamma * squared) for squared in self.distances.chunks(matrix))
        sums = np.vstack([kernel @ self.weights + self.intercepts for kernel in kernels])
        if self.framing == "regression":
            return self.scale.restored(sums[:, 0])
        chances = 1.0 / (1.0 + np.exp(-np.clip(sums * self.slopes + self.offsets, -500.0, 500.0)))
        if self.framing == "binary":
            return chances[:, 0]
        shares: Scores = chances / chances.sum(axis=1, keepdims=True)
        return shares

    def export(self, nodes: Nodes, matrix: str) -> str:
        """The same in the graph."""
        squared = self.distances.export(nodes, matrix)
        kernel = nodes.add("Exp", [nodes.add("Mul", [squared, nodes.scalar(-self.gamma)])])
        sums = nodes.add(
            "Add", [nodes.add("MatMul", [kernel, nodes.constant(self.weights)]), nodes.constant(self.intercepts)]
        )
        if self.framing == "regression":
            return self.scale.export(nodes, sums)
        logits = nodes.add("Add", [nodes.add("Mul", [sums, nodes.constant(self.slopes)]), nodes.constant(self.offsets)])
        limits = [nodes.scalar(-500.0), nodes.scalar(500.0)]
        chances = nodes.add("Sigmoid", [nodes.add("Clip", [logits, *limits])])
        if self.framing == "binary":
            return chances
        total = nodes.add("ReduceSum", [chances, nodes.constant(np.array([1], dtype=np.int64))], keepdims=1)
        return nodes.add("Div", [chances, total])


class SupportVectors:
    """Support vector classification, one class against the rest, or regression."""

    name = "support_vectors"
    family = "kernels"
    encoding: Literal["trees", "dense"] = "dense"
    stops_early = False

    def unsuited(self, shape: Shape) -> str:
        """Beyond some thousand rows."""
        if shape.rows > MOST_ROWS or shape.rows * shape.columns > MOST_CELLS:
            return (
                f"its time grows with the square of the rows: at most {MOST_ROWS:,} rows and {MOST_CELLS:,} values, "
                f"here {shape.rows:,} rows of {shape.columns:,} columns"
            )
        if shape.framing != "regression" and shape.rarest < _FOLDS:
            return f"its probabilities need at least {_FOLDS} rows of every class, the rarest has {shape.rarest}"
        return ""

    def defaults(self, shape: Shape) -> Mapping[str, Any]:  # noqa: ARG002 (the interface's)
        """A kernel about as wide as the standardized columns spread."""
        return {"C": 1.0, "width": 1.0}

    def suggest(self, trial: optuna.Trial, shape: Shape) -> Mapping[str, Any]:  # noqa: ARG002
        """The penalty's inverse and the kernel's width."""
        return {
            "C": trial.suggest_float("C", 1e-2, 1e2, log=True),
            "width": trial.suggest_float("width", 0.3, 5.0, log=True),
        }

    def fit(
        self,
        rows: Rows,
        stop: Rows | None,  # noqa: ARG002
        parameters: Mapping[str, Any],
        shape: Shape,
        resources: Resources,
    ) -> SupportVectorModel:
        """Fit by libsvm; for classes each one three times more, on two thirds of the rows, to find the sigmoid."""
        variance = float(np.mean(np.var(rows.matrix, axis=0, dtype=np.float64)))
        spread = rows.matrix.shape[1] * (variance if variance > 0 else 1.0)
        gamma = 1.0 / (spread * parameters["width"] ** 2)
        scale = TargetScale.of(rows, shape)
        if shape.framing == "regression":
            machines = [_regressed(rows, scale, gamma, parameters["C"])]
            sigmoids = np.array([[1.0, 0.0]])
        else:
            sides = [rows.target == label for label in ([1] if shape.framing == "binary" else range(shape.classes))]
            machines = [_parted(rows, side, gamma, parameters["C"]) for side in sides]
            sigmoids = np.array([_sigmoid(rows, side, gamma, parameters["C"], resources.seed) for side in sides])
        used = np.unique(np.concatenate([machine.support_ for machine in machines]))
        weights = np.zeros((len(rows.target), len(machines)))
        for position, machine in enumerate(machines):
            weights[machine.support_, position] = machine.dual_coef_[0]
        return SupportVectorModel(
            Distances(rows.matrix[used]),
            gamma,
            weights[used],
            np.array([float(machine.intercept_[0]) for machine in machines]),
            sigmoids[:, 0],
            sigmoids[:, 1],
            shape.framing,
            scale,
            parameters,
        )


def _parted(rows: Rows, side: NDArray[np.bool_], gamma: float, penalty: float) -> Any:
    from sklearn.svm import SVC  # noqa: PLC0415

    return SVC(C=penalty, gamma=gamma).fit(rows.matrix.astype(np.float64), side, rows.weight)


def _regressed(rows: Rows, scale: TargetScale, gamma: float, penalty: float) -> Any:
    from sklearn.svm import SVR  # noqa: PLC0415

    machine = SVR(C=penalty, gamma=gamma)
    return machine.fit(rows.matrix.astype(np.float64), scale.scaled(rows.target), rows.weight)


def _sigmoid(rows: Rows, side: NDArray[np.bool_], gamma: float, penalty: float, seed: int) -> tuple[float, float]:
    """Slope and offset that make a logit of the margin, found on margins of rows that were held out."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.model_selection import StratifiedKFold, cross_val_predict  # noqa: PLC0415
    from sklearn.svm import SVC  # noqa: PLC0415

    margins = cross_val_predict(
        SVC(C=penalty, gamma=gamma),
        rows.matrix.astype(np.float64),
        side,
        cv=StratifiedKFold(_FOLDS, shuffle=True, random_state=seed),
        method="decision_function",
        params=None if rows.weight is None else {"sample_weight": rows.weight},
    )
    line = LogisticRegression(C=1e3).fit(margins.reshape(-1, 1), side, rows.weight)
    return float(line.coef_[0, 0]), float(line.intercept_[0])
