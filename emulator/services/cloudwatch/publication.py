"""What is published to CloudWatch: checked as PutMetricData does, then kept."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from time import time as machine_time
from typing import Any

from moto.cloudwatch import exceptions

from emulator import clock
from emulator.services.cloudwatch.metrics import STANDARD, Distribution, Metric, StatisticSet, store

_LARGEST = 2.0**360
_OLDEST, _NEWEST = 14 * 86_400, 2 * 3_600  # seconds between which a timestamp may lie


class MissingParameterError(exceptions.CloudWatchException):
    """A parameter that must be there is not."""

    code = "MissingParameter"


def seconds(moment: datetime) -> float:
    """Seconds since 1970 of a moment, which is in UTC where it has no time zone."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def put(region: str, namespace: str, data: Iterable[Mapping[str, Any]]) -> None:
    """Keep MetricData as PutMetricData takes it, after what CloudWatch checks.

    Raises:
        CloudWatchException: a datum is not valid; then nothing is kept.
    """
    read = [_datum(namespace, datum, f"MetricData.member.{index}") for index, datum in enumerate(data, start=1)]
    kept = store(region)
    for metric, time, samples, unit, resolution in read:
        kept.put(metric, time, samples, unit, resolution)


def _datum(namespace: str, datum: Mapping[str, Any], where: str) -> tuple[Metric, float, Distribution, str, int]:
    if not datum.get("MetricName"):
        raise MissingParameterError(f"The parameter {where}.MetricName is required.")
    dimensions = datum.get("Dimensions") or []
    if len(dimensions) > 30:
        raise exceptions.InvalidParameterValue(
            f"The collection {where}.Dimensions must not have a size greater than 30."
        )
    resolution = int(datum.get("StorageResolution") or STANDARD)
    if resolution not in (1, STANDARD):
        raise exceptions.InvalidParameterValue(
            f"The value {resolution} for parameter {where}.StorageResolution is invalid."
        )
    time = seconds(datum["Timestamp"]) if datum.get("Timestamp") else clock.seconds()
    if not any(-_OLDEST <= time - now <= _NEWEST for now in (clock.seconds(), machine_time())):
        raise exceptions.InvalidParameterValue(
            f"The parameter {where}.Timestamp must specify a time within the past two weeks, and no more than two "
            "hours in the future."
        )
    metric = Metric.of(namespace, datum["MetricName"], {each["Name"]: each["Value"] for each in dimensions})
    return metric, time, _samples(datum, where), str(datum.get("Unit") or "None"), resolution


def _samples(datum: Mapping[str, Any], where: str) -> Distribution:
    given = [name for name in ("Value", "Values", "StatisticValues") if datum.get(name) not in (None, [])]
    if len(given) > 1:
        raise exceptions.InvalidParameterCombination(
            f"The parameters {where}.{given[0]} and {where}.{given[1]} are mutually exclusive and you have specified "
            "both."
        )
    if not given:
        raise MissingParameterError(
            f"At least one of the parameters {where}.Value, {where}.Values or "
            f"{where}.StatisticValues must be specified."
        )
    if given == ["StatisticValues"]:
        return Distribution(sets=[_statistic_set(datum["StatisticValues"], f"{where}.StatisticValues")])
    values = [datum["Value"]] if given == ["Value"] else datum["Values"]
    counts = (datum.get("Counts") or [1.0] * len(values)) if given == ["Values"] else [1.0]
    if len(values) > 150:
        raise exceptions.InvalidParameterValue(f"The collection {where}.Values must not have a size greater than 150.")
    if len(counts) != len(values):
        raise exceptions.InvalidParameterValue(
            f"The parameters {where}.Values and {where}.Counts must be of the same size."
        )
    samples = Distribution()
    for value, count in zip(values, counts, strict=True):
        samples.add(_number(value, f"{where}.{given[0]}"), _number(count, f"{where}.Counts"))
    return samples


def _statistic_set(given: Mapping[str, Any], where: str) -> StatisticSet:
    names = ("SampleCount", "Sum", "Minimum", "Maximum")
    for name in names:
        if given.get(name) is None:
            raise MissingParameterError(f"The parameter {where}.{name} is required.")
    read = StatisticSet(*(_number(given[name], f"{where}.{name}") for name in names))
    if read.minimum > read.maximum or read.count <= 0:
        raise exceptions.InvalidParameterValue(f"The value of the parameter {where} is invalid.")
    return read


def _number(value: Any, where: str) -> float:
    number = float(value)
    if math.isnan(number) or abs(number) > _LARGEST:
        raise exceptions.InvalidParameterValue(f"The value {number} for parameter {where} is invalid.")
    return number
