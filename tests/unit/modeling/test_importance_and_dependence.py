from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.inspection import partial_dependence as by_sklearn
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression

from crispstack.modeling.findings import permutation
from crispstack.modeling.findings.learning_curve import FittedSplit
from crispstack.modeling.findings.partial_dependence import partial_dependence
from crispstack.modeling.findings.permutation import permutation_importances
from crispstack.modeling.findings.time_limit import TimeLimit
from crispstack.modeling.metrics import metric
from crispstack.modeling.validation_plan import Split
from tests.unit.modeling.finding_cases import Clock, cases, numbers

FOREVER = TimeLimit(Clock(), math.inf)
RMSE = metric("rmse")


def stacked(columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    return np.column_stack(list(columns.values())).astype(np.float64)


def test_what_shuffling_loses_agrees_with_scikit_learn() -> None:
    columns = numbers(600, 4)
    target = 3 * columns["x0"] + columns["x1"] * columns["x2"]
    data = cases(columns, target, framing="regression")
    model = HistGradientBoostingRegressor(max_iter=20, random_state=1).fit(stacked(columns)[:300], target[:300])
    split = Split(np.arange(300), np.arange(300, 600))
    fitted = [FittedSplit(split, lambda found: model.predict(stacked(found)))]
    found = {each.feature: each for each in permutation_importances(data, fitted, RMSE, 1, FOREVER)}
    theirs = permutation_importance(model, stacked(columns)[300:], target[300:], n_repeats=10, random_state=2,
                                    scoring="neg_root_mean_squared_error")  # fmt: skip
    for name, mean, deviation in zip(columns, theirs.importances_mean, theirs.importances_std, strict=True):
        assert found[name].lost == pytest.approx(mean, abs=4 * deviation + 1e-3)
        assert found[name].draws == 3
    assert next(iter(found)) == "x0"
    assert abs(found["x3"].lost) < 0.01 < found["x1"].lost


def test_a_feature_that_the_model_does_not_look_at_loses_nothing_and_rows_it_was_fitted_on_are_not_used() -> None:
    columns = numbers(100, 2)
    data = cases(columns, (columns["x0"] > 0).astype(float))
    seen: list[int] = []

    def score(found: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        seen.append(len(found["x0"]))
        assert set(found["x0"].tolist()) <= set(columns["x0"][60:].tolist())
        return found["x0"].astype(np.float64)

    fitted = [FittedSplit(Split(np.arange(60), np.arange(60, 100)), score)]
    found = {each.feature: each for each in permutation_importances(data, fitted, metric("roc_auc"), 1, FOREVER)}
    assert (found["x1"].lost, found["x1"].deviation) == (0.0, 0.0)
    assert found["x0"].lost > 0.3
    assert set(seen) == {40, 80}  # as they are, and once with each of two features shuffled


def test_with_little_time_fewer_features_are_shuffled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permutation, "CELLS", 1)
    columns = numbers(100, 6)
    data = cases(columns, columns["x0"], framing="regression")
    fitted = [FittedSplit(Split(np.arange(60), np.arange(60, 100)), lambda found: found["x0"])]
    assert len(permutation_importances(data, fitted, RMSE, 1, TimeLimit(Clock(step=1), 6.5))) == 4


def test_dependence_of_a_number_agrees_with_scikit_learn() -> None:
    columns = numbers(300, 3)
    target = columns["x0"] ** 2 + columns["x1"]
    model = HistGradientBoostingRegressor(max_iter=20, random_state=1).fit(stacked(columns), target)
    found = partial_dependence(lambda each: model.predict(stacked(each)), columns, "x0")
    grid = np.array([point.at for point in found.points])
    theirs = by_sklearn(model, stacked(columns), [0], custom_values={0: grid}, kind="both", method="brute")
    np.testing.assert_allclose([point.mean[0] for point in found.points], theirs["average"][0], atol=1e-6)
    low, high = np.quantile(theirs["individual"][0], [0.1, 0.9], axis=0)
    np.testing.assert_allclose([point.low[0] for point in found.points], low, atol=1e-6)
    np.testing.assert_allclose([point.high[0] for point in found.points], high, atol=1e-6)
    assert len(grid) == 12
    assert set(grid.tolist()) <= set(columns["x0"].astype(float).tolist())


def test_curves_are_parallel_without_interaction_and_not_with_it() -> None:
    columns = numbers(200, 2)
    model = LinearRegression().fit(stacked(columns), columns["x0"] - 2 * columns["x1"])
    straight = partial_dependence(lambda each: model.predict(stacked(each)), columns, "x0")
    crossed = partial_dependence(lambda each: (each["x0"] * each["x1"]).astype(np.float64), columns, "x0")
    assert straight.interaction == pytest.approx(0, abs=1e-6)
    assert crossed.interaction > 0.5
    steps = np.diff([point.mean[0] for point in straight.points]) / np.diff([point.at for point in straight.points])
    np.testing.assert_allclose(steps, 1, atol=1e-3)


def test_categories_come_by_frequency_and_missing_last_and_classes_keep_their_names() -> None:
    colors = np.array(["red"] * 5 + ["blue"] * 3 + ["__missing__"] * 9, dtype=object)
    columns = {"color": colors, "size": np.array([1.0, np.nan] * 8 + [2.0], dtype=np.float32)}

    def score(found: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        red = (found["color"] == "red").astype(np.float64)
        return np.stack([red, 1 - red, np.nan_to_num(found["size"])], axis=1)

    found = partial_dependence(score, columns, "color", ("A", "B", "C"), (0, 2))
    assert found.outputs == ("A", "C")
    assert [(point.label, point.at, point.mean[0]) for point in found.points] == [
        ("red", None, 1.0), ("blue", None, 0.0), ("(missing)", None, 0.0)]  # fmt: skip
    sizes = partial_dependence(score, columns, "size", ("A", "B", "C"), (2,))
    assert [(point.label, point.at, point.mean) for point in sizes.points] == [
        ("1", 1.0, (1.0,)), ("2", 2.0, (2.0,)), ("(missing)", None, (0.0,))]  # fmt: skip
