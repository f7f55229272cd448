"""What S3 refuses and moto takes, or fails over: wrong digests, names that are too long, uploads that are not there."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from moto.s3 import exceptions, responses
from moto.s3.utils import compute_checksum

from emulator.replacements import Replacement

_moto_put = responses.S3Response._key_response_put
_moto_post = responses.S3Response._key_response_post

_LONGEST_NAME = 1024  # bytes of UTF-8
# Those that moto computes without libraries that need not be there.
_CHECKSUMS = ("CRC32", "SHA1", "SHA256")


class _KeyTooLongError(exceptions.S3ClientError):
    code = "KeyTooLongError"

    def __init__(self) -> None:
        super().__init__("Your key is too long")


class _BadDigestError(exceptions.S3ClientError):
    code = "BadDigest"

    def __init__(self, name: str) -> None:
        super().__init__(f"The {name} you specified did not match the calculated checksum.")


def _put(self: Any, query: dict[str, Any], key_name: str) -> Any:
    if len(key_name.encode()) > _LONGEST_NAME:
        raise _KeyTooLongError
    _check_digests(self)
    _check_upload(self, query)
    return _moto_put(self, query, key_name)


def _post(self: Any, request: Any, body: bytes, bucket_name: str, query: dict[str, Any], key_name: str) -> Any:
    existing = self.backend.get_object(bucket_name, key_name) if query.get("uploadId") else None
    finished = existing is not None and existing.multipart and existing.multipart.id == query["uploadId"][0]
    if not finished:  # completing again what is complete is no error
        _check_upload(self, query)
    return _moto_post(self, request, body, bucket_name, query, key_name)


def _check_digests(self: Any) -> None:
    """See that the body is what the request's headers say; one that comes in signed pieces says so at its end."""
    if self.headers.get("x-amz-decoded-content-length") or self.headers.get("x-amz-copy-source"):
        return  # a copy has no body; S3A repeats the source's digest with it
    body = self.body or b""
    asked = self.headers.get("Content-MD5")
    if asked and base64.b64encode(hashlib.md5(body).digest()).decode() != asked:  # noqa: S324 (S3's choice)
        raise _BadDigestError("Content-MD5")
    for name in _CHECKSUMS:
        asked = self.headers.get(f"x-amz-checksum-{name.lower()}")
        if asked and compute_checksum(body, name).decode() != asked:
            raise _BadDigestError(name)


def _check_upload(self: Any, query: dict[str, Any]) -> None:
    upload = query.get("uploadId")
    if upload and upload[0] not in self.backend.get_bucket(self.bucket_name).multiparts:
        raise exceptions.NoSuchUpload(upload_id=upload[0])


_RESPONSE = "moto.s3.responses:S3Response"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}._key_response_put", _put, "moto checks no digest, length and upload", "ed2de9f03418"),
    Replacement(
        f"{_RESPONSE}._key_response_post", _post, "moto fails over an upload that is not there", "d6ab8e66ad85"
    ),
]
