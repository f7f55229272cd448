"""Log events as they come in, and the search in them by filter patterns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from time import time as machine_time
from typing import Any

from moto.logs import models
from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException

from emulator import clock
from emulator.replacements import Replacement
from emulator.services.cloudwatch import embedded_metrics
from emulator.services.logs import metric_filters, patterns, subscriptions

_OLDEST, _NEWEST = 14 * 86_400_000, 2 * 3_600_000  # milliseconds between which an event's time may lie
_PAGE = 10_000
_NO_STREAM = "The specified log stream does not exist."


def _put_log_events(
    self: Any, log_group_name: str, log_stream_name: str, log_events: list[dict[str, Any]]
) -> tuple[str, dict[str, int]]:
    group = self.groups.get(log_group_name)
    if group is None:
        raise ResourceNotFoundException
    if log_stream_name not in group.streams:
        raise ResourceNotFoundException(_NO_STREAM)
    times = [event["timestamp"] for event in log_events]
    if times != sorted(times):
        raise InvalidParameterException("Log events in a single PutLogEvents request must be in chronological order.")
    old = sum(time < _earliest() for time in times)
    new = sum(time > _latest() for time in times)
    accepted = log_events[old : len(log_events) - new]
    token = group.put_log_events(log_stream_name, accepted)
    rejected = {"tooOldLogEventEndIndex": old} if old else {}
    return token, {**rejected, "tooNewLogEventStartIndex": len(log_events) - new} if new else rejected


def _earliest() -> float:
    return machine_time() * 1000 - _OLDEST  # clients have the machine's time, whatever the emulator's clock shows


def _latest() -> float:
    return clock.seconds() * 1000 + _NEWEST


def _keep(self: Any, log_events: Sequence[dict[str, Any]]) -> str:
    """Keep the events of a stream, and send them where they are wanted."""
    now = int(clock.seconds() * 1000)
    events = [models.LogEvent(now, event) for event in log_events]
    self.last_ingestion_time = clock.now().replace(tzinfo=None)  # as moto reads it
    self.stored_bytes += sum(len(event.message.encode()) + 26 for event in events)
    self.events += events
    self.upload_sequence_token += 1
    for event in events:
        embedded_metrics.publish(self.region, event.message)
    metric_filters.publish(self.log_group, events)
    subscriptions.deliver(self, events)
    return f"{self.upload_sequence_token:056d}"


def _filter_log_events(self: Any) -> str:
    backend, identifier = self.logs_backend, self._get_param("logGroupIdentifier")
    group = backend._find_log_group(log_group_name=self._get_param("logGroupName") or _name(identifier or ""))
    matcher = patterns.parse(self._get_param("filterPattern") or "")
    start, end = self._get_param("startTime") or 0, self._get_param("endTime")
    streams = _streams(group, self._get_param("logStreamNames"), self._get_param("logStreamNamePrefix") or "")
    found = [
        {
            "logStreamName": stream.log_stream_name,
            "timestamp": event.timestamp,
            "message": event.message,
            "ingestionTime": event.ingestion_time,
            "eventId": subscriptions.event_id(event),
        }
        for stream in streams
        for event in list(stream.events)
        if start <= event.timestamp and (end is None or event.timestamp <= end) and matcher(event.message) is not None
    ]
    found.sort(
        key=lambda event: (event["timestamp"], event["eventId"]), reverse=self._get_param("startFromHead") is False
    )
    token, limit = str(self._get_param("nextToken") or "0"), int(self._get_param("limit") or _PAGE)
    if not 1 <= limit <= _PAGE:
        raise InvalidParameterException(
            constraint=f"Member must have value less than or equal to {_PAGE}", parameter="limit", value=limit
        )
    if not token.isdigit():
        raise InvalidParameterException("The specified nextToken is invalid.")
    first = int(token)
    searched = [{"logStreamName": stream.log_stream_name, "searchedCompletely": True} for stream in streams]
    answer: dict[str, Any] = {"events": found[first : first + limit], "searchedLogStreams": searched}
    if first + limit < len(found):
        answer["nextToken"] = str(first + limit)
    return json.dumps(answer)


def _name(identifier: str) -> str:
    return identifier.rpartition(":log-group:")[2].removesuffix(":*")


def _streams(group: Any, names: list[str] | None, prefix: str) -> list[Any]:
    if names and prefix:
        raise InvalidParameterException("logStreamNames and logStreamNamePrefix are mutually exclusive.")
    for name in names or []:
        if name not in group.streams:
            raise ResourceNotFoundException(_NO_STREAM)
    return [
        stream
        for name, stream in list(group.streams.items())
        if (not names or name in names) and name.startswith(prefix)
    ]


REPLACEMENTS = [
    Replacement(
        "moto.logs.models:LogsBackend.put_log_events",
        _put_log_events,
        "moto counts rejected events wrongly, and knows no clock but the machine's",
        "9413dbc08c42",
    ),
    Replacement(
        "moto.logs.models:LogStream.put_log_events",
        _keep,
        "moto takes no metrics out of events, and sends all of them to subscribers, whatever the pattern",
        "b07b0d5ae328",
    ),
    Replacement(
        "moto.logs.responses:LogsResponse.filter_log_events",
        _filter_log_events,
        "moto knows two kinds of patterns, and lets all events through for others",
        "bcfea899647e",
    ),
]
