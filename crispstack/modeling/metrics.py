"""Figures by which candidates are compared, each with the direction in which it is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.technique import Framing, Scores

Target = NDArray[np.float64]
Weight = NDArray[np.float64] | None
Function = Callable[["Metric", Target, Scores, Weight], float]
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


def quantile_of(metric: Metric) -> float | None:
    """The quantile that a regression should predict to be good by the metric; None where that is the mean."""
    return metric.quantile or (0.5 if metric.name == "mae" else None)


def _roc_auc(of: Metric, target: Target, scores: Scores, weight: Weight) -> float:
    """Probability that a positive ranks above a negative; of several classes, each against the rest, their mean.

    Of sorted scores at once: the search asks for it some ten thousand times.
    """
    if scores.ndim > 1:
        return _mean_of_classes(of, _roc_auc, target, scores, weight)
    positive, negative = _by_score(target, scores, weight)
    pairs = positive.sum() * negative.sum()
    below = np.cumsum(negative) - negative / 2
    return float((positive * below).sum() / pairs) if pairs else float("nan")


def _average_precision(of: Metric, target: Target, scores: Scores, weight: Weight) -> float:
    if scores.ndim > 1:
        return _mean_of_classes(of, _average_precision, target, scores, weight)
    positive, negative = (each[::-1] for each in _by_score(target, scores, weight))
    found = np.cumsum(positive)
    taken = found + np.cumsum(negative)
    precision = np.divide(found, taken, out=np.zeros_like(found), where=taken > 0)
    return float((positive * precision).sum() / found[-1]) if found[-1] else float("nan")


def _by_score(target: Target, scores: Scores, weight: Weight) -> tuple[Target, Target]:
    """Weight of the positives and of the negatives at each distinct score, ascending."""
    distinct, place = np.unique(scores, return_inverse=True)
    weights = np.ones(len(target)) if weight is None else weight
    positive: Target = np.bincount(place, weights * target, len(distinct)).astype(np.float64)
    return positive, np.maximum(np.bincount(place, weights, len(distinct)) - positive, 0.0)


def _mean_of_classes(of: Metric, single: Function, target: Target, scores: Scores, weight: Weight) -> float:
    """Over the classes that are there, each against the rest."""
    found = [single(of, (target == k).astype(np.float64), scores[:, k], weight) for k in range(scores.shape[1])]
    defined = [figure for figure in found if np.isfinite(figure)]
    return float(np.mean(defined)) if defined else float("nan")


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
    """Harmonic mean of precision and recall; of several classes, the mean over those that are there or predicted."""
    weights, decided = np.ones(len(target)) if weight is None else weight, _decided(scores)
    found = []
    for k in [1.0] if scores.ndim == 1 else np.union1d(target, decided):
        there, taken = target == k, decided == k
        total = weights[there].sum() + weights[taken].sum()
        found.append(2 * weights[there & taken].sum() / total if total else 0.0)
    return float(np.mean(found))


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


_FUNCTIONS: dict[str, Function] = {
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
