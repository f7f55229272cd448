"""The metrics of a graph, written as in a dashboard's JSON, with their values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from emulator import clock
from emulator.console.charts import Axis, Chart, Line, Mark, chart
from emulator.console.times import period_for, span
from emulator.console.visit import Visit

_DEFAULT_HOURS = 3


def charts(visit: Visit, graphs: list[dict[str, Any]]) -> list[tuple[str, Chart]]:
    """Title and chart of each graph, over the span that the address asks for."""
    return [(graph["title"], drawn(visit, graph, *shown_time(visit))) for graph in graphs]


def shown_time(visit: Visit, hours: int = _DEFAULT_HOURS) -> tuple[datetime, datetime]:
    """From when to when graphs are shown: up to now on the emulator's clock."""
    end = clock.now()
    return end - span(visit.asked("hours"), hours), end


def drawn(visit: Visit, properties: dict[str, Any], start: datetime, end: datetime) -> Chart:
    """A graph's chart, from the properties of a dashboard's metric widget."""
    lines = values(visit, properties, start, end)
    axes = properties.get("yAxis", {})
    marks = [
        Mark(float(each["value"]), each.get("label", ""), each.get("color", "")) for each in _horizontal(properties)
    ]
    sides = [Axis(axes.get(side, {}).get("min"), axes.get(side, {}).get("max")) for side in ("left", "right")]
    return chart(lines, (start, end), stacked=bool(properties.get("stacked")), axes=sides, marks=marks)


def values(visit: Visit, properties: dict[str, Any], start: datetime, end: datetime) -> list[Line]:
    """The values of every metric that is shown, as the service gives them."""
    period = int(properties.get("period") or period_for(end - start))
    asked = list(_queries(expanded(properties.get("metrics", [])), properties.get("stat", "Average"), period))
    if not asked:
        return []
    client = Visit(properties.get("region", visit.region)).client("cloudwatch")
    first = datetime.fromtimestamp(start.timestamp() // period * period, start.tzinfo)
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[query for query, _ in asked], StartTime=first, EndTime=end, ScanBy="TimestampAscending"
    )
    found: dict[str, list[tuple[datetime, float]]] = {}
    labels: dict[str, str] = {}
    for each in (result for page in pages for result in page["MetricDataResults"]):
        found.setdefault(each["Id"], []).extend(zip(each["Timestamps"], each["Values"], strict=True))
        labels[each["Id"]] = each["Label"]
    shown = [(query, options) for query, options in asked if query["ReturnData"]]
    names = _told_apart([(labels.get(query["Id"], query["Id"]), query) for query, _ in shown])
    return [
        Line(
            label=name,
            points=found.get(query["Id"], []),
            period=timedelta(seconds=query.get("MetricStat", query)["Period"]),
            color=options.get("color", ""),
            right=options.get("yAxis") == "right",
        )
        for name, (query, options) in zip(names, shown, strict=True)
    ]


def _told_apart(labeled: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """The labels; to those that are alike, first dimensions' values are added, then statistics."""
    names = [label for label, _ in labeled]
    measured = [query.get("MetricStat") for _, query in labeled]
    values = [[at["Value"] for at in stat["Metric"]["Dimensions"]] if stat else [] for stat in measured]
    for added in (values, [[stat["Stat"]] if stat else [] for stat in measured]):
        count = Counter(names)
        names = [" ".join([name, *add]) if count[name] > 1 else name for name, add in zip(names, added, strict=True)]
    return names


def expanded(metrics: list[list[Any]]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Each metric's words and its options, with "." and "..." replaced by what stands there in the one before."""
    before: list[str] = []
    for metric in metrics:
        options = metric[-1] if metric and isinstance(metric[-1], dict) else {}
        words: list[str] = [each for each in metric if not isinstance(each, dict)]
        if words and words[0] == "...":
            kept = len(before) - len(words) + 1
            words = [*before[:kept], *words[1:]]
        words = [before[i] if word == "." and i < len(before) else word for i, word in enumerate(words)]
        if words:
            before = words
        yield words, options


def _queries(
    metrics: Iterator[tuple[list[str], dict[str, Any]]], stat: str, period: int
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for i, (words, options) in enumerate(metrics):
        query: dict[str, Any] = {"Id": options.get("id", f"shown{i}"), "ReturnData": options.get("visible", True)}
        if "label" in options:
            query["Label"] = options["label"]
        if "expression" in options:
            query |= {"Expression": options["expression"], "Period": int(options.get("period", period))}
        else:
            namespace, name, *dimensions = words
            pairs = zip(dimensions[::2], dimensions[1::2], strict=False)
            query["MetricStat"] = {
                "Metric": {
                    "Namespace": namespace,
                    "MetricName": name,
                    "Dimensions": [{"Name": key, "Value": value} for key, value in pairs],
                },
                "Period": int(options.get("period", period)),
                "Stat": options.get("stat", stat),
            }
        yield query, options


def _horizontal(properties: dict[str, Any]) -> list[dict[str, Any]]:
    """The horizontal lines of a graph. A band is given as a list of two, of which each is a line here."""
    given = properties.get("annotations", {}).get("horizontal", [])
    return [line for each in given for line in (each if isinstance(each, list) else [each])]
