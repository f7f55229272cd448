"""Metric filters: log events that match become values of metrics."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import CloudWatchException
from moto.logs.exceptions import InvalidParameterException, LimitExceededException, ResourceNotFoundException

from emulator import clock
from emulator.replacements import Replacement
from emulator.services.cloudwatch import publication
from emulator.services.logs import json_patterns, patterns

_FILTERS, _DIMENSIONS, _PAGE = 100, 3, 50
_NOT_HERE = ("applyOnTransformedLogs", "fieldSelectionCriteria", "emitSystemFieldDimensions")


def of(group: Any) -> dict[str, dict[str, Any]]:
    """The metric filters of a log group by name, as DescribeMetricFilters tells them."""
    found: dict[str, dict[str, Any]] = group.__dict__.setdefault("metric_filters", {})
    return found


def publish(group: Any, events: Iterable[Any]) -> None:
    """Publish what the filters of a group find in events; a default where nothing matches."""
    for kept in list(of(group).values()):
        matcher = patterns.parse(kept["filterPattern"])
        found = [(event, values) for event in events if (values := matcher(event.message)) is not None]
        for transformation in kept["metricTransformations"]:
            for event, values in found:
                value = _value(transformation["metricValue"], event.message, values)
                _put(group.region, transformation, value, event, values)
            default = transformation.get("defaultValue")
            unmatched = None if found or default is None else next(iter(events), None)
            if unmatched is not None:
                _put(group.region, transformation, default, unmatched, {})


def _value(wanted: str, message: str, values: Mapping[str, str]) -> float | None:
    text: str | None = wanted
    if wanted.startswith("$"):
        text = values[wanted] if wanted in values else json_patterns.select_in(message, wanted)
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _put(
    region: str, transformation: Mapping[str, Any], value: float | None, event: Any, values: Mapping[str, str]
) -> None:
    if value is None:
        return
    asked = transformation.get("dimensions") or {}
    found = {
        name: values[selector] if selector in values else json_patterns.select_in(event.message, selector)
        for name, selector in asked.items()
    }
    datum = {
        "MetricName": transformation["metricName"],
        "Value": value,
        "Unit": transformation.get("unit", "None"),
        "Timestamp": datetime.fromtimestamp(event.timestamp / 1000, UTC),
        "Dimensions": [{"Name": name, "Value": text} for name, text in found.items() if text is not None],
    }
    try:
        publication.put(region, transformation["metricNamespace"], [datum])
    except CloudWatchException:  # an event that is too old for a metric
        return


def _put_metric_filter(self: Any) -> str:
    group = self.logs_backend._find_log_group(log_group_name=self._get_param("logGroupName"))
    name, pattern = self._get_param("filterName"), self._get_param("filterPattern") or ""
    for parameter in _NOT_HERE:
        if self._get_param(parameter):
            raise InvalidParameterException(f"{parameter} of a metric filter is not supported by this emulator")
    patterns.parse(pattern)
    transformations = self._get_param("metricTransformations")
    if len(transformations or []) != 1:
        raise InvalidParameterException(
            constraint="Member must have length equal to 1", parameter="metricTransformations", value=transformations
        )
    _check(transformations[0])
    kept = of(group)
    if name not in kept and len(kept) >= _FILTERS:
        raise LimitExceededException
    created = kept.get(name, {}).get("creationTime", int(clock.seconds() * 1000))
    kept[name] = {
        "filterName": name,
        "filterPattern": pattern,
        "logGroupName": group.name,
        "metricTransformations": transformations,
        "creationTime": created,
    }
    return ""


def _check(transformation: Mapping[str, Any]) -> None:
    dimensions, value = transformation.get("dimensions") or {}, str(transformation["metricValue"])
    if dimensions and transformation.get("defaultValue") is not None:
        raise InvalidParameterException(
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties."
        )
    if len(dimensions) > _DIMENSIONS:
        raise InvalidParameterException(
            f"Invalid metric transformation: dimensions must not have more than {_DIMENSIONS} entries."
        )
    if not value.startswith("$"):
        try:
            float(value)
        except ValueError:
            raise InvalidParameterException(
                f"Invalid metric transformation: metric value '{value}' must be a number or start with '$'"
            ) from None


def _delete_metric_filter(self: Any) -> str:
    group = self.logs_backend._find_log_group(log_group_name=self._get_param("logGroupName"))
    if of(group).pop(self._get_param("filterName"), None) is None:
        raise ResourceNotFoundException("The specified metric filter does not exist.")
    return ""


def _describe_metric_filters(self: Any) -> str:
    name = self._get_param("logGroupName")
    groups = (
        [self.logs_backend._find_log_group(log_group_name=name)] if name else list(self.logs_backend.groups.values())
    )
    metric = (self._get_param("metricNamespace"), self._get_param("metricName"))
    if (metric[0] is None) != (metric[1] is None):
        raise InvalidParameterException("metricName and metricNamespace must be given together.")
    found = [
        kept
        for group in groups
        for kept in of(group).values()
        if kept["filterName"].startswith(self._get_param("filterNamePrefix") or "")
        and (metric[0] is None or metric in _metrics(kept))
    ]
    found.sort(key=lambda kept: (kept["filterName"], kept["logGroupName"]))
    first, size = int(self._get_param("nextToken") or 0), int(self._get_param("limit") or _PAGE)
    answer: dict[str, Any] = {"metricFilters": found[first : first + size]}
    if first + size < len(found):
        answer["nextToken"] = str(first + size)
    return json.dumps(answer)


def _metrics(kept: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(each["metricNamespace"], each["metricName"]) for each in kept["metricTransformations"]}


def _test_metric_filter(self: Any) -> str:
    matcher = patterns.parse(self._get_param("filterPattern") or "")
    matches = [
        {"eventNumber": number, "eventMessage": message, "extractedValues": values}
        for number, message in enumerate(self._get_param("logEventMessages"), start=1)
        if (values := matcher(message)) is not None
    ]
    return json.dumps({"matches": matches})


_RESPONSE = "moto.logs.responses:LogsResponse"
REPLACEMENTS = [
    Replacement(
        f"{_RESPONSE}.put_metric_filter",
        _put_metric_filter,
        "moto's filters publish nothing, and pile up",
        "69ce73323690",
    ),
    Replacement(
        f"{_RESPONSE}.delete_metric_filter", _delete_metric_filter, "moto deletes what is absent", "376783482b8c"
    ),
    Replacement(
        f"{_RESPONSE}.describe_metric_filters", _describe_metric_filters, "moto keeps them elsewhere", "50bb2d933320"
    ),
    Replacement(f"{_RESPONSE}.test_metric_filter", _test_metric_filter, "moto has no TestMetricFilter"),
]
