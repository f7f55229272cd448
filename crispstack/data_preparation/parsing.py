"""Columns of a raw batch become typed arrays: Arrow's casts where they decide as `values.parse_text` does, else that.

A cast takes a whole column or fails. So the column is cast as it is; if that fails, stripped and without what means
missing; if that fails, only what has the type's pattern. What is left is parsed once per distinct text.
"""

from __future__ import annotations

import contextlib
import functools
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from crispstack.charter import Column as SourceColumn
from crispstack.data_preparation.categories import Array, Categories, Column, objects
from crispstack.data_preparation.values import UnparsableError, missing_numbers, parse_text, typed_numbers
from crispstack.data_understanding.column_types import (
    INTEGER_PATTERN,
    LARGEST,
    NUMBER_PATTERN,
    NUMERIC_TYPES,
    grouped_pattern,
)
from crispstack.preparation_plan import Preparation

pc: Any = pyarrow.compute  # its functions are made when it is imported, so that types are not known
_CASTS = {
    "integer": (pa.int64(),),
    "number": (pa.float64(),),
    "date": (pa.date32(),),
    "timestamp": (pa.timestamp("us"), pa.timestamp("us", "UTC")),
}
_TYPED = {
    "integer": (pa.types.is_signed_integer,),
    "number": (pa.types.is_signed_integer, pa.types.is_floating),
    "date": (pa.types.is_date32,),
    "timestamp": (pa.types.is_timestamp,),
}
_PATTERNS = {"integer": INTEGER_PATTERN, "number": NUMBER_PATTERN}
_NULL = pa.scalar(None, pa.string())
_YEAR_1 = {"date": -719162.0, "timestamp": -719162 * 86_400.0}
"""0001-01-01: Arrow takes the year 0, the calendar of Python's dates begins here."""
_REMEMBERED = 10_000
"""How many distinct texts of a column are kept with what they were parsed to."""


class ColumnParser:
    """Parses one column of raw batches."""

    def __init__(self, column: SourceColumn, preparation: Preparation, *, double: bool = False) -> None:
        """Say which column, the plan with what means missing there, and whether to keep all digits of its numbers."""
        self._double = double
        self.type = column.type
        self._column = column
        self._preparation = preparation
        self._cleaning = preparation.cleaning(column.name)
        self._missing = preparation.missing_words(column.name)
        self._missing_words = pa.array(sorted(self._missing), pa.string())
        self._missing_numbers = missing_numbers(column.type, self._missing)
        self._is_plain = not column.formats and column.decimal == "." and not column.thousands
        self._parsed = functools.lru_cache(_REMEMBERED)(self._one)

    def parse(self, values: Any) -> tuple[Column, Array]:
        """Typed values of an Arrow array of n values, and where they are not of the column's type (bool, (n,)).

        Texts become what `values.parse_text` makes of each; values that are typed already what it makes of their
        text, and NaN is missing. Numbers are float32 (timestamps, or with all digits: float64) with NaN, texts
        `Categories`; both missing where invalid.
        """
        if not pa.types.is_string(values.type):
            return self._parse_typed(values)
        if self.type not in _CASTS:
            return self._by_distinct_text(values)
        numbers = self._cast(values) if self._is_plain else None
        if numbers is None:
            return self._stripped(values)
        return self._valid(numbers)

    def numbers(self, values: Any) -> tuple[Array, Array]:
        """As `parse`, of a column whose type is one of numbers."""
        parsed, invalid = self.parse(values)
        if isinstance(parsed, Categories):
            raise TypeError(f"{self._column.name} holds texts, not numbers")
        return parsed, invalid

    def _parse_typed(self, values: Any) -> tuple[Column, Array]:
        if pa.types.is_floating(values.type):
            values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
        numbers = self._cast(values) if any(fits(values.type) for fits in _TYPED.get(self.type, ())) else None
        if numbers is not None:
            return self._valid(numbers)
        plain = SourceColumn(self._column.name, self.type)
        return ColumnParser(plain, self._preparation, double=self._double).parse(pc.cast(values, pa.string()))

    def _stripped(self, texts: Any) -> tuple[Column, Array]:
        stripped = pc.utf8_trim(texts, " ")
        present = pc.if_else(pc.is_in(stripped, self._missing_words), _NULL, stripped)
        numbers = self._cast(present) if self._is_plain else None
        if numbers is not None:
            return self._valid(numbers)
        if self.type not in _PATTERNS:
            return self._by_distinct_text(present)
        decimal, thousands = self._column.decimal, self._column.thousands
        pattern = _PATTERNS[self.type] if self._is_plain else grouped_pattern(decimal, thousands)
        fits = pc.fill_null(pc.match_substring_regex(present, pattern), False)
        plain = pc.if_else(fits, present, _NULL)
        if thousands:
            plain = pc.replace_substring(plain, thousands, "")
        numbers = self._cast(pc.replace_substring(plain, decimal, "."))
        if numbers is None:
            return self._by_distinct_text(present)
        misfits = pc.and_(pc.is_valid(present), pc.invert(fits)).to_numpy(zero_copy_only=False)
        return self._valid(numbers)[0], misfits & (self._cleaning.invalid != "missing")

    def _valid(self, numbers: Array) -> tuple[Column, Array]:
        present = numbers.copy() if self._missing_numbers else numbers
        for number in self._missing_numbers:
            present[numbers == number] = np.nan
        return self._kept(present), np.zeros(len(numbers), dtype=bool)

    def _cast(self, values: Any) -> Array | None:
        """Numbers as float64 with NaN for null, or None where a value needs a closer look."""
        for target in _CASTS[self.type]:
            with contextlib.suppress(pa.ArrowInvalid):
                return self._exact(pc.cast(values, target), values)
        return None

    def _exact(self, typed: Any, values: Any) -> Array | None:
        """The cast values as float64, None where Arrow takes what `values.parse_text` does not."""
        if self.type == "number":
            numbers: Array = typed.to_numpy(zero_copy_only=False)
            finite = np.count_nonzero(np.abs(numbers) <= LARGEST)
            return numbers if finite == len(typed) - typed.null_count else None
        if self.type == "integer":
            return None if _has_hexadecimal(values) else typed.to_numpy(zero_copy_only=False).astype(np.float64)
        whole = typed.cast(pa.int32() if self.type == "date" else pa.int64())
        times = whole.to_numpy(zero_copy_only=False).astype(np.float64) / (1 if self.type == "date" else 1e6)
        return None if (times < _YEAR_1[self.type]).any() else times

    def _by_distinct_text(self, texts: Any) -> tuple[Column, Array]:
        encoded = pc.dictionary_encode(texts, null_encoding="encode")
        codes = encoded.indices.to_numpy()
        parsed = [self._parsed(text) for text in encoded.dictionary.to_numpy(zero_copy_only=False)]
        if self.type not in NUMERIC_TYPES:
            return Categories(codes, objects(parsed)), np.zeros(len(codes), dtype=bool)  # any text is one
        invalid = np.array([value is None for value in parsed], dtype=bool)[codes]
        numbers = np.array([math.nan if value is None else value for value in parsed], dtype=np.float64)
        return self._kept(numbers[codes]), invalid

    def _kept(self, numbers: Array) -> Array:
        return numbers + 0.0 if self._double else typed_numbers(numbers, self.type)

    def _one(self, text: str | None) -> float | str | None:
        try:
            return parse_text(text, self._column, self._missing, self._cleaning)
        except UnparsableError:
            return None


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
