"""CloudWatch Logs: groups, and their events through a filter."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from emulator.console.listing import Listing, everything, listing
from emulator.console.times import in_utc
from emulator.console.visit import Page, Visit


def index(visit: Visit) -> Page:
    """All log groups, or those whose names contain something."""
    part = visit.asked("part")
    asked = {"logGroupNamePattern": part} if part else {}
    groups = everything(visit.client("logs"), "describe_log_groups", "logGroups", **asked)
    return Page("logs.html.j2", "Logs", {"groups": groups, "part": part})


def one(visit: Visit) -> Page:
    """A group's events, of all its streams or of one, that match a filter pattern within a time."""
    group, client = visit.required("group"), visit.client("logs")
    (described,) = [
        each
        for each in client.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        if each["logGroupName"] == group
    ] or [None]
    streams = listing(
        client, "describe_log_streams", "logStreams", logGroupName=group, orderBy="LastEventTime", descending=True
    )
    refused, events = "", Listing([])
    try:
        events = listing(client, "filter_log_events", "events", visit.asked("from"), **_asked(visit, group))
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidParameterException":
            raise
        refused = error.response["Error"]["Message"]
    except ValueError as error:
        refused = str(error)
    values = {"group": group, "described": described, "streams": streams, "events": events, "refused": refused}
    return Page("log.html.j2", group, values)


def _asked(visit: Visit, group: str) -> dict[str, Any]:
    asked: dict[str, Any] = {"logGroupName": group}
    if pattern := visit.asked("pattern"):
        asked["filterPattern"] = pattern
    if stream := visit.asked("stream"):
        asked["logStreamNames"] = [stream]
    elif prefix := visit.asked("prefix"):
        asked["logStreamNamePrefix"] = prefix
    for name in ("startTime", "endTime"):
        if text := visit.asked(name):
            asked[name] = int(in_utc(text).timestamp() * 1000)
    return asked
