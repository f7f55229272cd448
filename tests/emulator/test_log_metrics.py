"""CloudWatch Logs: what filter patterns find, and the metrics and deliveries that come of log events."""

from __future__ import annotations

import base64
import functools
import gzip
import io
import json
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emulator import clients
from emulator.services.logs import patterns

pytestmark = pytest.mark.usefixtures("emulator")

ACCOUNT, REGION = "123456789012", "us-east-1"
SERVED = '{"status": 503, "user": {"id": "u-1", "tags": ["new", "vip"]}, "ms": 120.5, "cached": false, "error": null}'
REQUEST = '127.0.0.1 - frank [10/Oct/2026:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        ("", "anything", True),
        ("ERROR", "[ERROR] it failed", True),
        ("ERROR failed", "[ERROR] it failed", True),
        ("ERROR worked", "[ERROR] it failed", False),
        ('"it failed"', "[ERROR] it failed", True),
        ('"failed it"', "[ERROR] it failed", False),
        ("?WARN ?ERROR", "[ERROR] it failed", True),
        ("?WARN ?FATAL", "[ERROR] it failed", False),
        ("ERROR -failed", "[ERROR] it failed", False),
        ("-WARN", "[ERROR] it failed", True),
        ("%E[A-Z]+R%", "[ERROR] it failed", True),
        ("{ $.status = 503 }", SERVED, True),
        ("{ $.status = 5* }", SERVED, True),
        ("{ $.status >= 500 && $.ms < 100 }", SERVED, False),
        ("{ ($.status = 404) || ($.ms > 100) }", SERVED, True),
        ('{ $.user.id = "u-*" && $.user.tags[1] = "vip" }', SERVED, True),
        ('{ $.user.tags[*] = "vip" }', SERVED, True),
        ('{ $.user.id != "u-1" }', SERVED, False),
        ("{ $.cached IS FALSE && $.error IS NULL }", SERVED, True),
        ("{ $.missing NOT EXISTS }", SERVED, True),
        ('{ $.missing != "x" }', SERVED, False),
        ("{ $.user.id = %^u-[0-9]$% }", SERVED, True),
        ("{ $.status = 503 }", "status 503", False),
        ("[ip, id, user, at, request, status, bytes]", REQUEST, True),
        ("[ip, id, user, at, request, status=4*, bytes>1000]", REQUEST, True),
        ("[ip, ..., status=500||status=404, bytes]", REQUEST, True),
        ("[..., status=4*, bytes<1000]", REQUEST, False),
        ('[ip, id, user, at, request = "*index*", ...]', REQUEST, True),
        ("[ip, user]", REQUEST, False),
    ],
)
def test_patterns_match_as_their_syntax_tells(pattern: str, message: str, expected: bool) -> None:
    assert (patterns.parse(pattern)(message) is not None) is expected


def stream(group: str, name: str = "one") -> Callable[..., None]:
    """A new log group, and how to write to it."""
    logs = clients.client("logs")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName=name)

    def write(*messages: str) -> None:
        now = int(time.time() * 1000)
        logs.put_log_events(
            logGroupName=group,
            logStreamName=name,
            logEvents=[{"timestamp": now, "message": message} for message in messages],
        )

    return write


def points(namespace: str, name: str, statistic: str, **dimensions: str) -> list[tuple[float, str]]:
    now = datetime.now(UTC)
    found = clients.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        StartTime=now - timedelta(minutes=30),
        EndTime=now + timedelta(minutes=5),
        Period=3600,
        Statistics=[statistic],
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
    )["Datapoints"]
    return [(each[statistic], each["Unit"]) for each in found]


def test_a_metric_filter_publishes_what_it_finds() -> None:
    write, logs = stream("logs-filter"), clients.client("logs")
    transformation = {"metricName": "latency", "metricNamespace": "LogsFilter", "metricValue": "$.ms"}
    logs.put_metric_filter(
        logGroupName="logs-filter",
        filterName="latency",
        filterPattern="{ $.status >= 500 }",
        metricTransformations=[{**transformation, "unit": "Milliseconds", "dimensions": {"User": "$.user.id"}}],
    )
    count = {"metricName": "errors", "metricNamespace": "LogsFilter", "metricValue": "1", "defaultValue": 0.0}
    logs.put_metric_filter(
        logGroupName="logs-filter",
        filterName="errors",
        filterPattern="{ $.status = 5* }",
        metricTransformations=[count],
    )
    write("nothing of interest")
    assert points("LogsFilter", "errors", "SampleCount") == [(1.0, "None")]
    write(SERVED, SERVED, '{"status": 200, "ms": 5}')
    assert points("LogsFilter", "errors", "Sum") == [(2.0, "None")]
    assert points("LogsFilter", "latency", "Sum", User="u-1") == [(241.0, "Milliseconds")]
    kept = logs.describe_metric_filters(metricNamespace="LogsFilter", metricName="errors")["metricFilters"]
    assert [(each["filterName"], each["metricTransformations"]) for each in kept] == [("errors", [count])]
    logs.delete_metric_filter(logGroupName="logs-filter", filterName="errors")
    write(SERVED)
    assert points("LogsFilter", "errors", "Sum") == [(2.0, "None")]


