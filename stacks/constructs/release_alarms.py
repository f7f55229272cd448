"""What takes a release back: each minute's failures, slowest answers and predictions, whichever version answers."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from crispstack.charter import Charter
from crispstack.deployment.prediction_shift import ALARM, queries
from crispstack.deployment.request_metrics import PREDICTION
from crispstack.settings import LIVE, NO_MODEL
from stacks.constructs.watched_metrics import WatchedMetric, alarm, project_metric
from stacks.environment import Environment

_MINUTE = Duration.minutes(1)


class ReleaseAlarms(Construct):
    """Alarms on what the live alias of a `function` answers, by their names."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        charter: Charter,
        function: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self._charter, self._steps = charter, environment.release
        self._of_alias = {"FunctionName": function, "Resource": f"{function}:{LIVE}"}
        watched = [self._errors(), self._latency(), self._predictions()]
        self.alarms = {each.name: alarm(self, f"{environment.prefix}-{charter.name}", each) for each in watched}
        predictions = self.alarms[ALARM].node.default_child
        assert isinstance(predictions, cloudwatch.CfnAlarm)  # noqa: S101 (narrows the type for the next line)
        predictions.add_property_override("Metrics", queries(charter.name, NO_MODEL, None))

    def _errors(self) -> WatchedMetric:
        """Of all requests, those that no answer came of, and those that were answered with a fault of ours."""
        failed = cloudwatch.MathExpression(
            expression="100 * (errors + FILL(faults, 0)) / (errors + FILL(requests, 0))",
            label="Failed requests in percent",
            period=_MINUTE,
            using_metrics={
                "errors": self._metric("Errors", "Sum"),
                "faults": project_metric(self._charter, "Faults", period=_MINUTE),
                "requests": project_metric(self._charter, "Requests", period=_MINUTE),
            },
        )
        limit = self._steps.error_percent
        return WatchedMetric("release-errors", f"More than {limit:g}% of a minute's requests fail", failed, limit)

    def _latency(self) -> WatchedMetric:
        limit, slow = self._steps.p99_milliseconds, self._metric("Duration", "p99")
        return WatchedMetric(
            "release-latency", f"One of a minute's requests in a hundred takes longer than {limit} ms", slow, limit
        )

    def _predictions(self) -> WatchedMetric:
        """Which model it watches, and what is expected of it, is told at each release."""
        prediction = project_metric(self._charter, PREDICTION, "Average", _MINUTE)
        told = cloudwatch.MathExpression(
            expression="prediction", using_metrics={"prediction": prediction}, period=_MINUTE
        )
        return WatchedMetric(ALARM, "The model says other than on rows held out", told, self._steps.shift_deviations)

    def _metric(self, name: str, statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/Lambda",
            metric_name=name,
            dimensions_map=self._of_alias,
            statistic=statistic,
            period=_MINUTE,
        )
