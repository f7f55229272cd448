"""What SageMaker moves between S3 and a container, with the job's role: channels, artifacts, checkpoints."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError


class TransferError(Exception):
    """S3 refuses, or has nothing at a prefix; the message is the job's failure reason."""


def download_channel(s3: Any, uri: str, folder: Path) -> None:
    """Copy what lies at a prefix, or one object, into a folder, with the keys below the prefix as paths.

    Raises:
        TransferError: there is nothing, or the role may not list or read it.
    """
    try:
        found = download(s3, uri, folder)
    except ClientError as error:
        raise TransferError(f"ClientError: Data download failed:{_told(error)}, {uri}") from error
    if not found:
        raise TransferError(
            f"ClientError: Data download failed:Please ensure that there is at least one object under the s3 prefix "
            f"{uri}"
        )


def download(s3: Any, uri: str, folder: Path) -> int:
    """Copy what lies at a prefix into a folder; the number of objects."""
    bucket, prefix = _location(uri)
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for key in _keys(s3, bucket, prefix):
        path = folder / _relative(key, prefix)
        if not path.resolve().is_relative_to(folder.resolve()):
            raise TransferError(f"ClientError: Data download failed: the key {key} leads out of its channel")
        path.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(bucket, key, str(path))
        count += 1
    return count


def _keys(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from (each["Key"] for each in page.get("Contents", ()) if not each["Key"].endswith("/"))


def _relative(key: str, prefix: str) -> str:
    below = f"{prefix.rstrip('/')}/" if prefix else ""
    return key.removeprefix(below) if key.startswith(below) else key.removeprefix(f"{prefix.rpartition('/')[0]}/")


def upload_artifacts(s3: Any, folder: Path, uri: str, kms_key: str) -> None:
    """Store a folder: as one archive where the address ends in ``.tar.gz``, else file by file.

    Raises:
        TransferError: the role may not write there.
    """
    try:
        if not uri.endswith(".tar.gz"):
            for path in files(folder):
                _put(s3, path, f"{uri.rstrip('/')}/{path.relative_to(folder)}", kms_key)
            return
        with tempfile.TemporaryDirectory() as packed:
            archive = Path(packed) / "artifacts.tar.gz"
            with tarfile.open(archive, "w:gz") as tar:
                for path in sorted(folder.iterdir()):
                    tar.add(path, path.name)
            _put(s3, archive, uri, kms_key)
    except ClientError as error:
        raise TransferError(f"ClientError: Artifact upload failed:{_told(error)}, {uri}") from error


def files(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.exists() else []


class Checkpoints:
    """A folder whose files are in S3 soon after they were written, and are brought back when the job starts again."""

    def __init__(self, s3: Any, folder: Path, uri: str, kms_key: str = "") -> None:
        self._s3 = s3
        self._folder = folder
        self._uri = uri
        self._kms_key = kms_key
        self._stored: dict[Path, tuple[int, int]] = {}

    def restore(self) -> None:
        """Bring back what was stored before.

        Raises:
            TransferError: the role may not read it.
        """
        try:
            download(self._s3, self._uri, self._folder)
        except ClientError as error:
            raise TransferError(f"ClientError: Checkpoint download failed:{_told(error)}, {self._uri}") from error
        self._stored = self._seen()

    def store(self) -> None:
        """Store what is new or has changed since the last time.

        Raises:
            TransferError: the role may not write it.
        """
        seen = self._seen()
        for path, state in seen.items():
            if self._stored.get(path) != state:
                try:
                    _put(self._s3, path, f"{self._uri.rstrip('/')}/{path.relative_to(self._folder)}", self._kms_key)
                except FileNotFoundError:
                    continue  # it was replaced while it was read: its successor is stored the next time
                except ClientError as error:
                    raise TransferError(f"ClientError: Checkpoint upload failed:{_told(error)}, {self._uri}") from error
        self._stored = seen

    def _seen(self) -> dict[Path, tuple[int, int]]:
        found: dict[Path, tuple[int, int]] = {}
        for path in files(self._folder):
            try:
                state = path.stat()
            except FileNotFoundError:
                continue  # it was removed since the folder was listed
            found[path] = (state.st_mtime_ns, state.st_size)
        return found


def _put(s3: Any, path: Path, uri: str, kms_key: str) -> None:
    bucket, key = _location(uri)
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
    with path.open("rb") as body:
        s3.put_object(Bucket=bucket, Key=key, Body=body, **encryption)


def _location(uri: str) -> tuple[str, str]:
    parts = urlsplit(uri)
    if parts.scheme != "s3" or not parts.netloc:
        raise TransferError(f"ClientError: {uri} is not the URI of an S3 prefix")
    return parts.netloc, parts.path.lstrip("/")


def _told(error: ClientError) -> str:
    details, status = error.response["Error"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    return f"{details['Code']} ({status}): {details.get('Message')}"
