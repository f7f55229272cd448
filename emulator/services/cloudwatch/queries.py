"""Metric data queries: statistics of metrics by period, and metric math over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from emulator.services.cloudwatch import expressions, metric_math, statistics
from emulator.services.cloudwatch.expressions import ExpressionError
from emulator.services.cloudwatch.metric_functions import Series
from emulator.services.cloudwatch.metrics import Metric, MetricStore
from emulator.services.cloudwatch.statistics import StatisticError

Query = Mapping[str, Any]
_SHORT_PERIODS = (1, 5, 10, 20, 30)


class QueryError(ValueError):
    """A query that CloudWatch would refuse, or that is not supported here; the message says why."""


def metric_of(request: Mapping[str, Any]) -> Metric:
    """The metric that a request's Namespace, MetricName and Dimensions name."""
    dimensions = {each["Name"]: each.get("Value", "") for each in request.get("Dimensions") or []}
    return Metric.of(request["Namespace"], request["MetricName"], dimensions)


def is_period(period: int) -> bool:
    """Whether CloudWatch aggregates by such a period, in seconds."""
    return period in _SHORT_PERIODS or (period > 0 and period % 60 == 0)


def aligned(start: float, period: int) -> int:
    """The start of the first period: whole minutes, or steps of a shorter period."""
    step = min(period, 60)
    return int(start // step) * step


def series(store: MetricStore, stat: Query, start: int, end: int) -> Series:
    """One statistic of a metric, by period.

    Raises:
        QueryError: there is no such statistic or period.
    """
    period = int(stat["Period"])
    if not is_period(period):
        raise QueryError(f"Period must be 1, 5, 10, 20, 30, or a multiple of 60: {period}")
    try:
        compute = statistics.parse(stat["Stat"])
    except StatisticError:
        raise QueryError(f"The value {stat['Stat']} for parameter Stat is not supported.") from None
    metric = metric_of(stat["Metric"])
    points: dict[int, float] = {}
    for time, samples in store.periods(metric, aligned(start, period), end, period, stat.get("Unit")):
        value = compute(samples)
        if value is not None:
            points[time] = value
    return Series(metric.name, period, points)


def evaluate(store: MetricStore, queries: Sequence[Query], start: int, end: int) -> dict[str, list[Series]]:
    """The results of every query by its id, whatever the order in which they refer to one another.

    Args:
        store: the metrics.
        queries: MetricDataQueries as GetMetricData takes them.
        start: seconds since 1970, included.
        end: excluded.

    Raises:
        QueryError: a query is wrong, refers to what is not there, or is not supported.
    """
    by_id = {query["Id"]: query for query in queries}
    named = tuple(query["Id"] for query in queries if "MetricStat" in query)
    results: dict[str, list[Series]] = {}
    for name in named:
        found = series(store, by_id[name]["MetricStat"], start, end)
        results[name] = [replace(found, label=label(by_id[name], found.label))]
    waiting = [query["Id"] for query in queries if query["Id"] not in results]
    while waiting:
        ready = [name for name in waiting if not _references(by_id[name]) & set(waiting)]
        if not ready:
            raise QueryError(f"Error in expression '{waiting[0]}': circular reference")
        for name in ready:
            results[name] = _computed(by_id[name], results, named, start, end)
        waiting = [name for name in waiting if name not in results]
    return results


def label(query: Query, default: str) -> str:
    """What a result is called.

    Raises:
        QueryError: the label is dynamic, which is not supported here.
    """
    given = str(query.get("Label") or default)
    if "${" in given:
        raise QueryError(f"dynamic labels such as {given} are not supported by this emulator")
    return given


def _references(query: Query) -> set[str]:
    return expressions.names(_tree(query))


def _tree(query: Query) -> expressions.Node:
    text = query["Expression"]
    if text.lstrip().upper().startswith("SELECT "):
        raise QueryError(f"Error in expression '{query['Id']}': Metrics Insights queries are not supported here")
    try:
        return expressions.parse(text)
    except ExpressionError as error:
        raise QueryError(f"Error in expression '{query['Id']}': {error}") from None


def _computed(
    query: Query, results: Mapping[str, list[Series]], named: tuple[str, ...], start: int, end: int
) -> list[Series]:
    periods = [each.period for found in results.values() for each in found if each.period]
    period = int(query.get("Period") or min(periods, default=60))
    first = aligned(start, period)
    scope = metric_math.Scope(results, named, tuple(range(first, end, period)))
    try:
        value = metric_math.evaluate(_tree(query), scope)
    except ExpressionError as error:
        raise QueryError(f"Error in expression '{query['Id']}': {error}") from None
    if isinstance(value, Series):
        return [replace(value, label=label(query, query["Id"]))]
    if isinstance(value, list):
        return [replace(each, label=label(query, each.label)) for each in value]
    raise QueryError(f"Error in expression '{query['Id']}': the expression must return a time series")
