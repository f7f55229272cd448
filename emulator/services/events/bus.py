"""EventBridge's buses: events come in, from callers and services, and go to the targets of the rules they match."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.events import models
from moto.events.exceptions import ValidationException

from emulator import clock, settings
from emulator.replacements import Replacement
from emulator.services.events import delivery as events_delivery
from emulator.services.events import patterns
from emulator.services.events.input import payload
from emulator.services.events.targets import Delivery

_SERVICE = "events.amazonaws.com"
_ENTRIES_BYTES = 1_048_576
_REQUIRED = ("Source", "DetailType", "Detail")


def emit(source: str, detail_type: str, detail: Mapping[str, Any], resources: Iterable[str] = ()) -> None:
    """Put an event of an AWS service on the default bus; the targets get it in the background.

    Args:
        source: the service, such as ``aws.glue``.
        detail_type: such as ``Glue Job State Change``.
        detail: the event's own content, as the service documents it.
        resources: ARNs of what the event is about.
    """
    here = settings.current()
    try:
        bus = models.events_backends[here.account][here.region].event_buses["default"]
        if bus.rules:
            route(bus, make(source, detail_type, detail, resources))
    except Exception:  # what the event tells of has happened; it must not fail because nobody could be told
        logging.getLogger(__name__).exception("an event of %s was not delivered", source)


def make(
    source: str, detail_type: str, detail: Any, resources: Iterable[str] = (), when: datetime | None = None
) -> dict[str, Any]:
    """An event in the envelope that all events have."""
    here = settings.current()
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": here.account,
        "time": (when or clock.now()).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": here.region,
        "resources": list(resources),
        "detail": detail,
    }


def route(bus: Any, event: Mapping[str, Any], only_rules: Iterable[str] | None = None) -> None:
    """Send an event to the targets of the bus's rules that it matches.

    Args:
        bus: moto's event bus.
        event: in its envelope.
        only_rules: ARNs of the only rules to ask; all when None.
    """
    plain: Any = json.loads(json.dumps(event))
    _archive(bus, plain)
    for rule in list(bus.rules.values()):
        wanted = rule.event_pattern.dump() and rule.state != "DISABLED" and not rule.managed_by
        if wanted and (only_rules is None or rule.arn in only_rules) and rule.event_pattern.matches_event(plain):
            for delivery in deliveries(rule, plain):
                events_delivery.send(delivery)


def deliveries(rule: Any, event: Mapping[str, Any]) -> list[Delivery]:
    """What a rule sends to its targets for an event."""
    reserved = {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event.ingestion-time": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }
    return [
        Delivery(target, payload(target, event, reserved), event, rule.arn, _SERVICE) for target in list(rule.targets)
    ]


def _archive(bus: Any, event: Any) -> None:
    if "replay-name" in event:
        return
    here = settings.current()
    for archive in list(models.events_backends[here.account][here.region].archives.values()):
        if archive.event_bus_name == bus.name and archive.event_pattern.matches_event(event):
            archive.events.append(event)


def _put_events(self: Any, events: list[dict[str, Any]]) -> list[dict[str, str]]:
    if not 1 <= len(events) <= 10:
        raise ValidationException(
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: "
            f"Member must have length {'less than or equal to 10' if events else 'greater than or equal to 1'}"
        )
    if sum(len(str(value).encode()) for entry in events for value in entry.values()) > _ENTRIES_BYTES:
        raise ValidationException("Total size of the entries in the request is over the limit.")
    return [_put_event(self, entry) for entry in events]


def _put_event(backend: Any, entry: Mapping[str, Any]) -> dict[str, str]:
    missing = next((name for name in _REQUIRED if not entry.get(name)), None)
    if missing:
        reason = f"Parameter {missing} is not valid. Reason: {missing} is a required argument."
        return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    if entry["Source"].startswith("aws."):
        return {"ErrorCode": "NotAuthorizedForSource", "ErrorMessage": "Not authorized for the source."}
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    bus = backend.describe_event_bus((entry.get("EventBusName") or "default").split("event-bus/")[-1])
    when = datetime.fromtimestamp(float(entry["Time"]), UTC) if entry.get("Time") else None
    event = make(entry["Source"], entry["DetailType"], detail, entry.get("Resources") or (), when)
    route(bus, event)
    return {"EventId": event["id"]}


def _matches_event(self: Any, event: Any) -> bool:
    return patterns.matches(self._pattern, event)


def _parse(self: Any) -> dict[str, Any]:
    return patterns.parse(self.pattern)


def _test_event_pattern(self: Any) -> str:
    pattern = patterns.parse(self._get_param("EventPattern"))
    try:
        event = json.loads(self._get_param("Event"))
    except ValueError:
        event = None
    if not isinstance(event, dict) or not {"id", "account", "source", "time", "region", "detail-type"} <= set(event):
        raise ValidationException("Parameter Event is not valid.")
    return json.dumps({"Result": patterns.matches(pattern, event)})


def _replay_events(self: Any, archive: Any) -> None:
    here = settings.current()
    bus = models.events_backends[here.account][here.region].describe_event_bus(self.destination["Arn"].split("/")[-1])
    for event in list(archive.events):
        when = datetime.fromisoformat(event["time"]).timestamp()
        if float(self.event_start_time) <= when <= float(self.event_end_time):
            route(bus, {**event, "replay-name": self.name}, self.destination.get("FilterArns") or None)
    self.state = models.ReplayState.COMPLETED
    self.end_time = clock.seconds()


_MODELS = "moto.events.models"
REPLACEMENTS = [
    Replacement(
        f"{_MODELS}:EventsBackend.put_events",
        _put_events,
        "moto raises at most kinds of targets",
        "c56f6ac1f932",
    ),
    Replacement(
        f"{_MODELS}:EventPattern.matches_event",
        _matches_event,
        "moto misses arrays of objects",
        "3e71eb7ff590",
    ),
    Replacement(
        f"{_MODELS}:EventPatternParser.parse",
        _parse,
        "moto takes unknown operators",
        "2681906d428c",
    ),
    Replacement(
        f"{_MODELS}:Replay.replay_events",
        _replay_events,
        "moto replays events of any time",
        "9752fdb56ebb",
    ),
    Replacement(
        "moto.events.responses:EventsHandler.test_event_pattern",
        _test_event_pattern,
        "moto answers nothing",
        "945d9dc74b3a",
    ),
]
