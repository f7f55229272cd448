"""Events of API calls for EventBridge, which come where a trail logs, of calls that change something."""

from __future__ import annotations

from emulator import settings
from emulator.identity import lookups
from emulator.services.cloudtrail import records
from emulator.services.cloudtrail.call import Call
from emulator.services.events import bus as events_bus

_DETAIL_TYPE = "AWS API Call via CloudTrail"


def announce(call: Call) -> None:
    """Put a management event on the default bus, if a rule there asks for such events."""
    here = settings.current()
    bus = lookups.backend("events", here.region, here).event_buses["default"]
    if not any(_DETAIL_TYPE in (rule.event_pattern.dump() or "") for rule in list(bus.rules.values())):
        return
    event = records.event(call)
    if event is not None and not event.called.reading:
        events_bus.emit(f"aws.{event.called.service}", _DETAIL_TYPE, event.record)
