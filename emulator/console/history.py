"""An execution's history by state: when each was entered, what it was given, what it gave, how it failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

_FAILURES = ("Failed", "TimedOut", "Aborted")
_CONTAINERS = ("Map", "Parallel")


@dataclass
class StateVisit:
    """One time that a state was entered, with its events in order.

    `inside` is the visit of the Map or Parallel state that it is part of, `item` which of its iterations it is part of,
    `after` the state that was left before.
    """

    name: str
    type: str
    entered: datetime
    given: str
    inside: StateVisit | None = None
    item: str = ""
    after: str = ""
    left: datetime | None = None
    gave: str | None = None
    assigned: dict[str, str] = field(default_factory=dict)
    error: str = ""
    cause: str = ""
    failed: datetime | None = None
    attempts: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def took(self) -> timedelta | None:
        """How long it lasted; None while it lasts."""
        ended = self.left or self.failed
        return ended - self.entered if ended else None

    @property
    def path(self) -> list[str]:
        """What it is part of, the outermost first."""
        return [*self.inside.path, self.item] if self.inside else []

    def status(self, running: bool) -> str:
        """How it stands, where the execution itself runs or does not."""
        if self.left:
            return "CAUGHT" if self.error else "SUCCEEDED"
        if running:
            return "RUNNING"
        return "FAILED" if self.error or self.type == "Fail" else "ABORTED"


def detail(event: dict[str, Any]) -> dict[str, Any]:
    """What an event tells beside its type, number and time."""
    found = (value for name, value in event.items() if name.endswith("EventDetails"))
    return next(found, {})


def by_state(events: list[dict[str, Any]]) -> list[StateVisit]:
    """Every visit of a state in the order in which they were entered."""
    visits: list[StateVisit] = []
    # Of each event: the visit of which it tells, and the iteration in which what follows would be.
    known: dict[int, tuple[StateVisit | None, str]] = {0: (None, "")}
    for event in events:
        visit, item = known.get(event.get("previousEventId", 0), (None, ""))
        kind, told = event["type"], detail(event)
        if kind.endswith("StateEntered"):
            visit = _entered(kind.removesuffix("StateEntered"), told, event["timestamp"], visit, item)
            visits.append(visit)
            item = ""
        elif kind.startswith("MapIteration"):
            visit = _outward(visit, kind, told)
            item = f"{told.get('name')}[{told.get('index')}]" if kind == "MapIterationStarted" else ""
        elif kind.startswith(("MapState", "ParallelState")) or kind.endswith("StateExited"):
            visit = _outward(visit, kind, told)
        if visit:
            _note(visit, kind, told, event)
        known[event["id"]] = visit, item
    return visits


def _entered(kind: str, told: dict[str, Any], when: datetime, before: StateVisit | None, item: str) -> StateVisit:
    visit = StateVisit(told["name"], kind, when, told.get("input", ""))
    if before and before.type in _CONTAINERS and not before.left:
        visit.inside, visit.item = before, item or before.name
    elif before:
        visit.inside, visit.item, visit.after = before.inside, before.item, before.name
    return visit


def _outward(visit: StateVisit | None, kind: str, told: dict[str, Any]) -> StateVisit | None:
    """The visit of which an event tells: this one, or the nearest of those that it is inside of."""
    while visit and not _is_told_of(visit, kind, told):
        visit = visit.inside
    return visit


def _is_told_of(visit: StateVisit, kind: str, told: dict[str, Any]) -> bool:
    if kind.endswith("StateExited") or kind.startswith("MapIteration"):
        return visit.name == told.get("name")
    return kind.startswith(visit.type) and visit.left is None


def _note(visit: StateVisit, kind: str, told: dict[str, Any], event: dict[str, Any]) -> None:
    visit.events.append(event)
    if kind.endswith("StateExited"):
        visit.left, visit.gave = event["timestamp"], told.get("output")
        visit.assigned = told.get("assignedVariables", {})
    elif kind.endswith(_FAILURES) and not kind.startswith(("Execution", "MapIteration")):
        visit.error, visit.cause = told.get("error", kind), told.get("cause", "")
        visit.failed = event["timestamp"]
    elif kind.endswith("Scheduled"):
        visit.attempts += 1
        visit.error = visit.cause = ""
        visit.failed = None
