"""The journal of a run in S3, beside the artifacts of modeling."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import ClientError

from crispstack.aws.artifact_store import ArtifactStore, s3, split_uri
from crispstack.phases import Phase

_ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})


@dataclass(frozen=True)
class RunJournal:
    """Keeps bytes under ``<run>/4_modeling/journal/``; S3 replaces an object whole or not at all."""

    store: ArtifactStore

    def get(self, key: str) -> bytes | None:
        """What was put under the key last, or None."""
        bucket, name = self._place(key)
        try:
            content: bytes = s3().get_object(Bucket=bucket, Key=name)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise
        return content

    def put(self, key: str, content: bytes) -> None:
        """Keep the content, in place of what was there."""
        bucket, name = self._place(key)
        s3().put_object(Bucket=bucket, Key=name, Body=content, ContentType="application/octet-stream")

    def _place(self, key: str) -> tuple[str, str]:
        return split_uri(self.store.uri(Phase.MODELING, f"journal/{key}"))
