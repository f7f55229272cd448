"""Artifacts in S3: one prefix per run and phase."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, TypeVar

import boto3
from botocore.exceptions import ClientError

from crispstack.artifacts import Artifact, InputReference, sha256
from crispstack.errors import ArtifactError
from crispstack.phases import Phase

AnyArtifact = TypeVar("AnyArtifact", bound=Artifact)


CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".md": "text/markdown; charset=utf-8",
    ".onnx": "application/octet-stream",
    ".sql": "application/sql",
}
"""What a browser is told of an object, by the end of its name."""


@functools.cache
def s3() -> Any:
    """The S3 client of this process."""
    return boto3.client("s3")


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an ``s3://`` URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def reason(error: ClientError) -> str:
    """AWS's code and message: where access is denied, the message names who lacks which permission."""
    found = error.response["Error"]
    return f"{found['Code']} ({found['Message']})" if found.get("Message") else found["Code"]


def read_bytes(uri: str) -> bytes:
    """The object's content.

    Raises:
        ArtifactError: there is no such object, or this role may not read it.
    """
    bucket, key = split_uri(uri)
    try:
        body: bytes = s3().get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise ArtifactError(f"cannot read {uri}: {reason(error)}") from error
    return body


def exists(uri: str) -> bool:
    """Whether there is an object whose URI begins like this."""
    bucket, prefix = split_uri(uri)
    return bool(s3().list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)["KeyCount"])


@dataclass(frozen=True)
class ArtifactStore:
    """The artifacts of one run, at ``s3://<bucket>/<project>/runs/<run_id>/<n>_<phase>/``."""

    bucket: str
    project: str
    run_id: str

    @property
    def run_uri(self) -> str:
        """Prefix of the whole run, without a slash at its end."""
        return f"s3://{self.bucket}/{self.project}/runs/{self.run_id}"

    def uri(self, phase: Phase, name: str) -> str:
        """URI of a file of a phase."""
        return f"{self.run_uri}/{phase.prefix}/{name}"

    def artifact_uri(self, kind: type[Artifact]) -> str:
        """URI at which an artifact of this kind lies."""
        return self.uri(kind.phase, kind.file_name())

    def write(self, artifact: Artifact) -> InputReference:
        """Store the artifact and return the reference with which later ones name it."""
        return self.write_file(type(artifact).phase, type(artifact).file_name(), artifact.to_json().encode())

    def write_file(self, phase: Phase, name: str, content: bytes) -> InputReference:
        """Store a file beside the phase's artifacts.

        Raises:
            KeyError: the end of its name is none of `CONTENT_TYPES`.
        """
        uri = self.uri(phase, name)
        bucket, key = split_uri(uri)
        s3().put_object(Bucket=bucket, Key=key, Body=content, ContentType=CONTENT_TYPES[PurePosixPath(name).suffix])
        return InputReference(uri, sha256(content))

    def has(self, kind: type[Artifact]) -> bool:
        """Whether the run has an artifact of this kind; asked by a listing, which every reader of it may do."""
        return exists(self.artifact_uri(kind))

    def read(self, kind: type[AnyArtifact]) -> tuple[AnyArtifact, InputReference]:
        """The artifact of this kind and the reference to it.

        Raises:
            ArtifactError: it is missing or does not fit the schema; the message names the URI.
        """
        uri = self.artifact_uri(kind)
        content = read_bytes(uri)
        try:
            return kind.from_json(content), InputReference(uri, sha256(content))
        except ArtifactError as error:
            raise ArtifactError(f"{uri}: {error}") from error
