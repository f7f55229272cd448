"""CloudWatch's alarms: how they stand, why, what they watch, and how they stood before."""

from __future__ import annotations

from typing import Any

from werkzeug.exceptions import NotFound

from emulator.console.charts import Chart
from emulator.console.listing import listing
from emulator.console.metric_data import drawn, shown_time
from emulator.console.visit import Page, Visit

_FIRST = {"ALARM": 0, "INSUFFICIENT_DATA": 1, "OK": 2}


def index(visit: Visit) -> Page:
    """All alarms, those that ring first."""
    return Page("alarms.html.j2", "Alarms", {"alarms": every(visit)})


def every(visit: Visit) -> list[dict[str, Any]]:
    """All alarms on metrics and on other alarms, those that ring first."""
    pages = (
        visit.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    )
    found = [each for page in pages for each in (*page["MetricAlarms"], *page["CompositeAlarms"])]
    return sorted(found, key=lambda each: (_FIRST[each["StateValue"]], each["AlarmName"]))


def one(visit: Visit) -> Page:
    """An alarm."""
    name, client = visit.required("name"), visit.client("cloudwatch")
    found = client.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    (alarm,) = [*found["MetricAlarms"], *found["CompositeAlarms"]] or [None]
    if alarm is None:
        raise NotFound(f"There is no alarm “{name}”.")
    history = listing(
        client, "describe_alarm_history", "AlarmHistoryItems", visit.asked("from"), size=50, AlarmName=name
    )
    values = {"name": name, "alarm": alarm, "chart_of": _chart(visit, alarm), "history": history}
    return Page("alarm.html.j2", name, values)


def _chart(visit: Visit, alarm: dict[str, Any]) -> Chart | None:
    """What a metric alarm watches, with its threshold; None for a composite one."""
    if "AlarmRule" in alarm:
        return None
    period = alarm.get("Period", 60)
    metrics: list[list[Any]] = []
    if "MetricName" in alarm:
        dimensions = [word for each in alarm.get("Dimensions", []) for word in (each["Name"], each["Value"])]
        stat = alarm.get("Statistic") or alarm.get("ExtendedStatistic")
        metrics = [[alarm["Namespace"], alarm["MetricName"], *dimensions, {"stat": stat}]]
    for query in alarm.get("Metrics", []):
        metrics.append(_metric(query))
        period = query.get("MetricStat", query).get("Period", period)
    marked = [{"value": alarm["Threshold"], "label": "threshold"}] if "Threshold" in alarm else []
    properties = {"metrics": metrics, "period": period, "annotations": {"horizontal": marked}}
    return drawn(visit, properties, *shown_time(visit))


def _metric(query: dict[str, Any]) -> list[Any]:
    """A metric of an alarm as dashboards write it."""
    options = {"id": query["Id"], "visible": query.get("ReturnData", True)}
    if query.get("Label"):
        options["label"] = query["Label"]
    if "Expression" in query:
        return [{**options, "expression": query["Expression"]}]
    asked = query["MetricStat"]
    words = [word for each in asked["Metric"].get("Dimensions", []) for word in (each["Name"], each["Value"])]
    return [asked["Metric"]["Namespace"], asked["Metric"]["MetricName"], *words, {**options, "stat": asked["Stat"]}]
