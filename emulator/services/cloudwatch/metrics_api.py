"""CloudWatch's API for metrics: PutMetricData, GetMetricData, GetMetricStatistics, ListMetrics."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch import exceptions
from moto.core.responses import ActionResult, EmptyResult

from emulator import clock
from emulator.replacements import Replacement
from emulator.services.cloudwatch import queries, statistics
from emulator.services.cloudwatch.metrics import Distribution, Metric, store
from emulator.services.cloudwatch.publication import put, seconds
from emulator.services.cloudwatch.queries import QueryError
from emulator.services.cloudwatch.statistics import StatisticError

_STATISTICS_LIMIT = 1_440
_DATA_LIMIT = 100_800
_PAGE = 500
_RECENT = 3 * 3_600  # of the period of RecentlyActive


def _put_metric_data(self: Any) -> EmptyResult:
    namespace = self._get_param("Namespace")
    if namespace.startswith("AWS/"):
        raise exceptions.InvalidParameterValue("The value AWS/ for parameter Namespace is invalid.")
    put(self.region, namespace, self._get_param("MetricData", []))
    return EmptyResult()


def _backend_put_metric_data(self: Any, namespace: str, metric_data: list[dict[str, Any]]) -> None:
    put(self.region_name, namespace, metric_data)


def _window(self: Any) -> tuple[float, float]:
    start, end = seconds(self._get_param("StartTime")), seconds(self._get_param("EndTime"))
    if start >= end:
        raise exceptions.ValidationError("The parameter StartTime must be less than the parameter EndTime.")
    return start, end


def _get_metric_data(self: Any) -> ActionResult:
    start, end = _window(self)
    asked = self._get_param("MetricDataQueries", [])
    _check_queries(asked)
    try:
        found = queries.evaluate(store(self.region), asked, int(start), math.ceil(end))
    except QueryError as error:
        raise exceptions.ValidationError(str(error)) from None
    newest_first = self._get_param("ScanBy") != "TimestampAscending"
    results = []
    for query in asked:
        if query.get("ReturnData", True) is not False:
            for series in found[query["Id"]]:
                points = sorted(series.points.items(), reverse=newest_first)
                results.append((query["Id"], series.label, points))
    return ActionResult(_page(results, self._get_param("NextToken"), self._get_param("MaxDatapoints")))


def _check_queries(asked: list[dict[str, Any]]) -> None:
    ids = [query["Id"] for query in asked]
    for index, query in enumerate(asked, start=1):
        where = f"MetricDataQueries.member.{index}"
        if ids.count(query["Id"]) > 1:
            raise exceptions.ValidationError(
                f"The values for parameter id in MetricDataQueries are not unique: {query['Id']}"
            )
        if not (query["Id"][:1].islower() and query["Id"].replace("_", "a").isalnum()):
            raise exceptions.ValidationError(
                f"The value {query['Id']} for parameter {where}.Id is not matching the expected "
                "pattern ^[a-z][a-zA-Z0-9_]*$."
            )
        if ("MetricStat" in query) == ("Expression" in query):
            raise exceptions.ValidationError(
                f"Exactly one of the parameters {where}.MetricStat and {where}.Expression must be specified."
            )


def _page(
    results: list[tuple[str, str, list[tuple[int, float]]]], token: str | None, limit: int | None
) -> dict[str, Any]:
    """The datapoints from `token` on, at most `limit` of them over all results."""
    first, room, answer, position = int(token or 0), int(limit or _DATA_LIMIT), [], 0
    for name, label, points in results:
        chosen = [point for index, point in enumerate(points, start=position) if first <= index < first + room]
        partial = position + len(points) > first + room
        position += len(points)
        answer.append(
            {
                "Id": name,
                "Label": label,
                "Timestamps": [datetime.fromtimestamp(time, UTC) for time, _ in chosen],
                "Values": [value for _, value in chosen],
                "StatusCode": "PartialData" if partial else "Complete",
            }
        )
    following = str(first + room) if position > first + room else None
    return {"MetricDataResults": answer, "Messages": [], "NextToken": following}


def _get_metric_statistics(self: Any) -> ActionResult:
    metric = queries.metric_of(self._get_params())
    start, end = _window(self)
    period = int(self._get_param("Period"))
    simple, extended = self._get_param("Statistics", []), self._get_param("ExtendedStatistics", [])
    if not simple and not extended:
        raise exceptions.InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
    if not queries.is_period(period):
        raise exceptions.InvalidParameterValue("The parameter Period must be a multiple of 60.")
    if (end - start) / period > _STATISTICS_LIMIT:
        raise exceptions.InvalidParameterCombination(
            f"You have requested up to {int((end - start) // period):,} datapoints, which exceeds the limit of "
            f"{_STATISTICS_LIMIT:,}. You may reduce the datapoints requested by increasing Period, or decreasing the "
            "time range."
        )
    kept, wanted = store(self.region), self._get_param("Unit")
    points = [
        _datapoint(time, samples, unit, simple, extended)
        for unit in ([wanted] if wanted else kept.units(metric))
        for time, samples in kept.periods(metric, queries.aligned(start, period), math.ceil(end), period, unit)
    ]
    return ActionResult({"Label": metric.name, "Datapoints": points})


def _datapoint(time: int, samples: Distribution, unit: str, simple: list[str], extended: list[str]) -> dict[str, Any]:
    point: dict[str, Any] = {"Timestamp": datetime.fromtimestamp(time, UTC), "Unit": unit}
    point |= {name: _compute(name, samples) for name in simple}
    if extended:
        found = {name: _compute(name, samples) for name in extended}
        point["ExtendedStatistics"] = {name: value for name, value in found.items() if value is not None}
    return point


def _compute(name: str, samples: Distribution) -> float | None:
    try:
        return statistics.parse(name)(samples)
    except StatisticError:
        raise exceptions.InvalidParameterValue(
            f"The value {name} for parameter ExtendedStatistics is not supported."
        ) from None


def _list_metrics(self: Any) -> ActionResult:
    asked, kept = self._get_params(), store(self.region)
    recent = clock.seconds() - _RECENT if asked.get("RecentlyActive") else 0
    found = sorted(
        (each for each in kept.metrics() if _listed(each, asked) and kept.latest(each) >= recent),
        key=lambda each: (each.namespace, each.name, each.dimensions),
    )
    first = _offset(asked.get("NextToken"))
    listed = [
        {
            "Namespace": each.namespace,
            "MetricName": each.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in each.dimensions],
        }
        for each in found[first : first + _PAGE]
    ]
    following = str(first + _PAGE) if len(found) > first + _PAGE else None
    return ActionResult({"Metrics": listed, "NextToken": following})


def _offset(token: str | None) -> int:
    if token and not token.isdigit():
        raise exceptions.InvalidParameterValue("Request parameter NextToken is invalid")
    return int(token or 0)


def _listed(metric: Metric, asked: Mapping[str, Any]) -> bool:
    if asked.get("Namespace", metric.namespace) != metric.namespace:
        return False
    if asked.get("MetricName", metric.name) != metric.name:
        return False
    own = dict(metric.dimensions)
    return all(
        each["Name"] in own and each.get("Value", own[each["Name"]]) == own[each["Name"]]
        for each in asked.get("Dimensions") or []
    )


_RESPONSE = "moto.cloudwatch.responses:CloudWatchResponse"
REPLACEMENTS = [
    Replacement(
        f"{_RESPONSE}.put_metric_data", _put_metric_data, "moto checks little and keeps a flat list", "6f6b6d742d70"
    ),
    Replacement(
        "moto.cloudwatch.models:CloudWatchBackend.put_metric_data",
        _backend_put_metric_data,
        "other services publish metrics here",
        "300dda002442",
    ),
    Replacement(
        f"{_RESPONSE}.get_metric_data", _get_metric_data, "moto has no percentiles and no metric math", "620cf898e877"
    ),
    Replacement(
        f"{_RESPONSE}.get_metric_statistics",
        _get_metric_statistics,
        "moto has no extended statistics, and mixes metrics of other dimensions in",
        "76e1c0922a67",
    ),
    Replacement(f"{_RESPONSE}.list_metrics", _list_metrics, "moto reads every datum for it", "05b1a8ccf394"),
]
