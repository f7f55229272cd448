"""Code that is not in S3 or is no archive: Lambda refuses it, moto makes a function or a layer of it."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from moto.awslambda import models
from moto.awslambda.exceptions import InvalidParameterValueException
from moto.utilities.utils import get_partition

from emulator.replacements import Replacement

_UNZIPPED_LIMIT = 262_144_000

_moto_set_code = models.LambdaFunction._set_function_code
_moto_find = models._validate_s3_bucket_and_key


def _found(key: Any) -> Any:
    if key is None:
        raise InvalidParameterValueException(
            "Error occurred while GetObject. S3 Error Code: NoSuchKey. "
            "S3 Error Message: The specified key does not exist."
        )
    return key


def _validate_s3_bucket_and_key(account_id: str, partition: str, data: dict[str, Any]) -> Any:
    return _found(_moto_find(account_id, partition=partition, data=data))


def _set_function_code(self: Any, updated_spec: dict[str, Any]) -> None:
    if "S3Key" in updated_spec and "ZipFile" not in updated_spec:
        _validate_s3_bucket_and_key(self.account_id, get_partition(self.region), updated_spec)
    _moto_set_code(self, updated_spec)
    _check_archive(self.code_bytes)


def _check_archive(content: bytes) -> None:
    """Refuse what Lambda could not unpack.

    Raises:
        InvalidParameterValueException: the package is no zip archive, or too large unzipped.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise InvalidParameterValueException(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from None
    if size > _UNZIPPED_LIMIT:
        raise InvalidParameterValueException(f"Unzipped size must be smaller than {_UNZIPPED_LIMIT} bytes")


_REASON = "moto makes functions and layers of code that is not there"
REPLACEMENTS = [
    Replacement("moto.awslambda.models:LambdaFunction._set_function_code", _set_function_code, _REASON, "957d1b7dabb6"),
    Replacement(
        "moto.awslambda.models:_validate_s3_bucket_and_key", _validate_s3_bucket_and_key, _REASON, "dc37ce720183"
    ),
]
