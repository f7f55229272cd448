"""CloudTrail's resource types."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.settings import Settings
from tests.emulator.resource_type_contract import (
    ACCOUNT,
    REGION,
    TAGS,
    Case,
    World,
    check,
    of_stack,
    policy,
    trust,
)

SERVICE = {"Service": "cloudtrail.amazonaws.com"}
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/types/trail:*"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/types-trail"
DATA = {"Field": "eventCategory", "Equals": ["Data"]}
OBJECTS = {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}
PREFIX = {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::types-trail/in/"]}

CASES = [
    Case(
        "AWS::CloudTrail::Trail",
        {
            "TrailName": "types-trail",
            "S3BucketName": "types-trail",
            "S3KeyPrefix": "logs",
            "IsLogging": True,
            "EnableLogFileValidation": True,
            "IncludeGlobalServiceEvents": True,
            "IsMultiRegionTrail": True,
            "CloudWatchLogsLogGroupArn": GROUP,
            "CloudWatchLogsRoleArn": ROLE,
            "SnsTopicName": "types-trail",
            "EventSelectors": [
                {
                    "ReadWriteType": "WriteOnly",
                    "IncludeManagementEvents": True,
                    "ExcludeManagementEventSources": ["kms.amazonaws.com"],
                    "DataResources": [{"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]}],
                }
            ],
            "InsightSelectors": [{"InsightType": "ApiErrorRateInsight"}],
            "Tags": TAGS,
        },
        {
            "IsLogging": False,
            "S3KeyPrefix": None,
            "CloudWatchLogsLogGroupArn": None,
            "CloudWatchLogsRoleArn": None,
            "EventSelectors": None,
            "AdvancedEventSelectors": [{"Name": "objects", "FieldSelectors": [DATA, OBJECTS, PREFIX]}],
            "InsightSelectors": None,
            "Tags": TAGS[:1],
        },
        {
            "Arn": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/types-trail",
            "SnsTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:types-trail",
        },
        ("cloudtrail", "list_trails", "Trails[].Name"),
    ),
]


@pytest.fixture(scope="module")
def world(emulator: Settings) -> Iterator[World]:
    assert emulator.port
    found = of_stack("Trails")
    found.make("AWS::S3::Bucket", {"BucketName": "types-trail"})
    allowed = policy("s3:*", Principal=SERVICE, Resource=["arn:aws:s3:::types-trail", "arn:aws:s3:::types-trail/*"])
    found.make("AWS::S3::BucketPolicy", {"Bucket": "types-trail", "PolicyDocument": allowed})
    found.make("AWS::SNS::Topic", {"TopicName": "types-trail"})
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:types-trail"
    allowed = policy("sns:Publish", Principal=SERVICE, Resource=topic)
    found.make("AWS::SNS::TopicPolicy", {"Topics": [topic], "PolicyDocument": allowed})
    found.make("AWS::Logs::LogGroup", {"LogGroupName": "/types/trail"})
    found.make("AWS::IAM::Role", {"RoleName": "types-trail", "AssumeRolePolicyDocument": trust("cloudtrail")})
    yield found
    for listed in found.client("s3").list_objects_v2(Bucket="types-trail").get("Contents", []):
        found.client("s3").delete_object(Bucket="types-trail", Key=listed["Key"])
    found.clear()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_type_keeps_tells_changes_and_deletes_what_its_template_says(case: Case, world: World) -> None:
    check(case, world)
