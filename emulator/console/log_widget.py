"""A dashboard's log widget: the rows of a query of CloudWatch Logs Insights."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any

from emulator.console.visit import Visit

_SOURCE = re.compile(r"\s*SOURCE\s+((?:'[^']*'|\"[^\"]*\"|\s|\|?,)+)\|")
_NAME = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_SECONDS = 10


def table(visit: Visit, properties: dict[str, Any], start: datetime, end: datetime) -> list[dict[str, str]]:
    """The rows that the widget's query gives over a time, each by column."""
    client = Visit(properties.get("region", visit.region)).client("logs")
    asked = properties.get("query", "")
    named = _SOURCE.match(asked)
    groups = [a or b for a, b in _NAME.findall(named[1])] if named else []
    begun = client.start_query(
        logGroupNames=groups,
        queryString=asked[named.end() :].strip() if named else asked,
        startTime=int(start.timestamp()),
        endTime=int(end.timestamp()),
    )
    until = time.monotonic() + _SECONDS
    found = client.get_query_results(queryId=begun["queryId"])
    while found["status"] in {"Scheduled", "Running"} and time.monotonic() < until:
        time.sleep(0.05)
        found = client.get_query_results(queryId=begun["queryId"])
    return [{each["field"]: each["value"] for each in row if each["field"] != "@ptr"} for row in found["results"]]
