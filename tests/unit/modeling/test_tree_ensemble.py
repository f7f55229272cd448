"""Trees of every library in one form: they answer as the library does, and what no graph can compute is refused."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingClassifier

from crispstack.errors import ModelingError
from crispstack.modeling.techniques.lightgbm_trees import read_lightgbm
from crispstack.modeling.techniques.sklearn_trees import read_forest, read_histogram_boosting
from crispstack.modeling.techniques.xgboost_trees import read_xgboost
from crispstack.modeling.tree_ensemble import TreeEnsemble
from tests.unit.modeling.graphs import run

GENERATOR = np.random.default_rng(1)
X = np.round(GENERATOR.normal(0, 2, (200, 3)), 1).astype(np.float32)
X[GENERATOR.random(X.shape) < 0.1] = np.nan
WHOLE = np.nan_to_num(X)
Y = (WHOLE[:, 0] + WHOLE[:, 1] * WHOLE[:, 2] > 0).astype(int)
THIRDS = np.digitize(WHOLE[:, 0], [-1, 1])


def odd(ensemble: TreeEnsemble) -> NDArray[np.float32]:
    """Rows exactly on thresholds, just beside them, missing, and far away."""
    points = ensemble.threshold[ensemble.feature >= 0].astype(np.float32)
    beside = [np.nextafter(points, np.float32(side)) for side in (-np.inf, np.inf)]
    far = np.array([np.nan, 0.0, -0.0, 1e-45, 1e-36, -3e38, 3e38], dtype=np.float32)
    return np.random.default_rng(2).choice(np.concatenate([points, *beside, far]), (400, 3))


def agree(ensemble: TreeEnsemble, library: Any) -> None:
    for rows in (X, odd(ensemble)):
        expected = np.asarray(library(rows)).reshape(len(rows), -1)
        np.testing.assert_allclose(ensemble.sums(rows), expected, atol=1e-6)
        made = run({"x": rows}, lambda nodes, inputs: ensemble.export(nodes, inputs["x"]))
        np.testing.assert_allclose(made, expected, atol=1e-6)


@pytest.mark.parametrize("matrix", [X, WHOLE], ids=["with gaps", "without gaps"])
@pytest.mark.parametrize("classes", [2, 3])
def test_lightgbm(matrix: NDArray[np.float32], classes: int) -> None:
    settings = {"objective": "multiclass", "num_class": 3} if classes == 3 else {"objective": "binary"}
    settings |= {"verbosity": -1, "num_threads": 1, "min_child_samples": 3}
    booster = lightgbm.train(settings, lightgbm.Dataset(matrix, THIRDS if classes == 3 else Y), 8)
    agree(read_lightgbm(booster.model_to_string()), lambda rows: booster.predict(rows, raw_score=True))


@pytest.mark.parametrize("matrix", [X, WHOLE], ids=["with gaps", "without gaps"])
@pytest.mark.parametrize("objective", ["binary:logistic", "multi:softprob", "reg:squarederror"])
def test_xgboost(matrix: NDArray[np.float32], objective: str) -> None:
    settings = {"objective": objective, "nthread": 1} | ({"num_class": 3} if "multi" in objective else {})
    booster = xgboost.train(
        settings, xgboost.DMatrix(matrix, THIRDS if "multi" in objective else Y + 100.0 * ("reg" in objective)), 8
    )
    agree(read_xgboost(booster.save_raw("json")), lambda rows: booster.inplace_predict(rows, predict_type="margin"))


@pytest.mark.parametrize("matrix", [X, WHOLE], ids=["with gaps", "without gaps"])
def test_forests(matrix: NDArray[np.float32]) -> None:
    forest = ExtraTreesRegressor(8, random_state=1).fit(matrix, Y)
    agree(read_forest(forest, np.zeros(1, dtype=np.int64)), forest.predict)


@pytest.mark.parametrize("matrix", [X, WHOLE], ids=["with gaps", "without gaps"])
def test_histogram_boosting(matrix: NDArray[np.float32]) -> None:
    fitted = HistGradientBoostingClassifier(max_iter=8, min_samples_leaf=3).fit(matrix, Y)
    start = np.ravel(fitted._baseline_prediction)
    agree(read_histogram_boosting(fitted._predictors, start, np.zeros(1, dtype=np.int64)), fitted.decision_function)


def test_a_model_of_one_leaf_is_one_number() -> None:
    booster = lightgbm.train({"verbosity": -1, "num_threads": 1}, lightgbm.Dataset(X[:30], Y[:30]), 1)
    ensemble = read_lightgbm(booster.model_to_string())
    np.testing.assert_allclose(ensemble.sums(X[:3])[:, 0], booster.predict(X[:3]))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"cat_smooth": 0.0, "min_data_per_group": 1}, "categorical splits"),
        ({"zero_as_missing": True}, "takes zeros for missing"),
        ({"linear_tree": True}, "linear leaves"),
        ({"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "averages its trees"),
    ],
)
def test_what_only_lightgbm_computes_is_refused(settings: dict[str, Any], reason: str) -> None:
    every = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_child_samples": 3, **settings}
    booster = lightgbm.train(
        every,
        lightgbm.Dataset(np.abs(np.round(WHOLE)), Y, categorical_feature=[0] if "cat_smooth" in settings else []),
        3,
    )
    with pytest.raises(ModelingError, match=reason):
        read_lightgbm(booster.model_to_string())


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"booster": "dart"}, "booster dart"),
        ({"booster": "gblinear"}, "booster gblinear"),
        ({"objective": "count:poisson"}, "objective count:poisson"),
        ({"objective": "multi:softprob", "num_class": 3, "multi_strategy": "multi_output_tree"}, "trees of vectors"),
    ],
)
def test_what_only_xgboost_computes_is_refused(settings: dict[str, Any], reason: str) -> None:
    booster = xgboost.train({"nthread": 1, **settings}, xgboost.DMatrix(WHOLE, Y), 2)
    with pytest.raises(ModelingError, match=reason):
        read_xgboost(booster.save_raw("json"))
