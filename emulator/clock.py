"""The emulator's clock: what waits for a time waits here, and a test moves the time forward instead of waiting.

It runs with the machine's clock until it is moved: ``POST /_emulator/clock`` with ``{"advance_seconds": 3600}``, signed
by the root user, answers once everything that became due has run, in the order in which it became due. ``GET`` shows
the time and what waits. Signatures and credentials keep the machine's time, as clients do.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from emulator import control
from emulator.control import Application, ControlError

Action = Callable[[], object]

PATH = "/_emulator/clock"
_SHOWN = 100


@dataclass(order=True)
class Appointment:
    """An action and when it is due, every `period` again. `cancel` ends it, but interrupts nothing that runs."""

    when: datetime
    order: int
    action: Action = field(compare=False)
    name: str = field(compare=False)
    period: timedelta | None = field(default=None, compare=False)
    canceled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Never run the action again."""
        self.canceled = True


class Clock:
    """A clock that only goes forward, and one thread that runs what is due.

    Actions run one after another: an action is short, and what takes long starts a thread of its own. One that raises
    is logged and the next runs.
    """

    def __init__(self) -> None:
        """A clock that shows the machine's time; its thread starts with the first appointment."""
        self._offset = timedelta()
        self._appointments: list[Appointment] = []
        self._orders = itertools.count()
        self._changed = threading.Condition()
        self._turn = threading.RLock()
        self._thread: threading.Thread | None = None

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC) + self._offset

    def time(self) -> float:
        """The time in seconds since 1970."""
        return time.time() + self._offset.total_seconds()

    def at(self, when: datetime, action: Action, name: str = "") -> Appointment:
        """Run `action` at `when` (with a time zone), or at once if that is past. `name` is what GET shows."""
        return self._put(Appointment(when, next(self._orders), action, name))

    def after(self, seconds: float, action: Action, name: str = "") -> Appointment:
        """Run `action` in so many seconds."""
        return self.at(self.now() + timedelta(seconds=seconds), action, name)

    def every(self, seconds: float, action: Action, name: str = "") -> Appointment:
        """Run `action` every so many seconds, first after one period; where the clock jumps, once for each period."""
        period = timedelta(seconds=seconds)
        return self._put(Appointment(self.now() + period, next(self._orders), action, name, period))

    def sleep(self, seconds: float) -> None:
        """Return in so many seconds of this clock."""
        due = threading.Event()
        self.after(seconds, due.set, "sleep")
        due.wait()

    def advance(self, seconds: float) -> None:
        """Move forward. Everything that becomes due runs before this returns, each at its own time.

        Raises:
            ValueError: `seconds` is negative: time does not go back.
        """
        if seconds < 0:
            raise ValueError("advance_seconds must not be negative: the clock only goes forward")
        with self._turn:
            target = self.now() + timedelta(seconds=seconds)
            while appointment := self._take(target):
                self._move_to(appointment.when)
                self._perform(appointment)
            self._move_to(target)

    def waiting(self) -> list[Appointment]:
        """What waits, the next first."""
        with self._changed:
            return sorted(each for each in self._appointments if not each.canceled)

    def _put(self, appointment: Appointment) -> Appointment:
        with self._changed:
            heapq.heappush(self._appointments, appointment)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="clock", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return appointment

    def _perform(self, appointment: Appointment) -> None:
        try:
            appointment.action()
        except Exception:  # one thing that fails must not keep the next from its time
            logging.getLogger("emulator.clock").exception("%s failed", appointment.name or "an appointment")
        if appointment.period and not appointment.canceled:
            appointment.when += appointment.period
            self._put(appointment)

    def _move_to(self, when: datetime) -> None:
        with self._changed:
            self._offset += max(when - self.now(), timedelta())
            self._changed.notify_all()

    def _take(self, until: datetime) -> Appointment | None:
        with self._changed:
            while self._appointments and (self._appointments[0].canceled or self._appointments[0].when <= until):
                appointment = heapq.heappop(self._appointments)
                if not appointment.canceled:
                    return appointment
        return None

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._appointments or self._appointments[0].when > self.now():
                    self._changed.wait(self._seconds_to_next())
            with self._turn:
                appointment = self._take(self.now())
                if appointment:
                    self._perform(appointment)

    def _seconds_to_next(self) -> float | None:
        if not self._appointments:
            return None
        # The longest wait that the platform's lock takes is shorter than some schedules.
        return min((self._appointments[0].when - self.now()).total_seconds(), 86_400)


_clock = Clock()
now = _clock.now
at = _clock.at
after = _clock.after
every = _clock.every
sleep = _clock.sleep
advance = _clock.advance
waiting = _clock.waiting


def seconds() -> float:
    """The clock's time in seconds since 1970."""
    return _clock.time()


def wrap(application: Application) -> Application:
    """Answer `PATH` to the root user, in front of an application."""
    return control.layer(application, PATH, _answer)


def _answer(asked: Any) -> dict[str, Any]:
    if asked is not None:
        try:
            advance(float(asked["advance_seconds"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ControlError(f'expected {{"advance_seconds": a number, 0 or more}}: {error}') from error
    shown = [{"at": each.when.isoformat(), "name": each.name} for each in waiting()[:_SHOWN]]
    return {"now": now().isoformat(), "waiting": shown}
