"""What CloudTrail checks before it makes or changes a trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.cloudtrail.exceptions import InsufficientSnsTopicPolicyException, S3BucketDoesNotExistException
from moto.core.exceptions import JsonRESTError
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from emulator import settings
from emulator.identity import credentials, lookups
from emulator.identity.credentials import RoleError
from emulator.services.cloudtrail import access, selectors

_SELECTORS, _VALUES = 5, 250
_CATEGORIES = ("Management", "Data")


def refused(code: str, message: str) -> JsonRESTError:
    """One of CloudTrail's errors."""
    error = JsonRESTError(code, message)
    error.code = 400
    return error


def check(asked: Mapping[str, Any], trail_arn: str, region: str) -> None:
    """Check that CloudTrail may deliver where a trail says.

    Raises:
        JsonRESTError: what is named does not exist, or its policy does not let CloudTrail in.
    """
    if asked.get("IsOrganizationTrail"):
        raise refused(
            "OrganizationsNotInUseException",
            "The request could not be processed because your account is not a member of an organization.",
        )
    if asked.get("IsMultiRegionTrail") and asked.get("IncludeGlobalServiceEvents") is False:
        raise refused("InvalidParameterCombinationException", "Multi-Region trail must include global service events.")
    _check_bucket(asked, trail_arn)
    topic = str(asked.get("SnsTopicName") or "")
    arn = topic if topic.startswith("arn:") else f"arn:aws:sns:{region}:{settings.current().account}:{topic}"
    if topic and not access.topic_allows(arn, trail_arn):
        raise InsufficientSnsTopicPolicyException("SNS Topic does not exist or the topic policy is incorrect!")
    _check_key(asked, trail_arn, region)
    _check_log_group(asked, trail_arn, region)


def _check_bucket(asked: Mapping[str, Any], trail_arn: str) -> None:
    bucket, account = asked["S3BucketName"], settings.current().account
    if not access.bucket_exists(bucket):
        raise S3BucketDoesNotExistException(f"S3 bucket {bucket} does not exist!")
    given = str(asked.get("S3KeyPrefix") or "").strip("/")
    key = f"{given}/AWSLogs/{account}/a" if given else f"AWSLogs/{account}/a"
    needed = (("s3:GetBucketAcl", ""), ("s3:PutObject", key))
    if not all(access.bucket_allows(bucket, action, each, trail_arn) for action, each in needed):
        raise refused(
            "InsufficientS3BucketPolicyException", f"Incorrect S3 bucket policy is detected for bucket: {bucket}"
        )


def _check_key(asked: Mapping[str, Any], trail_arn: str, region: str) -> None:
    key = asked.get("KmsKeyId")
    if key and not access.key_exists(key, region):
        raise refused("KmsKeyNotFoundException", f"KMS key not found: {key}")
    if key and not access.key_allows(key, region, trail_arn):
        raise refused(
            "InsufficientEncryptionPolicyException",
            f"Insufficient permissions to access S3 bucket {asked['S3BucketName']} or KMS key {key}.",
        )


def _check_log_group(asked: Mapping[str, Any], trail_arn: str, region: str) -> None:
    group, role = asked.get("CloudWatchLogsLogGroupArn"), asked.get("CloudWatchLogsRoleArn")
    if bool(group) != bool(role):
        raise refused(
            f"InvalidCloudWatchLogs{'RoleArn' if group else 'LogGroupArn'}Exception",
            "You must specify the ARNs of a log group and of a role together.",
        )
    if not group or not role:
        return
    name = group.partition(":log-group:")[2].removesuffix(":*")
    if not name or name not in lookups.backend("logs", region, settings.current()).groups:
        raise refused(
            "InvalidCloudWatchLogsLogGroupArnException",
            "CloudTrail cannot validate the specified log group ARN.",
        )
    try:
        iam_backends[settings.current().account]["aws"].get_role_by_arn(role)
        credentials.for_role(role, "CloudTrail", "cloudtrail.amazonaws.com", source_arn=trail_arn)
    except (NotFoundException, RoleError):
        raise refused(
            "InvalidCloudWatchLogsRoleArnException", "Access denied. Check the trust relationships for your role."
        ) from None


def check_selectors(basic: Sequence[Mapping[str, Any]], advanced: Sequence[Mapping[str, Any]]) -> None:
    """Check PutEventSelectors' request.

    Raises:
        JsonRESTError: a selector is not valid, or of a resource type that is not logged here.
    """
    if bool(basic) == bool(advanced):
        raise _invalid("Specify either EventSelectors or AdvancedEventSelectors")
    if len(basic) > _SELECTORS:
        raise _invalid(f"A trail can have up to {_SELECTORS} event selectors")
    for selector in basic:
        _check_basic(selector)
    for selector in advanced:
        _check_advanced(selector)


def _check_basic(selector: Mapping[str, Any]) -> None:
    resources = selector.get("DataResources") or []
    if selector.get("ReadWriteType", "All") not in ("All", "ReadOnly", "WriteOnly"):
        raise _invalid("ReadWriteType must be All, ReadOnly or WriteOnly")
    if selector.get("IncludeManagementEvents") is False and not resources:
        raise _invalid("A selector must include management events or data resources")
    if sum(len(resource.get("Values") or []) for resource in resources) > _VALUES:
        raise _invalid(f"A trail can have up to {_VALUES} data resources")
    for resource in resources:
        if resource["Type"] not in selectors.BASIC_TYPES:
            raise _invalid(f"The resource type {resource['Type']} needs advanced event selectors")
        for value in resource.get("Values") or []:
            if not value.startswith("arn:"):
                raise _invalid(f"Value {value} for DataResources.Values is invalid.")


def _check_advanced(selector: Mapping[str, Any]) -> None:
    fields = {each["Field"]: each for each in selector["FieldSelectors"]}
    categories = (fields.get("eventCategory") or {}).get("Equals") or []
    if len(categories) != 1 or categories[0] not in _CATEGORIES:
        raise _invalid("eventCategory must be Management or Data; others are not supported by this emulator")
    for name, each in fields.items():
        if name not in selectors.FIELDS:
            raise _invalid(f"The field {name} is not supported")
        if not any(each.get(operator) for operator in selectors.OPERATORS):
            raise _invalid(f"The field {name} needs an operator with values")
    types = (fields.get("resources.type") or {}).get("Equals") or []
    if categories == ["Data"] and len(types) != 1:
        raise _invalid("resources.type must equal one type of data events")
    for kind in types:
        if kind not in selectors.TYPES:
            raise _invalid(f"data events of {kind} are not supported by this emulator")


def _invalid(message: str) -> JsonRESTError:
    return refused("InvalidEventSelectorsException", message)
