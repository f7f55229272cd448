"""Storage and identity: the types of the CDK's bootstrap stack, and buckets in full."""

from __future__ import annotations

import json
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
    policy,
    trust,
    types,
)

EVERYTHING = policy("s3:GetObject", Resource="*")
EXPIRE = {
    "rules": [
        {
            "rulePriority": 1,
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": 9,
            },
            "action": {"type": "expire"},
        }
    ]
}
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:types-bucket-events"

CASES = [
    Case(
        "AWS::KMS::Key",
        {
            "Description": "data",
            "Enabled": True,
            "EnableKeyRotation": True,
            "RotationPeriodInDays": 180,
            "KeyPolicy": policy("kms:*", Principal={"AWS": "*"}, Resource="*"),
            "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "MultiRegion": False,
            "PendingWindowInDays": 7,
            "Tags": TAGS,
        },
        {
            "Description": None,
            "EnableKeyRotation": False,
            "RotationPeriodInDays": None,
            "KeyPolicy": policy(
                "kms:*", Sid="Account", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Resource="*"
            ),
            "Tags": TAGS[:1],
        },
        {"Arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/", "KeyId": ""},
    ),
    Case(
        "AWS::SSM::Parameter",
        {
            "Name": "/types/version",
            "Type": "String",
            "Value": "33",
            "Description": "d",
            "Tier": "Standard",
            "DataType": "text",
            "AllowedPattern": ".*",
            "Tags": {"team": "data"},
        },
        {"Value": "34", "Description": None, "Tags": {"stage": "test"}},
        {"Type": "String", "Value": "33"},
        ("ssm", "describe_parameters", "Parameters[].Name"),
    ),
    Case(
        "AWS::ECR::Repository",
        {
            "RepositoryName": "types/images",
            "ImageTagMutability": "IMMUTABLE",
            "ImageScanningConfiguration": {"ScanOnPush": True},
            "EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": KEY},
            "LifecyclePolicy": {"LifecyclePolicyText": json.dumps(EXPIRE)},
            "RepositoryPolicyText": policy("ecr:BatchGetImage", Principal={"Service": "lambda.amazonaws.com"}),
            "EmptyOnDelete": True,
            "Tags": TAGS,
        },
        {"LifecyclePolicy": None, "RepositoryPolicyText": None, "ImageTagMutability": None, "Tags": TAGS[1:]},
        {"Arn": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/types/images", "RepositoryUri": f"{ACCOUNT}.dkr.ecr."},
        ("ecr", "describe_repositories", "repositories[].repositoryName"),
    ),
    Case(
        "AWS::IAM::Role",
        {
            "RoleName": "types-role",
            "AssumeRolePolicyDocument": trust("lambda"),
            "Description": "d",
            "MaxSessionDuration": 7200,
            "Path": "/types/",
            "PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AWSCloudFormationReadOnlyAccess"],
            "Policies": [{"PolicyName": "read", "PolicyDocument": EVERYTHING}],
            "Tags": TAGS,
        },
        {
            "AssumeRolePolicyDocument": trust("glue"),
            "Description": None,
            "PermissionsBoundary": None,
            "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
            "Policies": [{"PolicyName": "write", "PolicyDocument": policy("s3:PutObject", Resource="*")}],
            "Tags": TAGS[:1],
        },
        {"Arn": f"arn:aws:iam::{ACCOUNT}:role/types/types-role", "RoleId": "AROA"},
        ("iam", "list_roles", "Roles[].RoleName"),
    ),
    Case(
        "AWS::IAM::Policy",
        {"PolicyName": "types-inline", "PolicyDocument": EVERYTHING, "Roles": ["types-first", "types-second"]},
        {"PolicyDocument": policy("s3:PutObject", Resource="*"), "Roles": ["types-second"]},
    ),
    Case(
        "AWS::IAM::ManagedPolicy",
        {
            "ManagedPolicyName": "types-managed",
            "Description": "d",
            "Path": "/types/",
            "PolicyDocument": EVERYTHING,
            "Roles": ["types-first"],
        },
        {"PolicyDocument": policy("s3:PutObject", Resource="*"), "Roles": ["types-second"]},
        {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/types/types-managed", "PolicyId": "A"},
    ),
    Case(
        "AWS::S3::Bucket",
        {
            "BucketName": "types-bucket",
            "AccessControl": "Private",
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {
                        "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY},
                        "BucketKeyEnabled": True,
                    }
                ]
            },
            "CorsConfiguration": {
                "CorsRules": [
                    {
                        "Id": "web",
                        "AllowedMethods": ["GET"],
                        "AllowedOrigins": ["https://example.com"],
                        "AllowedHeaders": ["x-a", "x-b"],
                        "ExposedHeaders": ["ETag"],
                        "MaxAge": 60,
                    }
                ]
            },
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "Tidy",
                        "Status": "Enabled",
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                        "ExpirationInDays": 365,
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 3},
                        "NoncurrentVersionTransitions": [{"StorageClass": "GLACIER", "TransitionInDays": 7}],
                        "Transitions": [{"StorageClass": "STANDARD_IA", "TransitionInDays": 60}],
                    },
                    {
                        "Id": "Small",
                        "Status": "Disabled",
                        "Prefix": "logs/",
                        "TagFilters": [{"Key": "a", "Value": "b"}],
                        "ObjectSizeGreaterThan": "10",
                        "ObjectSizeLessThan": "1000",
                        "ExpirationInDays": 7,
                    },
                    {"Id": "Marker", "Status": "Enabled", "ExpiredObjectDeleteMarker": True},
                ]
            },
            "LoggingConfiguration": {"DestinationBucketName": "types-logs", "LogFilePrefix": "s3/"},
            "NotificationConfiguration": {
                "EventBridgeConfiguration": {"EventBridgeEnabled": True},
                "QueueConfigurations": [
                    {
                        "Event": "s3:ObjectCreated:*",
                        "Queue": QUEUE,
                        "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "in/"}]}},
                    }
                ],
            },
            "ObjectLockEnabled": True,
            "ObjectLockConfiguration": {
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": False,
            },
            "VersioningConfiguration": {"Status": "Enabled"},
            "Tags": TAGS,
        },
        {
            "BucketEncryption": None,
            "CorsConfiguration": None,
            "LifecycleConfiguration": None,
            "LoggingConfiguration": None,
            "NotificationConfiguration": None,
            "OwnershipControls": None,
            "PublicAccessBlockConfiguration": None,
            "Tags": None,
        },
        {"Arn": "arn:aws:s3:::types-bucket", "RegionalDomainName": f"types-bucket.s3.{REGION}.amazonaws.com"},
        ("s3", "list_buckets", "Buckets[].Name"),
    ),
    Case(
        "AWS::S3::BucketPolicy",
        {"Bucket": "types-logs", "PolicyDocument": policy("s3:*", Principal="*", Resource="arn:aws:s3:::types-logs/*")},
        {"PolicyDocument": policy("s3:GetObject", Principal="*", Resource="arn:aws:s3:::types-logs/*")},
    ),
]


