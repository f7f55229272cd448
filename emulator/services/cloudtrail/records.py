"""Records in CloudTrail's format.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator import settings
from emulator.services.cloudtrail import elements, operation, user_identity
from emulator.services.cloudtrail.call import Call
from emulator.services.cloudtrail.operation import S3_OBJECT, CalledOperation

_VERSION = "1.11"
# Services whose events belong to no region; they are told in us-east-1.
GLOBAL = ("iam", "sts", "cloudfront", "route53", "organizations")
# A parameter's name -> type of the resource that it names.
_RESOURCES = {
    "bucketName": "AWS::S3::Bucket",
    "functionName": "AWS::Lambda::Function",
    "roleName": "AWS::IAM::Role",
    "roleArn": "AWS::IAM::Role",
    "userName": "AWS::IAM::User",
    "policyArn": "AWS::IAM::Policy",
    "tableName": "AWS::DynamoDB::Table",
    "topicArn": "AWS::SNS::Topic",
    "queueUrl": "AWS::SQS::Queue",
    "queueName": "AWS::SQS::Queue",
    "keyId": "AWS::KMS::Key",
    "stackName": "AWS::CloudFormation::Stack",
    "stateMachineArn": "AWS::StepFunctions::StateMachine",
    "jobName": "AWS::Glue::Job",
    "databaseName": "AWS::Glue::Database",
    "workGroup": "AWS::Athena::WorkGroup",
    "logGroupName": "AWS::Logs::LogGroup",
    "alarmName": "AWS::CloudWatch::Alarm",
    "trailName": "AWS::CloudTrail::Trail",
    "repositoryName": "AWS::ECR::Repository",
    "endpointName": "AWS::SageMaker::Endpoint",
    "rule": "AWS::Events::Rule",
    "secretId": "AWS::SecretsManager::Secret",
}
# (signing name, parameter) -> type, where the parameter's name does not say it.
_NAMED = {
    ("ssm", "name"): "AWS::SSM::Parameter",
    ("cloudtrail", "name"): "AWS::CloudTrail::Trail",
    ("events", "name"): "AWS::Events::Rule",
    ("glue", "name"): "AWS::Glue::Database",
    ("states", "name"): "AWS::StepFunctions::StateMachine",
}


@dataclass(frozen=True)
class Event:
    """A call that was for an operation. Its record is written when it is first asked for."""

    call: Call
    called: CalledOperation

    @property
    def user(self) -> str:
        """What LookupEvents tells as the user's name."""
        return user_identity.name(self.call.principal)

    @property
    def data(self) -> str:
        """The resource type of a data event, empty of a management event."""
        return self.called.data

    @property
    def source(self) -> str:
        """The element eventSource."""
        return f"{self.called.service}.amazonaws.com"

    @property
    def region(self) -> str:
        """The element awsRegion."""
        if self.called.service in GLOBAL:
            return "us-east-1"
        return self.call.region or settings.current().region

    @functools.cached_property
    def parameters(self) -> dict[str, Any] | None:
        """The element requestParameters."""
        return elements.request_parameters(self.call, self.called)

    @functools.cached_property
    def record(self) -> dict[str, Any]:
        """The whole record."""
        return _record(self)

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """Pairs of a type and the name of a resource that the request names."""
        kinds = {
            **_RESOURCES,
            **{name: kind for (service, name), kind in _NAMED.items() if service == self.called.service},
        }
        told = (self.parameters or {}).items()
        return tuple((kinds[name], value) for name, value in told if name in kinds and isinstance(value, str))


def event(call: Call) -> Event | None:
    """The event of a call; None where the service has no such operation."""
    called = operation.of(call)
    return None if called is None else Event(call, called)


def _record(event: Event) -> dict[str, Any]:
    call, called = event.call, event.called
    record: dict[str, Any] = {
        "eventVersion": _VERSION,
        "userIdentity": user_identity.of(call.principal, call.access_key),
        "eventTime": call.moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": event.source,
        "eventName": called.event_name,
        "awsRegion": event.region,
        "sourceIPAddress": call.address,
        "userAgent": call.request.header("User-Agent") or "",
        **elements.error(call, called),
        "requestParameters": event.parameters,
        "responseElements": elements.response_elements(call, called),
        **_additional(call, called),
        "requestID": _request_id(call),
        "eventID": call.id,
        "readOnly": called.reading,
    }
    resources = _resources(called, event.parameters or {}, event.region)
    if resources:
        record["resources"] = resources
    return {
        **record,
        "eventType": "AwsApiCall",
        "managementEvent": not called.data,
        "recipientAccountId": settings.current().account,
        "eventCategory": "Data" if called.data else "Management",
    }


def _request_id(call: Call) -> str:
    return call.header("x-amzn-requestid") or call.header("x-amz-request-id") or call.id


def _additional(call: Call, called: CalledOperation) -> dict[str, Any]:
    if called.service != "s3":
        return {}
    presigned = "X-Amz-Signature" in call.request.query
    signed = "QueryString" if presigned else "AuthHeader" if call.request.header("Authorization") else ""
    return {
        "additionalEventData": {
            **({"SignatureVersion": "SigV4", "AuthenticationMethod": signed} if signed else {}),
            "bytesTransferredIn": call.bytes_in,
            "bytesTransferredOut": call.bytes_out,
        }
    }


def _resources(called: CalledOperation, parameters: Mapping[str, Any], region: str) -> list[dict[str, str]]:
    """The resources whose ARNs a record tells: for data events, keys and roles."""
    account = settings.current().account
    if called.service == "s3":
        bucket = {
            "accountId": account,
            "type": "AWS::S3::Bucket",
            "ARN": f"arn:aws:s3:::{parameters.get('bucketName')}",
        }
        if called.data and "key" in parameters:
            return [{"type": S3_OBJECT, "ARN": f"{bucket['ARN']}/{parameters['key']}"}, bucket]
        if called.data:
            return [{"type": S3_OBJECT, "ARNPrefix": f"{bucket['ARN']}/"}, bucket]
        return [bucket] if "bucketName" in parameters else []
    named = {
        "lambda": ("functionName", "AWS::Lambda::Function", "function:"),
        "dynamodb": ("tableName", "AWS::DynamoDB::Table", "table/"),
        "kms": ("keyId", "AWS::KMS::Key", "key/"),
        "sts": ("roleArn", "AWS::IAM::Role", ""),
        "sns": ("topicArn", "AWS::SNS::Topic", ""),
        "sqs": ("queueName", "AWS::SQS::Queue", ""),
        "logs": ("logGroupName", "AWS::Logs::LogGroup", "log-group:"),
    }
    if called.service not in named or (not called.data and called.service not in ("kms", "sts")):
        return []
    parameter, kind, prefix = named[called.service]
    value = parameters.get(parameter)
    if not isinstance(value, str) or "alias/" in value:
        return []
    arn = value if value.startswith("arn:") else f"arn:aws:{called.service}:{region}:{account}:{prefix}{value}"
    return [{"accountId": account, "type": kind, "ARN": arn}]
