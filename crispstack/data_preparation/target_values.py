"""The target's raw values as a model learns them: 0 or 1, the index of a class, or a number."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from crispstack.charter import Charter
from crispstack.data_preparation.categories import Array
from crispstack.data_preparation.parsing import ColumnParser
from crispstack.data_understanding.column_types import NUMBER_PATTERN

pc: Any = pyarrow.compute  # its functions are made when it is imported, so that types are not known

Reject = Callable[[str, Array], None]
"""Told why rows (bool, (n,)) cannot be used."""


class TargetValues:
    """Parses the target's column of raw batches as the charter frames it; several classes must be named in it."""

    def __init__(self, charter: Charter, name: str = "") -> None:
        """Say what is to be predicted, and if it is another column that holds such values, which one."""
        plan, target = charter.preparation, charter.target
        self._target, self._framing, self._name = target, charter.framing, name or target.column
        self._missing = pa.array(sorted(plan.missing_words(self._name)), pa.string())
        self._classes = pa.array(target.classes, pa.string())
        column = next(column for column in charter.row_columns if column.name == self._name)
        self._parser = ColumnParser(column, plan, double=True) if self._framing == "regression" else None

    def parse(self, values: Any, reject: Reject) -> Any:
        """An Arrow array of n values: int32 0 or 1, int32 indexes of classes, or float64; any value where rejected.

        Rows are rejected whose target is missing, is none of the classes, or is no finite number where one is needed.
        """
        if self._parser:
            return self._numbers(self._parser, values, reject)
        texts = pc.utf8_trim(pc.fill_null(pc.cast(values, pa.string()), ""), " ")
        missing = pc.is_in(texts, self._missing).to_numpy(zero_copy_only=False)
        reject(f"{self._name} is missing", missing)
        if self._framing == "multiclass":
            return self._indexes(texts, reject)
        return self._positives(texts, missing, reject)

    def _numbers(self, parser: ColumnParser, values: Any, reject: Reject) -> Any:
        numbers, invalid = parser.numbers(values)
        reject(f"{self._name} is no number", invalid)
        reject(f"{self._name} is missing", np.isnan(numbers))
        return pa.array(numbers, pa.float64())

    def _indexes(self, texts: Any, reject: Reject) -> Any:
        indexes = pc.index_in(texts, self._classes)
        reject(f"{self._name} is none of the classes", pc.is_null(indexes).to_numpy(zero_copy_only=False))
        return pc.fill_null(indexes, 0)

    def _positives(self, texts: Any, missing: Array, reject: Reject) -> Any:
        target = self._target
        if target.at_least is None:
            return pc.cast(pc.equal(texts, target.positive.strip(" ")), pa.int32())
        distinct = texts.dictionary_encode()
        numbers = [bool(re.fullmatch(NUMBER_PATTERN, text)) for text in distinct.dictionary.to_pylist()]
        reject(f"{self._name} is no number", ~np.array(numbers, dtype=bool)[distinct.indices] & ~missing)
        positive = [target.is_positive(text) for text in distinct.dictionary.to_pylist()]
        return pa.array(np.array(positive, dtype=bool)[distinct.indices].astype(np.int32))
