"""Naive Bayes: columns taken for independent within a class, normal ones and indicators beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.onnx_nodes import as_double
from crispstack.modeling.techniques.links import export_scores, scores

if TYPE_CHECKING:
    import optuna

    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Framing, Matrix, Resources, Rows, Scores, Shape

_NEVER = -1e9
"""Logarithm of the likelihood of a class that is not among the rows."""


@dataclass(frozen=True)
class NaiveBayesModel:
    """Logarithms of likelihoods: x² @ squares + x @ weights + intercepts, of shapes (d, k), (d, k) and (k,).

    For two classes it is the difference of the two, k = 1.
    """

    squares: NDArray[np.float64]
    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    framing: Framing
    parameters: Mapping[str, Any]

    def predict(self, matrix: Matrix) -> Scores:
        """Scores of these rows."""
        numbers = matrix.astype(np.float64)
        return scores(numbers**2 @ self.squares + numbers @ self.weights + self.intercepts, self.framing)

    def export(self, nodes: Nodes, matrix: str) -> str:
        """The same in the graph."""
        numbers = as_double(nodes, matrix)
        squared = nodes.add("MatMul", [nodes.add("Mul", [numbers, numbers]), nodes.constant(self.squares)])
        weighted = nodes.add("MatMul", [numbers, nodes.constant(self.weights)])
        sums = nodes.add("Sum", [squared, weighted, nodes.constant(self.intercepts)])
        return export_scores(nodes, sums, self.framing)


class NaiveBayes:
    """Gaussian for numbers, Bernoulli for columns of 0 and 1."""

    name = "naive_bayes"
    family = "naive Bayes"
    encoding: Literal["trees", "dense"] = "dense"
    stops_early = False

    def unsuited(self, shape: Shape) -> str:
        """It compares classes."""
        return "it predicts classes, not numbers" if shape.framing == "regression" else ""

    def defaults(self, shape: Shape) -> Mapping[str, Any]:  # noqa: ARG002 (the interface's)
        """Smoothing is a share of the largest variance, added to all."""
        return {"smoothing": 0.1}

    def suggest(self, trial: optuna.Trial, shape: Shape) -> Mapping[str, Any]:  # noqa: ARG002
        """Smoothing over three orders of magnitude."""
        return {"smoothing": trial.suggest_float("smoothing", 1e-3, 1.0, log=True)}

    def fit(
        self,
        rows: Rows,
        stop: Rows | None,  # noqa: ARG002
        parameters: Mapping[str, Any],
        shape: Shape,
        resources: Resources,  # noqa: ARG002
    ) -> NaiveBayesModel:
        """Means, variances and shares of each class, by scikit-learn."""
        from sklearn.naive_bayes import BernoulliNB, GaussianNB  # noqa: PLC0415

        target = rows.target.astype(np.int64)
        present = np.unique(target)
        flags = ((rows.matrix == 0) | (rows.matrix == 1)).all(axis=0)
        squares, weights = (
            np.zeros((rows.matrix.shape[1], len(present))),
            np.zeros((rows.matrix.shape[1], len(present))),
        )
        shares = np.bincount(target, rows.weight)[present]
        intercepts = np.log(np.maximum(shares / shares.sum(), np.finfo(np.float64).tiny))
        if flags.any():
            coins = BernoulliNB(binarize=None).fit(rows.matrix[:, flags], target, rows.weight)
            tails = np.log1p(-np.exp(coins.feature_log_prob_))
            weights[flags] = (coins.feature_log_prob_ - tails).T
            intercepts += tails.sum(axis=1)
        if not flags.all():
            bells = GaussianNB(var_smoothing=parameters["smoothing"])
            bells.fit(rows.matrix[:, ~flags].astype(np.float64), target, rows.weight)
            squares[~flags] = (-0.5 / bells.var_).T
            weights[~flags] = (bells.theta_ / bells.var_).T
            intercepts -= 0.5 * (bells.theta_**2 / bells.var_ + np.log(2 * np.pi * bells.var_)).sum(axis=1)
        complete = [_every_class(values, present, shape.classes) for values in (squares, weights, intercepts)]
        complete[2][np.setdiff1d(np.arange(shape.classes), present)] = _NEVER
        if shape.framing == "binary":
            complete = [np.atleast_1d(values[..., 1:] - values[..., :1]) for values in complete]
        return NaiveBayesModel(complete[0], complete[1], complete[2], shape.framing, parameters)


def _every_class(values: NDArray[np.float64], present: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """Values of the classes present, of shape (..., present), among zeros for the others."""
    complete = np.zeros((*values.shape[:-1], classes))
    complete[..., present] = values
    return complete