CHECKED_APART = {"AWS::KMS::Alias"}


@pytest.fixture(scope="module")
def world(emulator: Settings) -> Iterator[World]:
    found = of_stack("Bootstrap")
    for role in ("types-first", "types-second"):
        found.make("AWS::IAM::Role", {"RoleName": role, "AssumeRolePolicyDocument": trust("lambda")})
    owned = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    found.make("AWS::S3::Bucket", {"BucketName": "types-logs", "OwnershipControls": owned})
    queue = found.make("AWS::SQS::Queue", {"QueueName": "types-bucket-events"})
    from_s3 = policy("sqs:SendMessage", Principal={"Service": "s3.amazonaws.com"}, Resource=QUEUE)
    found.make("AWS::SQS::QueuePolicy", {"Queues": [queue], "PolicyDocument": from_s3})
    yield found
    s3 = found.client("s3")
    for delivered in s3.list_objects_v2(Bucket="types-logs").get("Contents", []):
        s3.delete_object(Bucket="types-logs", Key=delivered["Key"])
    found.clear()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_type_keeps_tells_changes_and_deletes_what_its_template_says(case: Case, world: World) -> None:
    check(case, world)


def test_an_alias_follows_its_key_by_id_and_by_arn(world: World) -> None:
    first = world.make("AWS::KMS::Key", {"PendingWindowInDays": 7})
    second = types()["AWS::KMS::Key"].attributes(world.context, world.make("AWS::KMS::Key", {}), {})["Arn"]
    check(
        Case(
            "AWS::KMS::Alias",
            {"AliasName": "alias/types", "TargetKeyId": first},
            {"TargetKeyId": second},
        ),
        world,
    )


def test_a_bucket_that_holds_an_old_version_is_not_deleted(world: World) -> None:
    properties = {"BucketName": "types-full", "VersioningConfiguration": {"Status": "Enabled"}}
    bucket = types()["AWS::S3::Bucket"]
    bucket.create(world.context, properties)
    s3 = world.client("s3")
    version = s3.put_object(Bucket="types-full", Key="a", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket="types-full", Key="a")["VersionId"]
    with pytest.raises(ResourceError, match=r"not empty .*BucketNotEmpty"):
        bucket.delete(world.context, "types-full", properties)
    for one in (version, marker):
        s3.delete_object(Bucket="types-full", Key="a", VersionId=one)
    bucket.delete(world.context, "types-full", properties)


def test_a_role_that_cannot_be_completed_is_taken_away_again(world: World) -> None:
    properties = {
        "RoleName": "types-half",
        "AssumeRolePolicyDocument": trust("lambda"),
        "Policies": [{"PolicyName": "read", "PolicyDocument": EVERYTHING}],
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/NoSuchPolicy"],
    }
    with pytest.raises(ResourceError, match="NoSuchPolicy"):
        types()["AWS::IAM::Role"].create(world.context, properties)
    assert "types-half" not in [role["RoleName"] for role in world.client("iam").list_roles()["Roles"]]


def test_a_role_with_policies_of_others_is_not_deleted(world: World) -> None:
    properties = {"RoleName": "types-held", "AssumeRolePolicyDocument": trust("lambda")}
    world.make("AWS::IAM::Role", properties)
    iam = world.client("iam")
    iam.put_role_policy(RoleName="types-held", PolicyName="other", PolicyDocument=json.dumps(EVERYTHING))
    with pytest.raises(ResourceError, match="DeleteConflict"):
        types()["AWS::IAM::Role"].delete(world.context, "types-held", properties)
    iam.delete_role_policy(RoleName="types-held", PolicyName="other")


def test_a_property_that_the_service_does_not_keep_is_not_told(world: World) -> None:
    controlled = {"BucketName": "types-tagged", "AbacStatus": "Enabled"}
    world.make("AWS::S3::Bucket", controlled)
    assert "AbacStatus" not in types()["AWS::S3::Bucket"].read(world.context, "types-tagged", controlled)
