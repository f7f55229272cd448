"""A run that begins with another run's prepared rows and ends with a model."""

from __future__ import annotations

from collections.abc import Sequence

from crispstack.artifacts import PreparedDataset
from crispstack.aws.artifact_store import ArtifactStore, s3, split_uri
from crispstack.aws.runs import Attempt
from crispstack.errors import ArtifactError, CrispError
from crispstack.phases import Phase

_FAILURE = "failure.json"


def with_prepared_rows(bucket: str, project: str, attempts: Sequence[Attempt], run_id: str | None) -> ArtifactStore:
    """The run of this id, or the newest, that has prepared rows.

    Raises:
        CrispError: there is none.
    """
    ids = [run_id] if run_id else list(dict.fromkeys(attempt.run_id for attempt in attempts))
    for each in ids:
        store = ArtifactStore(bucket, project, each)
        try:
            store.read(PreparedDataset)
        except ArtifactError:
            continue
        return store
    if run_id:
        raise CrispError(f"run {run_id} of {project} has no prepared rows; see `crisp runs {project}`")
    raise CrispError(f"{project} has no prepared rows here; prepare them with `crisp run {project}`")


def take_over(source: ArtifactStore, target: ArtifactStore) -> None:
    """Give a new run the charter of another and all that its phases before modeling left."""
    bucket, start = split_uri(source.run_uri)
    _, new = split_uri(target.run_uri)
    before = [f"{start}/{phase.prefix}/" for phase in Phase if phase.number < Phase.MODELING.number]
    for prefix in (f"{start}/charter.json", *before):
        for page in s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for entry in page.get("Contents", ()):
                key = entry["Key"]
                if not key.endswith(f"/{_FAILURE}"):
                    s3().copy({"Bucket": bucket, "Key": key}, target.bucket, new + key.removeprefix(start))
