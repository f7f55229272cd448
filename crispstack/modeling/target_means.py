"""Categories of a column with many of them become the target's smoothed means, and how often training met them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.standardization import Standardization

if TYPE_CHECKING:
    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Matrix

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]

_SMOOTHING = 10.0
FOLDS = 5


@dataclass(frozen=True)
class TargetMeans:
    """A row's means and the logarithm of its category's count, for each of the columns at the positions `columns`.

    `table` has shape (categories + 1, means + 1): its last row is for categories not seen in training, which get the
    mean of all rows and count 0. With a standardization, for techniques that add or measure, the result is scaled.
    """

    columns: Codes
    table: Matrix
    standardization: Standardization | None = None

    @property
    def sources(self) -> list[int]:
        """The position of the column that each number comes from."""
        found: list[int] = np.repeat(self.columns, self.table.shape[1]).tolist()
        return found

    def transform(self, codes: Codes) -> Matrix:
        """Shape (n, columns * (means + 1))."""
        means = self.table[codes[:, self.columns]].reshape(len(codes), -1)
        return self.standardization.transform(means) if self.standardization else means

    def export(self, nodes: Nodes, codes: str) -> str:
        """The same in the graph."""
        gathered = nodes.add("Gather", [codes, nodes.constant(self.columns)], axis=1)
        rows = nodes.add("Gather", [nodes.constant(self.table), gathered], axis=0)
        width = len(self.columns) * self.table.shape[1]
        means = nodes.add("Reshape", [rows, nodes.constant(np.array([0, width], dtype=np.int64))])
        return self.standardization.export(nodes, means) if self.standardization else means


def fit_target_means(
    columns: Codes, codes: Codes, size: int, targets: Floats, weight: Floats, seed: int
) -> tuple[TargetMeans, Matrix]:
    """The encoding, and the encoded training rows, whose means come from rows of other folds than their own.

    Without that a row would find its own target among its features: Micci-Barreca, SIGKDD Explorations 3 (2001), with
    the folds of scikit-learn's TargetEncoder.

    Args:
        columns: positions of the columns to encode.
        codes: of shape (n, all columns), from 0 to size - 1.
        size: the number of categories of all columns.
        targets: what means are taken of, shape (n, m).
        weight: of each row, shape (n,).
        seed: of the folds.
    """
    fold = np.random.default_rng(seed).permutation(len(codes)) % FOLDS
    per_fold = _sums(codes[:, columns], size, targets, weight, fold)
    weighted = np.column_stack([weight, targets * weight[:, None]])
    table, others = smoothed_tables(
        per_fold, np.array([weighted[fold == number].sum(axis=0) for number in range(FOLDS)])
    )
    encoded = np.empty((len(codes), len(columns), table.shape[1]), dtype=np.float32)
    for number in range(FOLDS):
        rows = np.flatnonzero(fold == number)
        encoded[rows] = others[number][codes[rows][:, columns]]
    return TargetMeans(columns, table), encoded.reshape(len(codes), -1)


def smoothed_tables(per_fold: Floats, totals: Floats) -> tuple[Matrix, list[Matrix]]:
    """The table of all rows, and for every fold that of the rows of the others, each of shape (size + 1, m + 1).

    Args:
        per_fold: weight and weighted sums of the targets by fold and category, shape (folds, size, m + 1).
        totals: the same of all rows of a fold, shape (folds, m + 1).
    """
    whole, everything = per_fold.sum(axis=0), totals.sum(axis=0)
    counts = np.log1p(whole[:, 0])
    tables = [
        np.vstack([_smoothed(sums, _mean(total), counts), np.append(_mean(total), 0.0)]).astype(np.float32)
        for sums, total in [
            (whole, everything),
            *((whole - own, everything - total) for own, total in zip(per_fold, totals, strict=True)),
        ]
    ]
    return tables[0], tables[1:]


def _sums(codes: Codes, size: int, targets: Floats, weight: Floats, fold: Codes) -> Floats:
    """Of each fold, per category: the weight of its rows and the weighted sums of their targets."""
    weighted = np.column_stack([weight, targets * weight[:, None]])
    result = np.zeros((FOLDS, size, weighted.shape[1]))
    for column in codes.T:
        cell = fold * size + column
        for position in range(weighted.shape[1]):
            result[:, :, position] += np.bincount(cell, weighted[:, position], FOLDS * size).reshape(FOLDS, size)
    return result


def _smoothed(sums: Floats, prior: Floats, counts: Floats) -> Floats:
    """Means drawn toward the prior as if that had been seen `_SMOOTHING` times, and the counts beside them."""
    means = (sums[:, 1:] + _SMOOTHING * prior) / (sums[:, :1] + _SMOOTHING)
    return np.column_stack([means, counts])


def _mean(total: Floats) -> Floats:
    mean: Floats = total[1:] / total[0] if total[0] > 0 else np.zeros(len(total) - 1)
    return mean
