"""Missing numbers inside a model's pipeline: fitted in the folds, exported with the model.

Two transformers that scikit-learn lacks or that its ONNX converter does not know, each with its converter.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from crispstack.data_preparation.values import MISSING
from crispstack.training_plan import Imputation

Matrix = NDArray[np.float64]


_CHUNK = 1000
"""Rows whose distances are in memory at a time."""


class RegressionImputer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Replaces a missing number by what ridge regression on the other columns expects; these filled with medians.

    Deterministic single imputation: Little and Rubin, Statistical Analysis with Missing Data (2019), section 4.2.
    Values beyond those seen in training are clipped to them: a line knows no limits.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002, N803 (scikit-learn's names)
        """Medians of shape (k,), and per column weights of the k - 1 others, from a matrix of shape (n, k)."""
        from sklearn.linear_model import Ridge  # noqa: PLC0415

        matrix = np.asarray(X, dtype=np.float64)
        absent = np.isnan(matrix)
        count = matrix.shape[1]
        self.medians_ = _medians(matrix)
        filled = np.where(absent, self.medians_, matrix)
        scale = np.where(filled.std(axis=0) > 0, filled.std(axis=0), 1.0)
        standard = (filled - self.medians_) / scale
        self.weights_ = np.zeros((count, count))
        self.intercepts_ = self.medians_.copy()
        for index in np.flatnonzero(absent.any(axis=0) & ~absent.all(axis=0)):
            others = np.delete(np.arange(count), index)
            present = ~absent[:, index]
            if not len(others):
                continue
            line = Ridge(alpha=self.alpha).fit(standard[present][:, others], matrix[present, index])
            self.weights_[others, index] = line.coef_ / scale[others]
            self.intercepts_[index] = line.intercept_ - float(self.medians_[others] @ self.weights_[others, index])
        self.lowest_ = np.where(absent, np.inf, matrix).min(axis=0)
        self.highest_ = np.where(absent, -np.inf, matrix).max(axis=0)
        empty = absent.all(axis=0)
        self.lowest_[empty], self.highest_[empty] = 0.0, 0.0
        return self

    def transform(self, X: Any) -> Matrix:  # noqa: N803
        """The matrix of shape (n, k) without missing values."""
        matrix = np.asarray(X, dtype=np.float64)
        absent = np.isnan(matrix)
        expected = np.where(absent, self.medians_, matrix) @ self.weights_ + self.intercepts_
        return np.where(absent, np.clip(expected, self.lowest_, self.highest_), matrix)


class NearestImputer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Replaces a missing number by the mean of the donors that are nearest in the numbers that are there.

    Donors are some of the training rows, evenly spread, without gaps where there are such; they travel with the model,
    which is why they are few. Distances are Euclidean in standard deviations: Troyanskaya et al., Bioinformatics 17
    (2001). All is computed as the graph does, in float32: otherwise the two would now and then choose other neighbors.
    """

    def __init__(self, neighbors: int = 5, donors: int = 200) -> None:
        self.neighbors = neighbors
        self.donors = donors

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002, N803
        """Donors of shape (m, k), their missing numbers filled with medians, from a matrix of shape (n, k)."""
        matrix = np.asarray(X, dtype=np.float64)
        absent = np.isnan(matrix)
        filled = np.where(absent, _medians(matrix), matrix)
        whole = filled[~absent.any(axis=1)]
        candidates = np.unique(whole if len(whole) else filled, axis=0)
        chosen = np.unique(np.linspace(0, len(candidates) - 1, self.donors).astype(int))
        self.donors_ = candidates[chosen].astype(np.float32)
        deviations = filled.std(axis=0)
        self.scale_ = np.where(deviations > 0, deviations, 1.0).astype(np.float32)
        self.neighbors_ = min(self.neighbors, len(self.donors_))
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:  # noqa: N803
        """The matrix of shape (n, k) without missing values."""
        result = np.array(np.asarray(X, dtype=np.float64), dtype=np.float32)
        absent = np.isnan(result)
        for start in range(0, len(result), _CHUNK):
            rows, gaps = result[start : start + _CHUNK], absent[start : start + _CHUNK]
            difference = (np.where(gaps, np.float32(0), rows)[:, None, :] - self.donors_) / self.scale_
            distance = np.where(gaps[:, None, :], np.float32(0), difference * difference).sum(axis=2, dtype=np.float32)
            nearest = np.argsort(distance, axis=1, kind="stable")[:, : self.neighbors_]
            result[start : start + _CHUNK] = np.where(gaps, self.donors_[nearest].mean(axis=1), rows)
        return result


class CategoryModeImputer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Replaces a missing category by the most frequent one; by the first in order where several are."""

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002, N803
        """The mode of each column, shape (k,), of an object matrix of shape (n, k)."""
        modes = []
        for column in np.asarray(X, dtype=object).T:
            values, counts = np.unique(column[column != MISSING].astype(str), return_counts=True)
            modes.append(values[np.argmax(counts)] if len(values) else MISSING)
        self.modes_ = np.array(modes, dtype=object)
        return self

    def transform(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The object matrix of shape (n, k) without missing categories."""
        matrix = np.asarray(X, dtype=object)
        return np.where(matrix == MISSING, self.modes_, matrix)


