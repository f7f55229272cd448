"""Rules, targets and schedules that AWS refuses, with its error codes, and what they look like when they are mended."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings
from tests.emulator import refusals
from tests.emulator.event_wiring import ACCOUNT, allow, bodies, queue, received, role

QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:broken-events"
MACHINE = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:broken"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/broken-scheduler"
ENTRY = {"Source": "shop", "DetailType": "Order", "Detail": "{}"}


@pytest.fixture(scope="module", autouse=True)
def account(emulator: Settings) -> Iterator[None]:
    assert emulator.port
    queue("broken-events")
    role("broken-scheduler", "scheduler", allow("sqs:SendMessage", QUEUE))
    role("broken-stranger", "lambda")
    events = clients.client("events")
    events.put_rule(Name="broken", EventPattern='{"source": ["never"]}')
    yield
    targets = events.list_targets_by_rule(Rule="broken")["Targets"]
    if targets:
        events.remove_targets(Rule="broken", Ids=[target["Id"] for target in targets])
    events.delete_rule(Name="broken")


def rule(**definition: Any) -> Any:
    events = clients.client("events")
    made = events.put_rule(Name="broken-rule", **definition)
    events.delete_rule(Name="broken-rule")
    return made


def target(**definition: Any) -> Any:
    return clients.client("events").put_targets(Rule="broken", Targets=[{"Id": "1", **definition}])


def put(**changed: Any) -> Any:
    """One event; what is wrong with it becomes an error, as a caller would make it one."""
    answer = clients.client("events").put_events(Entries=[{**ENTRY, **changed}])["Entries"][0]
    if "ErrorCode" in answer:
        error = {"Code": answer["ErrorCode"], "Message": answer["ErrorMessage"]}
        raise ClientError({"Error": error}, "PutEvents")
    return answer


def schedule(arn: str = QUEUE, role_arn: str = ROLE, **changed: Any) -> Any:
    scheduler = clients.client("scheduler")
    given = {
        "Name": "broken",
        "ScheduleExpression": "cron(0 6 * * ? *)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": arn, "RoleArn": role_arn, "Input": "{}"},
        **changed,
    }
    made = scheduler.create_schedule(**given)
    scheduler.delete_schedule(Name=given["Name"])
    return made


def replay(archive: str) -> Any:
    bus = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"
    events = clients.client("events")
    made = events.create_archive(ArchiveName="broken-archive", EventSourceArn=bus)
    try:
        source = made["ArchiveArn"].replace("broken-archive", archive)
        start, end = 1, 2
        return events.start_replay(
            ReplayName=f"broken-{archive}",
            EventSourceArn=source,
            EventStartTime=start,
            EventEndTime=end,
            Destination={"Arn": bus},
        )
    finally:
        events.delete_archive(ArchiveName="broken-archive")


UNIVERSAL = "arn:aws:scheduler:::aws-sdk"
# What is wrong; the call; AWS's error code; a part of its message; the call mended.
BROKEN: list[tuple[str, Callable[[], Any], str, str, Callable[[], Any]]] = [
    (
        "a pattern with an operator that does not exist",
        lambda: rule(EventPattern='{"source": [{"startsWith": "a"}]}'),
        "InvalidEventPatternException",
        "Unrecognized match type startsWith",
        lambda: rule(EventPattern='{"source": [{"prefix": "a"}]}'),
    ),
    (
        "a rate in the wrong number",
        lambda: rule(ScheduleExpression="rate(1 hours)"),
        "ValidationException",
        "ScheduleExpression is not valid",
        lambda: rule(ScheduleExpression="rate(1 hour)"),
    ),
    (
        "a cron expression of five fields",
        lambda: rule(ScheduleExpression="cron(0 6 * * ?)"),
        "ValidationException",
        "ScheduleExpression is not valid",
        lambda: rule(ScheduleExpression="cron(0 6 * * ? *)"),
    ),
    (
        "a state machine without a role",
        lambda: target(Arn=MACHINE),
        "ValidationException",
        f"RoleArn is required for target {MACHINE}",
        lambda: target(Arn=MACHINE, RoleArn=ROLE),
    ),
    (
        "a target with two inputs",
        lambda: target(Arn=QUEUE, Input="{}", InputPath="$.detail"),
        "ValidationException",
        "Only one of Input, InputPath, or InputTransformer",
        lambda: target(Arn=QUEUE, InputPath="$.detail"),
    ),
    (
        "an input that is no JSON",
        lambda: target(Arn=QUEUE, Input="{a}"),
        "ValidationException",
        "not valid JSON",
        lambda: target(Arn=QUEUE, Input='{"a": 1}'),
    ),
    (
        "a FIFO queue without a group",
        lambda: target(Arn=f"{QUEUE}.fifo"),
        "ValidationException",
        "SqsParameters must be specified",
        lambda: target(Arn=f"{QUEUE}.fifo", SqsParameters={"MessageGroupId": "g"}),
    ),
    (
        "a target of a service that nothing here delivers to",
        lambda: target(Arn=f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/p", RoleArn=ROLE),
        "ValidationException",
        "does not deliver to arn:aws:codebuild",
        lambda: target(Arn=QUEUE),
    ),
    (
        "an event in the name of AWS",
        lambda: put(Source="aws.s3"),
        "NotAuthorizedForSource",
        "Not authorized for the source",
        lambda: put(Source="my.s3"),
    ),
    (
        "an event whose detail is no object",
        lambda: put(Detail="[1]"),
        "MalformedDetail",
        "Detail is malformed",
        lambda: put(Detail='{"a": [1]}'),
    ),
    (
        "a replay of an archive that is not there",
        lambda: replay("other"),
        "ValidationException",
        "Archive other does not exist",
        lambda: replay("broken-archive"),
    ),
    (
        "a schedule whose role does not trust Scheduler",
        lambda: schedule(role_arn=ROLE.replace("scheduler", "stranger")),
        "ValidationException",
        "must allow AWS EventBridge Scheduler to assume the role",
        schedule,
    ),
    (
        "a schedule in a time zone that does not exist",
        lambda: schedule(ScheduleExpressionTimezone="Europe/Atlantis"),
        "ValidationException",
        "timezone Europe/Atlantis is invalid",
        lambda: schedule(ScheduleExpressionTimezone="Europe/Athens"),
    ),
    (
        "a schedule in a group that is not there",
        lambda: schedule(GroupName="nowhere"),
        "ResourceNotFoundException",
        "Schedule group nowhere does not exist",
        lambda: schedule(GroupName="default"),
    ),
    (
        "a universal target that only reads",
        lambda: schedule(arn=f"{UNIVERSAL}:sqs:receiveMessage"),
        "ValidationException",
        "no target that this emulator invokes",
        lambda: schedule(arn=f"{UNIVERSAL}:sqs:sendMessage"),
    ),
]


@pytest.mark.parametrize(
    ("call", "code", "message", "mended"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_it_fails_with_the_code_of_aws_and_passes_when_mended(
    call: Callable[[], Any], code: str, message: str, mended: Callable[[], Any]
) -> None:
    refusals.check(call, code, message, mended)


def test_a_target_whose_policy_forbids_the_rule_is_delivered_to_once_it_allows_it() -> None:
    events, sqs = clients.client("events"), clients.client("sqs")
    letters_url, letters = queue("broken-letters")
    url, arn = queue("broken-closed", "lambda")
    events.put_rule(Name="broken-closed", EventPattern='{"source": ["broken.closed"]}')
    events.put_targets(Rule="broken-closed", Targets=[{"Id": "1", "Arn": arn, "DeadLetterConfig": {"Arn": letters}}])
    put(Source="broken.closed", Detail='{"n": 1}')
    (lost,) = received(letters_url)
    assert lost["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    put(Source="broken.closed", Detail='{"n": 2}')
    assert [each["detail"] for each in bodies(url)] == [{"n": 2}]
    events.remove_targets(Rule="broken-closed", Ids=["1"])
    events.delete_rule(Name="broken-closed")
