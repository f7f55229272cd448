"""CloudWatch's dashboards, drawn from their own JSON with the metrics' values."""

from __future__ import annotations

import json
import re
from typing import Any

from emulator.console.alarms import every
from emulator.console.listing import everything
from emulator.console.log_widget import table
from emulator.console.markdown import html
from emulator.console.metric_data import drawn, shown_time, values
from emulator.console.visit import Page, Visit

_HOURS = {"H": 1, "D": 24, "W": 168, "M": 720}
_DRAWN = frozenset({"timeSeries", ""})


def index(visit: Visit) -> Page:
    """All dashboards."""
    found = everything(visit.client("cloudwatch"), "list_dashboards", "DashboardEntries")
    return Page("dashboards.html.j2", "Dashboards", {"dashboards": found})


def one(visit: Visit) -> Page:
    """A dashboard, each widget where its JSON puts it."""
    name = visit.required("name")
    body = json.loads(visit.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"])
    hours = _hours(body.get("start", ""))
    widgets = [_widget(visit, each, hours) for each in _placed(body.get("widgets", []))]
    return Page("dashboard.html.j2", name, {"name": name, "widgets": widgets, "body": body, "hours": hours})


def _hours(start: str) -> int:
    """The span that a dashboard begins with, such as -PT6H or -P7D; three hours where it names none."""
    found = re.fullmatch(r"-PT?(\d+)([HDWM])", start)
    return int(found[1]) * _HOURS[found[2]] if found else 3


def _placed(widgets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The widgets with their places; those without one follow each other, as in AWS."""
    placed, x, y, row = [], 0, 0, 0
    for widget in widgets:
        width, height = int(widget.get("width", 6)), int(widget.get("height", 6))
        if "x" in widget:
            place = int(widget["x"]), int(widget["y"])
        else:
            if x + width > 24:
                x, y, row = 0, y + row, 0
            place = x, y
            x, row = x + width, max(row, height)
        placed.append({**widget, "x": place[0], "y": place[1], "width": width, "height": height})
    return sorted(placed, key=lambda each: (each["y"], each["x"]))


def _widget(visit: Visit, widget: dict[str, Any], hours: int) -> dict[str, Any]:
    """The widget with what its kind shows: `chart`, `numbers`, `text`, `alarms` or `rows`."""
    properties = widget.get("properties", {})
    shown = {**widget, "title": properties.get("title", ""), "kind": widget["type"]}
    time = shown_time(visit, hours)
    match widget["type"], properties.get("view", ""):
        case "text", _:
            return {**shown, "text": html(properties.get("markdown", ""))}
        case "alarm", _:
            names = {arn.rpartition(":alarm:")[2] for arn in properties.get("alarms", [])}
            return {**shown, "alarms": [each for each in every(visit) if each["AlarmName"] in names]}
        case "log", _:
            return {**shown, "rows": table(visit, properties, *time)}
        case "metric", view if view in _DRAWN:
            return {**shown, "kind": "chart", "chart": drawn(visit, properties, *time)}
        case "metric", _:
            return {**shown, "kind": "numbers", "numbers": values(visit, properties, *time)}
    return shown
