"""What a first look at a source found, column by column: the material of a draft."""

from __future__ import annotations

from dataclasses import dataclass

from crispstack.charter import Column, Source


@dataclass(frozen=True)
class FoundColumn:
    """A column as its values show it.

    Attributes:
        column: its name and guessed type.
        rows: how many were looked at.
        present: of them, those with a value.
        distinct: different values.
        common: the most frequent values with their counts, 100 at most, the most frequent first.
        odd: values that do not fit the type, a few of them.
        first_day: of dates and times, YYYY-MM-DD; empty for other types.
        last_day: as `first_day`.
        four_fifths: the day before which four of five rows lie.
        personal: which kind of personal data it seems to hold, empty for none.
        remedy: what is usually done with that kind, as a line for the charter's `privacy`.
    """

    column: Column
    rows: int
    present: int
    distinct: int
    common: tuple[tuple[str, int], ...] = ()
    odd: tuple[str, ...] = ()
    first_day: str = ""
    last_day: str = ""
    four_fifths: str = ""
    personal: str = ""
    remedy: str = ""

    @property
    def name(self) -> str:
        """The column's."""
        return self.column.name

    @property
    def is_constant(self) -> bool:
        """Whether it says nothing: one value, or none."""
        return self.distinct <= 1

    @property
    def is_identifier(self) -> bool:
        """Whether it numbers or names rows: every value is another one. Numbers with a fraction seldom repeat."""
        kinds = ("integer", "category", "text")
        return self.column.type in kinds and self.present > 1 and self.distinct == self.present == self.rows


@dataclass(frozen=True)
class FoundData:
    """A source as it seems to be, how many rows it has, its columns, and the texts that seem to mean missing."""

    source: Source
    rows: int
    columns: tuple[FoundColumn, ...]
    missing_values: tuple[str, ...]

    def column(self, name: str) -> FoundColumn | None:
        """The column of this name."""
        return next((each for each in self.columns if each.name == name), None)
