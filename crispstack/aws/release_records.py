"""Records of releases in S3: a prefix per CodeDeploy deployment, each record written once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from botocore.exceptions import ClientError

from crispstack.artifacts import Artifact, ReleaseOutcome, ReleaseProof, ReleaseRequest
from crispstack.aws.artifact_store import read_bytes, s3
from crispstack.aws.champion import put_once

Record = TypeVar("Record", bound=Artifact)
FOLDER = "releases"


@dataclass(frozen=True)
class Change:
    """A change of what serves: what is recorded of one deployment. Without an `outcome` it is under way."""

    deployment_id: str
    request: ReleaseRequest | None
    proof: ReleaseProof | None
    outcome: ReleaseOutcome | None

    @property
    def began(self) -> str:
        """When it was asked for, or began (ISO 8601, UTC)."""
        if self.request:
            return self.request.requested
        return self.outcome.started if self.outcome else ""


@dataclass(frozen=True)
class ReleaseRecords:
    """The records of a project, at ``s3://<bucket>/<project>/releases/<deployment id>/``."""

    bucket: str
    project: str

    def write(self, deployment_id: str, record: Artifact) -> None:
        """Keep the record, unless there is one of its kind already."""
        put_once(f"s3://{self.bucket}/{self._key(deployment_id, type(record))}", record.to_json().encode())

    def read(self, deployment_id: str, kind: type[Record]) -> Record | None:
        """The record of this kind; None while there is none.

        Raises:
            ArtifactError: it does not fit its schema.
        """
        key = self._key(deployment_id, kind)
        try:
            content = s3().get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise
            return None
        return kind.from_json(content)

    def changes(self) -> list[Change]:
        """Every change, newest first."""
        found: dict[str, dict[str, bytes]] = {}
        for key in self._keys():
            *_, deployment_id, name = key.split("/")
            found.setdefault(deployment_id, {})[name] = read_bytes(f"s3://{self.bucket}/{key}")
        changes = [
            Change(
                deployment_id,
                _parsed(records, ReleaseRequest),
                _parsed(records, ReleaseProof),
                _parsed(records, ReleaseOutcome),
            )
            for deployment_id, records in found.items()
        ]
        return sorted(changes, key=lambda change: change.began, reverse=True)

    def _keys(self) -> Iterator[str]:
        pages = s3().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"{self.project}/{FOLDER}/")
        return (entry["Key"] for page in pages for entry in page.get("Contents", ()))

    def _key(self, deployment_id: str, kind: type[Artifact]) -> str:
        return f"{self.project}/{FOLDER}/{deployment_id}/{kind.file_name()}"


def _parsed(records: dict[str, bytes], kind: type[Record]) -> Record | None:
    content = records.get(kind.file_name())
    return None if content is None else kind.from_json(content)
