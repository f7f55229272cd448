"""What is counted while a data file is checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from crispstack.charter import Target

Advance = Callable[[int], None]
"""Told how many bytes were read since it was last called."""


@dataclass(frozen=True)
class ClassCounts:
    """Rows of the data, those of them whose target is positive, and of several classes the rows of each."""

    rows: int
    positives: int = 0
    classes: Mapping[str, int] = field(default_factory=dict)

    def plus(self, other: ClassCounts) -> ClassCounts:
        """Both together."""
        classes = dict(Counter(self.classes) + Counter(other.classes))
        return ClassCounts(self.rows + other.rows, self.positives + other.positives, classes)


class Outcomes:
    """Counts the target's values, as its framing asks: it must be filled in. Without a target nothing is counted."""

    def __init__(self, target: Target | None) -> None:
        """Say which target."""
        self._target = target
        self._found: Counter[str] = Counter()

    def add(self, text: str, rows: int = 1) -> None:
        """Count rows with this value. Of numbers, which may all be different, none is kept."""
        if not self._target or self._target.framing == "regression":
            return
        if self._target.framing == "multiclass":
            self._found[text.strip(" ")] += rows
        elif self._target.is_positive(text):
            self._found["positive"] += rows

    def counts(self, rows: int) -> ClassCounts:
        """What was counted in a file of so many rows."""
        if self._target and self._target.framing == "multiclass":
            return ClassCounts(rows, classes=dict(self._found))
        return ClassCounts(rows, self._found["positive"])
