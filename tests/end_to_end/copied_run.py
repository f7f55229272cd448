"""A copy of a run, to be spoiled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.end_to_end.conftest import PROJECT, Checkout


@contextmanager
def copied(checkout: Checkout, run: str, purpose: str) -> Iterator[str]:
    """The id of a run with the same artifacts, gone afterwards."""
    bucket, s3 = checkout.outputs("storage")["ArtifactsBucketName"], checkout.client("s3")
    copy = f"{run}-{purpose}"
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"{PROJECT}/runs/{run}/")["Contents"]
    for entry in listed:
        key = entry["Key"].replace(f"/runs/{run}/", f"/runs/{copy}/")
        s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": entry["Key"]})
    yield copy
    versions = s3.list_object_versions(Bucket=bucket, Prefix=f"{PROJECT}/runs/{copy}/")
    for entry in [*versions.get("Versions", []), *versions.get("DeleteMarkers", [])]:
        s3.delete_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])
