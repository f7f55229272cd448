"""Buckets with all that is said about their objects, and tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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
    policy,
    types,
)

KEYS: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "at", "AttributeType": "N"},
        {"AttributeName": "kind", "AttributeType": "S"},
    ],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
}
INDEX = {
    "IndexName": "by-kind",
    "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
RESOURCE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/types-table"

REPORTS = "arn:aws:s3:::types-reports"
TAGGED = {"Prefix": "in/", "TagFilters": [{"Key": "a", "Value": "b"}]}

CASES = [
    Case(
        "AWS::S3::Bucket",
        {
            "BucketName": "types-whole",
            "VersioningConfiguration": {"Status": "Enabled"},
            "AccelerateConfiguration": {"AccelerationStatus": "Enabled"},
            "ReplicationConfiguration": {
                "Role": f"arn:aws:iam::{ACCOUNT}:role/types-replication",
                "Rules": [
                    {
                        "Id": "copy",
                        "Status": "Enabled",
                        "Priority": 2,
                        "Filter": {"And": {"Prefix": "in/", "TagFilters": [{"Key": "a", "Value": "b"}]}},
                        "DeleteMarkerReplication": {"Status": "Disabled"},
                        "Destination": {
                            "Bucket": REPORTS,
                            "StorageClass": "STANDARD_IA",
                            "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
                            "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}},
                        },
                    }
                ],
            },
            "WebsiteConfiguration": {
                "IndexDocument": "index.html",
                "ErrorDocument": "error.html",
                "RoutingRules": [
                    {
                        "RoutingRuleCondition": {"KeyPrefixEquals": "old/"},
                        "RedirectRule": {"ReplaceKeyPrefixWith": "new/", "HttpRedirectCode": "302"},
                    }
                ],
            },
            "LifecycleConfiguration": {
                "TransitionDefaultMinimumObjectSize": "varies_by_storage_class",
                "Rules": [
                    {
                        "Id": "old",
                        "Status": "Enabled",
                        "Prefix": "in/",
                        "NoncurrentVersionTransitions": [
                            {"StorageClass": "GLACIER", "TransitionInDays": 7, "NewerNoncurrentVersions": 2}
                        ],
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 3},
                    }
                ],
            },
            "AnalyticsConfigurations": [
                {
                    "Id": "classes",
                    **TAGGED,
                    "StorageClassAnalysis": {
                        "DataExport": {
                            "OutputSchemaVersion": "V_1",
                            "Destination": {"BucketArn": REPORTS, "Format": "CSV", "Prefix": "a/"},
                        }
                    },
                },
                {"Id": "plain", "StorageClassAnalysis": {}},
            ],
            "IntelligentTieringConfigurations": [
                {
                    "Id": "tiers",
                    **TAGGED,
                    "Status": "Enabled",
                    "Tierings": [{"AccessTier": "ARCHIVE_ACCESS", "Days": 90}],
                }
            ],
            "InventoryConfigurations": [
                {
                    "Id": "weekly",
                    "Enabled": True,
                    "IncludedObjectVersions": "Current",
                    "ScheduleFrequency": "Weekly",
                    "OptionalFields": ["Size", "ETag"],
                    "Prefix": "in/",
                    "Destination": {"BucketArn": REPORTS, "BucketAccountId": ACCOUNT, "Format": "Parquet"},
                }
            ],
            "MetricsConfigurations": [{"Id": "all"}, {"Id": "tagged", "TagFilters": [{"Key": "a", "Value": "b"}]}],
        },
        {
            "AccelerateConfiguration": {"AccelerationStatus": "Suspended"},
            "ReplicationConfiguration": None,
            "WebsiteConfiguration": None,
            "AnalyticsConfigurations": [{"Id": "plain", "StorageClassAnalysis": {}}],
            "IntelligentTieringConfigurations": None,
            "InventoryConfigurations": None,
            "MetricsConfigurations": [{"Id": "all", "Prefix": "out/"}],
        },
        {"Arn": "arn:aws:s3:::types-whole"},
    ),
    Case(
        "AWS::DynamoDB::Table",
        {
            "TableName": "types-table",
            **KEYS,
            "BillingMode": "PAY_PER_REQUEST",
            "GlobalSecondaryIndexes": [INDEX],
            "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
            "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY},
            "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "DeletionProtectionEnabled": False,
            "ResourcePolicy": {"PolicyDocument": policy("dynamodb:GetItem", Principal="*", Resource=RESOURCE)},
            "Tags": TAGS,
        },
        {
            "GlobalSecondaryIndexes": [{**INDEX, "Projection": {"ProjectionType": "KEYS_ONLY"}}],
            "TimeToLiveSpecification": None,
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False},
            "ResourcePolicy": None,
            "Tags": TAGS[:1],
        },
        {"Arn": RESOURCE, "StreamArn": f"{RESOURCE}/stream/"},
        ("dynamodb", "list_tables", "TableNames"),
    ),
    Case(
        "AWS::DynamoDB::GlobalTable",
        {
            "TableName": "types-global",
            **KEYS,
            "BillingMode": "PAY_PER_REQUEST",
            "GlobalSecondaryIndexes": [INDEX],
            "Replicas": [
                {
                    "Region": REGION,
                    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                    "DeletionProtectionEnabled": False,
                    "Tags": TAGS,
                }
            ],
        },
        {"Replicas": [{"Region": REGION, "Tags": TAGS[:1]}]},
        {"Arn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/types-global"},
    ),
]


@pytest.fixture(scope="module")
def world(emulator: Settings) -> Iterator[World]:
    found = of_stack("Storage")
    yield found
    found.clear()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_type_keeps_tells_changes_and_deletes_what_its_template_says(case: Case, world: World) -> None:
    check(case, world)


def test_a_global_table_has_no_replicas_elsewhere(world: World) -> None:
    replicas = [{"Region": REGION}, {"Region": "eu-west-1"}]
    properties = {"TableName": "types-far", **KEYS, "BillingMode": "PAY_PER_REQUEST", "Replicas": replicas}
    with pytest.raises(ResourceError, match="does not support replicas"):
        types()["AWS::DynamoDB::GlobalTable"].create(world.context, properties)
