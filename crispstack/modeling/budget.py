"""What modeling may spend: seconds, candidates, money."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """Seconds from `started` on, by `clock`; and how many candidates may be begun, 0 for as many as there is time for.

    Of the seconds, `kept` is the share that the search leaves to what comes after it: findings and the export.
    """

    seconds: float
    trials: int
    clock: Callable[[], float]
    started: float
    kept: float = 0.14

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return self.clock() - self.started

    @property
    def left(self) -> float:
        """Seconds that are left of all."""
        return self.seconds - self.spent

    @property
    def left_to_fit(self) -> float:
        """Seconds that are left to the search and to the last fits."""
        return self.left - self.kept * self.seconds


def affordable_seconds(seconds: float, dollars: float, dollars_per_hour: float) -> float:
    """The seconds of the budget that its dollars also pay for; no dollars means no limit."""
    if dollars <= 0 or dollars_per_hour <= 0:
        return seconds
    return min(seconds, dollars / dollars_per_hour * 3600)
