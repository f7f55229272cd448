"""The metrics that Lambda publishes about each invocation, in the namespace AWS/Lambda."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from moto.cloudwatch.models import cloudwatch_backends

from emulator import settings

_UNITS = {"Duration": "Milliseconds"}


def publish(dimensions: Mapping[str, str], values: Mapping[str, float]) -> None:
    """Publish values of metrics for the function as a whole and, where there are more dimensions, for those too.

    Args:
        dimensions: ``FunctionName`` first, then what narrows it down (``Resource``, ``ExecutedVersion``).
        values: by the metric's name: counts, or ``Duration`` in milliseconds.
    """
    here = settings.current()
    whole = [{"Name": "FunctionName", "Value": dimensions["FunctionName"]}]
    narrowed = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    when = datetime.now(UTC)
    # Only AWS may write to a namespace of its own, so this is no call of the API.
    cloudwatch_backends[here.account][here.region].put_metric_data(
        "AWS/Lambda",
        [
            {
                "MetricName": name,
                "Value": value,
                "Unit": _UNITS.get(name, "Count"),
                "Dimensions": several,
                "Timestamp": when,
            }
            for several in ([whole, narrowed] if narrowed != whole else [whole])
            for name, value in values.items()
        ],
    )
