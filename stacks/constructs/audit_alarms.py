"""What of the trail should not happen unnoticed: an alarm for each, with a runbook."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from crispstack.deployment.request_metrics import NAMESPACE
from stacks.constructs.watched_metrics import WatchedMetric, alarm
from stacks.environment import Environment


@dataclass(frozen=True)
class _Watched:
    """Records that match a filter pattern of CloudWatch Logs; `name` is the alarm's, and its runbook's."""

    name: str
    says: str
    pattern: str


_WATCHED = (
    _Watched(
        "denied-calls",
        "Somebody tried what no policy allows",
        '{ ($.errorCode = "AccessDenied*") || ($.errorCode = "*UnauthorizedOperation") }',
    ),
    _Watched(
        "trail-changes",
        "The trail was stopped, started, changed or deleted",
        '{ ($.eventSource = "cloudtrail.amazonaws.com") && (($.eventName = "StopLogging") || '
        '($.eventName = "StartLogging") || ($.eventName = "CreateTrail") || ($.eventName = "UpdateTrail") || '
        '($.eventName = "DeleteTrail") || ($.eventName = "PutEventSelectors")) }',
    ),
    _Watched(
        "key-deletions",
        "A key was disabled or is going to be deleted, and what it encrypts with it",
        '{ ($.eventSource = "kms.amazonaws.com") && (($.eventName = "DisableKey") || '
        '($.eventName = "ScheduleKeyDeletion")) }',
    ),
)


class AuditAlarms(Construct):
    """A metric of the environment and an alarm for each, which tell the topic."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        log_group: logs.LogGroup,
        topic: sns.Topic,
    ) -> None:
        super().__init__(scope, construct_id)
        for each in _WATCHED:
            name = "".join(word.capitalize() for word in each.name.split("-"))
            metric = logs.MetricFilter(
                self,
                f"{name}Filter",
                log_group=log_group,
                filter_pattern=logs.FilterPattern.literal(each.pattern),
                metric_namespace=NAMESPACE,
                metric_name=f"{environment.prefix}-{each.name}",
                metric_value="1",
            ).metric(statistic="Sum", period=Duration.minutes(5))
            watched = WatchedMetric(each.name, each.says, metric, 0)
            alarm(self, environment.prefix, watched).add_alarm_action(actions.SnsAction(topic))
