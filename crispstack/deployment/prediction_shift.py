"""How far a model's predictions are from what is expected of them, as an alarm of CloudWatch asks."""

from __future__ import annotations

from typing import Any

from crispstack.artifacts import Expectation
from crispstack.deployment.request_metrics import EXPECTED_VALUE, MODEL_VERSION, NAMESPACE, PREDICTION, PROJECT

ALARM = "release-predictions"
"""What the alarm's name ends with, after the project's."""
MINIMUM_REQUESTS = 50
"""In a minute; of fewer the mean says little."""


def queries(project: str, model_version: str, expected: Expectation | None) -> list[dict[str, Any]]:
    """The alarm's metrics: how far the mean of a minute is from what is expected, in standard deviations of a row.

    The larger of the distances of predictions and of values; 0 where requests are few, or nothing is expected.
    """
    expected = expected or Expectation(0.0, 0.0)
    dimensions = [{"Name": PROJECT, "Value": project}, {"Name": MODEL_VERSION, "Value": model_version}]

    def metric(key: str, metric_name: str, statistic: str) -> dict[str, Any]:
        about = {"Namespace": NAMESPACE, "MetricName": metric_name, "Dimensions": dimensions}
        return {"Id": key, "MetricStat": {"Metric": about, "Period": 60, "Stat": statistic}, "ReturnData": False}

    found = [metric("requests", PREDICTION, "SampleCount"), metric("prediction", PREDICTION, "Average")]
    distance = _distance("prediction", expected.prediction_mean, expected.prediction_deviation)
    if expected.value_deviation:
        found.append(metric("worth", EXPECTED_VALUE, "Average"))
        other = _distance("worth", expected.value_mean, expected.value_deviation)
        distance = f"IF({distance} > {other}, {distance}, {other})"
    shift = {"Id": "shift", "Expression": f"IF(requests >= {MINIMUM_REQUESTS}, {distance}, 0)"}
    return [{**shift, "Label": "Shift in standard deviations", "ReturnData": True}, *found]


def _distance(key: str, mean: float, deviation: float) -> str:
    return f"(ABS({key} - {_number(mean)}) / {_number(deviation)})" if deviation else f"(0 * {key})"


def _number(number: float) -> str:
    """Without an exponent, which metric math may not read."""
    return f"({number:.9f})"
