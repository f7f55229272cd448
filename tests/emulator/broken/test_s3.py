"""Requests to S3 that are broken, with AWS's error for each; mended, they pass."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings

BUCKET, LOCKED = "broken-objects", "broken-locked"
CONTENT = b"0123456789"
FAR = "2090-01-01T00:00:00Z"
Request = Callable[[Any], Any]


def digest(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content).digest()).decode()  # noqa: S324 (S3's choice)


def upload(s3: Any, *sizes: int) -> tuple[str, list[dict[str, Any]]]:
    """A started upload with parts of these sizes, in bytes."""
    identifier = s3.create_multipart_upload(Bucket=BUCKET, Key="parts")["UploadId"]
    parts = []
    for number, size in enumerate(sizes, 1):
        sent = s3.upload_part(Bucket=BUCKET, Key="parts", UploadId=identifier, PartNumber=number, Body=b"a" * size)
        parts.append({"PartNumber": number, "ETag": sent["ETag"]})
    return identifier, parts


def complete(s3: Any, identifier: str, parts: list[dict[str, Any]]) -> Any:
    return s3.complete_multipart_upload(
        Bucket=BUCKET, Key="parts", UploadId=identifier, MultipartUpload={"Parts": parts}
    )


def delete_bucket(s3: Any, *, emptied: bool) -> Any:
    s3.create_bucket(Bucket="broken-full")
    s3.put_object(Bucket="broken-full", Key="a", Body=b"1")
    if emptied:
        s3.delete_object(Bucket="broken-full", Key="a")
    return s3.delete_bucket(Bucket="broken-full")


def create_twice(_s3: Any, *, same: bool) -> Any:
    here = clients.client("s3", "eu-west-1")
    there = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    names = ["broken-first", "broken-first" if same else "broken-second"]
    try:
        for name in names:
            here.create_bucket(Bucket=name, **there)
    finally:
        for name in set(names):
            here.delete_bucket(Bucket=name)


def put_policy(s3: Any, text: str) -> Any:
    return s3.put_bucket_policy(Bucket=BUCKET, Policy=text)


def analyze(s3: Any, name: str) -> Any:
    configuration = {"Id": "classes", "StorageClassAnalysis": {}}
    return s3.put_bucket_analytics_configuration(Bucket=BUCKET, Id=name, AnalyticsConfiguration=configuration)


def retain(s3: Any, bucket: str) -> Any:
    s3.put_object(Bucket=bucket, Key="kept", Body=b"1")
    retention = {"Mode": "GOVERNANCE", "RetainUntilDate": FAR}
    return s3.put_object_retention(Bucket=bucket, Key="kept", Retention=retention)


def delete_held(s3: Any, *, bypass: bool) -> Any:
    retain(s3, LOCKED)
    version = s3.head_object(Bucket=LOCKED, Key="kept")["VersionId"]
    how = {"BypassGovernanceRetention": True} if bypass else {}
    return s3.delete_object(Bucket=LOCKED, Key="kept", VersionId=version, **how)


ALLOWED = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:PutBucketCORS","Resource":"*"}}'
)
# What is wrong, the request, AWS's code and status, the request mended.
BROKEN: list[tuple[str, Request, str, int, Request]] = [
    (
        "a key that is not there",
        lambda s3: s3.get_object(Bucket=BUCKET, Key="none"),
        "NoSuchKey",
        404,
        lambda s3: s3.get_object(Bucket=BUCKET, Key="a"),
    ),
    (
        "a bucket that is not there",
        lambda s3: s3.list_objects_v2(Bucket="broken-none"),
        "NoSuchBucket",
        404,
        lambda s3: s3.list_objects_v2(Bucket=BUCKET),
    ),
    (
        "a version that is not there",
        lambda s3: s3.get_object(Bucket=BUCKET, Key="a", VersionId="none"),
        "NoSuchVersion",
        404,
        lambda s3: s3.get_object(Bucket=BUCKET, Key="a", VersionId="null"),
    ),
    (
        "a bucket that is not empty",
        lambda s3: delete_bucket(s3, emptied=False),
        "BucketNotEmpty",
        409,
        lambda s3: delete_bucket(s3, emptied=True),
    ),
    (
        "a range beyond the end",
        lambda s3: s3.get_object(Bucket=BUCKET, Key="a", Range="bytes=50-60"),
        "InvalidRange",
        416,
        lambda s3: s3.get_object(Bucket=BUCKET, Key="a", Range="bytes=5-60"),
    ),
    (
        "another object than expected",
        lambda s3: s3.get_object(Bucket=BUCKET, Key="a", IfMatch='"none"'),
        "PreconditionFailed",
        412,
        lambda s3: s3.get_object(Bucket=BUCKET, Key="a", IfMatch=f'"{hashlib.md5(CONTENT).hexdigest()}"'),  # noqa: S324
    ),
    (
        "an object where none was expected",
        lambda s3: s3.put_object(Bucket=BUCKET, Key="a", Body=b"1", IfNoneMatch="*"),
        "PreconditionFailed",
        412,
        lambda s3: s3.put_object(Bucket=BUCKET, Key="new", Body=b"1", IfNoneMatch="*"),
    ),
    (
        "a bucket of one's own once more",
        lambda s3: create_twice(s3, same=True),
        "BucketAlreadyOwnedByYou",
        409,
        lambda s3: create_twice(s3, same=False),
    ),
    (
        "a digest of another body",
        lambda s3: s3.put_object(Bucket=BUCKET, Key="b", Body=CONTENT, ContentMD5=digest(b"other")),
        "BadDigest",
        400,
        lambda s3: s3.put_object(Bucket=BUCKET, Key="b", Body=CONTENT, ContentMD5=digest(CONTENT)),
    ),
    (
        "a name that is too long",
        lambda s3: s3.put_object(Bucket=BUCKET, Key="k" * 1025, Body=b"1"),
        "KeyTooLongError",
        400,
        lambda s3: s3.put_object(Bucket=BUCKET, Key="k" * 1024, Body=b"1"),
    ),
    (
        "an upload that is not there",
        lambda s3: complete(s3, "none", upload(s3, 1)[1]),
        "NoSuchUpload",
        404,
        lambda s3: complete(s3, *upload(s3, 1)),
    ),
    (
        "a part that is too small",
        lambda s3: complete(s3, *upload(s3, 100, 1)),
        "EntityTooSmall",
        400,
        lambda s3: complete(s3, *upload(s3, 5 * 1024 * 1024, 1)),
    ),
    (
        "a part that was not sent",
        lambda s3: complete(s3, upload(s3, 1)[0], [{"PartNumber": 1, "ETag": f'"{"0" * 32}"'}]),
        "InvalidPart",
        400,
        lambda s3: complete(s3, *upload(s3, 1)),
    ),
    (
        "a policy that is no JSON",
        lambda s3: put_policy(s3, "{"),
        "MalformedPolicy",
        400,
        lambda s3: put_policy(s3, ALLOWED),
    ),
    (
        "a document of another name",
        lambda s3: analyze(s3, "other"),
        "MalformedXML",
        400,
        lambda s3: analyze(s3, "classes"),
    ),
    (
        "retention where nothing is locked",
        lambda s3: retain(s3, BUCKET),
        "InvalidRequest",
        400,
        lambda s3: retain(s3, LOCKED),
    ),
    (
        "deleting what is retained",
        lambda s3: delete_held(s3, bypass=False),
        "AccessDenied",
        403,
        lambda s3: delete_held(s3, bypass=True),
    ),
]


@pytest.fixture(scope="module")
def s3(emulator: Settings) -> Any:
    client = clients.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.create_bucket(Bucket=LOCKED, ObjectLockEnabledForBucket=True)
    client.put_object(Bucket=BUCKET, Key="a", Body=CONTENT)
    return client


@pytest.mark.parametrize(
    ("broken", "code", "status", "mended"), [case[1:] for case in BROKEN], ids=[c[0] for c in BROKEN]
)
def test_a_broken_request_fails_as_in_aws_and_mended_passes(
    broken: Request, code: str, status: int, mended: Request, s3: Any
) -> None:
    with pytest.raises(ClientError) as refused:
        broken(s3)
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    mended(s3)
