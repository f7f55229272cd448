"""Queues that Lambda polls: batches, what failed and comes again, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings
from tests.emulator.lambda_functions import ACCOUNT, REGION, allow, function, message, queue, role, until

POLL = {"Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], "Resource": "*"}
# What a function may take, and how long its messages are hidden: short, and enough for a busy machine.
SECONDS = 3
SEND = {"Action": "sqs:SendMessage", "Resource": "*"}
# Tells another queue what it received, and fails on the bodies that say so.
TELLING = """
import boto3, json, os
sqs = boto3.client("sqs")
def handle(event, context):
    records = event["Records"]
    sqs.send_message(QueueUrl=os.environ["HEARD"], MessageBody=json.dumps(records))
    if any(record["body"] == "all" for record in records):
        raise ValueError("all of them")
    return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in records if r["body"] == "bad"]}
"""


@pytest.fixture(scope="module")
def poller(emulator: Settings) -> str:
    return role("sources-poller", POLL, SEND)


class Source:
    """A queue with a dead-letter queue behind it, a function that tells what it got, and their mapping."""

    def __init__(self, name: str, role_arn: str, **mapping: Any) -> None:
        self.heard, _ = queue(f"{name}-heard")
        self.dead, dead_arn = queue(f"{name}-dead")
        redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
        self.url, self.arn = queue(name, VisibilityTimeout=str(SECONDS), RedrivePolicy=redrive)
        variables = {"HEARD": self.heard}
        self.function = function(name, role_arn, TELLING, Timeout=SECONDS, Environment={"Variables": variables})
        self.mapping = clients.client("lambda").create_event_source_mapping(
            EventSourceArn=self.arn, FunctionName=name, **mapping
        )

    def send(self, *bodies: str) -> None:
        for start in range(0, len(bodies), 10):
            entries = [
                {"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies[start : start + 10])
            ]
            clients.client("sqs").send_message_batch(QueueUrl=self.url, Entries=entries)

    def batch(self) -> list[dict[str, Any]]:
        batch: list[dict[str, Any]] = json.loads(message(self.heard)["Body"])
        return batch

    def left(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = clients.client("sqs").get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(map(int, found.values()))


def test_messages_arrive_in_batches_with_what_sqs_knows_of_them_and_are_deleted(poller: str) -> None:
    source = Source("sources-batch", poller, BatchSize=3, Enabled=False)
    clients.client("sqs").send_message(
        QueueUrl=source.url,
        MessageBody="first",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "greeting"}},
    )
    source.send("second", "third", "fourth")
    clients.client("lambda").update_event_source_mapping(UUID=source.mapping["UUID"], Enabled=True)
    batches = [source.batch(), source.batch()]
    assert [len(batch) for batch in batches] == [3, 1]
    records = {record["body"]: record for batch in batches for record in batch}
    assert records.keys() == {"first", "second", "third", "fourth"}
    first = records["first"]
    assert (first["eventSource"], first["eventSourceARN"], first["awsRegion"]) == ("aws:sqs", source.arn, REGION)
    assert first["attributes"]["ApproximateReceiveCount"] == "1"
    assert first["messageAttributes"]["kind"]["stringValue"] == "greeting"
    until(lambda: source.left() == 0)
    shown = clients.client("lambda").get_event_source_mapping(UUID=source.mapping["UUID"])
    assert (shown["State"], shown["LastProcessingResult"]) == ("Enabled", "OK")


def test_what_a_batch_reports_as_failed_comes_again_and_then_goes_to_the_dead_letter_queue(poller: str) -> None:
    source = Source("sources-partial", poller, BatchSize=10, FunctionResponseTypes=["ReportBatchItemFailures"])
    source.send("good", "bad")
    assert message(source.dead)["Body"] == "bad"
    until(lambda: source.left() == 0)
    heard = [record["body"] for _ in range(2) for record in source.batch()]
    assert heard.count("bad") == 2 or heard.count("good") == 1


def test_a_batch_whose_function_fails_comes_again_as_a_whole(poller: str) -> None:
    source = Source("sources-whole", poller, BatchSize=10)
    source.send("all")
    counts = [source.batch()[0]["attributes"]["ApproximateReceiveCount"] for _ in range(2)]
    assert counts == ["1", "2"]
    assert message(source.dead)["Body"] == "all"
    shown = clients.client("lambda").get_event_source_mapping(UUID=source.mapping["UUID"])
    assert shown["LastProcessingResult"].startswith("PROBLEM")


def test_messages_that_no_filter_wants_are_deleted_unseen(poller: str) -> None:
    filters = [{"Pattern": json.dumps({"body": {"kind": [{"prefix": "go"}]}})}, {"Pattern": '{"body": ["plain"]}'}]
    source = Source("sources-filtered", poller, FilterCriteria={"Filters": filters})
    wanted = ['{"kind": "good"}', "plain"]
    source.send('{"kind": "bad"}', wanted[0], "other", wanted[1])
    until(lambda: source.left() == 0)
    heard: list[str] = []
    while len(heard) < 2:
        heard += [record["body"] for record in source.batch()]
    assert sorted(heard) == sorted(wanted)


def test_a_disabled_or_deleted_mapping_polls_no_more(poller: str) -> None:
    source = Source("sources-off", poller, Enabled=False)
    functions = clients.client("lambda")
    assert functions.get_event_source_mapping(UUID=source.mapping["UUID"])["State"] == "Disabled"
    functions.delete_event_source_mapping(UUID=source.mapping["UUID"])
    other = functions.create_event_source_mapping(EventSourceArn=source.arn, FunctionName="sources-off")
    assert other["UUID"] != source.mapping["UUID"]
    source.send("one")
    assert [record["body"] for record in source.batch()] == ["one"]


def test_a_mapping_that_lambda_would_refuse_is_refused(poller: str) -> None:
    functions = clients.client("lambda")
    source = Source("sources-refused", poller, Enabled=False)

    def refusal(code: str = "InvalidParameterValueException", **changed: Any) -> str:
        asked = {"EventSourceArn": source.arn, "FunctionName": "sources-refused", **changed}
        with pytest.raises(ClientError) as refused:
            functions.create_event_source_mapping(**asked)
        assert refused.value.response["Error"]["Code"] == code
        return str(refused.value)

    stream = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/clicks"
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/clicks/stream/2026-01-01T00:00:00.000"
    assert f"{stream} is not supported" in refusal(EventSourceArn=stream, StartingPosition="LATEST")
    assert f"{table} is not supported" in refusal(EventSourceArn=table, StartingPosition="LATEST")
    assert "Invalid filter" in refusal(FilterCriteria={"Filters": [{"Pattern": "{"}]})
    assert "MaximumRetryAttempts" in refusal(MaximumRetryAttempts=1)
    assert "Maximum batch window" in refusal(BatchSize=100)
    assert "already exists" in refusal("ResourceConflictException")
    assert "does not exist" in refusal(EventSourceArn=f"{source.arn}-not")
    refusal("ResourceNotFoundException", FunctionName="sources-nothing")


def test_the_role_must_be_allowed_to_poll(emulator: Settings) -> None:
    arn = role("sources-poor", SEND)
    with pytest.raises(ClientError, match="does not have permissions to call ReceiveMessage on SQS"):
        Source("sources-poor", arn)
    allow("sources-poor", POLL, SEND)
    source_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:sources-poor"
    clients.client("lambda").create_event_source_mapping(EventSourceArn=source_arn, FunctionName="sources-poor")
    url = clients.client("sqs").get_queue_url(QueueName="sources-poor")["QueueUrl"]
    clients.client("sqs").send_message(QueueUrl=url, MessageBody="now")
    heard = clients.client("sqs").get_queue_url(QueueName="sources-poor-heard")["QueueUrl"]
    assert json.loads(message(heard)["Body"])[0]["body"] == "now"


def test_a_function_may_not_run_longer_than_its_messages_are_hidden(poller: str) -> None:
    _, arn = queue("sources-short", VisibilityTimeout="5")
    function("sources-short", poller, TELLING, Timeout=6)
    functions = clients.client("lambda")
    with pytest.raises(ClientError, match="5 seconds is less than Function timeout: 6 seconds"):
        functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="sources-short")
    functions.update_function_configuration(FunctionName="sources-short", Timeout=5)
    made = functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="sources-short")
    assert made["BatchSize"] == 10
