"""Types of streams of messages: Firehose's delivery streams, and what FIFO queues and topics have of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.cloudformation.resource_type import ResourceError
from emulator.settings import Settings
from tests.emulator.resource_type_contract import (
    ACCOUNT,
    KEY,
    REGION,
    TAGS,
    Case,
    World,
    check,
    of_stack,
    trust,
    types,
)

ROLE = f"arn:aws:iam::{ACCOUNT}:role/types-streams"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}"
DESTINATION = {
    "BucketARN": "arn:aws:s3:::types-streams",
    "RoleARN": ROLE,
    "Prefix": "in/!{timestamp:yyyy}/",
    "ErrorOutputPrefix": "bad/!{firehose:error-output-type}/",
    "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
    "CompressionFormat": "UNCOMPRESSED",
    "CloudWatchLoggingOptions": {"Enabled": True, "LogGroupName": "g", "LogStreamName": "s"},
    "EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": KEY}},
}

CASES = [
    Case(
        "AWS::KinesisFirehose::DeliveryStream",
        {
            "DeliveryStreamName": "types-stream",
            "DeliveryStreamType": "DirectPut",
            "ExtendedS3DestinationConfiguration": {
                **DESTINATION,
                "DataFormatConversionConfiguration": {
                    "Enabled": True,
                    "SchemaConfiguration": {"RoleARN": ROLE, "DatabaseName": "d", "TableName": "t"},
                    "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
                    "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {"Compression": "SNAPPY"}}},
                },
            },
            "Tags": TAGS,
        },
        {
            "ExtendedS3DestinationConfiguration": {
                **DESTINATION,
                "Prefix": "other/!{timestamp:MM}/",
                "DataFormatConversionConfiguration": {"Enabled": False},
            },
            "Tags": TAGS[:1],
        },
        {"Arn": f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/types-stream"},
        ("firehose", "list_delivery_streams", "DeliveryStreamNames"),
    ),
    Case(
        "AWS::SQS::Queue",
        {
            "QueueName": "types-ordered.fifo",
            "FifoQueue": True,
            "ContentBasedDeduplication": True,
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
            "RedriveAllowPolicy": {"redrivePermission": "byQueue", "sourceQueueArns": [f"{QUEUE}:a.fifo"]},
        },
        {"VisibilityTimeout": 60, "RedriveAllowPolicy": {"redrivePermission": "denyAll"}},
        {"Arn": f"{QUEUE}:types-ordered.fifo"},
    ),
    Case(
        "AWS::SNS::Topic",
        {"TopicName": "types-ordered.fifo", "FifoTopic": True, "ContentBasedDeduplication": True, "Tags": TAGS},
        {"ContentBasedDeduplication": False, "Tags": TAGS[:1]},
        {"TopicName": "types-ordered.fifo"},
    ),
]


@pytest.fixture(scope="module")
def world(emulator: Settings) -> Iterator[World]:
    assert emulator.account == ACCOUNT
    made = of_stack("types-streams")
    made.make("AWS::IAM::Role", {"RoleName": "types-streams", "AssumeRolePolicyDocument": trust("firehose")})
    yield made
    made.clear()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_type_keeps_tells_changes_and_deletes_what_its_template_says(case: Case, world: World) -> None:
    check(case, world)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"DeliveryStreamType": "MSKAsSource"}, "DeliveryStreamType MSKAsSource is not supported"),
        (
            {"ExtendedS3DestinationConfiguration": {**DESTINATION, "Prefix": "!{nothing:x}/"}},
            "unknown namespace nothing",
        ),
        ({"ExtendedS3DestinationConfiguration": {**DESTINATION, "S3BackupMode": "Enabled"}}, "S3BackupMode Enabled"),
        (
            {"ExtendedS3DestinationConfiguration": {**DESTINATION, "RoleARN": f"{ROLE}-none"}},
            "unable to assume role",
        ),
    ],
)
def test_what_a_stream_cannot_have_here_is_refused_by_name(
    world: World, properties: dict[str, object], reason: str
) -> None:
    with pytest.raises(ResourceError, match=reason):
        types()["AWS::KinesisFirehose::DeliveryStream"].create(
            world.context, {"ExtendedS3DestinationConfiguration": DESTINATION, **properties}
        )
