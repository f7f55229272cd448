"""Alarms change their state: as the clock passes the ends of periods, as other alarms change, or as they are told."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from emulator import clock, settings
from emulator.services.cloudwatch import alarm_actions, alarm_evaluation, alarm_rules, alarm_suppression
from emulator.services.cloudwatch.alarm import ALARM, COMPOSITE_ALARM, METRIC_ALARM, OK, Alarm, State, timestamp
from emulator.services.cloudwatch.metrics import store

_MINUTE, _TEN_SECONDS = 60, 10
_lock = threading.RLock()
_next: list[clock.Appointment] = []
# Services that watch alarms: told of each that changed its state.
observers: list[Callable[[Alarm], None]] = []


def registered(region: str) -> dict[str, Alarm]:
    """The alarms of a region by name."""
    backend: Any = cloudwatch_backends[settings.current().account][region]
    found: dict[str, Alarm] = backend.alarms
    return found


def every() -> Iterator[Alarm]:
    """The alarms of all regions."""
    backends: list[Any] = list(cloudwatch_backends[settings.current().account].values())
    for backend in backends:
        yield from list(backend.alarms.values())


def watch() -> None:
    """See to it that alarms are evaluated when the next period ends; where there are none, nothing waits."""
    with _lock:
        alarms = list(every())
        if not alarms:
            return
        step = _TEN_SECONDS if any(each.type == METRIC_ALARM and each.period < _MINUTE for each in alarms) else _MINUTE
        due = datetime.fromtimestamp((clock.seconds() // step + 1) * step, UTC)
        if _next and not _next[0].canceled and clock.now() < _next[0].when <= due:
            return
        for appointment in _next:
            appointment.cancel()
        _next[:] = [clock.at(due, _evaluate_all, "CloudWatch alarms")]


def _evaluate_all() -> None:
    now = clock.seconds()
    whole_minute = now % _MINUTE < _TEN_SECONDS
    for alarm in every():
        if alarm.type == METRIC_ALARM and (whole_minute or alarm.period < _MINUTE):
            try:
                evaluate(alarm, now)
            except Exception:  # one alarm must not keep the others from being evaluated
                logging.getLogger(__name__).exception("the alarm %s was not evaluated", alarm.name)
    with _lock:
        for appointment in _next:
            appointment.cancel()
        _next.clear()
        watch()


def evaluate(alarm: Alarm, now: float) -> None:
    """Let a metric alarm's datapoints decide its state."""
    verdict = alarm_evaluation.evaluate(alarm, store(alarm.region), now)
    if verdict is not None:
        change(alarm, verdict.value, verdict.reason, verdict.data)


def change(alarm: Alarm, value: str, reason: str, data: str) -> None:
    """Put an alarm into a state: noted, acted upon, and told to the composite alarms that refer to it."""
    with _lock:
        old = alarm.state
        if old.value == value or registered(alarm.region).get(alarm.name) is not alarm:
            return
        alarm.state = State(value, reason, data, clock.now())
        states = {"oldState": _noted(old), "newState": _noted(alarm.state)}
        alarm.note("StateUpdate", f"Alarm updated from {old.value} to {value}", states)
    alarm_actions.announce(alarm, old)
    if alarm.actions_enabled:
        alarm_suppression.act(alarm, old, suppressor_of(alarm))
    for observer in observers:
        observer(alarm)
    for parent in parents(alarm):
        evaluate_composite(parent, alarm)
    for held in list(registered(alarm.region).values()):
        if suppressor_of(held) is alarm:
            alarm_suppression.release(held, alarm)


def _noted(state: State) -> dict[str, Any]:
    told = {"stateValue": state.value, "stateReason": state.reason}
    return {**told, "stateReasonData": json.loads(state.data)} if state.data else told


def find(region: str, name_or_arn: str) -> Alarm | None:
    """The alarm of a name or ARN."""
    return registered(region).get(name_or_arn.rpartition(":alarm:")[2])


def suppressor_of(alarm: Alarm) -> Alarm | None:
    """The alarm that holds a composite alarm's actions back while it is in ALARM."""
    name = alarm.configuration.get("ActionsSuppressor")
    return find(alarm.region, str(name)) if name else None


def parents(alarm: Alarm) -> list[Alarm]:
    """The composite alarms whose rule refers to an alarm."""
    return [
        each
        for each in list(registered(alarm.region).values())
        if each.type == COMPOSITE_ALARM and alarm in children(each)
    ]


def children(composite: Alarm) -> list[Alarm]:
    """The alarms that a composite alarm's rule refers to."""
    names = alarm_rules.parse(composite.configuration["AlarmRule"]).alarms
    return [found for name in names if (found := find(composite.region, name))]


def evaluate_composite(composite: Alarm, cause: Alarm | None = None) -> None:
    """Let a composite alarm's rule decide its state, because of another alarm or of itself."""
    rule = alarm_rules.parse(composite.configuration["AlarmRule"])
    states = {name: found.state.value for name in rule.alarms if (found := find(composite.region, name))}
    value = ALARM if rule.holds(states) else OK
    if cause is None:
        reason = f"{composite.alarm_arn} was created and its alarm rule evaluates to {value}"
        change(composite, value, reason, "")
        return
    when = cause.state.since.strftime("%A %d %B, %Y %H:%M:%S UTC")
    state = {"value": cause.state.value, "timestamp": timestamp(cause.state.since)}
    data = json.dumps({"triggeringAlarms": [{"arn": cause.alarm_arn, "state": state}]}, separators=(",", ":"))
    change(composite, value, f"{cause.alarm_arn} transitioned to {cause.state.value} at {when}", data)
