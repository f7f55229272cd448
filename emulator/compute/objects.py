"""Objects of S3 that a job names by URI, fetched with the rights of its role."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from emulator.compute import packages


class FetchError(Exception):
    """An object cannot be read. `code` is S3's: NoSuchKey, NoSuchBucket, AccessDenied."""

    def __init__(self, uri: str, code: str, message: str) -> None:
        super().__init__(f"{message} (Service: Amazon S3; Error Code: {code}; Object: {uri})")
        self.uri = uri
        self.code = code


def fetch(s3: Any, uri: str, folder: Path) -> Path:
    """Copy an object into a folder, under the last part of its key.

    Raises:
        FetchError: S3 refuses, or the URI is none of S3.
    """
    target = folder / Path(_location(uri)[1]).name
    target.write_bytes(_read(s3, uri))
    return target


def fetch_unpacked(s3: Any, uri: str, state: Path) -> Path:
    """The folder with the content of an archive; fetched and unpacked once for every version of the object.

    Raises:
        FetchError: S3 refuses, the URI is none of S3, or the object is no archive.
    """
    bucket, key = _location(uri)
    try:
        head = s3.head_object(Bucket=bucket, Key=key)
    except ClientError:
        _read(s3, uri)  # a HEAD has no body: this request tells why it was refused
        raise
    identity = f"{uri} {head['ETag']} {head['LastModified']}"
    try:
        return packages.unpack(identity, lambda: _read(s3, uri), state)
    except ValueError as error:
        raise FetchError(uri, "InvalidArchive", str(error)) from error


def _read(s3: Any, uri: str) -> bytes:
    bucket, key = _location(uri)
    try:
        content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        details = error.response["Error"]
        raise FetchError(uri, details["Code"], details["Message"]) from error
    return content


def _location(uri: str) -> tuple[str, str]:
    parts = urlsplit(uri)
    if parts.scheme not in ("s3", "s3a") or not parts.netloc or not parts.path.strip("/"):
        raise FetchError(uri, "InvalidURI", f"{uri} is not the URI of an S3 object")
    return parts.netloc, parts.path[1:]
