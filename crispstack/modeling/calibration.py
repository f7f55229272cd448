"""Maps that make probabilities of scores, where what follows from them is counted in money; all of them exportable.

Platt, Probabilistic Outputs for Support Vector Machines (1999); Kull, Silva Filho and Flach, Beta calibration
(AISTATS 2017); Zadrozny and Elkan, Transforming Classifier Scores into Accurate Multiclass Probability Estimates
(KDD 2002) for isotonic regression; Guo et al., On Calibration of Modern Neural Networks (ICML 2017) for temperature.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.metrics import Metric, metric, quantile_of
from crispstack.modeling.technique import Framing, Scores

if TYPE_CHECKING:
    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.predictor import Calibration

Target = NDArray[np.float64]
Weight = NDArray[np.float64] | None
Fit = Callable[[Target, Scores, Weight], "Calibration"]

_EDGE = 1e-6
"""Probabilities are kept so far from 0 and 1, where logarithms end."""
FEWEST_OF_A_CLASS = 30
_ENOUGH_FOR_ISOTONIC = 500
_LEAST_GAIN = 0.002
"""Share of the loss that a map must save on rows it was not fitted on."""


@dataclass(frozen=True)
class BetaMap:
    """sigmoid(a ln p - b ln(1 - p) + c); Platt's map of the logit where a = b. a and b are at least 0."""

    a: float
    b: float
    c: float

    def apply(self, scores: Scores) -> Scores:
        """Calibrated probabilities, shape (n,)."""
        inner = np.clip(scores, _EDGE, 1 - _EDGE)
        return 1 / (1 + np.exp(-(self.a * np.log(inner) - self.b * np.log(1 - inner) + self.c)))

    def export(self, nodes: Nodes, scores: str) -> str:
        """The same in the graph."""
        inner = nodes.add("Clip", [scores, _number(nodes, _EDGE), _number(nodes, 1 - _EDGE)])
        rest = nodes.add("Sub", [_number(nodes, 1.0), inner])
        up = nodes.add("Mul", [nodes.add("Log", [inner]), _number(nodes, self.a)])
        down = nodes.add("Mul", [nodes.add("Log", [rest]), _number(nodes, self.b)])
        logit = nodes.add("Add", [nodes.add("Sub", [up, down]), _number(nodes, self.c)])
        return nodes.add("Sigmoid", [logit])


@dataclass(frozen=True)
class IsotonicMap:
    """Straight lines between points that never fall: `x` ascending and `y`, both of shape (m,), m at least 2."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]

    def apply(self, scores: Scores) -> Scores:
        """Calibrated probabilities, shape (n,)."""
        return np.interp(scores, self.x, self.y)

    def export(self, nodes: Nodes, scores: str) -> str:
        """The same in the graph: the first point's height and what each line adds, (n, m - 1)."""
        width = np.diff(self.x)
        offset = nodes.add("Sub", [scores, nodes.constant(self.x[None, :-1])])
        within = nodes.add("Min", [nodes.add("Max", [offset, _number(nodes, 0.0)]), nodes.constant(width[None, :])])
        risen = nodes.add("MatMul", [within, nodes.constant((np.diff(self.y) / width)[:, None])])
        return nodes.add("Add", [risen, _number(nodes, float(self.y[0]))])


@dataclass(frozen=True)
class TemperatureMap:
    """Probabilities of classes, each to a power and made to add up to one."""

    power: float

    def apply(self, scores: Scores) -> Scores:
        """Calibrated probabilities, shape (n, k)."""
        raised = np.clip(scores, _EDGE, None) ** self.power
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))

    def export(self, nodes: Nodes, scores: str) -> str:
        """The same in the graph."""
        kept = nodes.add("Max", [scores, _number(nodes, _EDGE)])
        raised = nodes.add("Pow", [kept, _number(nodes, self.power)])
        total = nodes.add("ReduceSum", [raised, nodes.constant(np.array([1], dtype=np.int64))], keepdims=1)
        return nodes.add("Div", [raised, total])


@dataclass(frozen=True)
class ShiftMap:
    """A number added to every prediction, so that the wanted share of outcomes lies below it."""

    by: float

    def apply(self, scores: Scores) -> Scores:
        """Shifted numbers, shape (n,)."""
        return scores + self.by

    def export(self, nodes: Nodes, scores: str) -> str:
        """The same in the graph."""
        return nodes.add("Add", [scores, _number(nodes, self.by)])


