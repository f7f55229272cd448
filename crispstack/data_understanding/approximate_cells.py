"""The values of one column as the approximate profile reads them: as they are stored, or as stripped text."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from crispstack.business_understanding import canonical_text
from crispstack.charter import Charter, Column, Source
from crispstack.data_understanding import profile_values
from crispstack.data_understanding.column_types import LARGEST, NUMERIC_TYPES
from crispstack.data_understanding.raw_table import column_type, literal

# How a value that is stored so becomes the number of a column that is declared so, a double.
_NUMBERS = {
    ("integer", "bigint"): "CAST({0} AS double)",
    ("number", "bigint"): "CAST({0} AS double)",
    ("number", "double"): "{0}",
    ("boolean", "boolean"): "CASE WHEN {0} THEN 1e0 WHEN NOT {0} THEN 0e0 END",
    ("date", "date"): "CAST(date_diff('day', DATE '1970-01-01', {0}) AS double)",
    ("timestamp", "timestamp"): "CAST(date_diff('second', TIMESTAMP '1970-01-01 00:00:00', {0}) AS double)",
}


@dataclass(frozen=True)
class Cell:
    """One column of the statement, and the words that mean missing in it.

    Its expressions are named by a letter and its index, and computed in steps, each over those before:

    - ``r`` is the value, of a text the one without spaces around it, and never null.
    - ``p`` is ``r`` of a training row unless it is missing.
    - ``n`` is the number it stands for, ``g`` the text if it may be written in digits, ``l`` the text's length,
      ``f`` what is counted for the most frequent values.
    - ``x`` is the number unless it is too large.
    - ``u`` and ``v`` are ``x`` and ``f`` of a positive row.
    """

    index: int
    column: Column
    stored: str
    missing: frozenset[str]

    @classmethod
    def of(cls, charter: Charter, source: Source, index: int, column: Column) -> Cell:
        """The column of a source, with its index from 1."""
        is_partition = column.name in source.partitions
        stored = "string" if is_partition else column_type(source, column)
        plan = charter.preparation
        missing = plan.missing_words(column.name) if source == charter.source else frozenset({"", *plan.missing_values})
        return cls(index, column, stored, missing)

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

    @property
    def is_counted(self) -> bool:
        """Whether its most frequent values are asked for."""
        return self.column.type in ("category", "boolean", "integer")

    def steps(self) -> tuple[dict[str, str], ...]:
        """Name and expression of what each step adds, over ``r``, ``is_test``, ``is_positive`` and earlier steps."""
        r, p, n, x, f = map(self.name, "rpnxf")
        words = f" AND {r} NOT IN ({', '.join(self._literals())})" if self._literals() else ""
        present = {p: f"CASE WHEN NOT is_test{words} THEN {r} END"}
        read, bounded, positive = {}, {}, {}
        if not self.is_typed:
            read[self.name("l")] = f"length({p})"
        if self.is_counted:
            is_plain = not self.is_typed or self.column.type == "integer"
            read[f] = p if is_plain else f"CAST({p} AS varchar)"
            positive[self.name("v")] = f"CASE WHEN is_positive THEN {f} END"
        if self.is_numeric:
            typed = _NUMBERS.get((self.column.type, self.stored), "").format(p)
            read[n] = typed or over(profile_values.number([(self.index, self.column)]), self)
            is_bounded = self.stored == "bigint" or self.column.type not in ("integer", "number")
            bounded[x] = n if is_bounded else f"CASE WHEN abs({n}) <= {LARGEST!r} THEN {n} END"
            positive[self.name("u")] = f"CASE WHEN is_positive THEN {x} END"
        else:
            # Only what begins with a digit, a sign or a point can look like a number or a date.
            read[self.name("g")] = f"CASE WHEN {p} >= '+' AND {p} < ':' THEN {p} END"
        return present, read, bounded, positive

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
