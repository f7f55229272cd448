"""What outlives the stacks of an environment: found, priced and, when asked for, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from crispstack.aws import prices
from crispstack.aws.environment import Environment
from crispstack.errors import CrispError

_BUCKET, _KEY, _LOGS, _PARAMETER = "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::SSM::Parameter"
_MODELS = "AWS::SageMaker::ModelPackageGroup"
_TYPES = (_BUCKET, _KEY, _LOGS, _PARAMETER)
_AT_A_TIME = 1000
_ABSENT = ("404", "NoSuchBucket", "NotFoundException", "ParameterNotFound", "ResourceNotFoundException")


@dataclass(frozen=True)
class Resource:
    """A resource that a stack made, or that the platform made at run time (`stack` is empty)."""

    type: str
    name: str
    stack: str


@dataclass(frozen=True)
class Remaining:
    """A resource that is still there: its size in bytes, and what it costs in US dollars a month."""

    resource: Resource
    size: int
    monthly_cost: float


def known(environment: Environment) -> list[Resource]:
    """Resources that hold data: of every stack of the environment, deleted ones too, and those made at run time."""
    made_at_run_time = (*_parameters(environment), *_groups_of_models(environment))
    found = {resource.name: resource for resource in (*_of_stacks(environment), *made_at_run_time)}
    return list(found.values())


def remaining(resources: list[Resource]) -> list[Remaining]:
    """Those of the resources that are still there."""
    kept: list[Remaining] = []
    for resource in resources:
        try:
            kept.extend(_find(resource))
        except ClientError as error:
            if error.response["Error"]["Code"] not in _ABSENT:
                raise
    return kept


def delete(resource: Resource) -> None:
    """Delete the resource and what it holds; a key is scheduled for deletion in seven days, as soon as AWS allows."""
    if resource.type == _BUCKET:
        _empty(resource.name)
        boto3.client("s3").delete_bucket(Bucket=resource.name)
    elif resource.type == _KEY:
        boto3.client("kms").schedule_key_deletion(KeyId=resource.name, PendingWindowInDays=7)
    elif resource.type == _LOGS:
        boto3.client("logs").delete_log_group(logGroupName=resource.name)
    elif resource.type == _MODELS:
        for arn in _versions_of_models(resource.name):
            boto3.client("sagemaker").delete_model_package(ModelPackageName=arn)
        boto3.client("sagemaker").delete_model_package_group(ModelPackageGroupName=resource.name)
    else:
        boto3.client("ssm").delete_parameter(Name=resource.name)


def _of_stacks(environment: Environment) -> Iterator[Resource]:
    cloudformation = boto3.client("cloudformation")
    for page in cloudformation.get_paginator("list_stacks").paginate():
        for stack in page["StackSummaries"]:
            if stack["StackName"].startswith(environment.stack("")):
                yield from _of_stack(cloudformation, stack)


def _of_stack(cloudformation: Any, stack: dict[str, Any]) -> Iterator[Resource]:
    deleted = stack["StackStatus"] == "DELETE_COMPLETE"
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack["StackId"]):
        for each in page["StackResourceSummaries"]:
            kept = not deleted or each["ResourceStatus"] == "DELETE_SKIPPED"
            if kept and each["ResourceType"] in _TYPES and each.get("PhysicalResourceId"):
                yield Resource(each["ResourceType"], each["PhysicalResourceId"], stack["StackName"])


def _parameters(environment: Environment) -> Iterator[Resource]:
    pages = boto3.client("ssm").get_paginator("get_parameters_by_path")
    for page in pages.paginate(Path=f"/crispstack/{environment.name}/", Recursive=True):
        for parameter in page["Parameters"]:
            yield Resource(_PARAMETER, parameter["Name"], "")


def _groups_of_models(environment: Environment) -> Iterator[Resource]:
    prefix = f"{environment.prefix}-"
    pages = boto3.client("sagemaker").get_paginator("list_model_package_groups").paginate(NameContains=prefix)
    for page in pages:
        for group in page["ModelPackageGroupSummaryList"]:
            if group["ModelPackageGroupName"].startswith(prefix):
                yield Resource(_MODELS, group["ModelPackageGroupName"], "")


def _versions_of_models(group: str) -> list[str]:
    pages = boto3.client("sagemaker").get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    return [package["ModelPackageArn"] for page in pages for package in page["ModelPackageSummaryList"]]


def _find(resource: Resource) -> Iterator[Remaining]:
    if resource.type == _BUCKET:
        boto3.client("s3").head_bucket(Bucket=resource.name)
        size = sum(each["Size"] for page in _versions(resource.name) for each in page.get("Versions", []))
        yield Remaining(resource, size, size / prices.GIB * prices.S3_STANDARD_PER_GIB)
    elif resource.type == _KEY:
        state = boto3.client("kms").describe_key(KeyId=resource.name)["KeyMetadata"]["KeyState"]
        if state != "PendingDeletion":
            yield Remaining(resource, 0, prices.KMS_KEY)
    elif resource.type == _LOGS:
        groups = boto3.client("logs").describe_log_groups(logGroupNamePrefix=resource.name)["logGroups"]
        for group in groups:
            if group["logGroupName"] == resource.name:
                size = int(group.get("storedBytes", 0))
                yield Remaining(resource, size, size / prices.GIB * prices.LOGS_PER_GIB)
    elif resource.type == _MODELS:
        groups = boto3.client("sagemaker").list_model_package_groups(NameContains=resource.name)
        if any(each["ModelPackageGroupName"] == resource.name for each in groups["ModelPackageGroupSummaryList"]):
            yield Remaining(resource, 0, 0.0)  # the registry is free of charge
    else:
        boto3.client("ssm").get_parameter(Name=resource.name)
        yield Remaining(resource, 0, prices.SSM_STANDARD_PARAMETER)


def _versions(bucket: str) -> Iterator[dict[str, Any]]:
    yield from boto3.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket)


def _empty(bucket: str) -> None:
    """Delete all versions, listed from the start each time: a listing goes on after a version, which must be there."""
    s3 = boto3.client("s3")
    bypass = {"BypassGovernanceRetention": True} if _is_locked(bucket) else {}
    while True:
        page = s3.list_object_versions(Bucket=bucket, MaxKeys=_AT_A_TIME)
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if not found:
            return
        objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        refused = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True}, **bypass).get("Errors")
        if refused:
            raise CrispError(f"s3://{bucket}/{refused[0]['Key']} cannot be deleted: {refused[0]['Message']}")


def _is_locked(bucket: str) -> bool:
    """Whether versions are locked by default; who empties the bucket needs the right to bypass that."""
    s3 = boto3.client("s3")
    try:
        return bool(s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"].get("Rule"))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ObjectLockConfigurationNotFoundError":
            raise
        return False
