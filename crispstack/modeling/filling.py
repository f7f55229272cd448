"""Missing numbers are replaced inside a model: what replaces them is fitted in the folds and exported with it.

All is computed as the graph does, in float32, on numbers without infinity.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from crispstack.training_plan import Imputation

if TYPE_CHECKING:
    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Matrix

_CELLS = 20_000_000
"""Distances' terms in memory at a time."""
_DONORS = 200
_ALPHA = 1.0


class Filling(Protocol):
    """Replaces missing numbers of a matrix of shape (n, k), here and in a graph."""

    def transform(self, matrix: Matrix) -> Matrix:
        """The matrix without missing numbers."""

    def export(self, nodes: Nodes, numbers: str) -> str:
        """The same in the graph."""


def fit_filling(imputation: Imputation, matrix: Matrix) -> Filling:
    """What the charter chose, fitted on a matrix of shape (n, k); a column without any number is filled with 0."""
    if imputation.numbers == "regression":
        return _fit_regression(matrix)
    if imputation.numbers == "nearest":
        return _fit_nearest(matrix, imputation.neighbors)
    center = {"mean": _mean, "median": _median, "mode": _mode}[imputation.numbers]
    return Constants(_of_columns(matrix, center))


@dataclass(frozen=True)
class Constants:
    """The same number for every gap of a column; `values` has shape (k,), float32."""

    values: Matrix

    def transform(self, matrix: Matrix) -> Matrix:
        """The matrix without missing numbers."""
        return np.where(np.isnan(matrix), self.values, matrix)

    def export(self, nodes: Nodes, numbers: str) -> str:
        """The same in the graph."""
        return nodes.add("Where", [nodes.add("IsNaN", [numbers]), nodes.constant(self.values), numbers])


@dataclass(frozen=True)
class Regression:
    """What ridge regression on the other columns expects; gaps of these filled with medians.

    Deterministic single imputation: Little and Rubin, Statistical Analysis with Missing Data (2019), section 4.2.
    Values beyond those seen in training are cut to them: a line knows no limits. `weights` has shape (k, k).
    """

    medians: Matrix
    weights: Matrix
    intercepts: Matrix
    lowest: Matrix
    highest: Matrix

    def transform(self, matrix: Matrix) -> Matrix:
        """The matrix without missing numbers."""
        absent = np.isnan(matrix)
        # Beyond their bounds the others' numbers would only add noise, and infinity minus infinity is nothing.
        others = np.clip(np.where(absent, self.medians, matrix), self.lowest, self.highest)
        expected = np.clip(others @ self.weights + self.intercepts, self.lowest, self.highest)
        return np.where(absent, expected, matrix)

    def export(self, nodes: Nodes, numbers: str) -> str:
        """The same in the graph."""
        lowest, highest = nodes.constant(self.lowest), nodes.constant(self.highest)
        absent = nodes.add("IsNaN", [numbers])
        filled = nodes.add("Where", [absent, nodes.constant(self.medians), numbers])
        others = nodes.add("Min", [nodes.add("Max", [filled, lowest]), highest])
        line = nodes.add("MatMul", [others, nodes.constant(self.weights)])
        expected = nodes.add("Add", [line, nodes.constant(self.intercepts)])
        cut = nodes.add("Min", [nodes.add("Max", [expected, lowest]), highest])
        return nodes.add("Where", [absent, cut, numbers])


