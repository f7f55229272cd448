"""Dashboards, checked as CloudWatch checks them before it keeps them.

The structure is that of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from moto.cloudwatch import exceptions
from moto.core.responses import ActionResult

from emulator.replacements import Replacement

_WIDGETS = 500
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
# Type of widget -> properties of which all must be there.
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "metric": (),
    "text": ("markdown",),
    "log": ("query",),
    "alarm": ("alarms",),
    "explorer": ("metrics", "labels"),
    "custom": ("endpoint",),
}
_METRIC_VIEWS = ("timeSeries", "singleValue", "gauge", "bar", "pie", "table")
_LOG_VIEWS = ("table", "timeSeries", "bar", "pie")
# Position and size -> the smallest and the largest number.
_NUMBERS = {"x": (0, 23), "y": (0, None), "width": (1, 24), "height": (1, 1000)}
Message = tuple[str, str]


def check(body: str) -> None:
    """Check a dashboard's body.

    Raises:
        DashboardInvalidInputError: it is no JSON object, or the message lists what is wrong where.
    """
    try:
        read = json.loads(body)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise exceptions.DashboardInvalidInputError("The field DashboardBody must be a valid JSON object")
    wrong = [{"dataPath": path, "message": message} for path, message in _messages(read)]
    if wrong:
        raise exceptions.DashboardInvalidInputError(
            f"The dashboard body is invalid, there are {len(wrong)} validation errors:\n{json.dumps(wrong, indent=2)}"
        )


def _messages(body: Mapping[str, Any]) -> Iterator[Message]:
    widgets = body.get("widgets")
    if widgets is None:
        yield "", "Should have required property 'widgets'"
    elif not isinstance(widgets, list):
        yield "/widgets", "Should be array"
    elif len(widgets) > _WIDGETS:
        yield "/widgets", f"Should NOT have more than {_WIDGETS} items"
    else:
        for index, widget in enumerate(widgets):
            yield from _widget(widget, f"/widgets/{index}")
    if body.get("periodOverride") not in (None, "auto", "inherit"):
        yield "/periodOverride", "Should be equal to one of the allowed values"


def _widget(widget: Any, path: str) -> Iterator[Message]:
    if not isinstance(widget, dict):
        yield path, "Should be object"
        return
    for name, (lowest, highest) in _NUMBERS.items():
        yield from _number(widget.get(name), f"{path}/{name}", lowest, highest)
    kind, properties = widget.get("type"), widget.get("properties")
    if kind is None:
        yield path, "Should have required property 'type'"
    elif kind not in _REQUIRED:
        yield f"{path}/type", "Should be equal to one of the allowed values"
    elif properties is None:
        yield path, "Should have required property 'properties'"
    elif not isinstance(properties, dict):
        yield f"{path}/properties", "Should be object"
    else:
        for name in _REQUIRED[kind]:
            if name not in properties:
                yield f"{path}/properties", f"Should have required property '{name}'"
        yield from _properties(kind, properties, f"{path}/properties")


def _number(value: Any, path: str, lowest: int, highest: int | None) -> Iterator[Message]:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        yield path, "Should be integer"
    elif value < lowest:
        yield path, f"Should be >= {lowest}"
    elif highest is not None and value > highest:
        yield path, f"Should be <= {highest}"


def _properties(kind: str, properties: Mapping[str, Any], path: str) -> Iterator[Message]:
    if kind == "metric":
        yield from _metric_properties(properties, path)
    elif kind == "log":
        yield from _one_of(properties.get("view"), _LOG_VIEWS, f"{path}/view")
    elif kind == "text" and not isinstance(properties.get("markdown", ""), str):
        yield f"{path}/markdown", "Should be string"
    elif kind == "alarm" and not isinstance(properties.get("alarms", []), list):
        yield f"{path}/alarms", "Should be array"


def _metric_properties(properties: Mapping[str, Any], path: str) -> Iterator[Message]:
    metrics = properties.get("metrics")
    alarms = (properties.get("annotations") or {}).get("alarms")
    if metrics is None and not alarms:
        yield path, "Should have required property 'metrics'"
    if metrics is not None and not isinstance(metrics, list):
        yield f"{path}/metrics", "Should be array"
    elif metrics:
        if "region" not in properties and not _regions_are_named(metrics):
            yield path, "Should have required property 'region'"
        for index, metric in enumerate(metrics):
            yield from _metric(metric, f"{path}/metrics/{index}", first=index == 0)
    yield from _one_of(properties.get("view"), _METRIC_VIEWS, f"{path}/view")
    period = properties.get("period")
    if period is not None and (
        not isinstance(period, int) or period <= 0 or (period % 60 and period not in (1, 5, 10, 30))
    ):
        yield f"{path}/period", "Should be a multiple of 60"
    if not isinstance(properties.get("stacked", False), bool):
        yield f"{path}/stacked", "Should be boolean"


def _regions_are_named(metrics: list[Any]) -> bool:
    return all(
        isinstance(each, list) and each and isinstance(each[-1], dict) and "region" in each[-1] for each in metrics
    )


def _one_of(value: Any, allowed: tuple[str, ...], path: str) -> Iterator[Message]:
    if value is not None and value not in allowed:
        yield path, "Should be equal to one of the allowed values"


def _metric(metric: Any, path: str, *, first: bool) -> Iterator[Message]:
    """One metric: namespace, name, names and values of dimensions, and its rendering; or an expression."""
    if not isinstance(metric, list):
        yield path, "Should be array"
        return
    rendering = metric[-1] if metric and isinstance(metric[-1], dict) else None
    texts = metric[:-1] if rendering is not None else metric
    if not all(isinstance(text, str) for text in texts):
        yield path, "Should be string"
    elif rendering is not None and "expression" in rendering:
        if texts:
            yield path, "Should NOT have a metric name when there is an expression"
    elif not texts or (first and len(texts) < 2) or (len(texts) % 2 and "..." not in texts):
        yield path, "Should have a namespace, a metric name and pairs of dimension names and values"
    elif len(texts) > 62:
        yield path, "Should NOT have more than 30 dimensions"
    elif first and {".", "..."} & set(texts):
        yield path, "Should NOT refer to a metric before the first one"


def _put_dashboard(self: Any) -> ActionResult:
    name, body = self._get_param("DashboardName"), self._get_param("DashboardBody")
    if not _NAME.fullmatch(name):
        raise exceptions.InvalidParameterValue(
            f"The value {name} for field DashboardName contains invalid characters. It can only contain alphanumerics, "
            "dash (-) and underscore (_).\n"
        )
    check(body)
    backend, tags = self.cloudwatch_backend, self._get_param("Tags", [])
    created = name not in backend.dashboards
    dashboard = backend.put_dashboard(name, body)
    if tags and created:  # to an existing one, TagResource adds them
        backend.tagger.tag_resource(dashboard.arn, tags)
    return ActionResult({"DashboardValidationMessages": []})


def _tag_resource(self: Any, arn: str, tags: dict[str, str]) -> None:
    kept = [alarm.alarm_arn for alarm in self.alarms.values()] + [each.arn for each in self.dashboards.values()]
    if arn not in kept:
        raise exceptions.ResourceNotFoundException
    self.tagger.tag_resource(arn, self.tagger.convert_dict_to_tags_input(tags))


REPLACEMENTS = [
    Replacement(
        "moto.cloudwatch.responses:CloudWatchResponse.put_dashboard",
        _put_dashboard,
        "moto takes every JSON for a dashboard",
        "f1906622aedf",
    ),
    Replacement(
        "moto.cloudwatch.models:CloudWatchBackend.tag_resource",
        _tag_resource,
        "moto tags no dashboards",
        "1f10a707b9cc",
    ),
]
