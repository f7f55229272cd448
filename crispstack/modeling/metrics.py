"""Figures by which candidates are compared, each with the direction in which it is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.technique import Framing, Scores

Target = NDArray[np.float64]
Weight = NDArray[np.float64] | None
SMALLEST = 1e-7
"""No probability is taken to be smaller, or one mistake would cost infinitely much."""


@dataclass(frozen=True)
class Metric:
    """A figure over targets of shape (n,) and scores of shape (n,) or (n, k). `quantile` is pinball's alone."""

    name: str
    greater_is_better: bool
    quantile: float | None = None

    def score(self, target: Target, scores: Scores, weight: Weight = None) -> float:
        """The figure as people know it; NaN where it is not defined, as a ranking within one class."""
        return float(_FUNCTIONS[self.name](self, target, scores, weight))

    def loss(self, target: Target, scores: Scores, weight: Weight = None) -> float:
        """The same figure, turned so that less is better; infinite where a score is not a number."""
        if not np.isfinite(scores).all():
            return float("inf")
        return -self.score(target, scores, weight) if self.greater_is_better else self.score(target, scores, weight)


def metric(name: str, quantile: float | None = None) -> Metric:
    """The metric of this name."""
    return Metric(name, name not in _LOSSES, quantile if name == "pinball" else None)


def _roc_auc(of: Metric, target: Target, scores: Scores, weight: Weight) -> float:
    """Probability that a positive ranks above a negative; of several classes, each against the rest, their mean."""
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415

    if scores.ndim == 1:
        return float(roc_auc_score(target, scores, sample_weight=weight)) if 0 < target.mean() < 1 else float("nan")
    single = [_roc_auc(of, (target == k).astype(float), scores[:, k], weight) for k in range(scores.shape[1])]
    defined = [figure for figure in single if np.isfinite(figure)]
    return float(np.mean(defined)) if defined else float("nan")


def _average_precision(of: Metric, target: Target, scores: Scores, weight: Weight) -> float:
    from sklearn.metrics import average_precision_score  # noqa: PLC0415

    if scores.ndim == 1:
        return float(average_precision_score(target, scores, sample_weight=weight)) if target.any() else float("nan")
    present = [k for k in range(scores.shape[1]) if (target == k).any()]
    return float(np.mean([_average_precision(of, (target == k).astype(float), scores[:, k], weight) for k in present]))


def _log_loss(_: Metric, target: Target, scores: Scores, weight: Weight) -> float:
    return float(np.average(-np.log(np.maximum(_of_the_truth(target, scores), SMALLEST)), weights=weight))


def _brier_score(_: Metric, target: Target, scores: Scores, weight: Weight) -> float:
    if scores.ndim == 1:
        return float(np.average((target - scores) ** 2, weights=weight))
    truth = target[:, None] == np.arange(scores.shape[1])
    return float(np.average(((truth - scores) ** 2).sum(axis=1), weights=weight))


def _accuracy(_: Metric, target: Target, scores: Scores, weight: Weight) -> float:
    return float(np.average(_decided(scores) == target, weights=weight))


def _balanced_accuracy(_: Metric, target: Target, scores: Scores, weight: Weight) -> float:
    right = _decided(scores) == target
    weights = np.ones(len(target)) if weight is None else weight
    return float(np.mean([np.average(right[target == k], weights=weights[target == k]) for k in np.unique(target)]))


def _f1(_: Metric, target: Target, scores: Scores, weight: Weight) -> float:
    from sklearn.metrics import f1_score  # noqa: PLC0415

    average = "binary" if scores.ndim == 1 else "macro"
    return float(f1_score(target, _decided(scores), average=average, sample_weight=weight, zero_division=0))


def _rmse(_: Metric, target: Target, scores: Scores, weight: Weight) -> float:
    return float(np.sqrt(np.average((target - scores) ** 2, weights=weight)))


def _mae(_: Metric, target: Target, scores: Scores, weight: Weight) -> float:
    return float(np.average(np.abs(target - scores), weights=weight))


def _r2(_: Metric, target: Target, scores: Scores, weight: Weight) -> float:
    spread = np.average((target - np.average(target, weights=weight)) ** 2, weights=weight)
    return 1 - float(np.average((target - scores) ** 2, weights=weight) / spread) if spread else float("nan")


def _pinball(of: Metric, target: Target, scores: Scores, weight: Weight) -> float:
    """Koenker and Bassett, Regression Quantiles, Econometrica 46 (1978)."""
    quantile = 0.5 if of.quantile is None else of.quantile
    missed = target - scores
    return float(np.average(np.maximum(quantile * missed, (quantile - 1) * missed), weights=weight))


def _of_the_truth(target: Target, scores: Scores) -> NDArray[np.float64]:
    """Probability given to what came true."""
    if scores.ndim == 1:
        return np.where(target == 1, scores, 1 - scores)
    found: NDArray[np.float64] = scores[np.arange(len(target)), target.astype(np.int64)]
    return found


def _decided(scores: Scores) -> Target:
    return (scores >= 0.5).astype(float) if scores.ndim == 1 else scores.argmax(axis=1).astype(float)


_FUNCTIONS: dict[str, Callable[[Metric, Target, Scores, Weight], float]] = {
    "roc_auc": _roc_auc,
    "average_precision": _average_precision,
    "log_loss": _log_loss,
    "brier_score": _brier_score,
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "f1": _f1,
    "rmse": _rmse,
    "mae": _mae,
    "r2": _r2,
    "pinball": _pinball,
}
_LOSSES = frozenset({"log_loss", "brier_score", "rmse", "mae", "pinball"})
_CLASSES = ("roc_auc", "average_precision", "log_loss", "brier_score", "accuracy", "balanced_accuracy", "f1")
_NUMBERS = ("rmse", "mae", "r2")
METRICS: dict[Framing, tuple[str, ...]] = {"binary": _CLASSES, "multiclass": _CLASSES, "regression": _NUMBERS}
"""Figures that every candidate is given, whatever it is ranked by."""