def calibrate(
    framing: Framing, ranked_by: Metric, target: Target, scores: Scores, part: NDArray[np.int64], weight: Weight
) -> tuple[str, Calibration] | None:
    """The map that pays most on rows it was not fitted on, and its name; None where none pays.

    Args:
        framing: what the scores are.
        ranked_by: a regression is only shifted where a quantile is wanted.
        target: outcomes of rows held out, shape (n,).
        scores: theirs, shape (n,) or (n, k).
        part: the split that each row is from, shape (n,): a map is judged on each part by the others' rows.
        weight: of each row, or None.
    """
    judged_by = metric("log_loss") if framing != "regression" else ranked_by
    best, limit = None, (1 - _LEAST_GAIN) * judged_by.loss(target, scores, weight)
    for name, fit in _suited(framing, ranked_by, target).items():
        mapped = np.empty_like(scores, dtype=np.float64)
        for one in np.unique(part):
            own, rest = part == one, part != one
            calibration = fit(target[rest], scores[rest], None if weight is None else weight[rest])
            mapped[own] = calibration.apply(scores[own])
        found = judged_by.loss(target, mapped, weight)
        if found < limit:
            best, limit = (name, fit(target, scores, weight)), found
    return best


def _suited(framing: Framing, ranked_by: Metric, target: Target) -> dict[str, Fit]:
    if framing == "regression":
        wanted = quantile_of(ranked_by)
        return {} if wanted is None else {"shift": lambda *given: _shift(wanted, *given)}
    fewest = int(np.unique(target, return_counts=True)[1].min())
    if framing == "multiclass":
        return {"temperature": _temperature} if len(target) >= 2 * FEWEST_OF_A_CLASS else {}
    maps: dict[str, Fit] = {"platt": _platt, "beta": _beta} if fewest >= FEWEST_OF_A_CLASS else {}
    return maps | ({"isotonic": _isotonic} if fewest >= _ENOUGH_FOR_ISOTONIC else {})


def _platt(target: Target, scores: Scores, weight: Weight) -> Calibration:
    inner = np.clip(scores, _EDGE, 1 - _EDGE)
    (slope,), intercept = _logistic(np.log(inner / (1 - inner))[:, None], target, weight)
    return BetaMap(max(slope, 0.0), max(slope, 0.0), intercept)


def _beta(target: Target, scores: Scores, weight: Weight) -> Calibration:
    inner = np.clip(scores, _EDGE, 1 - _EDGE)
    (a, b), c = _logistic(np.column_stack([np.log(inner), -np.log(1 - inner)]), target, weight)
    # A map that falls anywhere would turn the ranking round.
    return BetaMap(a, b, c) if min(a, b) >= 0 else _platt(target, scores, weight)


def _logistic(columns: NDArray[np.float64], target: Target, weight: Weight) -> tuple[tuple[float, ...], float]:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    line = LogisticRegression(C=1e3, max_iter=1000).fit(columns, target, sample_weight=weight)
    return tuple(float(each) for each in line.coef_[0]), float(line.intercept_[0])


def _isotonic(target: Target, scores: Scores, weight: Weight) -> Calibration:
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415

    steps = IsotonicRegression(y_min=_EDGE, y_max=1 - _EDGE).fit(scores, target, sample_weight=weight)
    x, y = steps.X_thresholds_.astype(np.float64), steps.y_thresholds_.astype(np.float64)
    # Steps end and begin at neighboring scores: points at least so far apart keep the lines' slopes finite.
    kept = np.append(True, np.diff(x) > _EDGE)
    x, y = x[kept], y[kept]
    return IsotonicMap(x, y) if len(x) > 1 else _platt(target, scores, weight)


def _temperature(target: Target, scores: Scores, weight: Weight) -> Calibration:
    from scipy.optimize import minimize_scalar  # noqa: PLC0415

    log_loss = metric("log_loss")
    found = minimize_scalar(
        lambda log_power: log_loss.loss(target, TemperatureMap(np.exp(log_power)).apply(scores), weight),
        bounds=(-1.5, 1.5),
        method="bounded",
    )
    return TemperatureMap(float(np.exp(found.x)))


def _shift(quantile: float, target: Target, scores: Scores, weight: Weight) -> Calibration:
    missed = target - scores
    if weight is None:
        return ShiftMap(float(np.quantile(missed, quantile)))
    order = np.argsort(missed)
    reached = np.cumsum(weight[order]) / weight.sum()
    return ShiftMap(float(missed[order][np.searchsorted(reached, quantile)]))


def _number(nodes: Nodes, value: float) -> str:
    return nodes.constant(np.array(value, dtype=np.float64))
