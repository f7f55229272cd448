"""Embedded metric format: log messages that carry metrics.

The format is that of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import CloudWatchException

from emulator.services.cloudwatch import publication

_MARK = '"_aws"'
_DIMENSIONS, _METRICS = 30, 100


def publish(region: str, message: str) -> None:
    """Publish the metrics in a log message. One that is no valid document of this format carries none."""
    if _MARK not in message:
        return
    try:
        document = json.loads(message)
        found = list(_data(document))
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    for namespace, datum in found:
        try:
            publication.put(region, namespace, [datum])
        except CloudWatchException:  # a value or a unit that CloudWatch does not take
            continue


def _data(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    metadata = document["_aws"]
    when = datetime.fromtimestamp(int(metadata["Timestamp"]) / 1000, UTC)
    for directive in metadata["CloudWatchMetrics"]:
        for names in directive.get("Dimensions") or [[]]:
            if len(names) > _DIMENSIONS or not all(isinstance(document.get(name), str) for name in names):
                continue
            dimensions = [{"Name": name, "Value": document[name]} for name in names]
            for metric in directive["Metrics"][:_METRICS]:
                values = _values(document.get(metric["Name"]))
                if values:
                    datum = {"MetricName": metric["Name"], "Values": values, "Timestamp": when}
                    datum |= {"Dimensions": dimensions, "Unit": metric.get("Unit", "None")}
                    yield directive["Namespace"], {**datum, "StorageResolution": metric.get("StorageResolution", 60)}


def _values(value: Any) -> list[float]:
    several = value if isinstance(value, list) else [value]
    numbers = [float(each) for each in several if isinstance(each, int | float) and not isinstance(each, bool)]
    return numbers if len(numbers) == len(several) else []
