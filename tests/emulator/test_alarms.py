"""CloudWatch alarms are evaluated as the clock passes, say why as AWS does, and act on every change of state."""

from __future__ import annotations

import functools
import io
import json
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emulator import clients, clock
from emulator.services.cloudwatch import alarm_evaluation, alarm_rules
from emulator.services.cloudwatch.alarm import Alarm
from emulator.services.cloudwatch.metrics import Distribution, Metric, MetricStore

pytestmark = pytest.mark.usefixtures("emulator")

ACCOUNT, REGION = "123456789012", "us-east-1"
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def publish(metric: str, *values: float, namespace: str = "Alarms", ago: float = 0, **more: Any) -> None:
    when = clock.now() - timedelta(seconds=ago)
    datum = {"MetricName": metric, "Timestamp": when, "Values": list(values), **more}
    clients.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[datum])


def put_alarm(name: str, metric: str, **more: Any) -> None:
    asked = {
        "AlarmName": name,
        "Namespace": "Alarms",
        "MetricName": metric,
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
        **more,
    }
    clients.client("cloudwatch").put_metric_alarm(**{key: value for key, value in asked.items() if value is not None})


def alarm(name: str) -> dict[str, Any]:
    found = clients.client("cloudwatch").describe_alarms(AlarmNames=[name])
    alarms: list[dict[str, Any]] = [*found["MetricAlarms"], *found["CompositeAlarms"]]
    assert len(alarms) == 1
    return alarms[0]


def history(name: str, kind: str) -> list[str]:
    pages = clients.client("cloudwatch").get_paginator("describe_alarm_history")
    found = pages.paginate(AlarmName=name, HistoryItemType=kind, ScanBy="TimestampAscending")
    return [item["HistorySummary"] for page in found for item in page["AlarmHistoryItems"]]


