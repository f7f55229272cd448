"""Spot instances, and the control by which a test takes them away.

``POST /_emulator/spot``, signed by the root user, with ``{"interrupt": "<job>", "notice_seconds": 120}`` announces the
end of the Spot instance that runs a job (a job's id, a training job's name, or the instance's id) and takes it away so
many seconds of the emulator's clock later: two minutes, as AWS, unless said otherwise. ``{"capacity": false}`` leaves
no Spot capacity for what starts from then on. ``GET`` shows both.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from emulator import clock, control
from emulator.control import Application, ControlError

PATH = "/_emulator/spot"
NOTICE_SECONDS = 120
_USE = 'expected {"interrupt": a job that runs on Spot, "notice_seconds": 0 or more} or {"capacity": true or false}'


@dataclass(frozen=True)
class SpotInstance:
    """An instance that may be taken away. `runs` names what runs on it.

    `announce` tells it when it will be gone, at a time in UTC; `reclaim` takes it away.
    """

    id: str
    runs: str
    announce: Callable[[datetime], None]
    reclaim: Callable[[], None]


class Market:
    """The Spot instances that run, and whether there are more; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._instances: dict[str, SpotInstance] = {}
        self._listeners: list[Callable[[], None]] = []
        self.capacity = True

    def add(self, instance: SpotInstance) -> None:
        """An instance runs from now on."""
        with self._lock:
            self._instances[instance.id] = instance

    def remove(self, identifier: str) -> None:
        """An instance is gone; harmless where it was none."""
        with self._lock:
            self._instances.pop(identifier, None)

    def instances(self) -> list[SpotInstance]:
        """Those that run."""
        with self._lock:
            return list(self._instances.values())

    def when_capacity_changes(self, listener: Callable[[], None]) -> None:
        """Have a function called whenever capacity comes or goes."""
        self._listeners.append(listener)

    def set_capacity(self, capacity: bool) -> None:
        """Whether what starts from now on finds Spot instances."""
        self.capacity = capacity
        for listener in self._listeners:
            listener()

    def interrupt(self, name: str, notice_seconds: float) -> None:
        """Announce the end of an instance, and take it away so many seconds later.

        Raises:
            ControlError: no Spot instance has this name or runs what has.
        """
        found = next((each for each in self.instances() if name in (each.id, each.runs)), None)
        if found is None:
            raise ControlError(f"{name} runs on no Spot instance now")
        found.announce(clock.now() + timedelta(seconds=notice_seconds))

        def reclaim() -> None:
            if found in self.instances():
                found.reclaim()

        clock.after(notice_seconds, reclaim, f"the end of Spot instance {found.id}")


MARKET = Market()


def wrap(application: Application) -> Application:
    """Answer `PATH` to the root user, in front of an application."""
    return control.layer(application, PATH, _answer)


def _answer(asked: Any) -> dict[str, Any]:
    if isinstance(asked, dict) and isinstance(asked.get("interrupt"), str):
        notice = asked.get("notice_seconds", NOTICE_SECONDS)
        if isinstance(notice, bool) or not isinstance(notice, int | float) or notice < 0:
            raise ControlError(_USE)
        MARKET.interrupt(asked["interrupt"], notice)
    elif isinstance(asked, dict) and isinstance(asked.get("capacity"), bool):
        MARKET.set_capacity(asked["capacity"])
    elif asked is not None:
        raise ControlError(_USE)
    shown = [{"instance_id": each.id, "runs": each.runs} for each in MARKET.instances()]
    return {"capacity": MARKET.capacity, "instances": shown}
