"""Where a query's results go: the result configuration in force, and whether it can be."""

from __future__ import annotations

import re
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.s3.models import s3_backends

from emulator import settings

Configuration = dict[str, Any]


def configuration(group: Configuration, asked: Configuration) -> Configuration:
    """The result configuration in force: the workgroup's where it is enforced or the request has none.

    Raises:
        JsonRESTError: InvalidRequestException, no location, no such bucket, or an encryption that is not supported.
    """
    own = group.get("ResultConfiguration") or {}
    found = dict(own) if group.get("EnforceWorkGroupConfiguration") else {**own, **asked}
    location = found.get("OutputLocation")
    if not location:
        raise _refused(
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input."
        )
    matched = re.match(r"s3://([^/]+)(/|$)", location)
    if matched is None:
        raise _refused("outputLocation is not a valid S3 path.")
    if matched[1] not in s3_backends[settings.current().account]["aws"].buckets:
        raise _refused(f"Unable to verify/create output bucket {matched[1]}")
    if (found.get("EncryptionConfiguration") or {}).get("EncryptionOption") == "CSE_KMS":
        raise _refused("the encryption option CSE_KMS is not supported by this emulator")
    return found


def put_options(found: Configuration) -> dict[str, str]:
    """PutObject's options for the encryption and the bucket's owner that a result configuration names."""
    encryption = found.get("EncryptionConfiguration") or {}
    options = {}
    if encryption.get("EncryptionOption") == "SSE_S3":
        options["ServerSideEncryption"] = "AES256"
    elif encryption.get("EncryptionOption") == "SSE_KMS":
        options |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": encryption.get("KmsKey", "")}
    if owner := found.get("ExpectedBucketOwner"):
        options["ExpectedBucketOwner"] = owner
    return options


def _refused(message: str) -> JsonRESTError:
    return JsonRESTError("InvalidRequestException", message)
