"""What must not go unnoticed of a project: an alarm for each, with a runbook, and one topic that all of them reach."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from crispstack.charter import Charter
from stacks.constructs.attention_topic import attention_topic
from stacks.constructs.watched_metrics import FIVE_MINUTES, WatchedMetric, alarm, project_metric
from stacks.environment import Environment
from stacks.storage import Storage

_REFUSED_PERCENT = 20.0
_LEAST_REQUESTS = 20
"""Of so few requests, a refused one says nothing."""


class Alarms(Construct):
    """An alarm for each, a composite alarm that is in alarm while any of them or `more` is, and the topic it tells."""

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
        more: Mapping[str, cloudwatch.Alarm],
    ) -> None:
        super().__init__(scope, construct_id)
        self._prefix = f"{environment.prefix}-{charter.name}"
        watched = [*_of_requests(charter, predict), *(_of_drift(charter, look) if look else ())]
        self.alarms = {each.name: alarm(self, self._prefix, each) for each in watched} | {**more}
        topic = attention_topic(self, "Topic", name=f"{self._prefix}-attention", key=storage.key)
        self.attention = cloudwatch.CompositeAlarm(
            self,
            "Attention",
            composite_alarm_name=f"{self._prefix}-attention",
            alarm_description=f"Something of {charter.name} needs a person; the alarm behind it names its runbook",
            alarm_rule=cloudwatch.AlarmRule.any_of(
                *(cloudwatch.AlarmRule.from_alarm(each, cloudwatch.AlarmState.ALARM) for each in self.alarms.values())
            ),
        )
        self.attention.add_alarm_action(actions.SnsAction(topic))
        self.attention.add_ok_action(actions.SnsAction(topic))
        CfnOutput(Stack.of(self), "AttentionTopic", value=topic.topic_arn)


def _of_requests(charter: Charter, predict: lambda_.IFunction) -> list[WatchedMetric]:
    refused = cloudwatch.MathExpression(
        expression=f"IF(requests >= {_LEAST_REQUESTS}, 100 * refused / requests, 0)",
        label="Refused requests in percent",
        period=FIVE_MINUTES,
        using_metrics={name.lower(): project_metric(charter, name) for name in ("Requests", "Refused")},
    )
    slowest = charter.acceptance.maximum_latency_ms
    found = [
        WatchedMetric("faults", "Requests were answered with a fault of ours", project_metric(charter, "Faults"), 0),
        WatchedMetric(
            "crashes",
            "The prediction function ended without an answer",
            predict.metric_errors(period=FIVE_MINUTES),
            0,
        ),
        WatchedMetric(
            "throttles",
            "Requests found no room: the function's concurrency is used up",
            predict.metric_throttles(period=FIVE_MINUTES),
            0,
        ),
        WatchedMetric(
            "latency",
            f"One request in a hundred takes longer than the {slowest:g} ms of the charter",
            project_metric(charter, "Latency", "p99"),
            slowest,
            3,
        ),
        WatchedMetric("refused", "Callers send what the model does not take", refused, _REFUSED_PERCENT, 2),
    ]
    if charter.monitoring.capture:
        lost = project_metric(charter, "CaptureFailures")
        found.append(WatchedMetric("capture", "Predictions were answered and are not kept", lost, 0))
    return found


def _of_drift(charter: Charter, look: lambda_.IFunction) -> list[WatchedMetric]:
    # As long as the looks are apart, so that one that found nothing ends the alarm; an alarm looks back a day at most.
    hours = Duration.hours(min(charter.monitoring.every_hours, 24))
    drift, failed = project_metric(charter, "Drift", "Maximum", hours), look.metric_errors(period=hours)
    return [
        WatchedMetric("drift", "What is predicted now is not what the model was trained on", drift, 0),
        WatchedMetric("drift-check", "Nobody looks for drift: the function failed", failed, 0),
    ]