def test_a_metric_filter_takes_values_out_of_fields_and_can_be_tried_beforehand() -> None:
    write, logs = stream("logs-fields"), clients.client("logs")
    pattern = "[ip, id, user, at, request, status=4*, bytes]"
    (match,) = logs.test_metric_filter(filterPattern=pattern, logEventMessages=["no", REQUEST])["matches"]
    assert match["eventNumber"] == 2
    assert match["extractedValues"]["$bytes"] == "1534"
    logs.put_metric_filter(
        logGroupName="logs-fields",
        filterName="bytes",
        filterPattern=pattern,
        metricTransformations=[{"metricName": "bytes", "metricNamespace": "LogsFields", "metricValue": "$bytes"}],
    )
    write(REQUEST)
    assert points("LogsFields", "bytes", "Maximum") == [(1534.0, "None")]


def test_events_in_embedded_metric_format_become_metrics() -> None:
    write, now = stream("logs-embedded"), int(time.time() * 1000)
    document = {
        "_aws": {
            "Timestamp": now,
            "CloudWatchMetrics": [
                {
                    "Namespace": "LogsEmbedded",
                    "Dimensions": [["Model"], ["Model", "Version"], []],
                    "Metrics": [
                        {"Name": "Latency", "Unit": "Milliseconds", "StorageResolution": 1},
                        {"Name": "Calls"},
                    ],
                }
            ],
        },
        "Model": "churn",
        "Version": "3",
        "Latency": [10, 30],
        "Calls": 2,
    }
    write(json.dumps(document), '{"_aws": "no metrics"}', json.dumps({**document, "Latency": "slow"}))
    assert points("LogsEmbedded", "Latency", "Average", Model="churn") == [(20.0, "Milliseconds")]
    assert points("LogsEmbedded", "Calls", "Sum", Model="churn", Version="3") == [(4.0, "None")]
    assert points("LogsEmbedded", "Calls", "SampleCount") == [(2.0, "None")]


def test_events_are_found_by_pattern_and_paged() -> None:
    write, logs = stream("logs-search"), clients.client("logs")
    write(*[f"ERROR number {number}" for number in range(3)], "fine")
    search = functools.partial(logs.filter_log_events, logGroupName="logs-search", filterPattern="ERROR -2")
    first = search(limit=1)
    assert [event["message"] for event in first["events"]] == ["ERROR number 0"]
    rest = search(nextToken=first["nextToken"])
    assert [event["message"] for event in rest["events"]] == ["ERROR number 1"]
    assert "nextToken" not in rest


_HANDLER = """
import boto3, os
def handler(event, _):
    boto3.client("s3").put_object(Bucket="logs-subscribed", Key="event", Body=event["awslogs"]["data"])
"""


def test_a_function_subscribes_to_a_log_group() -> None:
    write, function = stream("logs-subscription"), _function()
    logs = clients.client("logs")
    logs.put_subscription_filter(
        logGroupName="logs-subscription", filterName="errors", filterPattern="ERROR", destinationArn=function
    )
    write("all is well", "ERROR it broke")
    sent = json.loads(gzip.decompress(base64.b64decode(_object("logs-subscribed", "event"))))
    assert sent["messageType"] == "DATA_MESSAGE"
    assert (sent["logGroup"], sent["logStream"]) == ("logs-subscription", "one")
    assert sent["subscriptionFilters"] == ["errors"]
    assert [event["message"] for event in sent["logEvents"]] == ["ERROR it broke"]
    (kept,) = logs.describe_subscription_filters(logGroupName="logs-subscription")["subscriptionFilters"]
    assert (kept["filterPattern"], kept["destinationArn"]) == ("ERROR", function)


def _function() -> str:
    """A function that keeps what it gets, and that CloudWatch Logs may invoke."""
    clients.client("s3").create_bucket(Bucket="logs-subscribed")
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs-subscribed/*"}
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = clients.client("iam")
    role = iam.create_role(RoleName="logs-subscriber", AssumeRolePolicyDocument=_document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="logs-subscriber", PolicyName="write", PolicyDocument=_document(statement))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", _HANDLER)
    client = clients.client("lambda")
    function = client.create_function(
        FunctionName="logs-subscriber",
        Runtime="python3.11",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": packed.getvalue()},
        Timeout=60,
    )["FunctionArn"]
    client.add_permission(
        FunctionName="logs-subscriber",
        StatementId="logs",
        Action="lambda:InvokeFunction",
        Principal="logs.amazonaws.com",
        SourceArn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:logs-subscription:*",
    )
    return str(function)


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _object(bucket: str, key: str) -> bytes:
    s3, deadline = clients.client("s3"), time.monotonic() + 30
    while "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix=key):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
