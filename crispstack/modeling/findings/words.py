"""Figures and names as people write them."""

from __future__ import annotations

import math

_NAMES = {
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "log_loss": "log loss",
    "brier_score": "Brier score",
    "rmse": "root mean squared error",
    "mae": "mean absolute error",
    "r2": "R²",
    "f1": "F1",
}


def metric_name(name: str) -> str:
    """The metric within a sentence."""
    return _NAMES.get(name, name.replace("_", " "))


def figure(value: float, digits: int = 3) -> str:
    """The number with this many significant digits, but whole where it is large, and never with an exponent of ten."""
    if not value or not math.isfinite(value):
        return f"{value:g}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    # Four digits are as often a year as a quantity.
    text = f"{value:,.{decimals}f}" if abs(value) >= 10_000 else f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
