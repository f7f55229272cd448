"""The values of one column as the approximate profile reads them: as they are stored, or as stripped text."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from crispstack.business_understanding import canonical_text
from crispstack.charter import Charter, Column, Source
from crispstack.data_understanding import profile_values
from crispstack.data_understanding.column_types import LARGEST, NUMERIC_TYPES
from crispstack.data_understanding.raw_table import column_type, identifier, literal, stripped, text

# How a value that is stored so becomes the number of a column that is declared so, a double.
_NUMBERS = {
    ("integer", "bigint"): "CAST({0} AS double)",
    ("number", "bigint"): "CAST({0} AS double)",
    ("number", "double"): f"CASE WHEN abs({{0}}) <= {LARGEST!r} THEN {{0}} END",
    ("boolean", "boolean"): "CASE WHEN {0} THEN 1e0 WHEN NOT {0} THEN 0e0 END",
    ("date", "date"): "CAST(date_diff('day', DATE '1970-01-01', {0}) AS double)",
    ("timestamp", "timestamp"): "CAST(date_diff('second', TIMESTAMP '1970-01-01 00:00:00', {0}) AS double)",
}


@dataclass(frozen=True)
class Cell:
    """One column of the statement, and the words that mean missing in it.

    Its expressions are named by a letter and its index: ``r`` is the raw value of a row that is no test row, ``p`` the
    same unless it is missing, ``x`` the number it stands for, ``g`` the text if it may be written in digits.
    """

    index: int
    column: Column
    stored: str
    raw: str
    missing: frozenset[str]

    @classmethod
    def of(cls, charter: Charter, source: Source, index: int, column: Column) -> Cell:
        """The column of a source, with its index from 1."""
        is_partition = column.name in source.partitions
        stored = "string" if is_partition else column_type(source, column)
        is_typed = (column.type, stored) in _NUMBERS
        raw = identifier(column.name) if is_typed else stripped(text(source, column))
        plan = charter.preparation
        missing = plan.missing_words(column.name) if source == charter.source else frozenset({"", *plan.missing_values})
        return cls(index, column, stored, raw, missing)

    @property
    def is_typed(self) -> bool:
        """Whether its values are taken as they are stored; else they are stripped text."""
        return (self.column.type, self.stored) in _NUMBERS

    @property
    def is_numeric(self) -> bool:
        """Whether its values become numbers."""
        return self.column.type in NUMERIC_TYPES

    def name(self, of: str) -> str:
        """The name of one of its expressions or aggregates within the statement."""
        return f"{of}_{self.index}"

    def read(self) -> dict[str, str]:
        """``r``, over ``raw_<index>`` and ``is_test``."""
        return {self.name("r"): f"CASE WHEN NOT is_test THEN {self.name('raw')} END"}

    def present(self) -> dict[str, str]:
        """``r`` and ``p``, over ``r``."""
        raw = self.name("r")
        words = ", ".join(self._literals())
        return {self.name("p"): f"CASE WHEN {raw} NOT IN ({words}) THEN {raw} END" if words else raw, raw: raw}

    def values(self) -> dict[str, str]:
        """``r``, ``p``, and ``x`` of a numeric column or ``g`` of another, over ``r`` and ``p``."""
        present, found = self.name("p"), {self.name("r"): self.name("r"), self.name("p"): self.name("p")}
        if self.is_typed:
            found[self.name("x")] = _NUMBERS[self.column.type, self.stored].format(present)
        elif self.is_numeric:
            number = over(profile_values.number([(self.index, self.column)]), self)
            bounded = f"CASE WHEN abs({number}) <= {LARGEST!r} THEN {number} END"
            found[self.name("x")] = bounded if self.column.type in ("integer", "number") else number
        else:
            # Only what begins with a digit, a sign or a point can look like a number or a date.
            found[self.name("g")] = f"CASE WHEN {present} >= '+' AND {present} < ':' THEN {present} END"
        return found

    def _literals(self) -> list[str]:
        if not self.is_typed:
            return [literal(word) for word in sorted(self.missing)]
        found = (_typed_literal(word, self.stored) for word in sorted(self.missing))
        return [each for each in found if each]


def over(expression: str, cell: Cell, letter: str = "p") -> str:
    """An expression of `profile_values` over one of this cell's."""
    named = re.sub(r"\bcell\b", cell.name(letter), expression)
    return re.sub(r"\bcolumn_index\b", str(cell.index), named)


def _typed_literal(word: str, stored: str) -> str | None:
    """A word that means missing as a value of this type, None where no value is written so."""
    try:
        if stored == "bigint":
            return word if str(int(word)) == word else None
        if stored == "double":
            return f"CAST({literal(word)} AS double)" if canonical_text.number(float(word)) == word else None
        if stored == "date":
            return f"DATE {literal(word)}" if dt.date.fromisoformat(word).isoformat() == word else None
        if stored == "timestamp":
            same = canonical_text.text(dt.datetime.fromisoformat(word), "timestamp") == word
            return f"TIMESTAMP {literal(word)}" if same else None
    except ValueError:
        return None
    return word if word in ("true", "false") else None
