"""Metrics in log lines, in CloudWatch's embedded metric format: published from the log, so that no request waits.

The format is that of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crispstack.deployment.release import GOLDEN_REQUEST

NAMESPACE = "crispstack"
PROJECT, MODEL_VERSION = "Project", "ModelVersion"
"""Dimensions: metrics of requests are of the project, and of the version of the model that answered."""
PREDICTION, EXPECTED_VALUE = "Prediction", "ExpectedValue"
"""Means over the rows of a request: one of many rows weighs no more than one of a single row."""
_OF_REQUESTS = {
    "Requests": "Count",
    "Refused": "Count",
    "Faults": "Count",
    "Rows": "Count",
    "Acted": "Count",
    "TotalExpectedValue": "None",
    "Latency": "Milliseconds",
}
_OF_ROWS = {PREDICTION: "None", EXPECTED_VALUE: "None"}
Lines = Sequence[Mapping[str, Any]]


def with_metrics(
    project: str, log: Callable[[Lines], None], clock: Callable[[], dt.datetime]
) -> Callable[[Lines], None]:
    """A log whose lines about requests carry their metrics: of the project, and of the version that answered."""

    def write(lines: Lines) -> None:
        now = clock()
        # Nobody asked the golden rows of a release.
        golden = [str(line["request_id"]).startswith(GOLDEN_REQUEST) for line in lines]
        log([line if skip else _of_request(project, line, now) for line, skip in zip(lines, golden, strict=True)])

    return write


def capture_failure(project: str, rows: int, why: str, now: dt.datetime) -> dict[str, Any]:
    """A line about rows that were predicted and are not kept."""
    found = {
        "level": "WARN",
        "message": "predictions are not kept",
        "why": why,
        PROJECT: project,
        "CaptureFailures": rows,
    }
    return {**found, "_aws": directive(now, [[PROJECT]], {"CaptureFailures": "Count"})}


def _of_request(project: str, line: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    status, rows, asked = line["status"], line["rows"], dict(_OF_REQUESTS)
    values = {
        PROJECT: project,
        MODEL_VERSION: line["model_version"] or "none",
        "Requests": 1,
        "Refused": int(400 <= status < 500),
        "Faults": int(status >= 500),
        "Rows": rows,
        "Acted": line["acted"],
        "TotalExpectedValue": line["expected_value"],
        "Latency": line["milliseconds"],
    }
    if rows:
        asked |= _OF_ROWS
        values |= {PREDICTION: line["prediction"], EXPECTED_VALUE: line["expected_value"] / rows}
    return {**line, **values, "_aws": directive(now, [[PROJECT], [PROJECT, MODEL_VERSION]], asked)}


def directive(now: dt.datetime, dimensions: Sequence[Sequence[str]], metrics: Mapping[str, str]) -> dict[str, Any]:
    """What makes metrics of a line's fields: the names of metrics, with their units, and those of dimensions."""
    asked = [{"Name": name, "Unit": unit} for name, unit in metrics.items()]
    return {
        "Timestamp": int(now.timestamp() * 1000),
        "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": asked}],
    }
