"""Whether the datapoints of a metric alarm breach its threshold, and why it is in the state that it is in.

Missing data are treated as https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
tells: more datapoints are looked at than the evaluation periods are, and what is missing counts only where the others
do not suffice.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from emulator.services.cloudwatch import queries, statistics
from emulator.services.cloudwatch.alarm import ALARM, INSUFFICIENT_DATA, OK, Alarm, timestamp
from emulator.services.cloudwatch.metrics import MetricStore
from emulator.services.cloudwatch.queries import QueryError

# ComparisonOperator -> its function, and its words.
COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
_FARTHER_BACK = 2  # datapoints that are looked at beyond the evaluation periods


@dataclass(frozen=True)
class Verdict:
    """The state in which an alarm should be, and why."""

    value: str
    reason: str
    data: str


@dataclass(frozen=True)
class Datapoint:
    """One period's value. `count` is the number of samples, None of an expression."""

    time: int
    value: float
    count: float | None


def evaluate(alarm: Alarm, store: MetricStore, now: float) -> Verdict | None:
    """What an alarm's datapoints say at a time (seconds since 1970); None where its state is to stay."""
    asked, period = alarm.configuration, alarm.period
    periods = int(asked["EvaluationPeriods"])
    end = queries.aligned(now, period)
    start = end - period * (periods + _FARTHER_BACK)
    try:
        found = _datapoints(alarm, store, start, end)
    except QueryError as error:
        return Verdict(INSUFFICIENT_DATA, f"Insufficient Data: {error}", "")
    if _too_few_samples(alarm, found[-periods:]):
        return None
    recent = found[-periods:] if len(found) >= periods else found
    value = _judge(alarm, recent, end)
    return None if value is None else Verdict(value, _reason(alarm, value, recent), _data(alarm, recent, start, now))


def _datapoints(alarm: Alarm, store: MetricStore, start: int, end: int) -> list[Datapoint]:
    watched = alarm.watched
    series = queries.evaluate(store, alarm.queries, start, end)[watched["Id"]]
    points = sorted(series[0].points.items()) if series else []
    counts: dict[int, float] = {}
    if "MetricStat" in watched:
        stat = watched["MetricStat"]
        metric = queries.metric_of(stat["Metric"])
        kept = store.periods(metric, start, end, alarm.period, stat.get("Unit"))
        counts = {time: samples.count for time, samples in kept}
    return [Datapoint(time, value, counts.get(time)) for time, value in points]


def _too_few_samples(alarm: Alarm, recent: list[Datapoint]) -> bool:
    """Whether a percentile says nothing yet, and the alarm is to wait until it does."""
    if alarm.configuration.get("EvaluateLowSampleCountPercentile") != "ignore":
        return False
    percent = statistics.percentile_of(alarm.configuration.get("ExtendedStatistic") or "")
    if percent is None or not recent:
        return False
    share = percent / 100
    needed = 10 / (1 - share) if 0.5 <= share < 1 else 10 / max(share, 1e-9)
    return any((point.count or 0) < needed - 1e-6 for point in recent)


def _breaches(alarm: Alarm, point: Datapoint) -> bool:
    compare, _ = COMPARISONS[alarm.configuration["ComparisonOperator"]]
    return compare(point.value, float(alarm.configuration["Threshold"]))


def _judge(alarm: Alarm, recent: list[Datapoint], end: int) -> str | None:
    periods, needed = int(alarm.configuration["EvaluationPeriods"]), _needed(alarm)
    breaching = [point for point in recent if _breaches(alarm, point)]
    missing = periods - len(recent)
    treatment = alarm.configuration.get("TreatMissingData") or "missing"
    if len(breaching) + (missing if treatment == "breaching" else 0) >= needed:
        return ALARM
    if missing == 0 or treatment in ("breaching", "notBreaching") or len(breaching) < len(recent):
        return OK
    if not recent:
        return INSUFFICIENT_DATA if treatment == "missing" else None
    # Only breaching data, and too few: they count where the oldest is as old as the datapoints to alarm.
    age = (end - breaching[0].time) // alarm.period
    return ALARM if treatment == "missing" and age >= needed else None


def _needed(alarm: Alarm) -> int:
    return int(alarm.configuration.get("DatapointsToAlarm") or alarm.configuration["EvaluationPeriods"])


def _reason(alarm: Alarm, value: str, recent: list[Datapoint]) -> str:
    periods, treatment = int(alarm.configuration["EvaluationPeriods"]), alarm.configuration.get("TreatMissingData")
    missing = periods - len(recent)
    plural = "s were" if missing != 1 else " was"
    if value == INSUFFICIENT_DATA:
        return f"Insufficient Data: {missing} datapoint{plural} unknown."
    treated = {"breaching": "Breaching", "notBreaching": "NonBreaching"}.get(treatment or "")
    filled = f"{missing} missing datapoint{plural} treated as [{treated}]"
    if not recent:
        return f"Threshold Crossed: no datapoints were received for {_counted(periods, 'period')} and {filled}."
    decisive = [point for point in recent if _breaches(alarm, point) == (value == ALARM)]
    words = COMPARISONS[alarm.configuration["ComparisonOperator"]][1]
    listed = ", ".join(f"{point.value} ({_moment(point.time):%d/%m/%y %H:%M:%S})" for point in reversed(decisive))
    needed = _needed(alarm) if value == ALARM else periods - _needed(alarm) + 1
    change = "OK -> ALARM" if value == ALARM else "ALARM -> OK"
    return (
        f"Threshold Crossed: {len(decisive)} out of the last {_counted(len(recent), 'datapoint')} [{listed}] "
        f"{'was' if len(decisive) == 1 else 'were'} {'' if value == ALARM else 'not '}{words} the threshold "
        f"({float(alarm.configuration['Threshold'])}) (minimum {_counted(needed, 'datapoint')} for {change} transition)"
        + (f" and {filled}." if missing and treated else ".")
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _data(alarm: Alarm, recent: list[Datapoint], start: int, now: float) -> str:
    asked = alarm.configuration
    points = [_evaluated(point) for point in reversed(recent)]
    data: dict[str, Any] = {
        "version": "1.0",
        "queryDate": timestamp(_moment(now)),
        "startDate": timestamp(_moment(recent[0].time if recent else start)),
        "unit": asked.get("Unit"),
        "statistic": asked.get("Statistic") or asked.get("ExtendedStatistic"),
        "period": alarm.period,
        "recentDatapoints": [point.value for point in recent],
        "threshold": float(asked["Threshold"]),
        "evaluatedDatapoints": points,
    }
    return json.dumps({name: each for name, each in data.items() if each is not None}, separators=(",", ":"))


def _evaluated(point: Datapoint) -> dict[str, Any]:
    told = {"timestamp": timestamp(_moment(point.time)), "sampleCount": point.count, "value": point.value}
    return {name: each for name, each in told.items() if each is not None}


def _moment(time: float) -> datetime:
    return datetime.fromtimestamp(time, UTC)
