"""The project's dashboard: what the model is worth, whether it answers, and whether it is still the right one."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from crispstack.aws import prices
from crispstack.charter import Charter
from stacks.constructs.alarms import Alarms
from stacks.constructs.watched_metrics import FIVE_MINUTES, project_metric
from stacks.environment import Environment

_WHOLE, _HALF, _THIRD = 24, 12, 8
_DAY = Duration.days(1)


class Dashboard(Construct):
    """A week at a glance, the business first."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        charter: Charter,
        alarms: Alarms,
        predict: lambda_.IFunction,
        predict_log: str,
        memory_mib: int,
    ) -> None:
        super().__init__(scope, construct_id)
        self._charter = charter
        rows: list[list[cloudwatch.IWidget]] = [
            [_heading(charter)],
            [_alarms(alarms)],
            [self._value(), self._decisions()],
            [self._requests(), self._latency(), self._function(predict)],
            [self._cost(predict, memory_mib), _versions(predict_log)],
        ]
        if charter.monitoring.capture:
            rows.insert(4, [self._drift(), self._shift(), self._kept()])
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=f"{environment.prefix}-{charter.name}",
            default_interval=Duration.days(7),
            widgets=rows,
        )

    def _value(self) -> cloudwatch.GraphWidget:
        currency = self._charter.money.currency
        return cloudwatch.GraphWidget(
            title=f"Expected value of a day's decisions ({currency})",
            left=[self._metric("TotalExpectedValue", "expected value", period=_DAY)],
            left_y_axis=cloudwatch.YAxisProps(label=currency, show_units=False),
            width=_HALF,
        )

    def _decisions(self) -> cloudwatch.GraphWidget:
        acted = f"decided: {self._charter.action}"
        return cloudwatch.GraphWidget(
            title="Rows predicted, and decisions, a day",
            left=[self._metric("Rows", "rows", period=_DAY), self._metric("Acted", acted, period=_DAY)],
            left_y_axis=_counts(),
            width=_HALF,
        )

    def _requests(self) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title="Requests in five minutes",
            left=[
                self._metric("Requests", "requests"),
                self._metric("Refused", "refused"),
                self._metric("Faults", "faults"),
            ],
            left_y_axis=_counts(),
            width=_THIRD,
        )

    def _latency(self) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title="Latency of the service (ms)",
            left=[self._metric("Latency", each, each) for each in ("p50", "p90", "p99")],
            left_y_axis=cloudwatch.YAxisProps(min=0, label="ms", show_units=False),
            left_annotations=[
                cloudwatch.HorizontalAnnotation(
                    value=self._charter.acceptance.maximum_latency_ms, label="the charter's limit"
                )
            ],
            width=_THIRD,
        )

    def _function(self, predict: lambda_.IFunction) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title="The function",
            left=[
                predict.metric_invocations(label="invocations", period=FIVE_MINUTES),
                predict.metric_errors(label="crashes", period=FIVE_MINUTES),
                predict.metric_throttles(label="throttles", period=FIVE_MINUTES),
            ],
            left_y_axis=_counts(),
            width=_THIRD,
        )

    def _cost(self, predict: lambda_.IFunction, memory_mib: int) -> cloudwatch.GraphWidget:
        """Of the function and the API alone: what is kept and logged is not in it."""
        second, request = memory_mib / 1024 * prices.LAMBDA_GIB_SECOND, prices.LAMBDA_REQUEST + prices.HTTP_API_REQUEST
        cost = cloudwatch.MathExpression(
            expression=f"1000 * (milliseconds / 1000 * {second:.10f} + requests * {request:.10f}) / rows",
            label="USD",
            period=_DAY,
            using_metrics={
                "milliseconds": predict.metric_duration(statistic="Sum", period=_DAY),
                "requests": predict.metric_invocations(period=_DAY),
                "rows": self._metric("Rows", "rows", period=_DAY),
            },
        )
        return cloudwatch.GraphWidget(
            title="What a thousand predictions cost a day (USD, list prices of 2025)",
            left=[cost],
            left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
            width=_THIRD,
        )

    def _drift(self) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title="Drift: population stability index",
            left=[
                self._metric("LargestStabilityIndex", "of the input that drifts most", "Maximum", _DAY),
                self._metric("PredictionStabilityIndex", "of the predictions", "Maximum", _DAY),
            ],
            left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
            left_annotations=[
                cloudwatch.HorizontalAnnotation(value=0.1, label="worth a look"),
                cloudwatch.HorizontalAnnotation(value=0.25, label="large"),
            ],
            width=_THIRD,
        )

    def _shift(self) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title="Drift: columns, and the predictions' mean",
            left=[self._metric("DriftedColumns", "inputs that drifted", "Maximum", _DAY)],
            right=[self._metric("PredictionShift", "mean, in standard deviations", "Maximum", _DAY)],
            left_y_axis=_counts(),
            right_y_axis=cloudwatch.YAxisProps(show_units=False),
            width=_THIRD,
        )

    def _kept(self) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title="Rows that drift was looked for in, and rows lost",
            left=[
                self._metric("DriftRows", "rows of the window", "Maximum", _DAY),
                self._metric("CaptureFailures", "rows not kept", period=_DAY),
            ],
            left_y_axis=_counts(),
            width=_THIRD,
        )

    def _metric(
        self, name: str, label: str, statistic: str = "Sum", period: Duration = FIVE_MINUTES
    ) -> cloudwatch.IMetric:
        return project_metric(self._charter, name, statistic, period).with_(label=label)


def _heading(charter: Charter) -> cloudwatch.TextWidget:
    lines = [
        f"# {charter.name}",
        charter.question,
        "",
        f"Owner: {charter.owner}. When an alarm fires, its description names its runbook.",
    ]
    return cloudwatch.TextWidget(markdown="\n".join(lines), width=_WHOLE, height=2)


def _alarms(alarms: Alarms) -> cloudwatch.AlarmStatusWidget:
    watched = [*alarms.alarms.values(), alarms.attention]
    return cloudwatch.AlarmStatusWidget(title="Alarms", alarms=watched, width=_WHOLE, height=5)


def _versions(log: str) -> cloudwatch.LogQueryWidget:
    return cloudwatch.LogQueryWidget(
        title="Versions and their traffic",
        log_group_names=[log],
        query_lines=[
            "filter ispresent(model_version) and status = 200",
            "stats count(*) as requests, sum(Rows) as predicted_rows, avg(milliseconds) as mean_ms, "
            "sum(TotalExpectedValue) as expected_value by model_version",
            "sort requests desc",
        ],
        view=cloudwatch.LogQueryVisualizationType.TABLE,
        width=_WHOLE - _THIRD,
        height=6,
    )


def _counts() -> cloudwatch.YAxisProps:
    return cloudwatch.YAxisProps(min=0, show_units=False)