def queue_of(topic_name: str) -> tuple[str, Callable[[], list[dict[str, Any]]]]:
    """A topic, and what arrived from it so far."""
    sns, sqs = clients.client("sns"), clients.client("sqs")
    topic = sns.create_topic(Name=topic_name)["TopicArn"]
    queue = sqs.create_queue(QueueName=topic_name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sender = {"Service": "sns.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": sender, "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, functools.partial(_received, queue)


def _received(queue: str) -> list[dict[str, Any]]:
    found = clients.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [json.loads(each["Body"]) for each in found.get("Messages", [])]


def eventually(read: Callable[[], Any]) -> Any:
    """The first answer that is not empty."""
    deadline = time.monotonic() + 30
    while not (found := read()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_an_alarm_follows_its_metric_and_tells_its_topic() -> None:
    topic, received = queue_of("alarms-follow")
    put_alarm("alarms-follow", "orders", AlarmActions=[topic], AlarmDescription="too many")
    assert alarm("alarms-follow")["StateValue"] == "INSUFFICIENT_DATA"
    assert alarm("alarms-follow")["StateReason"] == "Unchecked: Initial alarm creation"
    publish("orders", 3.0, 2.0)
    clock.advance(60)
    state = alarm("alarms-follow")
    assert state["StateValue"] == "ALARM"
    assert state["StateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoint [5.0 (")
    assert state["StateReason"].endswith(
        "was greater than the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    data = json.loads(state["StateReasonData"])
    assert data["recentDatapoints"] == [5.0]
    assert data["evaluatedDatapoints"][0]["sampleCount"] == 2.0
    (notification,) = eventually(received)
    assert notification["Subject"] == 'ALARM: "alarms-follow" in US East (N. Virginia)'
    message = json.loads(notification["Message"])
    assert (message["OldStateValue"], message["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert message["AlarmDescription"] == "too many"
    assert message["Trigger"]["Statistic"] == "SUM"
    publish("orders", 0.0)
    clock.advance(60)
    assert alarm("alarms-follow")["StateValue"] == "OK"
    assert history("alarms-follow", "StateUpdate") == [
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        "Alarm updated from ALARM to OK",
    ]
    assert history("alarms-follow", "Action") == [f"Successfully executed action {topic}"]


def test_disabled_actions_are_not_carried_out_and_a_set_state_lasts_until_the_next_evaluation() -> None:
    topic, received = queue_of("alarms-disabled")
    cloudwatch = clients.client("cloudwatch")
    put_alarm("alarms-disabled", "quiet", AlarmActions=[topic], ActionsEnabled=False, TreatMissingData="notBreaching")
    cloudwatch.set_alarm_state(AlarmName="alarms-disabled", StateValue="ALARM", StateReason="by hand")
    assert alarm("alarms-disabled")["StateReason"] == "by hand"
    clock.advance(60)
    assert alarm("alarms-disabled")["StateValue"] == "OK"
    cloudwatch.enable_alarm_actions(AlarmNames=["alarms-disabled"])
    cloudwatch.set_alarm_state(AlarmName="alarms-disabled", StateValue="ALARM", StateReason="by hand again")
    messages = [json.loads(each["Message"])["NewStateReason"] for each in eventually(received)]
    assert messages == ["by hand again"]


def test_a_metric_math_alarm_compares_its_expression() -> None:
    metrics = [
        {
            "Id": name,
            "ReturnData": False,
            "MetricStat": {
                "Metric": {"Namespace": "Alarms", "MetricName": f"math-{name}"},
                "Period": 60,
                "Stat": "Sum",
            },
        }
        for name in ("errors", "calls")
    ]
    rate = {"Id": "rate", "Expression": "100 * FILL(errors, 0) / calls", "Label": "Error rate", "ReturnData": True}
    nothing = dict.fromkeys(("MetricName", "Namespace", "Statistic", "Period"))
    put_alarm("alarms-math", "", **nothing, Metrics=[*metrics, rate], Threshold=10.0)
    publish("math-errors", 3.0)
    publish("math-calls", 20.0)
    clock.advance(60)
    assert alarm("alarms-math")["StateValue"] == "ALARM"
    assert json.loads(alarm("alarms-math")["StateReasonData"])["recentDatapoints"] == [15.0]
    publish("math-calls", 20.0)
    clock.advance(60)
    assert alarm("alarms-math")["StateValue"] == "OK"


def test_a_percentile_waits_for_enough_samples_where_it_is_told_to() -> None:
    for name, treatment in (("alarms-few", "ignore"), ("alarms-any", "evaluate")):
        more = {"Statistic": None, "ExtendedStatistic": "p90", "EvaluateLowSampleCountPercentile": treatment}
        put_alarm(name, "latency", **more)
    publish("latency", *[5.0] * 20)
    clock.advance(60)
    assert (alarm("alarms-few")["StateValue"], alarm("alarms-any")["StateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    publish("latency", 5.0, Counts=[200.0])
    clock.advance(60)
    assert alarm("alarms-few")["StateValue"] == "ALARM"


# Periods from the oldest to the latest: X breaches, 0 does not, - is missing. The states are those of AWS's tables
# for three evaluation periods; None keeps the state.
_TABLE = [
    (3, "0-X-X", "OK", "OK", "OK", "OK"),
    (3, "----0", "OK", "OK", "OK", "OK"),
    (3, "-----", "INSUFFICIENT_DATA", None, "ALARM", "OK"),
    (3, "0XX-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (3, "--X--", "ALARM", None, "ALARM", "OK"),
    (2, "0-X-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (2, "00X0X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (2, "0-X--", "OK", "OK", "ALARM", "OK"),
    (2, "----0", "OK", "OK", "ALARM", "OK"),
    (2, "---X-", "ALARM", None, "ALARM", "OK"),
]


@pytest.mark.parametrize(
    ("needed", "pattern", "treatment", "expected"),
    [
        (needed, pattern, treatment, expected)
        for needed, pattern, *states in _TABLE
        for treatment, expected in zip(("missing", "ignore", "breaching", "notBreaching"), states, strict=True)
    ],
)
def test_missing_data_is_treated_as_in_aws_s_tables(
    needed: int, pattern: str, treatment: str, expected: str | None
) -> None:
    store, metric = MetricStore(), Metric.of("N", "m")
    for index, sign in enumerate(pattern):
        if sign != "-":
            when = (START + timedelta(minutes=index)).timestamp()
            store.put(metric, when, Distribution({9.0 if sign == "X" else 0.0: 1.0}))
    configuration = {
        "AlarmName": "table",
        "Namespace": "N",
        "MetricName": "m",
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": needed,
        "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": treatment,
    }
    verdict = alarm_evaluation.evaluate(
        Alarm(REGION, configuration), store, (START + timedelta(minutes=len(pattern))).timestamp()
    )
    assert (verdict and verdict.value) == expected


def test_an_event_is_sent_when_an_alarm_goes_off() -> None:
    topic, received = queue_of("alarms-events")
    events = clients.client("events")
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": ["alarms-events"]}}
    events.put_rule(Name="alarms-events", EventPattern=json.dumps(pattern))
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    clients.client("sns").set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    events.put_targets(Rule="alarms-events", Targets=[{"Id": "topic", "Arn": topic}])
    put_alarm("alarms-events", "never")
    clients.client("cloudwatch").set_alarm_state(AlarmName="alarms-events", StateValue="ALARM", StateReason="a test")
    (notification,) = eventually(received)
    event = json.loads(notification["Message"])
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["resources"] == [f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:alarms-events"]
    assert event["detail"]["state"]["value"] == "ALARM"
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    metric = event["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]
    assert metric == {"namespace": "Alarms", "name": "never", "dimensions": {}}


_HANDLER = """
import boto3, json
def handler(event, _):
    boto3.client("ssm").put_parameter(Name="/alarms/told", Value=json.dumps(event["alarmData"]), Type="String")
"""


def test_a_function_is_invoked_when_an_alarm_goes_off_and_its_policy_allows_it() -> None:
    function, iam = clients.client("lambda"), clients.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    put = {"Effect": "Allow", "Action": "ssm:PutParameter", "Resource": "*"}
    documents = [json.dumps({"Version": "2012-10-17", "Statement": [each]}) for each in (trust, put)]
    role = iam.create_role(RoleName="alarms-told", AssumeRolePolicyDocument=documents[0])["Role"]["Arn"]
    iam.put_role_policy(RoleName="alarms-told", PolicyName="put", PolicyDocument=documents[1])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", _HANDLER)
    arn = function.create_function(
        FunctionName="alarms-told",
        Runtime="python3.11",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": packed.getvalue()},
        Timeout=60,
    )["FunctionArn"]
    put_alarm("alarms-told", "never", AlarmActions=[arn])
    cloudwatch = clients.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName="alarms-told", StateValue="ALARM", StateReason="not allowed yet")
    assert "is not authorized to perform: lambda:InvokeFunction" in history("alarms-told", "Action")[0]
    function.add_permission(
        FunctionName="alarms-told",
        StatementId="alarms",
        Action="lambda:InvokeFunction",
        Principal="lambda.alarms.cloudwatch.amazonaws.com",
        SourceArn=f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:alarms-told",
    )
    for value in ("OK", "ALARM"):
        cloudwatch.set_alarm_state(AlarmName="alarms-told", StateValue=value, StateReason=f"now {value}")
    ssm = clients.client("ssm")
    eventually(lambda: ssm.get_parameters(Names=["/alarms/told"])["Parameters"])
    told = json.loads(ssm.get_parameter(Name="/alarms/told")["Parameter"]["Value"])
    assert (told["alarmName"], told["state"]["reason"], told["previousState"]["value"]) == (
        "alarms-told",
        "now ALARM",
        "OK",
    )


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ALARM(a)", True),
        ('ALARM("a") AND OK(b)', True),
        ("ALARM(a) AND NOT OK(b)", False),
        ("NOT (ALARM(a) AND OK(b)) OR INSUFFICIENT_DATA(c)", True),
        ("ALARM(b) OR OK(a) AND TRUE", False),
        (f"ALARM(arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:a) OR FALSE", True),
    ],
)
def test_rules_of_composite_alarms(rule: str, expected: bool) -> None:
    states = {"a": "ALARM", "b": "OK", "c": "INSUFFICIENT_DATA"}
    states[f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:a"] = "ALARM"
    assert alarm_rules.parse(rule).holds(states) is expected


def test_a_composite_alarm_follows_its_children_and_its_suppressor_holds_its_actions_back() -> None:
    topic, received = queue_of("alarms-composite")
    cloudwatch = clients.client("cloudwatch")
    for name in ("alarms-child-a", "alarms-child-b", "alarms-maintenance"):
        put_alarm(name, name, TreatMissingData="ignore")
    cloudwatch.put_composite_alarm(
        AlarmName="alarms-composite",
        AlarmRule='ALARM("alarms-child-a") AND NOT ALARM("alarms-child-b")',
        AlarmActions=[topic],
        ActionsSuppressor="alarms-maintenance",
        ActionsSuppressorWaitPeriod=0,
        ActionsSuppressorExtensionPeriod=30,
    )
    assert alarm("alarms-composite")["StateValue"] == "OK"

    def put_state(name: str, value: str) -> None:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=value, StateReason="a test")

    put_state("alarms-maintenance", "ALARM")
    put_state("alarms-child-a", "ALARM")
    composite = alarm("alarms-composite")
    assert (composite["StateValue"], composite["ActionsSuppressedBy"]) == ("ALARM", "Alarm")
    assert composite["StateReason"].startswith(
        f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:alarms-child-a transitioned to ALARM at "
    )
    put_state("alarms-maintenance", "OK")
    assert alarm("alarms-composite")["ActionsSuppressedBy"] == "ExtensionPeriod"
    assert received() == []
    clock.advance(31)
    (notification,) = eventually(received)
    assert json.loads(notification["Message"])["AlarmRule"].startswith("ALARM")
    put_state("alarms-child-b", "ALARM")
    assert alarm("alarms-composite")["StateValue"] == "OK"
    children = cloudwatch.describe_alarms(ChildrenOfAlarmName="alarms-composite")["MetricAlarms"]
    assert [each["AlarmName"] for each in children] == ["alarms-child-a", "alarms-child-b"]


def test_one_evaluation_waits_however_many_alarms_there_are() -> None:
    for name in ("alarms-one", "alarms-other"):
        put_alarm(name, name)
    waiting = eventually(lambda: [each for each in clock.waiting() if each.name == "CloudWatch alarms"])
    assert len(waiting) == 1


def test_a_dashboard_is_kept_as_it_was_written() -> None:
    cloudwatch = clients.client("cloudwatch")
    widget = {
        "type": "metric",
        "x": 0,
        "y": 0,
        "width": 12,
        "height": 6,
        "properties": {
            "region": REGION,
            "view": "timeSeries",
            "metrics": [
                ["AWS/Lambda", "Errors", "FunctionName", "f", {"stat": "Sum"}],
                [".", "Invocations", ".", "."],
                [{"expression": "m1 + m2", "label": "both"}],
            ],
        },
    }
    body = json.dumps({"widgets": [widget, {"type": "text", "properties": {"markdown": "# Hello"}}]})
    cloudwatch.put_dashboard(DashboardName="alarms-board", DashboardBody=body)
    assert cloudwatch.get_dashboard(DashboardName="alarms-board")["DashboardBody"] == body
