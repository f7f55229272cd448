"""Numbers as a model takes them: as they are, for trees; or filled and scaled, for all that adds or measures.

Infinite values become the largest float32: several techniques refuse infinity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.filling import Filling, fit_filling
from crispstack.modeling.standardization import Standardization
from crispstack.training_plan import Imputation

if TYPE_CHECKING:
    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Matrix

Columns = Mapping[str, NDArray[Any]]
_LARGEST = np.float32(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Numbers:
    """Numbers side by side, missing ones as NaN."""

    names: tuple[str, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """The features, as they are."""
        return self.names

    def transform(self, columns: Columns) -> Matrix:
        """Shape (n, names), without infinity."""
        matrix = np.column_stack([columns[name] for name in self.names]).astype(np.float32, copy=False)
        return np.clip(matrix, -_LARGEST, _LARGEST)

    def export(self, nodes: Nodes, inputs: Mapping[str, str]) -> str:
        """The same in the graph."""
        together = nodes.side_by_side([inputs[name] for name in self.names])
        return nodes.add("Clip", [together, nodes.constant(np.array(-_LARGEST)), nodes.constant(np.array(_LARGEST))])


@dataclass(frozen=True)
class ScaledNumbers:
    """Numbers filled and standardized, and beside them an indicator for each of the columns `flagged`: is it missing?

    `flagged` holds positions among the names.
    """

    numbers: Numbers
    filling: Filling
    standardization: Standardization
    flagged: NDArray[np.int64]

    @property
    def sources(self) -> tuple[str, ...]:
        """The features, and again those with an indicator."""
        return (*self.numbers.names, *(self.numbers.names[position] for position in self.flagged))

    def transform(self, columns: Columns) -> Matrix:
        """Shape (n, names + flagged)."""
        matrix = self.numbers.transform(columns)
        scaled = self.standardization.transform(self.filling.transform(matrix))
        return np.hstack([scaled, np.isnan(matrix[:, self.flagged]).astype(np.float32)])

    def export(self, nodes: Nodes, inputs: Mapping[str, str]) -> str:
        """The same in the graph."""
        numbers = self.numbers.export(nodes, inputs)
        scaled = self.standardization.export(nodes, self.filling.export(nodes, numbers))
        if not len(self.flagged):
            return scaled
        gathered = nodes.add("Gather", [numbers, nodes.constant(self.flagged)], axis=1)
        missing = nodes.add("Cast", [nodes.add("IsNaN", [gathered])], to=1)
        return nodes.add("Concat", [scaled, missing], axis=1)


def fit_numbers(columns: Columns, names: tuple[str, ...]) -> tuple[Numbers | None, list[Matrix]]:
    """For trees: all columns that hold more than one value, where missing is a value too. With the matrix in a list."""
    kept = Numbers(tuple(name for name in names if _varies(columns[name])))
    return (kept, [kept.transform(columns)]) if kept.names else (None, [])


def fit_scaled_numbers(
    columns: Columns, names: tuple[str, ...], imputation: Imputation
) -> tuple[ScaledNumbers | None, list[Matrix]]:
    """For techniques that add or measure. A column of one value and gaps is of use only as an indicator of these."""
    kept = Numbers(tuple(name for name in names if _varies(columns[name])))
    if not kept.names:
        return None, []
    matrix = kept.transform(columns)
    gaps = np.isnan(matrix)
    filling = fit_filling(imputation, matrix)
    standardization = Standardization.of(filling.transform(matrix))
    flagged = gaps.any(axis=0) & (imputation.indicator | (standardization.factor == 0))
    part = ScaledNumbers(kept, filling, standardization, np.flatnonzero(flagged))
    return part, [part.transform(columns)]


def _varies(numbers: NDArray[np.float32]) -> bool:
    """Whether there is more than one value; missing is one."""
    first = numbers[:1]
    if np.isnan(first).any():
        return not bool(np.isnan(numbers).all())
    return not bool((numbers == first).all())
