"""Delivery streams, topics, queues and notifications that AWS refuses, and what they look like when they are mended."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emulator import clients
from emulator.settings import Settings
from tests.emulator import refusals
from tests.emulator.event_wiring import ACCOUNT, queue, role

BUCKET = "broken-streams"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/broken-streams"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}"
ERRORS = "bad/!{firehose:error-output-type}/"


@pytest.fixture(scope="module", autouse=True)
def account(emulator: Settings) -> None:
    assert emulator.port
    clients.client("s3").create_bucket(Bucket=BUCKET)
    role("broken-streams", "firehose")
    role("broken-streams-other", "lambda")
    queue("broken-open", "s3")
    queue("broken-shut", "lambda")
    closed = json.dumps({"redrivePermission": "denyAll"})
    queue("broken-no-letters", RedriveAllowPolicy=closed)
    queue("broken-plain")
    queue("broken-fifo.fifo", FifoQueue="true")


def stream(**changed: Any) -> str:
    firehose = clients.client("firehose")
    destination = {"RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}", **changed}
    firehose.create_delivery_stream(DeliveryStreamName="broken", ExtendedS3DestinationConfiguration=destination)
    firehose.delete_delivery_stream(DeliveryStreamName="broken")
    return "made"


def put(name: str, size: int) -> Any:
    firehose = clients.client("firehose")
    destination = {"RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}"}
    firehose.create_delivery_stream(DeliveryStreamName="broken-put", ExtendedS3DestinationConfiguration=destination)
    try:
        return firehose.put_record(DeliveryStreamName=name, Record={"Data": b"x" * size})
    finally:
        firehose.delete_delivery_stream(DeliveryStreamName="broken-put")


def notify(name: str) -> str:
    configuration = {"QueueConfigurations": [{"QueueArn": f"{QUEUE}:{name}", "Events": ["s3:ObjectCreated:*"]}]}
    clients.client("s3").put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration=configuration)
    return "configured"


def redrive(letters: str) -> str:
    policy = json.dumps({"deadLetterTargetArn": f"{QUEUE}:{letters}", "maxReceiveCount": 3})
    url = f"{clients.client('sqs').meta.endpoint_url}/{ACCOUNT}/broken-open"
    clients.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    return "configured"


def send(name: str, **more: str) -> Any:
    url = f"{clients.client('sqs').meta.endpoint_url}/{ACCOUNT}/{name}"
    return clients.client("sqs").send_message(QueueUrl=url, MessageBody="m", **more)


def subscribe(name: str) -> Any:
    sns = clients.client("sns")
    topic = sns.create_topic(Name="broken-topic")["TopicArn"]
    return sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUE}:{name}")


def extraction(query: str) -> dict[str, Any]:
    parameters = [
        {"ParameterName": "MetadataExtractionQuery", "ParameterValue": query},
        {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"},
    ]
    return {
        "DynamicPartitioningConfiguration": {"Enabled": True},
        "Prefix": "!{partitionKeyFromQuery:a}/",
        "ErrorOutputPrefix": ERRORS,
        "ProcessingConfiguration": {
            "Enabled": True,
            "Processors": [{"Type": "MetadataExtraction", "Parameters": parameters}],
        },
    }


# What is wrong; the call; AWS's error code; a part of its message; the call mended.
BROKEN: list[tuple[str, Callable[[], Any], str, str, Callable[[], Any]]] = [
    (
        "a stream whose role Firehose cannot assume",
        lambda: stream(RoleARN=f"{ROLE}-other"),
        "InvalidArgumentException",
        f"unable to assume role {ROLE}-other",
        stream,
    ),
    (
        "a prefix of a namespace that does not exist",
        lambda: stream(Prefix="!{time:yyyy}/", ErrorOutputPrefix=ERRORS),
        "InvalidArgumentException",
        "unknown namespace time",
        lambda: stream(Prefix="!{timestamp:yyyy}/", ErrorOutputPrefix=ERRORS),
    ),
    (
        "expressions without an error prefix",
        lambda: stream(Prefix="!{timestamp:yyyy}/"),
        "InvalidArgumentException",
        "ErrorOutputPrefix must contain",
        lambda: stream(Prefix="!{timestamp:yyyy}/", ErrorOutputPrefix=ERRORS),
    ),
    (
        "a partition key without dynamic partitioning",
        lambda: stream(Prefix="!{partitionKeyFromQuery:a}/", ErrorOutputPrefix=ERRORS),
        "InvalidArgumentException",
        "without dynamic partitioning",
        lambda: stream(**extraction("{a: .a}")),
    ),
    (
        "a query that is computed",
        lambda: stream(**extraction("{a: (.a + 1)}")),
        "InvalidArgumentException",
        "is not supported by this emulator",
        lambda: stream(**extraction("{a: .a.b}")),
    ),
    (
        "a record for a stream that is not there",
        lambda: put("broken-none", 1),
        "ResourceNotFoundException",
        "Firehose broken-none under account",
        lambda: put("broken-put", 1),
    ),
    (
        "a record that is too large",
        lambda: put("broken-put", 1_024_001),
        "InvalidArgumentException",
        "at most 1024000 bytes",
        lambda: put("broken-put", 1_024_000),
    ),
    (
        "a notification that the queue's policy forbids",
        lambda: notify("broken-shut"),
        "InvalidArgument",
        "Unable to validate the following destination configurations",
        lambda: notify("broken-open"),
    ),
    (
        "a dead-letter queue that takes nothing",
        lambda: redrive("broken-no-letters"),
        "InvalidParameterValue",
        "does not allow this queue",
        lambda: redrive("broken-plain"),
    ),
    (
        "a message without a group for a FIFO queue",
        lambda: send("broken-fifo.fifo"),
        "MissingParameter",
        "MessageGroupId",
        lambda: send("broken-fifo.fifo", MessageGroupId="g", MessageDeduplicationId="d"),
    ),
    (
        "a message for a queue that is not there",
        lambda: send("broken-none"),
        "AWS.SimpleQueueService.NonExistentQueue",
        "does not exist",
        lambda: send("broken-plain"),
    ),
    (
        "a FIFO queue for a plain topic",
        lambda: subscribe("broken-fifo.fifo"),
        "InvalidParameter",
        "FIFO SQS Queues can not be subscribed to standard SNS topics",
        lambda: subscribe("broken-plain"),
    ),
]


@pytest.mark.parametrize(
    ("call", "code", "message", "mended"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_it_fails_with_the_code_of_aws_and_passes_when_mended(
    call: Callable[[], Any], code: str, message: str, mended: Callable[[], Any]
) -> None:
    refusals.check(call, code, message, mended)
