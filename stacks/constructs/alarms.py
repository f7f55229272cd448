"""What must not go unnoticed of a project: an alarm for each, with a runbook, and one topic that all of them reach."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from crispstack.charter import Charter
from crispstack.deployment.request_metrics import NAMESPACE, PROJECT
from stacks.constructs.attention_topic import attention_topic
from stacks.environment import Environment
from stacks.storage import Storage

RUNBOOKS = "docs/runbooks"
_FIVE_MINUTES = Duration.minutes(5)
_REFUSED_PERCENT = 20.0
_LEAST_REQUESTS = 20
"""Of so few requests, a refused one says nothing."""


@dataclass(frozen=True)
class _Watched:
    """A metric that alarms above a value in each of the last `periods`; `name` is that of its runbook, too."""

    name: str
    says: str
    metric: cloudwatch.IMetric
    above: float
    periods: int = 1


class Alarms(Construct):
    """An alarm for each, a composite alarm that is in alarm while any of them is, and the topic that it tells."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        charter: Charter,
        storage: Storage,
        predict: lambda_.IFunction,
        look: lambda_.IFunction | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._prefix = f"{environment.prefix}-{charter.name}"
        self.alarms = {each.name: self._alarm(each) for each in _of_requests(charter, predict)}
        if look:
            self.alarms |= {each.name: self._alarm(each) for each in _of_drift(charter, look)}
        topic = attention_topic(self, "Topic", name=f"{self._prefix}-attention", key=storage.key)
        self.attention = cloudwatch.CompositeAlarm(
            self,
            "Attention",
            composite_alarm_name=f"{self._prefix}-attention",
            alarm_description=f"Something of {charter.name} needs a person; the alarm behind it names its runbook",
            alarm_rule=cloudwatch.AlarmRule.any_of(
                *(cloudwatch.AlarmRule.from_alarm(alarm, cloudwatch.AlarmState.ALARM) for alarm in self.alarms.values())
            ),
        )
        self.attention.add_alarm_action(actions.SnsAction(topic))
        self.attention.add_ok_action(actions.SnsAction(topic))
        CfnOutput(Stack.of(self), "AttentionTopic", value=topic.topic_arn)

    def _alarm(self, watched: _Watched) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            "".join(word.capitalize() for word in watched.name.split("-")),
            alarm_name=f"{self._prefix}-{watched.name}",
            alarm_description=f"{watched.says}. What to do: {RUNBOOKS}/{watched.name}.md",
            metric=watched.metric,
            threshold=watched.above,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=watched.periods,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


def project_metric(
    charter: Charter, name: str, statistic: str = "Sum", period: Duration | None = None
) -> cloudwatch.Metric:
    """A metric that the project's log lines carry."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={PROJECT: charter.name},
        statistic=statistic,
        period=period or _FIVE_MINUTES,
    )


def _of_requests(charter: Charter, predict: lambda_.IFunction) -> list[_Watched]:
    refused = cloudwatch.MathExpression(
        expression=f"IF(requests >= {_LEAST_REQUESTS}, 100 * refused / requests, 0)",
        label="Refused requests in percent",
        period=_FIVE_MINUTES,
        using_metrics={name.lower(): project_metric(charter, name) for name in ("Requests", "Refused")},
    )
    slowest = charter.acceptance.maximum_latency_ms
    found = [
        _Watched("faults", "Requests were answered with a fault of ours", project_metric(charter, "Faults"), 0),
        _Watched(
            "crashes",
            "The prediction function ended without an answer",
            predict.metric_errors(period=_FIVE_MINUTES),
            0,
        ),
        _Watched(
            "throttles",
            "Requests found no room: the function's concurrency is used up",
            predict.metric_throttles(period=_FIVE_MINUTES),
            0,
        ),
        _Watched(
            "latency",
            f"One request in a hundred takes longer than the {slowest:g} ms of the charter",
            project_metric(charter, "Milliseconds", "p99"),
            slowest,
            3,
        ),
        _Watched("refused", "Callers send what the model does not take", refused, _REFUSED_PERCENT, 2),
    ]
    if charter.monitoring.capture:
        lost = project_metric(charter, "CaptureFailures")
        found.append(_Watched("capture", "Predictions were answered and are not kept", lost, 0))
    return found


def _of_drift(charter: Charter, look: lambda_.IFunction) -> list[_Watched]:
    # As long as the looks are apart, so that one that found nothing ends the alarm; an alarm looks back a day at most.
    hours = Duration.hours(min(charter.monitoring.every_hours, 24))
    return [
        _Watched(
            "drift",
            "What is predicted now is not what the model was trained on",
            project_metric(charter, "Drift", "Maximum", hours),
            0,
        ),
        _Watched("drift-check", "Nobody looks for drift: the function failed", look.metric_errors(period=hours), 0),
    ]
