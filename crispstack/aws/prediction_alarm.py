"""The alarm on what a model says: made by the stack, and told at each release which model to watch, and by what."""

from __future__ import annotations

from crispstack.artifacts import ModelPackage
from crispstack.aws.champion import client
from crispstack.deployment.prediction_shift import queries

_KEPT = (
    "AlarmName",
    "AlarmDescription",
    "ActionsEnabled",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
)


def watch(alarm_name: str, project: str, package: ModelPackage) -> None:
    """Have the alarm watch the predictions of this model; its threshold and all else stay as the stack made them."""
    cloudwatch = client("cloudwatch")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[alarm_name])["MetricAlarms"]
    wanted = queries(project, package.model_version, package.expected)
    cloudwatch.put_metric_alarm(**{key: alarm[key] for key in _KEPT if key in alarm}, Metrics=wanted)
