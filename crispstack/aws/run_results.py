"""Runs of any project by their ids, from what they left in S3: longer than Step Functions remembers them."""

from __future__ import annotations

from collections.abc import Iterator

from crispstack.artifacts import BusinessCase, Decision, Leaderboard, ModelPackage, PreparedDataset
from crispstack.aws.artifact_store import ArtifactStore, read_bytes, s3, split_uri
from crispstack.data_collection import DataCollection
from crispstack.errors import ArtifactError, CrispError
from crispstack.evaluation.run_changes import RunResult
from crispstack.evaluation.value_difference import Predicted, stored


def find(bucket: str, run_id: str) -> ArtifactStore:
    """The run of this id, of whichever project.

    Raises:
        CrispError: there is none.
    """
    for project in _projects(bucket):
        store = ArtifactStore(bucket, project, run_id)
        _, prefix = split_uri(f"{store.run_uri}/")
        if s3().list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)["KeyCount"]:
            return store
    raise CrispError(f"there is no run {run_id} here; `crisp runs` with the project's name lists its runs")


def _projects(bucket: str) -> Iterator[str]:
    for page in s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Delimiter="/"):
        yield from (each["Prefix"].rstrip("/") for each in page.get("CommonPrefixes", ()))


def read(store: ArtifactStore) -> RunResult:
    """What the run came to.

    Raises:
        CrispError: it came to no decision, or its artifacts are of another version.
    """
    try:
        case, _ = store.read(BusinessCase)
        collection, _ = store.read(DataCollection)
        prepared, _ = store.read(PreparedDataset)
        leaderboard, _ = store.read(Leaderboard)
        package, _ = store.read(ModelPackage)
        decision, _ = store.read(Decision)
    except ArtifactError as error:
        remedy = f"choose one of `crisp runs {store.project}` that came to a verdict"
        raise CrispError(f"run {store.run_id} cannot be compared: {error}; {remedy}") from error
    return RunResult(store.run_id, case.charter, collection, prepared, leaderboard, package, decision)


def predicted(run: RunResult) -> Predicted:
    """The run's test cases as they were predicted."""
    return Predicted(run.charter, run.package, stored(read_bytes(run.decision.test_predictions_uri)))
