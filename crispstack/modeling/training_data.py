"""The training set in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Feature, PreparedDataset
from crispstack.data_preparation.values import AMOUNT, GROUP, MISSING, TIME, WEIGHT
from crispstack.errors import DataError
from crispstack.modeling.technique import Framing

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLES = 20
FEWEST_ROWS = 10

Columns = Mapping[str, NDArray[Any]]
"""One array per feature, each of shape (n,): float32 with NaN, or str objects with `MISSING`."""


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Features and target of the training rows, and what else is known of a row. Equal is what is the same object.

    `columns` holds arrays of shape (n,) in the features' order; `target` is float64 of shape (n,): 0 or 1, the index
    of a class in `classes`, or a number. `group` says which rows belong together, `time` in which order they came,
    `weight` how much each counts, `amount` what money depends on; all of shape (n,).
    `samples` are some prepared rows with all their columns: what a request holds is more than the features where values
    are looked up by it.
    """

    features: tuple[Feature, ...]
    columns: Columns
    target: NDArray[Any]
    framing: Framing = "binary"
    classes: tuple[str, ...] = ()
    group: NDArray[np.int64] | None = None
    time: NDArray[np.float64] | None = None
    weight: NDArray[np.float64] | None = None
    amount: NDArray[np.float64] | None = None
    samples: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def from_table(cls, table: pa.Table, dataset: PreparedDataset) -> TrainingData:
        """Columns of a prepared table: the features, the target, and what else is known of a row (`row_context`).

        Raises:
            DataError: a column is missing, or `checked` finds no training set in it.
        """
        missing = [
            name for name in (*(f.name for f in dataset.features), dataset.target) if name not in table.schema.names
        ]
        if missing:
            raise DataError(f"the prepared rows have no column {', '.join(missing)}")
        numbers = {
            name: _numbers(table[name], np.float64) for name in (TIME, WEIGHT, AMOUNT) if name in table.schema.names
        }
        return cls(
            features=dataset.features,
            columns=columns_of(table, dataset.features),
            target=_numbers(table[dataset.target], np.float64),
            framing=dataset.framing,
            classes=dataset.classes,
            group=_groups(table[GROUP]) if GROUP in table.schema.names else None,
            time=numbers.get(TIME),
            weight=numbers.get(WEIGHT),
            amount=numbers.get(AMOUNT),
            samples=tuple(table.take(evenly(len(table))).to_pylist()),
        ).checked(dataset.target)

    def checked(self, name: str = "the target") -> TrainingData:
        """The same, if there is something to learn from.

        Raises:
            DataError: too few rows, a target that is missing, infinite or constant, or a weight below zero.
        """
        rows, problem = len(self.target), _target_problem(self.target, self.framing)
        if rows < FEWEST_ROWS:
            raise DataError(f"training needs at least {FEWEST_ROWS} rows; there are {rows}")
        if problem:
            raise DataError(f"{name} {problem}")
        if self.weight is not None and not (
            np.isfinite(self.weight).all() and (self.weight >= 0).all() and self.weight.any()
        ):
            raise DataError("weights must be finite numbers from 0 on, not all of them 0")
        return self

    def take(self, rows: NDArray[np.int64]) -> TrainingData:
        """The rows at these positions, in this order."""
        return replace(
            self,
            columns={name: column[rows] for name, column in self.columns.items()},
            target=self.target[rows],
            group=None if self.group is None else self.group[rows],
            time=None if self.time is None else self.time[rows],
            weight=None if self.weight is None else self.weight[rows],
            amount=None if self.amount is None else self.amount[rows],
        )

    def select(self, names: Sequence[str]) -> TrainingData:
        """The same rows with these features only, in the features' order."""
        kept = tuple(feature for feature in self.features if feature.name in set(names))
        return replace(self, features=kept, columns={feature.name: self.columns[feature.name] for feature in kept})


def evenly(rows: int) -> NDArray[np.int64]:
    """Positions of some rows, spread over all of them."""
    return np.unique(np.linspace(0, max(rows - 1, 0), min(SAMPLES, rows)).astype(np.int64))


def _target_problem(target: NDArray[Any], framing: Framing) -> str:
    unknown = int((~np.isfinite(target)).sum())
    if unknown:
        return f"is missing or infinite in {unknown} of {len(target)} rows: leave them out, or repair them"
    if len(target) and (target == target[0]).all():
        return f"is {target[0]:g} in all {len(target)} rows: there is nothing to tell apart"
    if framing != "regression" and ((target < 0).any() or (target != np.round(target)).any()):
        return "must be the index of a class"
    return ""


def columns_of(table: pa.Table, features: Sequence[Feature]) -> Columns:
    """The features of a prepared table, as a model takes them."""
    return {feature.name: _column(table[feature.name], feature.kind) for feature in features}


def _column(values: pa.ChunkedArray, kind: str) -> NDArray[Any]:
    if kind == "numeric":
        return _numbers(values, np.float32)
    import pyarrow as pa  # noqa: PLC0415

    coded = values.cast(pa.string()).fill_null(MISSING).combine_chunks().dictionary_encode()
    # One text object per distinct value, however many rows have it.
    distinct = np.array([*coded.dictionary.to_pylist(), ""], dtype=object)[:-1]
    found: NDArray[Any] = distinct[coded.indices.to_numpy()]
    return found


def _numbers(values: pa.ChunkedArray, kind: type[np.floating[Any]]) -> NDArray[Any]:
    import pyarrow as pa  # noqa: PLC0415

    wide = values.cast(pa.float64()).to_numpy().astype(np.float64)
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(wide, dtype=kind)


def _groups(values: pa.ChunkedArray) -> NDArray[np.int64]:
    """A number for each distinct value; rows without one share a group."""
    coded = values.combine_chunks().dictionary_encode(null_encoding="encode")
    found: NDArray[np.int64] = coded.indices.to_numpy().astype(np.int64)
    return found
