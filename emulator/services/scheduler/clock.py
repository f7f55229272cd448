"""Following a schedule on the emulator's clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from emulator import clock
from emulator.services.scheduler.expressions import Schedule


def follow(schedule: Schedule, action: Callable[[datetime], bool], name: str) -> None:
    """Call `action` with each time at which the schedule is due, from now on, until it answers False.

    Args:
        schedule: when.
        action: what; it answers whether there is still something to wait for.
        name: what the clock shows.
    """
    _wait(schedule, action, name, clock.now(), clock.now())


def _wait(schedule: Schedule, action: Callable[[datetime], bool], name: str, start: datetime, after: datetime) -> None:
    due = schedule.next(after, start)
    if due is None:
        return

    def fire() -> None:
        if action(due):
            _wait(schedule, action, name, start, due)

    clock.at(due, fire, name)
