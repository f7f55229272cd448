"""Missing numbers are replaced as the charter says, in numpy and in the graph alike."""

from __future__ import annotations

from typing import get_args, get_type_hints

import numpy as np
import pytest
from sklearn.impute import KNNImputer
from sklearn.linear_model import LinearRegression

from crispstack.modeling.encoding import fit_encoding
from crispstack.modeling.filling import Nearest, Regression, fit_filling
from crispstack.training_plan import Imputation
from tests.unit.modeling.graphs import FEATURES, columns, run, target

STRATEGIES = get_args(get_type_hints(Imputation)["numbers"])


def matrix(rows: int = 150) -> np.ndarray:
    """Columns that follow each other, a fifth of the numbers missing; the last column has none at all."""
    generator = np.random.default_rng(7)
    height = generator.normal(170, 10, rows)
    weight = height - 100 + generator.normal(0, 3, rows)
    found = np.column_stack([height, weight, generator.normal(0, 1, rows), np.full(rows, np.nan)])
    found[generator.random(found.shape) < 0.2] = np.nan
    return found.astype(np.float32)


@pytest.mark.parametrize("numbers", STRATEGIES)
def test_the_graph_fills_as_numpy_does(numbers: str) -> None:
    found = matrix()
    filling = fit_filling(Imputation(numbers), found)  # type: ignore[arg-type]
    odd = np.array([[np.nan] * 4, [1e30, np.nan, -1e38, 5.0], [3.4e38, np.nan, np.nan, np.nan]], dtype=np.float32)
    for rows in (found, odd):
        expected = filling.transform(rows)
        assert not np.isnan(expected).any()
        np.testing.assert_array_equal(expected[~np.isnan(rows)], rows[~np.isnan(rows)])
        made = run({"x": rows}, lambda nodes, inputs: filling.export(nodes, inputs["x"]))
        np.testing.assert_allclose(made, expected, rtol=1e-5)


def test_each_strategy_replaces_by_its_own_figure() -> None:
    found = np.array([[1.0, 2.0], [1.0, 4.0], [4.0, np.nan], [np.nan, 9.0]], dtype=np.float32)
    expected = {"mean": (2.0, 5.0), "median": (1.0, 4.0), "mode": (1.0, 2.0)}
    for numbers, (first, second) in expected.items():
        filled = fit_filling(Imputation(numbers), found).transform(found)  # type: ignore[arg-type]
        assert (filled[3, 0], filled[2, 1]) == (first, second), numbers


def test_regression_expects_what_scikit_learns_line_does_within_what_was_seen() -> None:
    generator = np.random.default_rng(2)
    first, second = generator.normal(0, 1, 120), generator.normal(5, 2, 120)
    whole = np.column_stack([first, second, 3 * first - second + generator.normal(0, 0.1, 120)]).astype(np.float32)
    gaps = whole.copy()
    gaps[:40, 2] = np.nan
    filling = fit_filling(Imputation("regression"), gaps)
    assert isinstance(filling, Regression)
    line = LinearRegression().fit(whole[40:, :2], whole[40:, 2])
    bounds = whole[40:, 2].min(), whole[40:, 2].max()
    expected = np.clip(line.predict(whole[:40, :2]), *bounds)
    np.testing.assert_allclose(filling.transform(gaps)[:40, 2], expected, atol=0.1)
    far = np.array([[500.0, 0.0, np.nan]], dtype=np.float32)
    assert bounds[0] <= filling.transform(far)[0, 2] <= bounds[1]


def test_the_nearest_rows_are_those_of_scikit_learn_where_every_donor_is_whole() -> None:
    generator = np.random.default_rng(4)
    whole = generator.normal(0, 1, (150, 3))
    whole = (whole / whole.std(axis=0)).astype(np.float32)
    gaps = whole[:40].copy()
    gaps[:20, 1] = np.nan
    gaps[20:, 0] = np.nan
    filling = fit_filling(Imputation("nearest", neighbors=3), whole)
    assert isinstance(filling, Nearest)
    np.testing.assert_allclose(filling.transform(gaps), KNNImputer(n_neighbors=3).fit(whole).transform(gaps), rtol=1e-4)


@pytest.mark.parametrize("numbers", ["regression", "nearest"])
def test_nothing_of_another_row_reaches_the_encoding(numbers: str) -> None:
    found = columns(200)
    changed = {name: values.copy() for name, values in found.items()}
    changed["age"][120:] = 9999.0
    goal = target(found, "binary")[:120].reshape(-1, 1)
    fitted = [
        fit_encoding("dense", FEATURES, {n: v[:120] for n, v in each.items()}, goal, Imputation(numbers), 1)  # type: ignore[arg-type]
        for each in (found, changed)
    ]
    np.testing.assert_array_equal(fitted[0][0].transform(found), fitted[1][0].transform(found))
