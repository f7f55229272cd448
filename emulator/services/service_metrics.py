"""The metrics that AWS's services publish about themselves, in namespaces that are AWS's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emulator import clock, settings
from emulator.services.cloudwatch import publication

_UNITS = {
    **dict.fromkeys(("Duration", "ExecutionTime", "Latency", "IntegrationLatency"), "Milliseconds"),
    **dict.fromkeys(("IncomingBytes", "DeliveryToS3.Bytes"), "Bytes"),
    "DeliveryToS3.DataFreshness": "Seconds",
}


def publish(namespace: str, dimensions: Sequence[Mapping[str, str]], values: Mapping[str, float]) -> None:
    """Publish values under each of several sets of dimensions.

    Args:
        namespace: for instance ``AWS/Lambda``.
        dimensions: the sets, each from name to value.
        values: by the metric's name: counts, milliseconds where the metric measures time, bytes where it measures size.
    """
    when = clock.now()
    data = [
        {
            "MetricName": name,
            "Value": value,
            "Unit": _UNITS.get(name, "Count"),
            "Dimensions": [{"Name": key, "Value": item} for key, item in several.items()],
            "Timestamp": when,
        }
        for several in dimensions
        for name, value in values.items()
    ]
    publication.put(settings.current().region, namespace, data)
