"""Prepared versions in S3, for `crispstack.data_preparation.storage`."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from crispstack.aws.artifact_store import s3, split_uri
from crispstack.data_preparation.storage import StoredObject

_MOST_DELETED = 1000
_ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})
_PRESENT = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


@dataclass(frozen=True)
class S3Storage:
    """Objects at ``s3://`` URIs, with the credentials of the process."""

    def read(self, uri: str) -> bytes | None:
        """The object's content; None where there is none."""
        bucket, key = split_uri(uri)
        try:
            content: bytes = s3().get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise
        return content

    def put_if_absent(self, uri: str, content: bytes) -> bool:
        """Store the content unless something is there; whether it was stored."""
        bucket, key = split_uri(uri)
        try:
            _creating().put_object(Bucket=bucket, Key=key, Body=content)
        except ClientError as error:
            if error.response["Error"]["Code"] in _PRESENT:
                return False
            raise
        return True

    def upload(self, file: Path, uri: str) -> None:
        """Store a file, in several pieces where it is large; it appears when all are there."""
        bucket, key = split_uri(uri)
        s3().upload_file(str(file), bucket, key)

    def copy(self, source: str, target: str) -> bool:
        """Copy an object within S3; False where there is none."""
        bucket, key = split_uri(target)
        from_bucket, from_key = split_uri(source)
        try:
            s3().copy({"Bucket": from_bucket, "Key": from_key}, bucket, key)
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return False
            raise
        return True

    def objects(self, prefix: str) -> Iterator[StoredObject]:
        """Everything under the prefix, page by page."""
        bucket, start = split_uri(prefix)
        for page in s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=start):
            for entry in page.get("Contents", ()):
                yield StoredObject(f"s3://{bucket}/{entry['Key']}", entry["LastModified"])

    def delete(self, uris: Iterable[str]) -> None:
        """Remove the objects, a thousand per request."""
        places = [split_uri(uri) for uri in uris]
        for start in range(0, len(places), _MOST_DELETED):
            some = places[start : start + _MOST_DELETED]
            s3().delete_objects(Bucket=some[0][0], Delete={"Objects": [{"Key": key} for _, key in some], "Quiet": True})


@functools.cache
def _creating() -> Any:
    """A client whose uploads succeed only where nothing is. Glue's boto3 may be older than the parameter for it."""
    client = boto3.client("s3")
    client.meta.events.register("before-call.s3.PutObject", _only_if_absent)
    return client


def _only_if_absent(params: dict[str, Any], **_: object) -> None:
    params["headers"]["If-None-Match"] = "*"
