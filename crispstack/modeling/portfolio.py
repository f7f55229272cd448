"""Parameters that are often better than a technique's defaults, as different from each other as they can be.

They are tried before any are drawn: with little time they find more than chance does, and together they err less.
The idea is that of Feurer et al., Auto-Sklearn 2.0, JMLR 23 (2022); the values are common knowledge of practitioners.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crispstack.modeling import feature_selection, recency
from crispstack.modeling.technique import Shape, Technique

_CHANGES: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "lightgbm": (
        {"num_leaves": 7, "min_child_samples": 10, "colsample_bytree": 0.5},
        {"num_leaves": 96, "min_child_samples": 5, "colsample_bytree": 0.6, "subsample": 0.8},
        {"num_leaves": 15, "min_child_samples": 40, "colsample_bytree": 0.4, "reg_lambda": 10.0},
    ),
    "xgboost": (
        {"max_depth": 3, "colsample_bytree": 0.5},
        {"max_depth": 9, "min_child_weight": 5.0, "colsample_bytree": 0.6, "subsample": 0.7},
    ),
    "histogram_boosting": ({"max_leaf_nodes": 7, "max_features": 0.5},),
    "random_forest": ({"min_samples_leaf": 8, "max_features": 0.25}, {"min_samples_leaf": 1, "max_features": 0.7}),
    "extra_trees": ({"min_samples_leaf": 8, "max_features": 0.8}, {"min_samples_leaf": 1, "max_features": 1.0}),
    "logistic_regression": ({"C": 0.02}, {"C": 20.0}),
    "ridge_regression": ({"alpha": 100.0},),
}
"""By technique, what differs from its defaults."""


def portfolio(technique: Technique, shape: Shape, best: Mapping[str, Any] | None = None) -> list[Mapping[str, Any]]:
    """The technique's parameters to try beside those it began with, in order; none for many techniques.

    `best` are those that did best so far: changes are tried on as many features.
    """
    narrow: list[Mapping[str, Any]] = [{feature_selection.FEATURES: each} for each in feature_selection.counts(shape)]
    late: list[Mapping[str, Any]] = [{recency.HALF_LIFE: each} for each in recency.half_lives(shape)]
    whole: list[Mapping[str, Any]] = [{}] if feature_selection.at_first(shape) else []
    few = feature_selection.like(best or {})
    changed = [{**few, **changes} for changes in _CHANGES.get(technique.name, ())]
    return [{**technique.defaults(shape), **changes} for changes in (*late, *narrow, *whole, *changed)]
