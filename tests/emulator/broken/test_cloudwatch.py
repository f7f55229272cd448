"""What CloudWatch and CloudWatch Logs refuse, with AWS's error codes, and the same once it is mended."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients, clock

pytestmark = pytest.mark.usefixtures("emulator")

ACCOUNT, REGION = "123456789012", "us-east-1"
ALARM = {
    "AlarmName": "broken-alarm",
    "Namespace": "Broken",
    "MetricName": "errors",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 3,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
}
DATUM = {"MetricName": "errors", "Value": 1.0}
STAT = {"Metric": {"Namespace": "Broken", "MetricName": "errors"}, "Period": 60, "Stat": "Sum"}
QUERY = {"Id": "m1", "MetricStat": STAT}
TRANSFORMATION = {"metricName": "errors", "metricNamespace": "Broken", "metricValue": "1"}
FILTER = {
    "logGroupName": "broken-logs",
    "filterName": "errors",
    "filterPattern": "{ $.level = ERROR }",
    "metricTransformations": [TRANSFORMATION],
}


@dataclass(frozen=True)
class Broken:
    """A request that works, `broken` in one place: the code and a part of the message that AWS answers."""

    name: str
    service: str
    operation: str
    request: dict[str, Any]
    broken: dict[str, Any]
    code: str
    message: str
    without: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        return self.name


def _times() -> dict[str, Any]:
    now = clock.now()
    return {"StartTime": now.replace(year=now.year - 1), "EndTime": now}


def _recent() -> dict[str, Any]:
    now = clock.now()
    return {"StartTime": now.replace(minute=0, second=0), "EndTime": now}


def dashboard(*widgets: Any) -> str:
    return json.dumps({"widgets": list(widgets)})


def with_expression(text: str) -> dict[str, Any]:
    return {"MetricDataQueries": [{**QUERY, "ReturnData": False}, {"Id": "e1", "Expression": text}]}


_PUT = {"Namespace": "Broken", "MetricData": [DATUM]}
_CASES = [
    Broken(
        "a namespace of AWS's",
        "cloudwatch",
        "put_metric_data",
        _PUT,
        {"Namespace": "AWS/Broken"},
        "InvalidParameterValue",
        "The value AWS/ for parameter Namespace is invalid.",
    ),
    Broken(
        "no number",
        "cloudwatch",
        "put_metric_data",
        _PUT,
        {"MetricData": [{**DATUM, "Value": math.nan}]},
        "InvalidParameterValue",
        "MetricData.member.1.Value is invalid",
    ),
    Broken(
        "a time long gone",
        "cloudwatch",
        "put_metric_data",
        _PUT,
        {"MetricData": [{**DATUM, "Timestamp": 0}]},
        "InvalidParameterValue",
        "must specify a time within the past two weeks",
    ),
    Broken(
        "values and counts of different lengths",
        "cloudwatch",
        "put_metric_data",
        _PUT,
        {"MetricData": [{"MetricName": "errors", "Values": [1.0, 2.0], "Counts": [1.0]}]},
        "InvalidParameterValue",
        "must be of the same size",
    ),
    Broken(
        "an expression with a typing error",
        "cloudwatch",
        "get_metric_data",
        with_expression("m1 * 2"),
        with_expression("m1 * * 2"),
        "ValidationError",
        "Error in expression 'e1'",
    ),
    Broken(
        "an expression of an unknown metric",
        "cloudwatch",
        "get_metric_data",
        with_expression("FILL(m1, 0)"),
        with_expression("FILL(m2, 0)"),
        "ValidationError",
        "Unresolved symbol: m2",
    ),
    Broken(
        "a statistic that does not exist",
        "cloudwatch",
        "put_metric_alarm",
        {**{key: value for key, value in ALARM.items() if key != "Statistic"}, "ExtendedStatistic": "p99"},
        {"ExtendedStatistic": "p101"},
        "InvalidParameterValue",
        "ExtendedStatistic is not supported",
    ),
    Broken(
        "more datapoints to alarm than periods",
        "cloudwatch",
        "put_metric_alarm",
        {**ALARM, "DatapointsToAlarm": 3},
        {"DatapointsToAlarm": 4},
        "ValidationError",
        "DatapointsToAlarm",
    ),
    Broken(
        "more than a day",
        "cloudwatch",
        "put_metric_alarm",
        ALARM,
        {"EvaluationPeriods": 1441},
        "ValidationError",
        "Metrics cannot be checked across more than a day",
    ),
    Broken(
        "a treatment of missing data that does not exist",
        "cloudwatch",
        "put_metric_alarm",
        {**ALARM, "TreatMissingData": "ignore"},
        {"TreatMissingData": "forget"},
        "ValidationError",
        "Option forget is not supported",
    ),
    Broken(
        "a topic of another region",
        "cloudwatch",
        "put_metric_alarm",
        {**ALARM, "AlarmActions": [f"arn:aws:sns:{REGION}:{ACCOUNT}:broken"]},
        {"AlarmActions": [f"arn:aws:sns:eu-west-1:{ACCOUNT}:broken"]},
        "ValidationError",
        "Only us-east-1 is supported",
    ),
    Broken(
        "a composite alarm of an alarm that does not exist",
        "cloudwatch",
        "put_composite_alarm",
        {"AlarmName": "broken-composite", "AlarmRule": "ALARM(broken-child)"},
        {"AlarmRule": "ALARM(broken-chidl)"},
        "ValidationError",
        "[broken-chidl] in the alarm rule do not exist",
    ),
    Broken(
        "a composite alarm of itself",
        "cloudwatch",
        "put_composite_alarm",
        {"AlarmName": "broken-composite", "AlarmRule": "ALARM(broken-child)"},
        {"AlarmRule": "ALARM(broken-child) OR OK(broken-composite)"},
        "ValidationError",
        "cyclic dependency",
    ),
    Broken(
        "the state of an alarm that does not exist",
        "cloudwatch",
        "set_alarm_state",
        {"AlarmName": "broken-child", "StateValue": "OK", "StateReason": "a test"},
        {"AlarmName": "broken-absent"},
        "ResourceNotFound",
        "broken-absent",
    ),
    Broken(
        "a dashboard that is no JSON",
        "cloudwatch",
        "put_dashboard",
        {"DashboardName": "broken", "DashboardBody": dashboard()},
        {"DashboardBody": "{"},
        "InvalidParameterInput",
        "must be a valid JSON object",
    ),
    Broken(
        "a widget that is too wide",
        "cloudwatch",
        "put_dashboard",
        {
            "DashboardName": "broken",
            "DashboardBody": dashboard({"type": "text", "width": 24, "properties": {"markdown": ""}}),
        },
        {"DashboardBody": dashboard({"type": "text", "width": 25, "properties": {"markdown": ""}})},
        "InvalidParameterInput",
        '"dataPath": "/widgets/0/width"',
    ),
    Broken(
        "a filter pattern without its end",
        "logs",
        "put_metric_filter",
        FILTER,
        {"filterPattern": "{ $.level = ERROR"},
        "InvalidParameterException",
        "Invalid filter pattern",
    ),
    Broken(
        "a default beside dimensions",
        "logs",
        "put_metric_filter",
        FILTER,
        {"metricTransformations": [{**TRANSFORMATION, "defaultValue": 0, "dimensions": {"a": "$.a"}}]},
        "InvalidParameterException",
        "mutually exclusive",
    ),
    Broken(
        "a filter of a group that does not exist",
        "logs",
        "put_metric_filter",
        FILTER,
        {"logGroupName": "broken-absent"},
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    ),
    Broken(
        "a term with a sign that needs quotes",
        "logs",
        "filter_log_events",
        {"logGroupName": "broken-logs", "filterPattern": '"user-1"'},
        {"filterPattern": "user-1"},
        "InvalidParameterException",
        "Invalid character(s) in term 'user-1'",
    ),
]


@pytest.fixture(scope="module", autouse=True)
def _before(emulator: Any) -> None:
    assert emulator.port
    clients.client("cloudwatch").put_metric_alarm(**{**ALARM, "AlarmName": "broken-child"})
    clients.client("logs").create_log_group(logGroupName="broken-logs")


def _times_of(case: Broken) -> dict[str, Any]:
    return _recent() if case.operation == "get_metric_data" else {}


@pytest.mark.parametrize("case", _CASES, ids=str)
def test_it_fails_with_aws_s_error_and_works_when_it_is_mended(case: Broken) -> None:
    call: Callable[..., Any] = getattr(clients.client(case.service), case.operation)
    with pytest.raises(ClientError) as raised:
        call(**{**case.request, **case.broken, **_times_of(case)})
    error = raised.value.response["Error"]
    assert error["Code"] == case.code
    assert case.message in error["Message"]
    call(**case.request, **_times_of(case))


def test_more_datapoints_than_a_request_may_ask_for() -> None:
    cloudwatch = clients.client("cloudwatch")
    asked = {"Namespace": "Broken", "MetricName": "errors", "Statistics": ["Sum"], **_times()}
    with pytest.raises(ClientError, match="exceeds the limit of 1,440") as raised:
        cloudwatch.get_metric_statistics(**asked, Period=60)
    assert raised.value.response["Error"]["Code"] == "InvalidParameterCombination"
    assert cloudwatch.get_metric_statistics(**asked, Period=86_400)["Label"] == "errors"


def _summary(name: str) -> str:
    cloudwatch = clients.client("cloudwatch")
    for value in ("OK", "ALARM"):
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=value, StateReason="a test")
    items = cloudwatch.describe_alarm_history(AlarmName=name, HistoryItemType="Action")["AlarmHistoryItems"]
    return str(items[0]["HistorySummary"])


def test_a_topic_whose_policy_or_key_does_not_let_cloudwatch_in() -> None:
    sns, kms = clients.client("sns"), clients.client("kms")
    topic = sns.create_topic(Name="broken-closed")["TopicArn"]
    allow = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic}

    def set_policy(service: str) -> None:
        statement = {**allow, "Principal": {"Service": f"{service}.amazonaws.com"}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document)

    set_policy("s3")
    clients.client("cloudwatch").put_metric_alarm(**{**ALARM, "AlarmName": "broken-closed", "AlarmActions": [topic]})
    assert "is not authorized to perform: sns:Publish on resource" in _summary("broken-closed")
    set_policy("cloudwatch")
    assert _summary("broken-closed") == f"Successfully executed action {topic}"
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=key)
    assert "does not have authorization to access the SNS topic encryption key" in _summary("broken-closed")
    use = {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*"}
    root = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    service = {**use, "Principal": {"Service": "cloudwatch.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [root, service]})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document)
    assert _summary("broken-closed") == f"Successfully executed action {topic}"


def test_a_subscription_to_a_function_that_logs_may_not_invoke() -> None:
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:broken-absent"
    asked = {"logGroupName": "broken-logs", "filterName": "all", "filterPattern": ""}
    with pytest.raises(ClientError, match="Could not execute the lambda function") as raised:
        clients.client("logs").put_subscription_filter(**asked, destinationArn=function)
    assert raised.value.response["Error"]["Code"] == "InvalidParameterException"
    stream = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/broken"
    with pytest.raises(ClientError, match="subscription filters to kinesis are not supported by this emulator"):
        clients.client("logs").put_subscription_filter(**asked, destinationArn=stream)
