"""Where a trail delivers to, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from botocore.exceptions import ClientError

from emulator import clients
from emulator.services.cloudtrail import access


@dataclass
class Status:
    """What GetTrailStatus tells of deliveries; errors are empty where the last one went well."""

    delivered: datetime | None = None
    error: str = ""
    logged: datetime | None = None
    logs_error: str = ""
    notified: datetime | None = None
    digested: datetime | None = None
    digest_error: str = ""


class Destination(Protocol):
    """The trail, as far as a delivery needs it."""

    name: str
    region: str
    configuration: dict[str, Any]
    delivery: Status

    @property
    def arn(self) -> str:
        """The trail's ARN."""
        ...

    @property
    def topic_arn(self) -> str:
        """ARN of the topic that is told, or empty."""
        ...


def prefix(trail: Destination) -> str:
    """What keys in the bucket begin with."""
    given = str(trail.configuration.get("S3KeyPrefix") or "").strip("/")
    return f"{given}/" if given else ""


def put(trail: Destination, key: str, content: bytes, metadata: dict[str, str] | None = None) -> str:
    """Put a file into a trail's bucket; the answer is the error code, empty when it is there."""
    bucket = trail.configuration["S3BucketName"]
    if not access.bucket_allows(bucket, "s3:PutObject", key, trail.arn):
        return "AccessDenied"
    asked: dict[str, Any] = {"Metadata": metadata or {}}
    if trail.configuration.get("KmsKeyId"):
        asked |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": trail.configuration["KmsKeyId"]}
    try:
        clients.client("s3").put_object(
            Bucket=bucket, Key=key, Body=content, ContentType="application/json", ContentEncoding="gzip", **asked
        )
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""
