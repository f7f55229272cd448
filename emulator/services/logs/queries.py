"""Queries of CloudWatch Logs Insights: started, and complete at once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException

from emulator import clock
from emulator.replacements import Replacement
from emulator.services.logs import insights
from emulator.services.logs.insights_functions import QueryError

_KEPT = 100


class MalformedQueryError(JsonRESTError):
    """A query that cannot be read, or asks for what is not supported here."""

    code = 400

    def __init__(self, message: str) -> None:
        """The message says what is wrong with it."""
        super().__init__("MalformedQueryException", message)


def _of(self: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = self.logs_backend.__dict__.setdefault("insights_queries", {})
    return found


def _start_query(self: Any) -> str:
    source, language = self._get_param("queryString") or "", self._get_param("queryLanguage") or "CWLI"
    if language != "CWLI":
        raise InvalidParameterException(f"the query language {language} is not supported by this emulator")
    groups = _groups(self)
    try:
        query = insights.parse(source)
    except QueryError as error:
        raise MalformedQueryError(str(error)) from None
    query.limited = min(query.limited, int(self._get_param("limit") or query.limited))
    start, end = int(self._get_param("startTime")), int(self._get_param("endTime"))
    if start > end:
        raise InvalidParameterException("End time should not be less than start time")
    # Seconds, although some clients send milliseconds.
    events = list(_events(groups, start * 1000 if start < 1e11 else start, end * 1000 + 999 if end < 1e11 else end))
    results, matched = insights.run(query, events)
    identifier, kept = str(uuid.uuid4()), _of(self)
    kept[identifier] = {
        "query": {
            "queryId": identifier,
            "queryString": source,
            "queryLanguage": language,
            "status": "Complete",
            "createTime": int(clock.seconds() * 1000),
            "logGroupName": groups[0].name,
        },
        "results": results,
        "statistics": {
            "recordsMatched": float(matched),
            "recordsScanned": float(len(events)),
            "bytesScanned": float(sum(len(event["@message"].encode()) for event in events)),
        },
    }
    for old in list(kept)[:-_KEPT]:
        del kept[old]
    return json.dumps({"queryId": identifier})


def _groups(self: Any) -> list[Any]:
    one, several = self._get_param("logGroupName"), self._get_param("logGroupNames") or []
    identifiers = self._get_param("logGroupIdentifiers") or []
    named = [each.rpartition(":log-group:")[2].removesuffix(":*") for each in identifiers]
    if sum(map(bool, (one, several, named))) != 1:
        raise InvalidParameterException(
            "Exactly one of logGroupName, logGroupNames or logGroupIdentifiers must be given."
        )
    backend = self.logs_backend
    return [backend._find_log_group(log_group_name=name) for name in [one, *several, *named] if name]


def _events(groups: list[Any], start: float, end: float) -> Iterator[dict[str, Any]]:
    for group in groups:
        for stream in list(group.streams.values()):
            for event in list(stream.events):
                if start <= event.timestamp <= end:
                    yield {
                        "@timestamp": event.timestamp,
                        "@ingestionTime": event.ingestion_time,
                        "@message": event.message,
                        "@logStream": stream.log_stream_name,
                        "@log": f"{group.account_id}:{group.name}",
                        "@ptr": f"{event.event_id:056d}",
                    }


def _get_query_results(self: Any) -> str:
    found = _of(self).get(self._get_param("queryId"))
    if found is None:
        raise ResourceNotFoundException("The specified query does not exist.")
    return json.dumps(
        {
            "queryLanguage": found["query"]["queryLanguage"],
            "results": found["results"],
            "statistics": found["statistics"],
            "status": "Complete",
        }
    )


def _describe_queries(self: Any) -> str:
    group, status = self._get_param("logGroupName"), self._get_param("status")
    found = [each["query"] for each in _of(self).values() if group in (None, each["query"]["logGroupName"])]
    told = [query for query in reversed(found) if status in (None, query["status"])]
    return json.dumps({"queries": told[: int(self._get_param("maxResults") or 1_000)]})


_RESPONSE = "moto.logs.responses:LogsResponse"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.start_query", _start_query, "moto ignores most commands of a query", "21374a37260b"),
    Replacement(f"{_RESPONSE}.get_query_results", _get_query_results, "its results are kept otherwise", "3532339a004c"),
    Replacement(f"{_RESPONSE}.describe_queries", _describe_queries, "queries are kept otherwise", "1cf43b44976f"),
]