class MissingIndicator(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """1 where a number is missing, else 0: that a value is missing may say something itself."""

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002, N803
        """Nothing to learn."""
        self.columns_ = np.asarray(X).shape[1]
        return self

    def transform(self, X: Any) -> Matrix:  # noqa: N803
        """The indicators, of the matrix's shape (n, k)."""
        return np.isnan(np.asarray(X, dtype=np.float64)).astype(np.float64)


def imputer(imputation: Imputation) -> Any:
    """The unfitted transformer that replaces missing numbers."""
    from sklearn.impute import SimpleImputer  # noqa: PLC0415

    if imputation.numbers == "regression":
        return RegressionImputer()
    if imputation.numbers == "nearest":
        return NearestImputer(imputation.neighbors)
    strategy = {"mean": "mean", "median": "median", "mode": "most_frequent"}[imputation.numbers]
    return SimpleImputer(strategy=strategy, keep_empty_features=True)


def register_converters() -> None:
    """Teach the exporter these transformers."""
    from skl2onnx import update_registered_converter  # noqa: PLC0415

    converters = {
        RegressionImputer: _convert_regression,
        NearestImputer: _convert_nearest,
        CategoryModeImputer: _convert_mode,
        MissingIndicator: _convert_indicator,
    }
    for kind, convert in converters.items():
        update_registered_converter(kind, f"Crispstack{kind.__name__}", _same_type, convert, overwrite=True)


def _same_type(operator: Any) -> None:
    given = operator.inputs[0].type
    operator.outputs[0].type = type(given)(list(given.shape))


def _convert_regression(scope: Any, operator: Any, container: Any) -> None:
    from skl2onnx.algebra.onnx_ops import OnnxAdd, OnnxIsNaN, OnnxMatMul, OnnxMax, OnnxMin, OnnxWhere  # noqa: PLC0415

    model, version = operator.raw_operator, container.target_opset
    numbers, options = operator.inputs[0], {"op_version": version}
    absent = OnnxIsNaN(numbers, **options)
    filled = OnnxWhere(absent, _row(model.medians_), numbers, **options)
    line = OnnxMatMul(filled, model.weights_.astype(np.float32), **options)
    expected = OnnxAdd(line, _row(model.intercepts_), **options)
    clipped = OnnxMin(OnnxMax(expected, _row(model.lowest_), **options), _row(model.highest_), **options)
    OnnxWhere(absent, clipped, numbers, output_names=operator.outputs[:1], **options).add_to(scope, container)


def _convert_indicator(scope: Any, operator: Any, container: Any) -> None:
    from skl2onnx.algebra.onnx_ops import OnnxCast, OnnxIsNaN  # noqa: PLC0415

    options = {"op_version": container.target_opset}
    absent = OnnxIsNaN(operator.inputs[0], **options)
    OnnxCast(absent, to=1, output_names=operator.outputs[:1], **options).add_to(scope, container)


def _convert_nearest(scope: Any, operator: Any, container: Any) -> None:
    from skl2onnx.algebra import onnx_ops as ops  # noqa: PLC0415

    model, numbers, options = operator.raw_operator, operator.inputs[0], {"op_version": container.target_opset}
    zero, one, two = np.zeros(1, np.float32), np.array([1], np.int64), np.array([2], np.int64)
    absent = ops.OnnxIsNaN(numbers, **options)
    rows = ops.OnnxUnsqueeze(ops.OnnxWhere(absent, zero, numbers, **options), one, **options)
    difference = ops.OnnxDiv(ops.OnnxSub(rows, model.donors_, **options), model.scale_, **options)
    squared = ops.OnnxMul(difference, difference, **options)
    counted = ops.OnnxWhere(ops.OnnxUnsqueeze(absent, one, **options), zero, squared, **options)
    distance = ops.OnnxReduceSum(counted, two, keepdims=0, **options)
    nearest = ops.OnnxTopK(distance, np.array([model.neighbors_], np.int64), largest=0, sorted=1, **options)
    neighbors = ops.OnnxGather(model.donors_, nearest[1], axis=0, **options)
    mean = ops.OnnxReduceMean(neighbors, one, keepdims=0, **options)
    ops.OnnxWhere(absent, mean, numbers, output_names=operator.outputs[:1], **options).add_to(scope, container)


def _convert_mode(scope: Any, operator: Any, container: Any) -> None:
    from skl2onnx.algebra.onnx_ops import OnnxEqual, OnnxWhere  # noqa: PLC0415

    options = {"op_version": container.target_opset}
    modes = np.array(operator.raw_operator.modes_.reshape(1, -1), dtype=str)
    texts = operator.inputs[0]
    absent = OnnxEqual(texts, np.array([[MISSING]], dtype=str), **options)
    OnnxWhere(absent, modes, texts, output_names=operator.outputs[:1], **options).add_to(scope, container)


def _medians(matrix: Matrix) -> Matrix:
    """Of each column, shape (k,); 0 where nothing is there."""
    return np.array([np.median(present) if len(present := column[~np.isnan(column)]) else 0.0 for column in matrix.T])


def _row(values: Matrix) -> NDArray[np.float32]:
    return values.reshape(1, -1).astype(np.float32)
