"""What an earlier run of the project found."""

from __future__ import annotations

from typing import TypeVar

from crispstack.artifacts import Artifact
from crispstack.aws.artifact_store import ArtifactStore, s3, split_uri
from crispstack.errors import ArtifactError

AnyArtifact = TypeVar("AnyArtifact", bound=Artifact)


def latest(store: ArtifactStore, kind: type[AnyArtifact]) -> tuple[str, AnyArtifact | None]:
    """Id and artifact of the latest run before this one that has an artifact of this kind; else empty and None.

    Runs are named after the time of their start. An artifact of another schema version cannot be compared with, and
    counts as none.
    """
    runs = f"{store.project}/runs/"
    found: list[str] = []
    for page in s3().get_paginator("list_objects_v2").paginate(Bucket=store.bucket, Prefix=runs, Delimiter="/"):
        found += (each["Prefix"].removeprefix(runs).rstrip("/") for each in page.get("CommonPrefixes", []))
    for run_id in sorted((run for run in found if run < store.run_id), reverse=True):
        earlier = ArtifactStore(store.bucket, store.project, run_id)
        _, key = split_uri(earlier.artifact_uri(kind))
        listed = s3().list_objects_v2(Bucket=store.bucket, Prefix=key, MaxKeys=1)
        if listed["KeyCount"]:
            try:
                return run_id, earlier.read(kind)[0]
            except ArtifactError:
                return "", None
    return "", None
