"""How long something may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class TimeLimit:
    """A moment of a clock, in its seconds, at which work ends with what it has.

    Each part of it has `least` seconds, even if there is nothing left: better a little late than with nothing.
    """

    clock: Callable[[], float]
    until: float
    least: float = 0.0

    @property
    def left(self) -> float:
        """Seconds left; none below zero."""
        return max(0.0, self.until - self.clock())

    def part(self, share: float) -> TimeLimit:
        """A limit that takes this share of what is left, but no less than `least`."""
        return TimeLimit(self.clock, self.clock() + max(self.least, share * self.left))
