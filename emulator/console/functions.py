"""Lambda: functions, with their versions, aliases, sources of events and figures."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from emulator.console.listing import everything
from emulator.console.metric_data import charts
from emulator.console.visit import Page, Visit

# Titles, and the metric, statistic and label of each line.
_GRAPHS = (
    ("Invocations and errors", (("Invocations", "Sum", "invocations"), ("Errors", "Sum", "errors"))),
    ("Duration in milliseconds", (("Duration", "p50", "median"), ("Duration", "Maximum", "maximum"))),
)


def index(visit: Visit) -> Page:
    """All functions."""
    found = everything(visit.client("lambda"), "list_functions", "Functions")
    return Page("functions.html.j2", "Functions", {"functions": sorted(found, key=lambda each: each["FunctionName"])})


def one(visit: Visit) -> Page:
    """A function."""
    name, client = visit.required("name"), visit.client("lambda")
    function = client.get_function(FunctionName=name)["Configuration"]
    name = function["FunctionName"]
    graphs = [
        {
            "title": title,
            "metrics": [
                ["AWS/Lambda", metric, "FunctionName", name, {"stat": stat, "label": label}]
                for metric, stat, label in lines
            ],
        }
        for title, lines in _GRAPHS
    ]
    values = {
        "function": function,
        "group": function.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}"),
        "versions": everything(client, "list_versions_by_function", "Versions", FunctionName=name),
        "aliases": everything(client, "list_aliases", "Aliases", FunctionName=name),
        "sources": everything(client, "list_event_source_mappings", "EventSourceMappings", FunctionName=name),
        "policy": _policy(client, name),
        "charts": charts(visit, graphs),
    }
    return Page("function.html.j2", name, values)


def _policy(client: Any, name: str) -> str:
    try:
        return str(client.get_policy(FunctionName=name)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return ""
