"""Logistic regression for classes, ridge regression for numbers."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.onnx_nodes import as_double
from crispstack.modeling.techniques.links import IMPOSSIBLE, export_scores, scores
from crispstack.modeling.techniques.threads import limited

if TYPE_CHECKING:
    import optuna

    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Framing, Matrix, Resources, Rows, Scores, Shape

_STEPS = 50
"""Iterations between two looks at the clock."""
_MOST_STEPS = 10
_CLOSED_FORM = 1000
"""Columns up to which ridge regression is solved in closed form, whose time grows with their cube."""


@dataclass(frozen=True)
class LinearModel:
    """Weighted sums of the columns: `weights` of shape (d, 1) or (d, k), `intercepts` of shape (1,) or (k,)."""

    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    framing: Framing
    parameters: Mapping[str, Any]

    def predict(self, matrix: Matrix) -> Scores:
        """Scores of these rows."""
        return scores(matrix.astype(np.float64) @ self.weights + self.intercepts, self.framing)

    def export(self, nodes: Nodes, matrix: str) -> str:
        """The same in the graph."""
        products = nodes.add("MatMul", [as_double(nodes, matrix), nodes.constant(self.weights)])
        return export_scores(nodes, nodes.add("Add", [products, nodes.constant(self.intercepts)]), self.framing)


class Logistic:
    """Logistic regression with an L2 penalty; multinomial for more than two classes."""

    name = "logistic_regression"
    family = "linear"
    encoding: Literal["trees", "dense"] = "dense"
    stops_early = False

    def unsuited(self, shape: Shape) -> str:
        """Numbers are ridge regression's."""
        return "it predicts classes, not numbers" if shape.framing == "regression" else ""

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        """C is the inverse of the penalty."""
        return {"C": 1.0 if shape.rows > 50 * shape.columns else 0.1}

    def suggest(self, trial: optuna.Trial, shape: Shape) -> Mapping[str, Any]:  # noqa: ARG002 (the interface's)
        """Penalties over five orders of magnitude."""
        return {"C": trial.suggest_float("C", 1e-4, 1e2, log=True)}

    def fit(
        self,
        rows: Rows,
        stop: Rows | None,  # noqa: ARG002 (the interface's)
        parameters: Mapping[str, Any],
        shape: Shape,
        resources: Resources,
    ) -> LinearModel:
        """Fit by L-BFGS, in steps until it converges or time is over."""
        from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

        line = LogisticRegression(C=parameters["C"], max_iter=_STEPS, tol=1e-4, warm_start=True)
        with warnings.catch_warnings(), limited(resources.threads):
            warnings.simplefilter("ignore", ConvergenceWarning)
            for _ in range(_MOST_STEPS):
                line.fit(rows.matrix, rows.target.astype(np.int64), sample_weight=rows.weight)
                if resources.late or int(np.max(line.n_iter_)) < _STEPS:
                    break
        weights, intercepts = line.coef_.T.astype(np.float64), line.intercept_.astype(np.float64)
        if shape.framing == "multiclass":
            weights, intercepts = _all_classes(weights, intercepts, line.classes_, shape.classes)
        return LinearModel(weights, intercepts, shape.framing, parameters)


class Ridge:
    """Linear regression with an L2 penalty."""

    name = "ridge_regression"
    family = "linear"
    encoding: Literal["trees", "dense"] = "dense"
    stops_early = False

    def unsuited(self, shape: Shape) -> str:
        """Classes are logistic regression's."""
        return "" if shape.framing == "regression" else "it predicts numbers, not classes"

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        """Alpha is the penalty, in rows of standard-normal columns."""
        return {"alpha": 1.0 if shape.rows > 50 * shape.columns else 10.0}

    def suggest(self, trial: optuna.Trial, shape: Shape) -> Mapping[str, Any]:  # noqa: ARG002 (the interface's)
        """Penalties over seven orders of magnitude."""
        return {"alpha": trial.suggest_float("alpha", 1e-3, 1e4, log=True)}

    def fit(
        self,
        rows: Rows,
        stop: Rows | None,  # noqa: ARG002 (the interface's)
        parameters: Mapping[str, Any],
        shape: Shape,
        resources: Resources,
    ) -> LinearModel:
        """Fit in closed form, or step by step where there are many columns."""
        from sklearn.linear_model import Ridge as RidgeRegression  # noqa: PLC0415

        solver = "auto" if rows.matrix.shape[1] <= _CLOSED_FORM else "lsqr"
        line = RidgeRegression(alpha=parameters["alpha"], solver=solver)
        with limited(resources.threads):
            line.fit(rows.matrix.astype(np.float64), rows.target, sample_weight=rows.weight)
        return LinearModel(line.coef_.reshape(-1, 1), np.array([line.intercept_]), shape.framing, parameters)


def _all_classes(
    weights: NDArray[np.float64], intercepts: NDArray[np.float64], present: NDArray[np.int64], classes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of every class, where not all are among the rows: one that is not gets next to no probability."""
    if len(present) == 2:
        weights, intercepts = np.hstack([np.zeros_like(weights), weights]), np.append(0.0, intercepts)
    complete = np.zeros((len(weights), classes))
    complete[:, present] = weights
    absent = np.full(classes, IMPOSSIBLE)
    absent[present] = intercepts
    return complete, absent
