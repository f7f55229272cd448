"""The event history: management events of the last 90 days, as many as fit, and the look-up in them."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from emulator import clock
from emulator.services.cloudtrail import records
from emulator.services.cloudtrail.call import Call
from emulator.services.cloudtrail.records import Event

_CALLS, _BYTES = 10_000, 32 * 1024 * 1024
_DAYS = timedelta(days=90)
_lock = threading.Lock()
_calls: deque[Call] = deque()
_held = [0]  # bytes
# LookupAttributes -> what an event is compared by.
ATTRIBUTES: Mapping[str, Callable[[Event], list[Any]]] = {
    "EventId": lambda event: [event.call.id],
    "EventName": lambda event: [event.called.event_name],
    "EventSource": lambda event: [event.source],
    "ReadOnly": lambda event: [json.dumps(event.called.reading)],
    "Username": lambda event: [event.user],
    "AccessKeyId": lambda event: [event.call.access_key],
    "ResourceType": lambda event: [kind for kind, _ in event.named],
    "ResourceName": lambda event: [name for _, name in event.named],
}


def keep(call: Call) -> None:
    """Keep a call; the oldest ones go when there are too many, or they need too much memory."""
    with _lock:
        _calls.append(call)
        _held[0] += call.size
        while len(_calls) > _CALLS or _held[0] > _BYTES:
            _held[0] -= _calls.popleft().size


def events(region: str, attribute: tuple[str, str] | None, start: float, end: float) -> Iterator[dict[str, Any]]:
    """The events between two times (seconds since 1970) that an attribute has a value in, the latest first."""
    oldest = max(start, (clock.now() - _DAYS).timestamp())
    with _lock:
        calls = list(_calls)
    for call in reversed(calls):
        if not oldest <= int(call.moment.timestamp()) <= end:
            continue
        event = records.event(call)
        if event is None or event.data or event.region != region:
            continue
        if attribute is None or attribute[1] in ATTRIBUTES[attribute[0]](event):
            yield _told(event)


def _told(event: Event) -> dict[str, Any]:
    record = event.record
    told = {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": json.dumps(record["readOnly"]),
        "EventTime": int(event.call.moment.timestamp()),
        "EventSource": record["eventSource"],
        "Username": event.user,
        "Resources": [{"ResourceType": kind, "ResourceName": name} for kind, name in event.named],
        "CloudTrailEvent": json.dumps(record, separators=(",", ":")),
    }
    key = record["userIdentity"].get("accessKeyId")
    return {**told, "AccessKeyId": key} if key else told