@dataclass(frozen=True)
class Nearest:
    """The mean of the donors that are nearest in the numbers that are there.

    Donors are some of the training rows, evenly spread, without gaps where there are such; they travel with the model,
    which is why they are few. Distances are Euclidean in standard deviations: Troyanskaya et al., Bioinformatics 17
    (2001). `donors` has shape (m, k).
    """

    donors: Matrix
    scale: Matrix
    lowest: Matrix
    highest: Matrix
    neighbors: int

    def transform(self, matrix: Matrix) -> Matrix:
        """The matrix without missing numbers."""
        result = matrix.copy()
        absent = np.isnan(result)
        inside = np.clip(result, self.lowest, self.highest)
        chunk = max(1, _CELLS // self.donors.size)
        for start in range(0, len(result), chunk):
            rows, gaps = inside[start : start + chunk], absent[start : start + chunk]
            difference = (np.where(gaps, np.float32(0), rows)[:, None, :] - self.donors) / self.scale
            distance = np.where(gaps[:, None, :], np.float32(0), difference * difference).sum(axis=2, dtype=np.float32)
            nearest = np.argsort(distance, axis=1, kind="stable")[:, : self.neighbors]
            mean = self.donors[nearest].mean(axis=1)
            result[start : start + chunk] = np.where(gaps, mean, result[start : start + chunk])
        return result

    def export(self, nodes: Nodes, numbers: str) -> str:
        """The same in the graph."""
        zero, one = nodes.constant(np.zeros(1, np.float32)), nodes.constant(np.array([1], np.int64))
        donors, absent = nodes.constant(self.donors), nodes.add("IsNaN", [numbers])
        above = nodes.add("Max", [numbers, nodes.constant(self.lowest)])
        inside = nodes.add("Min", [above, nodes.constant(self.highest)])
        rows = nodes.add("Unsqueeze", [nodes.add("Where", [absent, zero, inside]), one])
        difference = nodes.add("Div", [nodes.add("Sub", [rows, donors]), nodes.constant(self.scale)])
        squared = nodes.add("Mul", [difference, difference])
        counted = nodes.add("Where", [nodes.add("Unsqueeze", [absent, one]), zero, squared])
        distance = nodes.add("ReduceSum", [counted, nodes.constant(np.array([2], np.int64))], keepdims=0)
        count = nodes.constant(np.array([self.neighbors], np.int64))
        _, nearest = nodes.add_many("TopK", [distance, count], 2, largest=0, sorted=1)
        mean = nodes.add("ReduceMean", [nodes.add("Gather", [donors, nearest], axis=0), one], keepdims=0)
        return nodes.add("Where", [absent, mean, numbers])


def _fit_regression(matrix: Matrix) -> Regression:
    from sklearn.linear_model import Ridge  # noqa: PLC0415

    numbers = matrix.astype(np.float64)
    absent = np.isnan(numbers)
    medians = _of_columns(matrix, _median).astype(np.float64)
    filled = np.where(absent, medians, numbers)
    scale = _deviations(filled)
    standard = (filled - medians) / scale
    weights, intercepts = np.zeros((len(medians), len(medians))), medians.copy()
    for index in np.flatnonzero(absent.any(axis=0) & ~absent.all(axis=0)):
        others = np.delete(np.arange(len(medians)), index)
        present = ~absent[:, index]
        if not len(others):
            continue
        line = Ridge(alpha=_ALPHA).fit(standard[present][:, others], numbers[present, index])
        weights[others, index] = line.coef_ / scale[others]
        intercepts[index] = line.intercept_ - float(medians[others] @ weights[others, index])
    lowest, highest = _bounds(matrix)
    return Regression(_single(medians), _single(weights), _single(intercepts), lowest, highest)


def _fit_nearest(matrix: Matrix, neighbors: int) -> Nearest:
    absent = np.isnan(matrix)
    filled = np.where(absent, _of_columns(matrix, _median), matrix)
    whole = filled[~absent.any(axis=1)]
    candidates = np.unique(whole if len(whole) else filled, axis=0)
    chosen = np.unique(np.linspace(0, len(candidates) - 1, _DONORS).astype(int))
    donors = candidates[chosen]
    scale = _single(_deviations(filled.astype(np.float64)))
    return Nearest(donors, scale, *_bounds(matrix), min(neighbors, len(donors)))


def _bounds(matrix: Matrix) -> tuple[Matrix, Matrix]:
    """Lowest and highest number of each column; 0 and 0 of a column without any."""
    absent = np.isnan(matrix)
    empty = absent.all(axis=0)
    lowest, highest = np.where(absent, np.inf, matrix).min(axis=0), np.where(absent, -np.inf, matrix).max(axis=0)
    return _single(np.where(empty, 0.0, lowest)), _single(np.where(empty, 0.0, highest))


def _of_columns(matrix: Matrix, center: Callable[[NDArray[np.float64]], float]) -> Matrix:
    present = (column[~np.isnan(column)].astype(np.float64) for column in matrix.T)
    return np.array([center(column) if len(column) else 0.0 for column in present], dtype=np.float32)


def _mean(column: NDArray[np.float64]) -> float:
    return float(column.mean())


def _median(column: NDArray[np.float64]) -> float:
    return float(np.median(column))


def _mode(column: NDArray[np.float64]) -> float:
    values, counts = np.unique(column, return_counts=True)
    return float(values[np.argmax(counts)])


def _deviations(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard deviation of each column, 1 where it is 0."""
    deviations = matrix.std(axis=0)
    return np.where(deviations > 0, deviations, 1.0)


def _single(values: NDArray[np.float64]) -> Matrix:
    return values.astype(np.float32)
