"""S3 as the caller sees it, and a cache on disk of the objects that statements read."""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from emulator import settings
from emulator.services.athena.caller import Caller, client
from emulator.services.athena.errors import QueryError

# URI, size in bytes and ETag of an object.
Listed = tuple[str, int, str]


@dataclass(frozen=True)
class StoredObject:
    """One object of a table: where it is in S3, its size in bytes, and its copy on disk."""

    uri: str
    size: int
    path: Path


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of ``s3://bucket/key``.

    Raises:
        QueryError: not such a URI.
    """
    found = re.fullmatch(r"s3[an]?://([^/]+)/?(.*)", uri)
    if found is None:
        raise QueryError("INVALID_TABLE_PROPERTY", f"not an S3 location: {uri}")
    return found[1], found[2]


class Storage:
    """S3 with one caller's permissions, for one statement. `written` counts the bytes that were put."""

    def __init__(self, caller: Caller) -> None:
        self._s3 = client("s3", caller)
        self._cache = settings.current().state / "athena" / "objects"
        self._listed: dict[str, list[Listed]] = {}
        self._fetched: dict[Listed, StoredObject] = {}
        self.written = 0

    def listing(self, location: str) -> Iterator[Listed]:
        """URI, size in bytes and ETag of the data objects under a location; hidden and empty ones left out.

        Raises:
            QueryError: PERMISSION_DENIED, or the bucket does not exist.
        """
        bucket, prefix = split_uri(location)
        prefix = prefix if not prefix or prefix.endswith("/") else prefix + "/"
        try:
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for entry in page.get("Contents", []):
                    name = entry["Key"].rsplit("/", 1)[-1]
                    if entry["Size"] and not name.startswith(("_", ".")):
                        yield f"s3://{bucket}/{entry['Key']}", entry["Size"], entry["ETag"].strip('"')
        except ClientError as error:
            raise _failed(error, f"s3://{bucket}/{prefix}", "list") from error

    def snapshot(self, location: str) -> list[Listed]:
        """What `listing` found the first time: all mentions of a table in a statement read the same objects.

        Raises:
            QueryError: PERMISSION_DENIED, or the bucket does not exist.
        """
        if location not in self._listed:
            self._listed[location] = list(self.listing(location))
        return self._listed[location]

    def fetch(self, objects: Sequence[Listed]) -> list[StoredObject]:
        """Copies on disk of the objects. Each is asked for once, with the caller's permission, cached or not.

        Raises:
            QueryError: PERMISSION_DENIED, or an object is gone.
        """
        missing = [listed for listed in dict.fromkeys(objects) if listed not in self._fetched]
        if missing:
            with ThreadPoolExecutor(min(8, len(missing))) as pool:
                self._fetched |= zip(missing, pool.map(self._fetch, missing), strict=True)
        return [self._fetched[listed] for listed in objects]

    def _fetch(self, listed: Listed) -> StoredObject:
        uri, size, etag = listed
        bucket, key = split_uri(uri)
        name = hashlib.sha256(f"{uri}\x00{etag}".encode()).hexdigest()[:32]
        path = self._cache / (name + "".join(Path(key).suffixes[-2:]))
        try:
            if path.exists():
                self._s3.head_object(Bucket=bucket, Key=key)
            else:
                self._download(bucket, key, path)
        except ClientError as error:
            raise _failed(error, uri, "read") from error
        return StoredObject(uri, size, path)

    def _download(self, bucket: str, key: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
        body = self._s3.get_object(Bucket=bucket, Key=key)["Body"]
        with partial.open("wb") as file:
            for chunk in body.iter_chunks(1 << 20):
                file.write(chunk)
        os.replace(partial, path)  # noqa: PTH105 (atomic, whatever stands there)

    def read(self, uri: str) -> bytes:
        """An object's bytes.

        Raises:
            QueryError: PERMISSION_DENIED, or there is none.
        """
        bucket, key = split_uri(uri)
        try:
            return bytes(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError as error:
            raise _failed(error, uri, "read") from error

    def size(self, uri: str) -> int | None:
        """An object's size in bytes; None where there is none.

        Raises:
            QueryError: PERMISSION_DENIED.
        """
        bucket, key = split_uri(uri)
        try:
            return int(self._s3.head_object(Bucket=bucket, Key=key)["ContentLength"])
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return None
            raise _failed(error, uri, "read") from error

    def objects(self, location: str) -> Iterator[tuple[str, datetime]]:
        """URI and time of the last change of every object under a location.

        Raises:
            QueryError: PERMISSION_DENIED, or the bucket does not exist.
        """
        bucket, prefix = split_uri(location.rstrip("/") + "/")
        try:
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for entry in page.get("Contents", []):
                    yield f"s3://{bucket}/{entry['Key']}", entry["LastModified"]
        except ClientError as error:
            raise _failed(error, location, "list") from error

    def write(self, uri: str, body: bytes | Path, **options: Any) -> None:
        """Put an object; `options` are PutObject's, such as ServerSideEncryption.

        Raises:
            QueryError: PERMISSION_DENIED, or the bucket does not exist.
        """
        bucket, key = split_uri(uri)
        owner = options.pop("ExpectedBucketOwner", settings.current().account)
        if owner != settings.current().account:  # all buckets here are this account's
            raise QueryError("PERMISSION_DENIED", f"Access Denied when trying to write {uri}: not a bucket of {owner}")
        content = body if isinstance(body, bytes) else body.read_bytes()
        try:
            self._s3.put_object(Bucket=bucket, Key=key, Body=content, **options)
        except ClientError as error:
            raise _failed(error, uri, "write") from error
        self.written += len(content)

    def is_empty(self, location: str) -> bool:
        """Whether no object lies under a location."""
        return next(self.listing(location), None) is None

    def delete(self, uris: Iterable[str]) -> None:
        """Remove objects.

        Raises:
            QueryError: PERMISSION_DENIED.
        """
        for uri in uris:
            bucket, key = split_uri(uri)
            try:
                self._s3.delete_object(Bucket=bucket, Key=key)
            except ClientError as error:
                raise _failed(error, uri, "delete") from error


def _failed(error: ClientError, uri: str, what: str) -> QueryError:
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code in ("AccessDenied", "403", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch"):
        return QueryError("PERMISSION_DENIED", f"Access Denied when trying to {what} {uri}: {message}")
    if code in ("NoSuchBucket", "NoSuchKey", "404"):
        return QueryError("HIVE_FILESYSTEM_ERROR", f"{what} {uri}: {code}: {message}")
    return QueryError("HIVE_FILESYSTEM_ERROR", f"{what} {uri}: {code}: {message}")
