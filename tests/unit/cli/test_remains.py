from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from crispstack.aws import remains
from crispstack.aws.environment import Environment
from tests.unit.evaluation import model_registry

ENVIRONMENT = Environment("dev", "123456789012", "us-east-1")


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


def deploy() -> str:
    template = {
        "Resources": {
            "Data": {
                "Type": "AWS::S3::Bucket",
                "Properties": {"BucketName": "data-of-dev"},
                "DeletionPolicy": "Retain",
            },
            "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {}}, "DeletionPolicy": "Retain"},
            "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/dev"}},
            "Topic": {"Type": "AWS::SNS::Topic"},
        }
    }
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName="crispstack-dev-storage", TemplateBody=json.dumps(template))
    cloudformation.create_stack(StackName="crispstack-other-storage", TemplateBody=json.dumps({"Resources": {}}))
    boto3.client("ssm").put_parameter(Name="/crispstack/dev/champion/p", Value="v", Type="String")
    s3 = boto3.client("s3")
    s3.put_bucket_versioning(Bucket="data-of-dev", VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        s3.put_object(Bucket="data-of-dev", Key="k", Body=b"x" * 1000)
    s3.delete_object(Bucket="data-of-dev", Key="k")
    resources = cloudformation.describe_stack_resources(StackName="crispstack-dev-storage")["StackResources"]
    return str(next(each["PhysicalResourceId"] for each in resources if each["LogicalResourceId"] == "Key"))


def test_what_holds_data_is_known_and_priced_with_all_its_versions() -> None:
    key = deploy()
    found = {each.resource.name: each for each in remains.remaining(remains.known(ENVIRONMENT))}
    assert set(found) == {"data-of-dev", key, "/dev", "/crispstack/dev/champion/p"}
    assert found["data-of-dev"].size == 2000
    assert found["data-of-dev"].monthly_cost == pytest.approx(2000 / 1024**3 * 0.023)
    assert found[key].monthly_cost == 1.0


def test_what_is_gone_does_not_remain() -> None:
    deploy()
    known = remains.known(ENVIRONMENT)
    boto3.client("logs").delete_log_group(logGroupName="/dev")
    boto3.client("ssm").delete_parameter(Name="/crispstack/dev/champion/p")
    kinds = sorted(each.resource.type for each in remains.remaining(known))
    assert kinds == ["AWS::KMS::Key", "AWS::S3::Bucket"]


def test_deleting_leaves_nothing_that_costs() -> None:
    key = deploy()
    known = remains.known(ENVIRONMENT)
    for each in remains.remaining(known):
        remains.delete(each.resource)
    assert remains.remaining(known) == []
    assert boto3.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert boto3.client("s3").list_buckets()["Buckets"] == []


def test_a_bucket_of_more_versions_than_are_listed_at_once_is_emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remains, "_AT_A_TIME", 3)
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="crowded")
    s3.put_bucket_versioning(Bucket="crowded", VersioningConfiguration={"Status": "Enabled"})
    for number in range(10):
        s3.put_object(Bucket="crowded", Key=f"k{number % 2}", Body=b"")
    s3.delete_object(Bucket="crowded", Key="k0")
    remains.delete(remains.Resource("AWS::S3::Bucket", "crowded", ""))
    assert s3.list_buckets()["Buckets"] == []


def test_registered_models_remain_and_are_deleted_with_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    model_registry.use(monkeypatch)
    sagemaker = boto3.client("sagemaker")
    for group in ("crispstack-dev-wine", "crispstack-development-wine", "my-crispstack-dev-wine"):
        sagemaker.create_model_package_group(ModelPackageGroupName=group)
        for _ in range(2):
            sagemaker.create_model_package(ModelPackageGroupName=group)
    [found] = remains.remaining(remains.known(ENVIRONMENT))
    assert (found.resource.name, found.monthly_cost) == ("crispstack-dev-wine", 0.0)
    remains.delete(found.resource)
    assert remains.remaining([found.resource]) == []
    listed = sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert sorted(each["ModelPackageGroupName"] for each in listed) == [
        "crispstack-development-wine",
        "my-crispstack-dev-wine",
    ]
