"""What CloudTrail refuses, with AWS's error codes, and the same once it is mended."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients

ACCOUNT, REGION = "123456789012", "us-east-1"
BUCKET = "broken-trails"
SERVICE = {"Service": "cloudtrail.amazonaws.com"}
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:broken-trails:*"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/broken-trails"
EVERYTHING = {"ReadWriteType": "All", "IncludeManagementEvents": True}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str, resource: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": SERVICE, "Action": action, "Resource": resource, **more}


def set_bucket_policy(condition: dict[str, Any]) -> None:
    acl = allow("s3:GetBucketAcl", f"arn:aws:s3:::{BUCKET}")
    put = allow("s3:PutObject", f"arn:aws:s3:::{BUCKET}/*", Condition=condition)
    clients.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=document(acl, put))


def create(**asked: Any) -> None:
    """Make a trail and delete it again."""
    cloudtrail = clients.client("cloudtrail")
    cloudtrail.create_trail(**{"Name": "broken-made", "S3BucketName": BUCKET, **asked})
    cloudtrail.delete_trail(Name="broken-made")


def call(operation: str, **asked: Any) -> Callable[[], Any]:
    return lambda: getattr(clients.client("cloudtrail"), operation)(**asked)


def select(**selectors: Any) -> Callable[[], Any]:
    return call("put_event_selectors", TrailName="broken-trails", **selectors)


def data(kind: str, *values: str) -> Callable[[], Any]:
    resources = [{"Type": kind, "Values": list(values)}]
    return select(EventSelectors=[{**EVERYTHING, "DataResources": resources}])


def advanced(**fields: list[str]) -> Callable[[], Any]:
    selectors = [{"Field": name.replace("_", "."), "Equals": values} for name, values in fields.items()]
    return select(AdvancedEventSelectors=[{"FieldSelectors": selectors}])


def look_up(**asked: Any) -> Callable[[], Any]:
    return call("lookup_events", **asked)


# What is wrong; the request; AWS's error code; a part of its message; the request mended.
BROKEN: list[tuple[str, Callable[[], Any], str, str, Callable[[], Any]]] = [
    (
        "a bucket that does not exist",
        lambda: create(S3BucketName="broken-absent"),
        "S3BucketDoesNotExistException",
        "broken-absent",
        create,
    ),
    ("a name that is too short", lambda: create(Name="ab"), "InvalidTrailNameException", "too short", create),
    (
        "a name that is taken",
        call("create_trail", Name="broken-trails", S3BucketName=BUCKET),
        "TrailAlreadyExistsException",
        "broken-trails",
        create,
    ),
    (
        "a topic that does not exist",
        lambda: create(SnsTopicName="broken-absent"),
        "InsufficientSnsTopicPolicyException",
        "SNS Topic does not exist or the topic policy is incorrect!",
        lambda: create(SnsTopicName="broken-trails"),
    ),
    (
        "a log group without a role",
        lambda: create(CloudWatchLogsLogGroupArn=GROUP),
        "InvalidCloudWatchLogsRoleArnException",
        "together",
        lambda: create(CloudWatchLogsLogGroupArn=GROUP, CloudWatchLogsRoleArn=ROLE),
    ),
    (
        "a role that does not trust CloudTrail",
        lambda: create(CloudWatchLogsLogGroupArn=GROUP, CloudWatchLogsRoleArn=f"{ROLE}-other"),
        "InvalidCloudWatchLogsRoleArnException",
        "Check the trust relationships for your role.",
        lambda: create(CloudWatchLogsLogGroupArn=GROUP, CloudWatchLogsRoleArn=ROLE),
    ),
    (
        "several regions without global events",
        lambda: create(IsMultiRegionTrail=True, IncludeGlobalServiceEvents=False),
        "InvalidParameterCombinationException",
        "Multi-Region trail must include global service events.",
        lambda: create(IsMultiRegionTrail=True),
    ),
    (
        "a trail that does not exist",
        call("start_logging", Name="broken-absent"),
        "TrailNotFoundException",
        "trail/broken-absent",
        call("stop_logging", Name="broken-trails"),
    ),
    (
        "data events of a type that needs advanced selectors",
        data("AWS::SQS::Queue", "arn:aws:sqs"),
        "InvalidEventSelectorsException",
        "AWS::SQS::Queue",
        data("AWS::S3::Object", "arn:aws:s3:::"),
    ),
    (
        "an advanced selector without a category",
        advanced(eventName=["PutObject"]),
        "InvalidEventSelectorsException",
        "eventCategory",
        advanced(eventCategory=["Data"], resources_type=["AWS::S3::Object"], eventName=["PutObject"]),
    ),
    (
        "a page that is too large",
        look_up(MaxResults=51),
        "InvalidMaxResultsException",
        "between 1 and 50",
        look_up(MaxResults=1),
    ),
    (
        "a page that nobody gave",
        look_up(NextToken="nobody's"),
        "InvalidNextTokenException",
        "not valid",
        look_up(MaxResults=1),
    ),
    (
        "an end before the start",
        look_up(StartTime=2_000, EndTime=1_000),
        "InvalidTimeRangeException",
        "before the end time",
        look_up(StartTime=1_000, EndTime=2_000),
    ),
]


@pytest.fixture(scope="module", autouse=True)
def _before(emulator: Any) -> None:
    assert emulator.port
    clients.client("s3").create_bucket(Bucket=BUCKET)
    set_bucket_policy({"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}})
    sns, iam = clients.client("sns"), clients.client("iam")
    topic = sns.create_topic(Name="broken-trails")["TopicArn"]
    policy = document(allow("sns:Publish", topic))
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    clients.client("logs").create_log_group(logGroupName="broken-trails")
    for name, service in (("broken-trails", "cloudtrail"), ("broken-trails-other", "lambda")):
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": f"{service}.amazonaws.com"}}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    clients.client("cloudtrail").create_trail(Name="broken-trails", S3BucketName=BUCKET)


@pytest.mark.parametrize(
    ("broken", "code", "message", "mended"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_it_fails_with_aws_s_error_and_works_when_it_is_mended(
    broken: Callable[[], Any], code: str, message: str, mended: Callable[[], Any]
) -> None:
    with pytest.raises(ClientError) as raised:
        broken()
    error = raised.value.response["Error"]
    assert error["Code"] == code
    assert message in error["Message"]
    mended()


def test_a_bucket_whose_policy_names_another_trail() -> None:
    own, other = (f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{name}" for name in ("broken-made", "other"))
    set_bucket_policy({"StringEquals": {"aws:SourceArn": other}})
    with pytest.raises(ClientError, match="Incorrect S3 bucket policy is detected for bucket") as raised:
        create()
    assert raised.value.response["Error"]["Code"] == "InsufficientS3BucketPolicyException"
    set_bucket_policy({"StringEquals": {"aws:SourceArn": own, "s3:x-amz-acl": "bucket-owner-full-control"}})
    create()
    set_bucket_policy({"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}})


def test_a_key_that_does_not_let_cloudtrail_encrypt() -> None:
    kms = clients.client("kms")
    with pytest.raises(ClientError) as raised:
        create(KmsKeyId="alias/broken-absent")
    assert raised.value.response["Error"]["Code"] == "KmsKeyNotFoundException"
    key = kms.create_key()["KeyMetadata"]["Arn"]
    with pytest.raises(ClientError, match="Insufficient permissions to access S3 bucket") as raised:
        create(KmsKeyId=key)
    assert raised.value.response["Error"]["Code"] == "InsufficientEncryptionPolicyException"
    root = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    policy = document(root, allow("kms:GenerateDataKey*", "*"))
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
    create(KmsKeyId=key)


def test_a_bucket_that_is_closed_later_is_told_by_the_trail_s_status() -> None:
    cloudtrail = clients.client("cloudtrail")
    cloudtrail.put_event_selectors(TrailName="broken-trails", EventSelectors=[EVERYTHING])
    cloudtrail.start_logging(Name="broken-trails")
    clients.client("s3").delete_bucket_policy(Bucket=BUCKET)
    cloudtrail.stop_logging(Name="broken-trails")
    assert cloudtrail.get_trail_status(Name="broken-trails")["LatestDeliveryError"] == "AccessDenied"
    set_bucket_policy({"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}})
    cloudtrail.start_logging(Name="broken-trails")
    clients.client("ssm").describe_parameters()
    cloudtrail.stop_logging(Name="broken-trails")
    assert "LatestDeliveryError" not in cloudtrail.get_trail_status(Name="broken-trails")
