"""Which data the runs of a project used."""

from __future__ import annotations

from crispstack.aws.artifact_store import ArtifactStore, s3
from crispstack.data_collection import DataCollection
from crispstack.errors import ArtifactError


def collections(bucket: str, project: str) -> dict[str, DataCollection]:
    """The collection of every run that got as far as to have one, by the run's id, newest first."""
    prefix = f"{project}/runs/"
    runs = [
        each["Prefix"].removeprefix(prefix).rstrip("/")
        for page in s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
        for each in page.get("CommonPrefixes", [])
    ]
    found = {}
    for run in sorted(runs, reverse=True):
        try:
            found[run], _ = ArtifactStore(bucket, project, run).read(DataCollection)
        except ArtifactError:
            continue  # it ended before its data was settled, or an older release wrote it
    return found
