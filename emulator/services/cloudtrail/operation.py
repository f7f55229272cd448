"""What a call was, in CloudTrail's terms: event source and name, management or data, reading or writing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from emulator.identity import operations
from emulator.identity.request import Request
from emulator.services.cloudtrail.call import Call

_READING = re.compile(
    r"(Get|List|Describe|Head|Lookup|BatchGet|Search|Query|Scan|Filter|Select|Test|Validate|Check|Discover|Preview"
    r"|Simulate|BatchDescribe|View|Estimate|Receive|Assume|Decode|Decrypt|Encrypt|GenerateDataKey|Verify|Sign)(?![a-z])"
)
# Lambda's operations that CloudTrail knows in a second version.
_SECOND = (
    "AddPermission", "GetFunction", "GetPolicy", "RemovePermission", "TagResource", "UntagResource",
    "UpdateFunctionCode", "UpdateFunctionConfiguration",
)  # fmt: skip
_S3_NAMES = {
    "ListObjectsV2": "ListObjects",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
    "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
    "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
}
_COPIES = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}
_UPLOADS = {copy: upload for upload, copy in _COPIES.items()}
_INVOCATIONS = ("/invocations", "/invoke-async", "/response-streaming-invocations", "/async-invocations")
_LISTING = {"list-type", "prefix", "delimiter", "max-keys", "marker", "versions", "uploads"}
_S3_LISTS = ("ListObjects", "ListObjectVersions", "ListMultipartUploads", "HeadBucket", "DeleteObjects")
# Signing name -> resource type of its data events, and the operations that are data events.
DATA: dict[str, tuple[str, frozenset[str]]] = {
    "lambda": ("AWS::Lambda::Function", frozenset({"Invoke", "InvokeAsync", "InvokeWithResponseStream"})),
    "dynamodb": (
        "AWS::DynamoDB::Table",
        frozenset(
            {
                "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem",
                "TransactGetItems", "TransactWriteItems", "ExecuteStatement", "BatchExecuteStatement",
                "ExecuteTransaction",
            }
        ),
    ),
    "sns": ("AWS::SNS::Topic", frozenset({"Publish", "PublishBatch"})),
    "sqs": (
        "AWS::SQS::Queue",
        frozenset(
            {
                "SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch",
                "ChangeMessageVisibility", "ChangeMessageVisibilityBatch",
            }
        ),
    ),
    "monitoring": (
        "AWS::CloudWatch::Metric",
        frozenset({"PutMetricData", "GetMetricData", "GetMetricStatistics", "ListMetrics", "GetMetricWidgetImage"}),
    ),
    "logs": ("AWS::Logs::LogGroup", frozenset({"PutLogEvents", "GetLogEvents", "FilterLogEvents", "StartLiveTail"})),
    "sagemaker": ("AWS::SageMaker::Endpoint", frozenset({"InvokeEndpoint", "InvokeEndpointAsync"})),
    "kinesis": ("AWS::Kinesis::Stream", frozenset({"PutRecord", "PutRecords", "GetRecords", "GetShardIterator"})),
    "firehose": ("AWS::KinesisFirehose::DeliveryStream", frozenset({"PutRecord", "PutRecordBatch"})),
    "events": ("AWS::Events::EventBus", frozenset({"PutEvents"})),
}  # fmt: skip
S3_OBJECT = "AWS::S3::Object"


@dataclass(frozen=True)
class CalledOperation:
    """`name` is botocore's, `event_name` CloudTrail's; `data` is the resource type of a data event, else empty."""

    service: str
    name: str
    event_name: str
    data: str
    parameters: dict[str, Any]

    @property
    def reading(self) -> bool:
        """Whether it changes nothing."""
        return _READING.match(self.name) is not None


def of(call: Call) -> CalledOperation | None:
    """The operation that a call was for; None where the service has none like it."""
    service = call.service
    if not service:
        service = "sts" if call.request.form.get("Action", "").startswith("AssumeRole") else "s3"
    if service == "s3":
        return _of_s3(call)
    found = operations.identify(call.request, service)
    if found is None:
        return None
    name = found.name
    kind, data = DATA.get(service, ("", frozenset()))
    event_name = name
    if service == "lambda" and name not in data and (dated := re.match(r"/(\d{4})-(\d\d)-(\d\d)/", call.target)):
        event_name = f"{name}{''.join(dated.groups())}{'v2' if name in _SECOND else ''}"
    return CalledOperation(service, name, event_name, kind if name in data else "", dict(found.parameters))


def _of_s3(call: Call) -> CalledOperation | None:
    request = call.request
    bucket, _, key = request.path.removeprefix("/").partition("/")
    if not bucket:
        return CalledOperation("s3", "ListBuckets", "ListBuckets", "", {})
    from emulator.services.s3.unsupported import s3_operation  # noqa: PLC0415 (it loads all of moto's S3)

    level = "KEY" if key else "BUCKET"
    try:
        name = s3_operation(level, request.method, frozenset(request.query))
    except (KeyError, ValueError):
        return None
    # What copies and what does not share an address.
    name = _UPLOADS.get(name, name)
    if request.header("x-amz-copy-source"):
        name = _COPIES.get(name, name)
    parameters: dict[str, Any] = {"bucketName": bucket, "Host": request.header("Host") or ""}
    parameters |= {"key": key} if key else {}
    parameters |= {name: value for name, value in request.query.items() if not name.startswith("X-Amz-")}
    parameters |= {
        header: value
        for header, value in request.headers()
        if header in ("x-amz-acl", "x-amz-copy-source", "x-amz-server-side-encryption", "x-amz-storage-class")
    }
    event_name = _S3_NAMES.get(name, name)
    return CalledOperation("s3", name, event_name, S3_OBJECT if key or event_name in _S3_LISTS else "", parameters)


def data_type(service: str, request: Request) -> str:
    """The resource type of a data event, empty of a management event, told as cheaply as every request needs it."""
    if service == "s3":
        return _s3_data_type(request)
    kind, names = DATA.get(service, ("", frozenset()))
    if not kind:
        return ""
    target = request.header("X-Amz-Target")
    if target:
        return kind if target.rpartition(".")[2] in names else ""
    if "/operation/" in request.raw_path:
        return kind if request.raw_path.rpartition("/operation/")[2] in names else ""
    if service in ("lambda", "sagemaker"):
        return kind if request.raw_path.endswith(_INVOCATIONS) else ""
    return kind if request.form.get("Action") in names else ""


def _s3_data_type(request: Request) -> str:
    path, query = request.raw_path.strip("/"), request.query
    if "/" in path:
        return S3_OBJECT
    listing = request.method == "GET" and (not query or _LISTING & set(query))
    return S3_OBJECT if path and (listing or request.method == "HEAD" or "delete" in query) else ""
