"""The actions of an alarm, which another alarm may hold back: a composite alarm's suppressor."""

from __future__ import annotations

from emulator import clock
from emulator.services.cloudwatch import alarm_actions
from emulator.services.cloudwatch.alarm import ALARM, OK, Alarm, State


def act(alarm: Alarm, old: State, suppressor: Alarm | None) -> None:
    """Carry out the actions of an alarm's new state, at once or when its suppressor lets it."""
    if suppressor is None:
        _execute(alarm, old)
    elif suppressor.state.value == ALARM:
        _hold(alarm, "Alarm")
    elif alarm.state.value == ALARM and _seconds(alarm, "ActionsSuppressorWaitPeriod"):
        _hold(alarm, "WaitPeriod")
        _later(alarm, old, suppressor, _seconds(alarm, "ActionsSuppressorWaitPeriod"))
    else:
        _execute(alarm, old)


def release(alarm: Alarm, suppressor: Alarm) -> None:
    """Carry out what was held back, after the extension period, once the suppressor is no longer in ALARM."""
    if suppressor.state.value != ALARM and alarm.state.value == ALARM and alarm.suppression:
        _hold(alarm, "ExtensionPeriod")
        before = State(OK, "", "", alarm.state.since)
        _later(alarm, before, suppressor, _seconds(alarm, "ActionsSuppressorExtensionPeriod"))


def _seconds(alarm: Alarm, name: str) -> float:
    return float(alarm.configuration.get(name) or 0)


def _later(alarm: Alarm, old: State, suppressor: Alarm, seconds: float) -> None:
    state = alarm.state

    def decide() -> None:
        if alarm.state is not state:
            return
        if suppressor.state.value == ALARM:
            _hold(alarm, "Alarm")
        else:
            _execute(alarm, old)

    clock.after(seconds, decide, f"actions of the alarm {alarm.name}")


def _execute(alarm: Alarm, old: State) -> None:
    alarm.suppression = {}
    for arn in alarm.actions(alarm.state.value):
        alarm_actions.execute(alarm, old, arn)


def _hold(alarm: Alarm, by: str) -> None:
    alarm.suppression = {"ActionsSuppressedBy": by, "ActionsSuppressedReason": f"Actions suppressed by {by}"}
