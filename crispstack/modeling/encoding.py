"""Named columns become one float32 matrix, here and in a graph: fitted on the rows of a fold, bit for bit the same.

Two encodings: ``trees`` leaves numbers as they are, missing ones too; ``dense`` fills and scales them, for techniques
that add or measure. Columns that say nothing in training (one value, or none) are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Feature
from crispstack.modeling.category_encoding import Categories, Indicators, fit_dictionary, indicators
from crispstack.modeling.number_encoding import fit_numbers, fit_scaled_numbers
from crispstack.modeling.standardization import Standardization
from crispstack.modeling.target_means import TargetMeans, fit_target_means
from crispstack.modeling.text_encoding import fit_words, reads_like_text
from crispstack.training_plan import Imputation

if TYPE_CHECKING:
    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Framing, Matrix

Columns = Mapping[str, NDArray[Any]]
Kind = Literal["trees", "dense"]

MOST_INDICATORS: Mapping[Kind, int] = {"trees": 12, "dense": 32}
"""Columns of more categories are encoded by the target's means."""
_MOST_MEANS = 10
"""Classes whose means are taken: the most frequent ones."""


class Part(Protocol):
    """Some of the matrix's columns."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The feature that each of the columns comes from."""

    def transform(self, columns: Columns) -> Matrix:
        """Shape (n, k), from one array of shape (n,) per feature."""

    def export(self, nodes: Nodes, inputs: Mapping[str, str]) -> str:
        """Nodes that compute the same from a tensor of shape (n, 1) per feature; the name of their output."""


@dataclass(frozen=True)
class Encoding:
    """Columns to matrix, fitted; never empty: where no column says anything, the matrix is one column of zeros."""

    parts: tuple[Part, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """The feature that each of the matrix's columns comes from."""
        return tuple(source for part in self.parts for source in part.sources)

    def transform(self, columns: Columns) -> Matrix:
        """The matrix, C-contiguous float32 of shape (n, k), from one array of shape (n,) per feature.

        Raises:
            KeyError: a column that is used is not there.
        """
        return np.ascontiguousarray(np.hstack([part.transform(columns) for part in self.parts]))

    def export(self, nodes: Nodes, inputs: Mapping[str, str]) -> str:
        """Nodes that compute the same from a tensor of shape (n, 1) per feature; the name of the matrix's tensor."""
        made = [part.export(nodes, inputs) for part in self.parts]
        return made[0] if len(made) == 1 else nodes.add("Concat", made, axis=1)


@dataclass(frozen=True)
class Zero:
    """A column of zeros, as long as the feature's."""

    feature: Feature

    @property
    def sources(self) -> tuple[str, ...]:
        """The feature."""
        return (self.feature.name,)

    def transform(self, columns: Columns) -> Matrix:
        """Shape (n, 1)."""
        return np.zeros((len(columns[self.feature.name]), 1), dtype=np.float32)

    def export(self, nodes: Nodes, inputs: Mapping[str, str]) -> str:
        """The same in the graph."""
        rows = nodes.add("Shape", [nodes.side_by_side([inputs[self.feature.name]])])
        return nodes.add("ConstantOfShape", [rows])


def fit_encoding(
    kind: Kind,
    features: Sequence[Feature],
    columns: Columns,
    targets: NDArray[np.float64],
    imputation: Imputation,
    seed: int,
    weight: NDArray[np.float64] | None = None,
) -> tuple[Encoding, Matrix]:
    """The encoding, and the training rows' matrix, which is not that of `transform` where means of targets are in it.

    Args:
        kind: what the matrix is for.
        features: the columns to use, at least one.
        columns: one array of shape (n,) per feature: float32 with NaN, or str objects with `MISSING`.
        targets: see `averaged_targets`, of shape (n, m).
        imputation: how missing values are replaced in the dense encoding; trees take them as they are.
        seed: of the folds that categories' means come from.
        weight: of each row, shape (n,).
    """
    names = by_kind(features, columns)
    fitted: list[tuple[Part | None, list[Matrix]]] = [
        fit_numbers(columns, names["numeric"])
        if kind == "trees"
        else fit_scaled_numbers(columns, names["numeric"], imputation),
        _fit_categories(kind, columns, names["categorical"], targets, imputation, seed, weight),
        *(fit_words(columns, name, targets, weight, seed, kind == "dense") for name in names["text"]),
    ]
    parts = tuple(part for part, _ in fitted if part)
    if not parts:
        zero = Zero(features[0])
        return Encoding((zero,)), zero.transform(columns)
    return Encoding(parts), np.ascontiguousarray(np.hstack([matrix for _, made in fitted for matrix in made]))


def by_kind(features: Sequence[Feature], columns: Columns) -> Mapping[str, tuple[str, ...]]:
    """Names of the features of each kind; categories that read like text are text."""
    names: dict[str, list[str]] = {"numeric": [], "categorical": [], "text": []}
    for each in features:
        text = each.kind == "categorical" and reads_like_text(columns[each.name])
        names["text" if text else each.kind].append(each.name)
    return {kind: tuple(found) for kind, found in names.items()}


def averaged_targets(target: NDArray[np.float64], framing: Framing, classes: int) -> NDArray[np.float64]:
    """What categories' means are taken of, shape (n, m): the target itself, or an indicator of each frequent class."""
    if framing != "multiclass":
        return target.reshape(-1, 1)
    indicators: NDArray[np.float64] = (target[:, None] == averaged_classes(target, classes)).astype(np.float64)
    return indicators


def averaged_classes(target: NDArray[np.float64], classes: int) -> NDArray[np.int64]:
    """The classes whose means are taken, in ascending order: the most frequent ones."""
    counts = np.bincount(target.astype(np.int64), minlength=classes)
    return np.sort(np.argsort(-counts, kind="stable")[:_MOST_MEANS])


def _fit_categories(
    kind: Kind,
    columns: Columns,
    names: tuple[str, ...],
    targets: NDArray[np.float64],
    imputation: Imputation,
    seed: int,
    weight: NDArray[np.float64] | None,
) -> tuple[Categories | None, list[Matrix]]:
    dictionary = fit_dictionary(columns, names, kind == "dense" and imputation.categories == "mode")
    if not dictionary.names:
        return None, []
    codes = dictionary.transform(columns)
    sizes = np.array([len(set(known.values())) for known in dictionary.codes])
    few, many = np.flatnonzero(sizes <= MOST_INDICATORS[kind]), np.flatnonzero(sizes > MOST_INDICATORS[kind])
    parts: list[Indicators | TargetMeans] = []
    matrices: list[Matrix] = []
    if len(few):
        parts.append(indicators(dictionary, codes, few.tolist()))
        matrices.append(parts[0].transform(codes))
    if len(many):
        rows = np.ones(len(codes)) if weight is None else weight
        means, encoded = fit_target_means(many, codes, dictionary.size, targets, rows, seed)
        if kind == "dense":
            means = TargetMeans(means.columns, means.table, Standardization.of(encoded))
            encoded = means.standardization.transform(encoded) if means.standardization else encoded
        parts.append(means)
        matrices.append(encoded)
    return Categories(dictionary, tuple(parts)), matrices
