"""The sample's columns as arrays: numbers with NaN for what is none, categories as codes with -1 for missing."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crispstack.charter import Charter, Column, ColumnType
from crispstack.data_understanding.column_types import (
    DATE_PATTERN,
    FALSE,
    INTEGER_PATTERN,
    ISO_TIMESTAMP_PATTERN,
    LARGEST,
    NUMBER_PATTERN,
    NUMERIC_TYPES,
    TRUE,
    plain_number,
)
from crispstack.data_understanding.sample import Sample

LEVELS = 50
"""Categories beyond the most frequent ones count as one."""
OTHER = "(other)"
_PATTERNS = {
    "integer": re.compile(INTEGER_PATTERN),
    "number": re.compile(NUMBER_PATTERN),
    "date": re.compile(DATE_PATTERN),
    "timestamp": re.compile(ISO_TIMESTAMP_PATTERN),
}
_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class SampleColumn:
    """One column of n rows.

    Attributes:
        column: as the charter declares it.
        missing: bool (n,), where the text means missing.
        distinct: number of different texts that are not missing.
        numbers: float64 (n,), NaN where missing or unparsable; None for categories.
        codes: int64 (n,), -1 where missing, else an index into `levels`; None for numbers.
        levels: names of the categories, the most frequent first, then perhaps `OTHER`.
    """

    column: Column
    missing: Any
    distinct: int
    numbers: Any = None
    codes: Any = None
    levels: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the column."""
        return self.column.name

    @property
    def present(self) -> Any:
        """Bool (n,), where there is a number or a category."""
        import numpy as np  # noqa: PLC0415

        return ~np.isnan(self.numbers) if self.codes is None else self.codes >= 0


def columns(sample: Sample, charter: Charter) -> list[SampleColumn]:
    """Every column of the sample, in its order."""
    words = charter.preparation.missing_words
    texts = zip(*sample.cells, strict=True)
    return [_column(column, cells, words(column.name)) for column, cells in zip(sample.columns, texts, strict=True)]


def column_of(sample: Sample, place: int, charter: Charter, kind: ColumnType) -> SampleColumn:
    """The column at this place, its values taken for ones of this type."""
    column = dataclasses.replace(sample.columns[place], type=kind)
    return _column(column, [row[place] for row in sample.cells], charter.preparation.missing_words(column.name))


def positives(sample: Sample, charter: Charter) -> Any:
    """Bool (n,), where the target is the positive value."""
    import numpy as np  # noqa: PLC0415

    place = [column.name for column in sample.columns].index(charter.target.column)
    return np.array([charter.target.is_positive(row[place]) for row in sample.cells])


def _column(column: Column, cells: Sequence[str], absent: Collection[str]) -> SampleColumn:
    import numpy as np  # noqa: PLC0415

    counts = Counter(cell for cell in cells if cell not in absent)
    missing = np.array([cell in absent for cell in cells])
    if column.type in NUMERIC_TYPES:
        parsed = {text: number(text, column) for text in counts}
        numbers = np.array([parsed.get(cell, np.nan) for cell in cells], dtype=float)
        return SampleColumn(column, missing, len(counts), numbers=numbers)
    # Equally frequent ones by name, so that the order of rows decides nothing.
    ordered = sorted(counts, key=lambda text: (-counts[text], text))
    place = {text: min(index, LEVELS) for index, text in enumerate(ordered)}
    codes = np.array([place.get(cell, -1) for cell in cells])
    levels = (*ordered[:LEVELS], OTHER) if len(ordered) > LEVELS else tuple(ordered)
    return SampleColumn(column, missing, len(counts), codes=codes, levels=levels)


def number(text: str, column: Column) -> float:
    """The text as a number by the column's type and way of writing, NaN where it is none; times in days since 1970."""
    if column.type == "boolean":
        return {**dict.fromkeys(TRUE, 1.0), **dict.fromkeys(FALSE, 0.0)}.get(text.lower(), float("nan"))
    if column.type in ("date", "timestamp"):
        moment = _moment(text, column)
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() / _SECONDS_PER_DAY if moment else float("nan")
    plain = plain_number(text, column.decimal, column.thousands)
    value = float(plain) if plain and _PATTERNS[column.type].fullmatch(plain) else float("nan")
    return value if abs(value) <= LARGEST else float("nan")


def _moment(text: str, column: Column) -> datetime | None:
    """By the first of the column's formats that fits, or by ISO 8601 if it has none."""
    for form in column.formats:
        with contextlib.suppress(ValueError):
            return datetime.strptime(text, form)
    if not column.formats and _PATTERNS[column.type].fullmatch(text):
        with contextlib.suppress(ValueError):  # the 30th of February
            return datetime.fromisoformat(text)
    return None
