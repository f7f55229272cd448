"""Trails: what each is told to log, and what waits for its next delivery."""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from emulator import clock, settings
from emulator.services.cloudtrail import api_call_events, delivery, records, selectors
from emulator.services.cloudtrail.call import Call
from emulator.services.cloudtrail.destination import Status

_MINUTES = 5
_WAITING = 100_000
_lock = threading.RLock()


@dataclass
class Trail:
    """`configuration` is CreateTrail's request, without its tags."""

    name: str
    region: str
    configuration: dict[str, Any]
    logging: bool = False
    started: datetime | None = None
    stopped: datetime | None = None
    delivery: Status = field(default_factory=Status)
    basic: list[dict[str, Any]] = field(default_factory=list)
    advanced: list[dict[str, Any]] = field(default_factory=list)
    insights: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[Call] = field(default_factory=list)
    data_types: frozenset[str] = frozenset()
    timer: clock.Appointment | None = None

    @property
    def arn(self) -> str:
        """The trail's ARN."""
        return f"arn:aws:cloudtrail:{self.region}:{settings.current().account}:trail/{self.name}"

    def select(self, basic: list[dict[str, Any]], advanced: list[dict[str, Any]]) -> None:
        """Set which events the trail logs; one kind of selectors replaces the other."""
        self.basic, self.advanced = basic, advanced
        self.data_types = frozenset(selectors.wanted_types(basic, advanced))

    def describe(self) -> dict[str, Any]:
        """The trail as DescribeTrails tells it."""
        asked: Mapping[str, Any] = self.configuration
        told = {
            "Name": self.name,
            "TrailARN": self.arn,
            "HomeRegion": self.region,
            "S3BucketName": asked["S3BucketName"],
            "IncludeGlobalServiceEvents": asked.get("IncludeGlobalServiceEvents") is not False,
            "IsMultiRegionTrail": bool(asked.get("IsMultiRegionTrail")),
            "IsOrganizationTrail": False,
            "LogFileValidationEnabled": bool(asked.get("EnableLogFileValidation")),
            "HasCustomEventSelectors": bool(self.basic or self.advanced),
            "HasInsightSelectors": bool(self.insights),
        }
        for name in ("S3KeyPrefix", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "KmsKeyId"):
            if asked.get(name):
                told[name] = asked[name]
        if asked.get("SnsTopicName"):
            told |= {"SnsTopicName": asked["SnsTopicName"].rpartition(":")[2], "SnsTopicARN": self.topic_arn}
        return told

    @property
    def topic_arn(self) -> str:
        """ARN of the topic that is told of deliveries, empty without one."""
        name = str(self.configuration.get("SnsTopicName") or "")
        return (
            name
            if not name or name.startswith("arn:")
            else f"arn:aws:sns:{self.region}:{settings.current().account}:{name}"
        )


_logging: list[Trail] = []


def start(trail: Trail) -> None:
    """Log from now on."""
    with _lock:
        if not trail.logging:
            trail.logging, trail.started = True, clock.now()
            _logging.append(trail)


def stop(trail: Trail) -> None:
    """Log no more; what waits is delivered at once."""
    with _lock:
        if not trail.logging:
            return
        trail.logging, trail.stopped = False, clock.now()
        _logging.remove(trail)
    deliver(trail)


def wants_data(kind: str) -> bool:
    """Whether a trail logs data events of a type of resources."""
    return any(kind in trail.data_types for trail in list(_logging))


def keep(call: Call, data: str) -> None:
    """Keep a call for the trails that log; they are delivered five minutes after the first one came in.

    `data` is the resource type of a data event, empty of a management event.
    """
    if not _logging:
        return
    if not data:
        api_call_events.announce(call)
    for trail in list(_logging):
        with _lock:
            if len(trail.waiting) < _WAITING:
                trail.waiting.append(call)
            if trail.timer is None:
                trail.timer = clock.after(_MINUTES * 60, functools.partial(deliver, trail), f"CloudTrail {trail.name}")


def deliver(trail: Trail) -> None:
    """Deliver what a trail selects of what waits for it."""
    with _lock:
        calls, trail.waiting = trail.waiting, []
        if trail.timer is not None:
            trail.timer.cancel()
            trail.timer = None
    found = [event.record for call in calls if (event := records.event(call)) and _selects(trail, event)]
    if found:
        delivery.deliver(trail, found)


def _selects(trail: Trail, event: records.Event) -> bool:
    everywhere = bool(trail.configuration.get("IsMultiRegionTrail"))
    own = everywhere or event.region == trail.region
    if event.called.service in records.GLOBAL and trail.configuration.get("IncludeGlobalServiceEvents") is False:
        return False
    return own and selectors.select(event, trail.basic or [selectors.DEFAULT], trail.advanced)
