"""Candidate techniques as scikit-learn pipelines. Everything fitted is inside, so that folds cannot leak.

Parameters are for tables of some thousand rows: strong regularization, small trees, large leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crispstack.artifacts import Feature
from crispstack.charter import Technique
from crispstack.training_plan import Imputation

PARAMETERS: Mapping[Technique, Mapping[str, Any]] = {
    "logistic_regression": {"C": 0.1, "max_iter": 1000},
    "random_forest": {"n_estimators": 200, "min_samples_leaf": 5},
    "gradient_boosting": {
        "n_estimators": 150,
        "learning_rate": 0.05,
        "max_depth": 3,
        "subsample": 0.7,
        "max_features": 0.3,
        "min_samples_leaf": 20,
    },
    "nearest_neighbors": {"n_neighbors": 50},
}


def pipeline(technique: Technique, features: tuple[Feature, ...], seed: int, imputation: Imputation) -> Any:
    """An unfitted pipeline over an object matrix of shape (n, features).

    Missing values are replaced as `imputation` says. Numbers are scaled where the technique measures distances or
    penalizes coefficients; categories become indicators, an unseen one becomes none of them.
    """
    from sklearn.compose import ColumnTransformer  # noqa: PLC0415
    from sklearn.pipeline import Pipeline  # noqa: PLC0415
    from sklearn.preprocessing import OneHotEncoder, StandardScaler  # noqa: PLC0415

    from crispstack.modeling.imputation import CategoryModeImputer, MissingIndicator, imputer  # noqa: PLC0415

    numeric = [index for index, feature in enumerate(features) if feature.kind == "numeric"]
    categorical = [index for index, feature in enumerate(features) if feature.kind == "categorical"]
    steps: list[tuple[str, Any]] = [("impute", imputer(imputation))]
    if technique in ("logistic_regression", "nearest_neighbors"):
        steps.append(("scale", StandardScaler()))
    parts: list[tuple[str, Any, list[int]]] = []
    if numeric:
        parts.append(("numbers", Pipeline(steps), numeric))
    if numeric and imputation.indicator:
        parts.append(("missing", MissingIndicator(), numeric))
    if categorical:
        encode: list[tuple[str, Any]] = [("encode", OneHotEncoder(handle_unknown="ignore", sparse_output=False))]
        if imputation.categories == "mode":
            encode.insert(0, ("impute", CategoryModeImputer()))
        parts.append(("categories", Pipeline(encode), categorical))
    return Pipeline([("prepare", ColumnTransformer(parts)), ("model", _estimator(technique, seed))])


def _estimator(technique: Technique, seed: int) -> Any:
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.neighbors import KNeighborsClassifier  # noqa: PLC0415

    parameters = PARAMETERS[technique]
    match technique:
        case "logistic_regression":
            return LogisticRegression(random_state=seed, **parameters)
        case "random_forest":
            return RandomForestClassifier(random_state=seed, **parameters)
        case "gradient_boosting":
            return GradientBoostingClassifier(random_state=seed, **parameters)
        case "nearest_neighbors":
            return KNeighborsClassifier(**parameters)
