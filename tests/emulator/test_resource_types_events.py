"""Types of events and schedules: buses, their policies and archives, API destinations, schedules and their groups."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.settings import Settings
from tests.emulator.resource_type_contract import ACCOUNT, KEY, REGION, TAGS, Case, World, check, of_stack, trust

ROLE = f"arn:aws:iam::{ACCOUNT}:role/types-events"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:types-events"
BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/types-existing"
CONNECTION = f"arn:aws:events:{REGION}:{ACCOUNT}:connection/types-existing/1"
STATEMENT = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "events:PutEvents",
    "Resource": BUS,
}
TARGET = {
    "Arn": QUEUE,
    "RoleArn": ROLE,
    "Input": '{"a": 1}',
    "SqsParameters": {"MessageGroupId": "all"},
    "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 600},
    "DeadLetterConfig": {"Arn": QUEUE},
}

CASES = [
    Case(
        "AWS::Events::EventBus",
        {
            "Name": "types-bus",
            "Description": "d",
            "KmsKeyIdentifier": KEY,
            "DeadLetterConfig": {"Arn": QUEUE},
            "Policy": {"Version": "2012-10-17", "Statement": [{"Sid": "one", **STATEMENT}]},
            "Tags": TAGS,
        },
        {"Description": "e", "DeadLetterConfig": None, "Policy": None, "Tags": TAGS[:1]},
        {"Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/types-bus", "Name": "types-bus"},
        ("events", "list_event_buses", "EventBuses[].Name"),
    ),
    Case(
        "AWS::Events::EventBusPolicy",
        {"EventBusName": "types-existing", "StatementId": "one", "Statement": {"Sid": "one", **STATEMENT}},
        {"Statement": {"Sid": "one", **STATEMENT, "Principal": "*"}},
    ),
    Case(
        "AWS::Events::Archive",
        {
            "ArchiveName": "types-archive",
            "SourceArn": BUS,
            "Description": "d",
            "EventPattern": {"source": ["a"]},
            "RetentionDays": 3,
        },
        {"Description": "e", "EventPattern": {"source": ["b"]}, "RetentionDays": 4},
        {"Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:archive/types-archive"},
        ("events", "list_archives", "Archives[].ArchiveName"),
    ),
    Case(
        "AWS::Events::Connection",
        {
            "Name": "types-connection",
            "Description": "d",
            "AuthorizationType": "API_KEY",
            "AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}},
        },
        {"Description": "e"},
        {"Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:connection/types-connection/", "SecretArn": "arn:aws:secretsm"},
        ("events", "list_connections", "Connections[].Name"),
    ),
    Case(
        "AWS::Events::ApiDestination",
        {
            "Name": "types-destination",
            "Description": "d",
            "ConnectionArn": CONNECTION,
            "HttpMethod": "POST",
            "InvocationEndpoint": "http://127.0.0.1:1/",
            "InvocationRateLimitPerSecond": 5,
        },
        {"Description": "e", "HttpMethod": "PUT"},
        {"Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/types-destination/"},
        ("events", "list_api_destinations", "ApiDestinations[].Name"),
    ),
    Case(
        "AWS::Scheduler::Schedule",
        {
            "Name": "types-schedule",
            "GroupName": "types-existing",
            "Description": "d",
            "ScheduleExpression": "cron(0 6 * * ? *)",
            "ScheduleExpressionTimezone": "Europe/Berlin",
            "StartDate": "2199-01-01T00:00:00Z",
            "EndDate": "2199-02-01T00:00:00Z",
            "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
            "State": "DISABLED",
            "KmsKeyArn": KEY,
            "Target": TARGET,
        },
        {
            "Description": None,
            "ScheduleExpression": "rate(1 day)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "EndDate": None,
            "Target": {**TARGET, "Input": "{}"},
        },
        {"Arn": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/types-existing/types-schedule"},
        ("scheduler", "list_schedules", "Schedules[].Name"),
    ),
    Case(
        "AWS::Scheduler::ScheduleGroup",
        {"Name": "types-group", "Tags": TAGS},
        {"Tags": TAGS[1:]},
        {"Arn": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/types-group", "State": "ACTIVE"},
        ("scheduler", "list_schedule_groups", "ScheduleGroups[].Name"),
    ),
]


@pytest.fixture(scope="module")
def world(emulator: Settings) -> Iterator[World]:
    assert emulator.account == ACCOUNT
    made = of_stack("types-events")
    made.make("AWS::IAM::Role", {"RoleName": "types-events", "AssumeRolePolicyDocument": trust("scheduler")})
    made.make("AWS::Events::EventBus", {"Name": "types-existing"})
    made.make("AWS::Scheduler::ScheduleGroup", {"Name": "types-existing"})
    yield made
    made.clear()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_type_keeps_tells_changes_and_deletes_what_its_template_says(case: Case, world: World) -> None:
    check(case, world)
