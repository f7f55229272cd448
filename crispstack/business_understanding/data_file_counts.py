"""What is counted while a data file is checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crispstack.charter import Target

Advance = Callable[[int], None]
"""Told how many bytes were read since it was last called."""


@dataclass(frozen=True)
class ClassCounts:
    """Rows of the data, and those of them whose target is positive."""

    rows: int
    positives: int


def is_positive(target: Target, text: str) -> bool:
    """Whether a value of the target's column, as text, counts as positive."""
    return target.is_positive(text)
