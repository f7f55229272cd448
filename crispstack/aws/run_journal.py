"""The journal of a run in S3, beside the artifacts of modeling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from crispstack.artifacts import InputReference, sha256
from crispstack.aws.artifact_store import ArtifactStore, s3, split_uri
from crispstack.phases import Phase

_ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})


@dataclass(frozen=True)
class RunJournal:
    """Keeps bytes under ``<run>/4_modeling/journal/<scope>/``; S3 replaces an object whole or not at all.

    What was made of other inputs is in another scope, and never found.
    """

    store: ArtifactStore
    scope: str

    @classmethod
    def of(cls, store: ArtifactStore, inputs: tuple[InputReference, ...]) -> RunJournal:
        """The journal of a training of these inputs."""
        return cls(store, sha256("".join(each.sha256 for each in inputs).encode())[:16])

    def get(self, key: str) -> bytes | None:
        """What was put under the key last, or None."""
        bucket, name = self._place(key)
        try:
            content: bytes = s3().get_object(Bucket=bucket, Key=name)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise
        return content or None

    def put(self, key: str, content: bytes) -> None:
        """Keep the content, in place of what was there."""
        bucket, name = self._place(key)
        s3().put_object(Bucket=bucket, Key=name, Body=content, ContentType="application/octet-stream")

    def kept(self, start: str) -> int:
        """How many keys that begin so have content."""
        return sum(each["Size"] > 0 for each in self._objects(start))

    def clear(self) -> None:
        """Forget everything: objects are emptied, since a job's role may not delete any."""
        bucket, _ = self._place("")
        for each in self._objects(""):
            s3().put_object(Bucket=bucket, Key=each["Key"], Body=b"")

    def _objects(self, start: str) -> Iterator[dict[str, Any]]:
        bucket, prefix = self._place(start)
        for page in s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            yield from page.get("Contents", ())

    def _place(self, key: str) -> tuple[str, str]:
        return split_uri(self.store.uri(Phase.MODELING, f"journal/{self.scope}/{key}"))
