"""A column of texts as its distinct values and a code per row, so that text is worked on once per distinct value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Categories:
    """Texts of n rows: `values` holds k of them (object of str), `codes` the position in `values` per row (n,).

    A value may stand in `values` more than once: what is computed from it is the same each time.
    """

    codes: npt.NDArray[np.int32]
    values: Array

    @classmethod
    def of(cls, texts: Sequence[str]) -> Categories:
        """One value per row, as a request has them."""
        return cls(np.arange(len(texts), dtype=np.int32), objects(texts))

    def map(self, function: Callable[[str], str]) -> Categories:
        """The same rows with the function's result for each value."""
        return Categories(self.codes, objects([function(value) for value in self.values]))

    def where(self, function: Callable[[str], float]) -> Array:
        """The function's number for each row's value: float32 of shape (n,)."""
        return np.array([function(value) for value in self.values], dtype=np.float32)[self.codes]

    def texts(self) -> Array:
        """The rows' texts: object of str, of shape (n,)."""
        result: Array = self.values[self.codes]
        return result

    def __len__(self) -> int:
        return len(self.codes)


Column = Array | Categories
"""Typed values of n rows: float32 or float64 with NaN where missing, or texts."""


def as_array(column: Column) -> Array:
    """The column with a value per row, of shape (n,)."""
    return column.texts() if isinstance(column, Categories) else column


def objects(texts: Sequence[Any]) -> Array:
    """Texts as an array of objects of shape (n,)."""
    result = np.empty(len(texts), dtype=object)
    result[:] = texts
    return result
