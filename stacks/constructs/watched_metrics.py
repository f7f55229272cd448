"""A metric that must not go unnoticed, and its alarm, which has a runbook of its name."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from crispstack.charter import Charter
from crispstack.deployment.request_metrics import NAMESPACE, PROJECT

RUNBOOKS = "docs/runbooks"
FIVE_MINUTES = Duration.minutes(5)


@dataclass(frozen=True)
class WatchedMetric:
    """A metric that alarms above a value in each of the last `periods`; `name` is that of its runbook, too."""

    name: str
    says: str
    metric: cloudwatch.IMetric
    above: float
    periods: int = 1


def alarm(scope: Construct, prefix: str, watched: WatchedMetric) -> cloudwatch.Alarm:
    """The alarm on this metric; its name begins with `prefix`, as those of an environment or of a project do."""
    return cloudwatch.Alarm(
        scope,
        "".join(word.capitalize() for word in watched.name.split("-")),
        alarm_name=f"{prefix}-{watched.name}",
        alarm_description=f"{watched.says}. What to do: {RUNBOOKS}/{watched.name}.md",
        metric=watched.metric,
        threshold=watched.above,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluation_periods=watched.periods,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )


def project_metric(
    charter: Charter, name: str, statistic: str = "Sum", period: Duration = FIVE_MINUTES
) -> cloudwatch.Metric:
    """A metric that the project's log lines carry."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={PROJECT: charter.name},
        statistic=statistic,
        period=period,
    )
