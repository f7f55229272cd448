"""EventBridge Scheduler: expressions, and schedules that invoke on the clock with their roles."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from emulator import clients, clock
from emulator.services.scheduler.expressions import ScheduleError, parse
from tests.emulator.event_wiring import ACCOUNT, allow, bodies, document, queue, received, role, until

NOW = datetime(2026, 11, 22, 19, 12, tzinfo=UTC)  # a Sunday
OFF = {"Mode": "OFF"}


@pytest.mark.parametrize(
    ("expression", "zone", "due"),
    [
        ("rate(5 minutes)", "UTC", "2026-11-22T19:17:00"),
        ("rate(1 day)", "UTC", "2026-11-23T19:12:00"),
        ("at(2026-12-24T18:00:00)", "America/New_York", "2026-12-24T23:00:00"),
        ("at(2026-01-01T00:00:00)", "UTC", None),
        ("cron(0 12 * * ? *)", "UTC", "2026-11-23T12:00:00"),
        ("cron(15 10 ? * 6L 2026-2027)", "UTC", "2026-11-27T10:15:00"),
        ("cron(0 8 ? * 2#1 *)", "UTC", "2026-12-07T08:00:00"),
        ("cron(0/15 9-17 ? * MON-FRI *)", "Europe/Berlin", "2026-11-23T08:00:00"),
        ("cron(0 0 L FEB ? *)", "UTC", "2027-02-28T00:00:00"),
        ("cron(0 0 LW * ? *)", "UTC", "2026-11-30T00:00:00"),
        ("cron(0 0 15W AUG ? 2027)", "UTC", "2027-08-16T00:00:00"),
        ("cron(0 22-1 * * ? *)", "UTC", "2026-11-22T22:00:00"),
        ("cron(30 2 28 3 ? 2027)", "Europe/Berlin", "2027-03-28T01:30:00"),  # the hour that summer time leaves out
        ("cron(0 0 29 FEB ? *)", "UTC", "2028-02-29T00:00:00"),
        ("cron(0 0 1 1 ? 2020)", "UTC", None),
    ],
)
def test_an_expression_is_due(expression: str, zone: str, due: str | None) -> None:
    found = parse(expression, zone).next(NOW, NOW)
    assert (found and found.replace(tzinfo=None).isoformat()) == due


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minutes)", "rate(5 minute)", "rate(0 minutes)", "rate(5 seconds)", "cron(* * * * * *)",
        "cron(0 12 ? * ? *)", "cron(61 * * * ? *)", "cron(0 12 * * ?)", "cron(0 12 * XYZ ? *)", "at(2026-12-24)",
        "every day",
    ],
)  # fmt: skip
def test_an_expression_that_is_none_is_refused(expression: str) -> None:
    with pytest.raises(ScheduleError):
        parse(expression)


@pytest.mark.usefixtures("emulator")
def test_a_schedule_invokes_from_its_start_to_its_end_and_deletes_itself() -> None:
    scheduler = clients.client("scheduler")
    url, arn = queue("sched-rate")
    caller = role("sched-rate", "scheduler", allow("sqs:SendMessage", arn))
    group = f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule-group/nightly"
    condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": group}}
    trust = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
    clients.client("iam").update_assume_role_policy(
        RoleName="sched-rate", PolicyDocument=document({**trust, "Condition": condition})
    )
    begin = clock.now() + timedelta(hours=1)
    scheduler.create_schedule_group(Name="nightly")
    scheduler.create_schedule(
        Name="rate",
        GroupName="nightly",
        ScheduleExpression="rate(30 minutes)",
        StartDate=begin,
        EndDate=begin + timedelta(minutes=61),
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
        Target={"Arn": arn, "RoleArn": caller, "Input": '{"at": "<aws.scheduler.scheduled-time>"}'},
        ActionAfterCompletion="DELETE",
    )
    clock.advance(3000)
    assert "Messages" not in clients.client("sqs").receive_message(QueueUrl=url)
    clock.advance(7200)
    times = sorted(each["at"] for each in bodies(url, 3))
    expected = [begin + timedelta(minutes=minutes) for minutes in (0, 30, 60)]
    assert times == [each.strftime("%Y-%m-%dT%H:%M:%SZ") for each in expected]
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.get_schedule(Name="rate", GroupName="nightly")
    scheduler.delete_schedule_group(Name="nightly")


@pytest.mark.usefixtures("emulator")
def test_a_universal_target_calls_any_operation_with_the_role() -> None:
    scheduler, dynamodb = clients.client("scheduler"), clients.client("dynamodb")
    dynamodb.create_table(
        TableName="sched-runs",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/sched-runs"
    asked = {"TableName": "sched-runs", "Item": {"k": {"S": "<aws.scheduler.schedule-arn>"}}}
    when = clock.now() + timedelta(minutes=5)
    made = scheduler.create_schedule(
        Name="universal",
        ScheduleExpression=f"at({when:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow=OFF,
        Target={
            "Arn": "arn:aws:scheduler:::aws-sdk:dynamodb:putItem",
            "RoleArn": role("sched-universal", "scheduler", allow("dynamodb:PutItem", table)),
            "Input": json.dumps(asked),
        },
    )["ScheduleArn"]
    clock.advance(600)
    items = until(lambda: dynamodb.scan(TableName="sched-runs")["Items"])
    assert items == [{"k": {"S": made}}]
    assert scheduler.get_schedule(Name="universal")["ScheduleExpressionTimezone"] == "UTC"
    scheduler.delete_schedule(Name="universal")


@pytest.mark.usefixtures("emulator")
def test_what_the_role_may_not_do_goes_to_the_dead_letter_queue() -> None:
    scheduler = clients.client("scheduler")
    letters, letters_arn = queue("sched-letters")
    closed = clients.client("sns").create_topic(Name="sched-closed")["TopicArn"]
    made = scheduler.create_schedule(
        Name="denied",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow=OFF,
        Target={
            "Arn": closed,
            "RoleArn": role("sched-denied", "scheduler", allow("sqs:SendMessage", letters_arn)),
            "Input": "hello",
            "DeadLetterConfig": {"Arn": letters_arn},
        },
    )["ScheduleArn"]
    (message,) = received(letters)
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert message["Body"] == "hello"
    assert (attributes["SCHEDULE_ARN"], attributes["TARGET_ARN"]) == (made, closed)
    assert "not authorized to perform: sns:publish on" in attributes["ERROR_MESSAGE"].lower()
    scheduler.delete_schedule(Name="denied")


@pytest.mark.usefixtures("emulator")
def test_an_update_replaces_all_of_a_schedule_and_its_times() -> None:
    scheduler = clients.client("scheduler")
    url, arn = queue("sched-updated")
    target = {"Arn": arn, "RoleArn": role("sched-updated", "scheduler", allow("sqs:SendMessage", arn))}
    base = {"Name": "updated", "FlexibleTimeWindow": OFF}
    hourly = {**base, "ScheduleExpression": "cron(0 * * * ? *)", "ScheduleExpressionTimezone": "Asia/Tokyo"}
    scheduler.create_schedule(**hourly, Target={**target, "Input": "old"}, State="DISABLED", Description="first")
    clock.advance(7200)
    scheduler.update_schedule(**hourly, Target={**target, "Input": "new"}, ActionAfterCompletion="DELETE")
    found = scheduler.get_schedule(Name="updated")
    assert (found["State"], found["ActionAfterCompletion"], found["Target"]["Input"]) == ("ENABLED", "DELETE", "new")
    assert "Description" not in found
    clock.advance(3600)
    assert [message["Body"] for message in received(url)] == ["new"]
    scheduler.delete_schedule(Name="updated")
    with pytest.raises(ClientError, match=r"Schedule updated does not exist"):
        scheduler.delete_schedule(Name="updated")
