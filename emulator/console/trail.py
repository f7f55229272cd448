"""CloudTrail: who called what, when, and with what answer."""

from __future__ import annotations

import json
from typing import Any

from emulator.console.listing import listing
from emulator.console.times import in_utc
from emulator.console.visit import Page, Visit

# What events are looked up by, as CloudTrail calls it.
ATTRIBUTES = (
    "EventName",
    "EventSource",
    "Username",
    "ResourceName",
    "ResourceType",
    "ReadOnly",
    "AccessKeyId",
    "EventId",
)
_SIZE = 50


def index(visit: Visit) -> Page:
    """The events of the account that match one attribute within a time, the latest first."""
    asked: dict[str, Any] = {}
    by, value = visit.asked("by", ATTRIBUTES[0]), visit.asked("value")
    if value:
        asked["LookupAttributes"] = [{"AttributeKey": by, "AttributeValue": value}]
    refused = ""
    for name in ("StartTime", "EndTime"):
        try:
            if text := visit.asked(name):
                asked[name] = in_utc(text)
        except ValueError as error:
            refused = str(error)
    found = listing(visit.client("cloudtrail"), "lookup_events", "Events", visit.asked("from"), size=_SIZE, **asked)
    events = [{**each, "record": json.loads(each["CloudTrailEvent"])} for each in found.items]
    values = {"events": events, "found": found, "attributes": ATTRIBUTES, "by": by, "value": value, "refused": refused}
    return Page("trail.html.j2", "Events", values)
