"""Missing values replaced inside the pipeline, the same in scikit-learn and in the exported graph."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import KNNImputer
from sklearn.linear_model import LinearRegression

from crispstack.artifacts import Feature
from crispstack.charter import Modeling
from crispstack.data_preparation.values import MISSING
from crispstack.modeling.cross_validation import FoldResult, FoldTask, fit, run_fold
from crispstack.modeling.imputation import (
    CategoryModeImputer,
    MissingIndicator,
    NearestImputer,
    RegressionImputer,
    imputer,
)
from crispstack.modeling.onnx_export import export, prove_parity
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.modeling.training_data import TrainingData
from crispstack.training_plan import Imputation

STRATEGIES = get_args(Imputation.__dataclass_fields__["numbers"].type) or (
    "mean", "median", "mode", "regression", "nearest",
)  # fmt: skip
FEATURES = (
    Feature("height", "numeric"),
    Feature("weight", "numeric"),
    Feature("empty", "numeric"),
    Feature("city", "categorical"),
)


def data(rows: int = 240, seed: int = 7) -> TrainingData:
    """Weight follows height; a fifth of each is missing, one column wholly; a quarter of the cities too."""
    generator = np.random.default_rng(seed)
    height = generator.normal(170, 10, rows)
    weight = height - 100 + generator.normal(0, 3, rows)
    city = generator.choice(np.array(["Bonn", "Porto", "Lyon"], dtype=object), rows, p=[0.5, 0.3, 0.2])
    target = (weight + generator.normal(0, 5, rows) > 70).astype(np.int64)
    height[generator.random(rows) < 0.2] = np.nan
    weight[generator.random(rows) < 0.2] = np.nan
    city[generator.random(rows) < 0.25] = MISSING
    numbers = {"height": height, "weight": weight, "empty": np.full(rows, np.nan)}
    columns: dict[str, Any] = {name: values.astype(np.float32) for name, values in numbers.items()}
    return TrainingData(FEATURES, columns | {"city": city}, target)


@pytest.mark.parametrize("categories", ["own", "mode"])
@pytest.mark.parametrize("numbers", STRATEGIES)
def test_the_graph_imputes_as_the_pipeline_does(numbers: Any, categories: Any) -> None:
    found = data()
    modeling = Modeling(imputation=Imputation(numbers, categories, indicator=True))
    for technique in ("logistic_regression", "gradient_boosting"):
        fitted = fit(technique, found, np.arange(len(found.target)), modeling)  # type: ignore[arg-type]
        parity = prove_parity(fitted, OnnxGraph(export(fitted, FEATURES)), found, 1)
        assert parity.maximum_difference <= parity.tolerance, technique


def test_each_strategy_replaces_by_its_own_figure() -> None:
    matrix = np.array([[1.0, 2.0], [1.0, 4.0], [4.0, np.nan], [np.nan, 9.0]])
    expected = {"mean": (2.0, 5.0), "median": (1.0, 4.0), "mode": (1.0, 2.0)}
    for numbers, (first, second) in expected.items():
        filled = imputer(Imputation(numbers)).fit(matrix).transform(matrix)  # type: ignore[arg-type]
        assert (filled[3, 0], filled[2, 1]) == (first, second), numbers


def test_regression_expects_what_least_squares_expects_and_stays_in_the_range_seen() -> None:
    generator = np.random.default_rng(3)
    first, second = generator.normal(50, 5, 400), generator.normal(0, 1, 400)
    third = 2 * first - 3 * second + generator.normal(0, 0.1, 400)
    matrix = np.column_stack([first, second, third])
    with_gaps = matrix.copy()
    with_gaps[:40, 2] = np.nan
    filled = RegressionImputer(alpha=1e-9).fit(with_gaps).transform(with_gaps)
    line = LinearRegression().fit(matrix[40:, :2], matrix[40:, 2])
    expected = np.clip(line.predict(matrix[:40, :2]), matrix[40:, 2].min(), matrix[40:, 2].max())
    np.testing.assert_allclose(filled[:40, 2], expected, rtol=1e-6)
    np.testing.assert_array_equal(filled[40:], matrix[40:])
    far = np.array([[500.0, 0.0, np.nan]])
    assert RegressionImputer().fit(with_gaps).transform(far)[0, 2] == matrix[40:, 2].max()


def test_the_nearest_rows_are_those_of_scikit_learn_where_every_donor_is_whole() -> None:
    generator = np.random.default_rng(4)
    whole = generator.normal(0, 1, (150, 3))
    whole /= whole.std(axis=0)
    with_gaps = whole[:40].copy()
    with_gaps[:20, 1] = np.nan
    with_gaps[20:, 0] = np.nan
    filled = NearestImputer(neighbors=3).fit(whole).transform(with_gaps)
    expected = KNNImputer(n_neighbors=3).fit(whole).transform(with_gaps)
    np.testing.assert_allclose(filled, expected, rtol=1e-5)


def test_the_most_frequent_category_and_the_indicator_are_pandas_own() -> None:
    found = data()
    cities = found.columns["city"].reshape(-1, 1)
    mode = pd.Series(cities[:, 0]).replace(MISSING, None).mode()[0]
    filled = CategoryModeImputer().fit(cities).transform(cities)
    np.testing.assert_array_equal(filled[:, 0] == mode, (cities[:, 0] == mode) | (cities[:, 0] == MISSING))
    numbers = np.column_stack([found.columns["height"], found.columns["weight"]])
    np.testing.assert_array_equal(MissingIndicator().fit(numbers).transform(numbers), pd.DataFrame(numbers).isna())


def test_nothing_of_a_validation_row_reaches_the_imputation() -> None:
    found, modeling = data(), Modeling(imputation=Imputation("mean"))
    rows = np.arange(120)
    changed = {name: values.copy() for name, values in found.columns.items()}
    changed["height"][120:] = 9999.0
    one = fit("logistic_regression", found, rows, modeling)
    other = fit("logistic_regression", dataclasses.replace(found, columns=changed), rows, modeling)
    np.testing.assert_array_equal(one.predict_proba(found.matrix), other.predict_proba(found.matrix))


def test_a_fold_is_scored_with_the_strategy_of_the_charter() -> None:
    found = data()
    scores = {}
    for numbers in ("mean", "regression"):
        modeling = Modeling(folds=3, imputation=Imputation(numbers))  # type: ignore[arg-type]
        result = run_fold(found, FoldTask("logistic_regression", 0, modeling))
        assert isinstance(result, FoldResult), result
        scores[numbers] = result.roc_auc
    assert scores["regression"] != scores["mean"]
    assert not any(math.isnan(score) for score in scores.values())
