"""CloudWatch and CloudWatch Logs: composite alarms, filters, streams and queries."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from emulator.cloudformation.resource_type import ResourceError
from emulator.settings import Settings
from tests.emulator.resource_type_contract import (
    ACCOUNT,
    REGION,
    TAGS,
    Case,
    World,
    check,
    of_stack,
    trust,
    types,
)

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:operations-news"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:operations-reader"
ALARM = {
    "AlarmName": "operations-errors",
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "MetricName": "Errors",
    "Namespace": "AWS/Lambda",
    "Period": 60,
    "Statistic": "Sum",
}
TRANSFORMATION = {"MetricName": "Errors", "MetricNamespace": "Operations", "MetricValue": "1"}

CASES = [
    Case(
        "AWS::CloudWatch::CompositeAlarm",
        {
            "AlarmName": "operations-composite",
            "AlarmDescription": "d",
            "AlarmRule": "ALARM(operations-errors)",
            "ActionsEnabled": True,
            "AlarmActions": [TOPIC],
            "OKActions": [TOPIC],
            "InsufficientDataActions": [TOPIC],
            "ActionsSuppressor": "operations-errors",
            "ActionsSuppressorWaitPeriod": 10,
            "ActionsSuppressorExtensionPeriod": 20,
            "Tags": TAGS,
        },
        {"AlarmRule": "OK(operations-errors) OR FALSE", "AlarmDescription": None, "Tags": TAGS[:1]},
        {"Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:operations-composite"},
    ),
    Case(
        "AWS::CloudWatch::Alarm",
        {
            **{name: value for name, value in ALARM.items() if name != "Statistic"},
            "AlarmName": "operations-latency",
            "ExtendedStatistic": "p99.9",
            "Unit": "Milliseconds",
            "EvaluateLowSampleCountPercentile": "ignore",
            "DatapointsToAlarm": 1,
            "TreatMissingData": "breaching",
            "AlarmActions": [TOPIC],
        },
        {"ExtendedStatistic": "tm90", "Unit": None, "TreatMissingData": "ignore", "AlarmActions": []},
    ),
    Case(
        "AWS::CloudWatch::Dashboard",
        {"DashboardName": "operations", "DashboardBody": '{"widgets":[]}', "Tags": TAGS},
        {"Tags": TAGS[1:], "DashboardBody": '{"widgets":[],"periodOverride":"auto"}'},
    ),
    Case(
        "AWS::Logs::MetricFilter",
        {
            "FilterName": "operations-errors",
            "LogGroupName": "/operations",
            "FilterPattern": "{ $.level = ERROR }",
            "MetricTransformations": [
                {**TRANSFORMATION, "Unit": "Count", "Dimensions": [{"Key": "Service", "Value": "$.service"}]}
            ],
        },
        {"FilterPattern": "ERROR", "MetricTransformations": [{**TRANSFORMATION, "DefaultValue": 0}]},
        listing=("logs", "describe_metric_filters", "metricFilters[].filterName"),
    ),
    Case(
        "AWS::Logs::SubscriptionFilter",
        {
            "FilterName": "operations-reader",
            "LogGroupName": "/operations",
            "FilterPattern": "ERROR",
            "DestinationArn": FUNCTION,
            "Distribution": "ByLogStream",
        },
        {"FilterPattern": ""},
    ),
    Case("AWS::Logs::LogStream", {"LogGroupName": "/operations", "LogStreamName": "one"}),
    Case(
        "AWS::Logs::QueryDefinition",
        {
            "Name": "operations/errors",
            "LogGroupNames": ["/operations"],
            "QueryString": "fields @timestamp | sort @timestamp desc",
        },
        {"QueryString": "stats count(*) by bin(5m)", "LogGroupNames": None},
        {"QueryDefinitionId": ""},
        ("logs", "describe_query_definitions", "queryDefinitions[].queryDefinitionId"),
    ),
]


@pytest.fixture(scope="module")
def world(emulator: Settings) -> Iterator[World]:
    assert emulator.port
    found = of_stack("Operations")
    found.make("AWS::Logs::LogGroup", {"LogGroupName": "/operations"})
    found.make("AWS::SNS::Topic", {"TopicName": "operations-news"})
    found.make("AWS::CloudWatch::Alarm", ALARM)
    found.make("AWS::IAM::Role", {"RoleName": "operations", "AssumeRolePolicyDocument": trust("lambda")})
    found.make(
        "AWS::Lambda::Function",
        {
            "FunctionName": "operations-reader",
            "Code": {"ZipFile": "def handler(event, context):\n    return 1\n"},
            "Handler": "index.handler",
            "Role": f"arn:aws:iam::{ACCOUNT}:role/operations",
            "Runtime": "python3.11",
        },
    )
    permission = {"Action": "lambda:InvokeFunction", "Principal": "logs.amazonaws.com"}
    found.make("AWS::Lambda::Permission", {**permission, "FunctionName": "operations-reader"})
    yield found
    found.clear()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_type_keeps_tells_changes_and_deletes_what_its_template_says(case: Case, world: World) -> None:
    check(case, world)


def test_an_alarm_cannot_go_while_a_composite_one_refers_to_it(world: World) -> None:
    composite, alarm = types()["AWS::CloudWatch::CompositeAlarm"], types()["AWS::CloudWatch::Alarm"]
    properties = {"AlarmName": "operations-parent", "AlarmRule": "ALARM(operations-errors)"}
    composite.create(world.context, properties)
    with pytest.raises(ResourceError, match="there are composite alarm"):
        alarm.delete(world.context, "operations-errors", ALARM)
    composite.delete(world.context, "operations-parent", properties)


def test_a_dashboard_that_cloudwatch_would_refuse_is_refused(world: World) -> None:
    body = json.dumps({"widgets": [{"type": "metric", "properties": {"metrics": [["AWS/Lambda"]]}}]})
    with pytest.raises(ResourceError, match="there are 2 validation errors"):
        types()["AWS::CloudWatch::Dashboard"].create(world.context, {"DashboardBody": body})
