"""Columns of a raw batch become typed arrays: Arrow's casts where they decide as `values.parse_text` does, else that.

A cast takes a whole column or fails. So the column is cast as it is; if that fails, stripped and without what means
missing; if that fails, only what has the type's pattern. What is left is parsed once per distinct text.
"""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from crispstack.charter import Column as SourceColumn
from crispstack.data_preparation.categories import Array, Categories, Column, objects
from crispstack.data_preparation.values import MISSING, UnparsableError, float32, parse_text
from crispstack.data_understanding.column_types import INTEGER_PATTERN, LARGEST, NUMBER_PATTERN, NUMERIC_TYPES

pc: Any = pyarrow.compute  # its functions are made when it is imported, so that types are not known
_CASTS = {"integer": pa.int64(), "number": pa.float64(), "date": pa.date32()}
_TYPED = {
    "integer": {pa.int8(), pa.int16(), pa.int32(), pa.int64()},
    "number": {pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64()},
    "date": {pa.date32()},
}
_NULL = pa.scalar(None, pa.string())
_PATTERNS = {"integer": INTEGER_PATTERN, "number": NUMBER_PATTERN}
_YEAR_1 = -719162
"""0001-01-01 in days since 1970-01-01: Arrow takes the year 0, ISO 8601's calendar in Python begins here."""


class ColumnParser:
    """Parses one column of raw batches."""

    def __init__(self, column: SourceColumn, missing_values: frozenset[str]) -> None:
        """Say which column, and which texts mean missing."""
        self._column = column
        self.type = column.type
        self._missing = missing_values | {""}
        self._missing_words = pa.array(sorted(self._missing), pa.string())
        self._missing_numbers = self._numbers_that_mean_missing()

    def parse(self, values: Any) -> tuple[Column, Array]:
        """Typed values of an Arrow array of n values, and where they are not of the column's type (bool, (n,)).

        Texts become what `values.parse_text` makes of each; values that are typed already what it makes of their
        text, and NaN is missing. Numbers are float32 with NaN, texts `Categories`; both missing where invalid.
        """
        if pa.types.is_floating(values.type):
            values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
        numbers = self._cast(values) if self.type in _CASTS else None
        if numbers is not None:
            return float32(self._without_missing_numbers(numbers, values)), np.zeros(len(values), dtype=bool)
        texts = values if values.type == pa.string() else pc.cast(values, pa.string())
        return self._stripped(texts) if self.type in _CASTS else self._by_distinct_text(texts)

    def _stripped(self, texts: Any) -> tuple[Column, Array]:
        stripped = pc.utf8_trim(texts, " ")
        present = pc.if_else(pc.is_in(stripped, self._missing_words), _NULL, stripped)
        numbers = self._cast(present)
        if numbers is not None:
            return float32(numbers), np.zeros(len(texts), dtype=bool)
        if self.type not in _PATTERNS:
            return self._by_distinct_text(present)
        fits = pc.fill_null(pc.match_substring_regex(present, _PATTERNS[self.type]), False)
        numbers = self._cast(pc.if_else(fits, present, _NULL))
        if numbers is None:
            return self._by_distinct_text(present)
        invalid = pc.and_(pc.is_valid(present), pc.invert(fits))
        return float32(numbers), invalid.to_numpy(zero_copy_only=False)

    def _cast(self, values: Any) -> Array | None:
        """Numbers as float64 with NaN for null, or None where a value needs a closer look."""
        kind = self.type
        if not (pa.types.is_string(values.type) or values.type in _TYPED[kind]):
            return None
        try:
            typed = pc.cast(values, _CASTS[kind])
        except pa.ArrowInvalid:
            return None
        if kind == "integer":
            return None if _has_hexadecimal(values) else typed.to_numpy(zero_copy_only=False).astype(np.float64)
        if kind == "date":
            days = typed.cast(pa.int32()).to_numpy(zero_copy_only=False).astype(np.float64)
            return None if (days < _YEAR_1).any() else days
        numbers: Array = typed.to_numpy(zero_copy_only=False)
        finite = np.count_nonzero(np.abs(numbers) <= LARGEST)
        return numbers if finite == len(typed) - typed.null_count else None

    def _without_missing_numbers(self, numbers: Array, values: Any) -> Array:
        """NaN also where the text reads as a number but means missing."""
        for number, words in self._missing_numbers.items():
            rows = np.flatnonzero(numbers == number)
            texts = pc.cast(values.take(pa.array(rows)), pa.string())
            missing = rows[pc.is_in(texts, words).to_numpy(zero_copy_only=False)]
            if len(missing):
                numbers = numbers.copy()
                numbers[missing] = np.nan
        return numbers

    def _by_distinct_text(self, texts: Any) -> tuple[Column, Array]:
        encoded = pc.dictionary_encode(texts, null_encoding="encode")
        codes = encoded.indices.to_numpy()
        parsed = [self._one(text) for text in encoded.dictionary.to_pylist()]
        invalid = np.array([value is None for value in parsed], dtype=bool)[codes]
        if self.type in NUMERIC_TYPES:
            numbers = np.array([math.nan if value is None else value for value in parsed], dtype=np.float64)
            return float32(numbers[codes]), invalid
        return Categories(codes, objects([MISSING if value is None else str(value) for value in parsed])), invalid

    def _one(self, text: str | None) -> float | str | None:
        try:
            return parse_text(text, self._column, self._missing)
        except UnparsableError:
            return None

    def _numbers_that_mean_missing(self) -> dict[float, Any]:
        """Number -> the words for missing that read as it, of which a cast knows nothing."""
        words: dict[float, list[str]] = {}
        for word in sorted(self._missing - {""} if self.type in _CASTS else ()):
            with contextlib.suppress(UnparsableError):
                words.setdefault(float(parse_text(word, self._column, frozenset())), []).append(word)
        return {number: pa.array(same, pa.string()) for number, same in words.items()}


def _has_hexadecimal(values: Any) -> bool:
    """Whether a text may be written as 0x1f, which Arrow takes for an integer."""
    if not pa.types.is_string(values.type):
        return False
    _, offsets, data = values.buffers()
    if data is None:
        return False
    bounds = np.frombuffer(offsets, np.int32)[[values.offset, values.offset + len(values)]]
    letters = np.frombuffer(data, np.uint8)[slice(*bounds)] | 0x20
    return bool((letters == ord("x")).any())
