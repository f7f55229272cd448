"""By which figure candidates are ranked: what the charter states, or what follows from its money."""

from __future__ import annotations

import numpy as np

from crispstack.charter import Charter, Money
from crispstack.modeling.metrics import Metric, metric
from crispstack.modeling.training_data import TrainingData

VERY_RARE = 0.01
_EXTREME = 0.02
"""No quantile closer to 0 or 1 is asked for: too few rows would decide it."""


def ranking_metric(charter: Charter, data: TrainingData) -> tuple[Metric, str]:
    """The metric, and why this one."""
    quantile, costs = wanted_quantile(charter.money)
    if charter.modeling.metric:
        return metric(charter.modeling.metric, quantile), "The charter states it."
    if data.framing == "regression":
        return metric(_REGRESSION[costs], quantile), _REASONS[costs].format(quantile=quantile)
    if data.framing == "multiclass":
        return metric("log_loss"), (
            "Which class a case is taken for follows from its probabilities and the money: they must be right, "
            "not only in the right order."
        )
    share = float(np.mean(data.target))
    if min(share, 1 - share) < VERY_RARE:
        return metric("average_precision"), (
            f"Only {min(share, 1 - share):.2%} of the rows are of the rarer class: what counts is how many of the "
            "highest ranked cases are."
        )
    return metric("roc_auc"), (
        "Cases are acted on from the best ranked one down to where it no longer pays: the order decides, the threshold "
        "follows from the money, and probabilities are calibrated for it."
    )


def wanted_quantile(money: Money) -> tuple[float | None, str]:
    """The quantile of a number's distribution that costs least, and how its costs compare.

    With a cost u per unit too low and o per unit too high it is u / (u + o) (Koenker and Bassett 1978).
    """
    over, under = max(0.0, -money.over_estimate), max(0.0, -money.under_estimate)
    if over + under == 0:
        return None, "unknown"
    quantile = float(np.clip(under / (over + under), _EXTREME, 1 - _EXTREME))
    return quantile, "equal" if over == under else "unequal"


_REGRESSION = {"unknown": "rmse", "equal": "mae", "unequal": "pinball"}
_REASONS = {
    "unknown": "The money does not say what a unit too much or too little costs: larger errors count more than small.",
    "equal": "A unit too much costs what a unit too little costs: the cost is the mean absolute error.",
    "unequal": (
        "A unit too much costs otherwise than a unit too little: predicting the quantile {quantile:.2f} costs least."
    ),
}
