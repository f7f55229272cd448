"""Raw files in S3."""

from __future__ import annotations

import hashlib

from botocore.exceptions import ClientError

from crispstack.artifacts import InputReference
from crispstack.aws.artifact_store import reason, s3, split_uri
from crispstack.errors import DataError

_CHUNK = 1024 * 1024


def reference(uri: str) -> InputReference:
    """The file's URI and the SHA-256 of its content, read piece by piece.

    Raises:
        DataError: there is no such file, it is empty, or this role may not read it.
    """
    bucket, key = split_uri(uri)
    digest, size = hashlib.sha256(), 0
    try:
        for chunk in s3().get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    except ClientError as error:
        message = f"cannot read the raw data {uri}: {reason(error)}; deploy the project again to upload it"
        raise DataError(message) from error
    if not size:
        raise DataError(f"the raw data {uri} is empty; deploy the project again to upload it")
    return InputReference(uri, digest.hexdigest())
