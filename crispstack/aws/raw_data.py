"""Versions of sources in the raw bucket, read: what is current, what a version holds, what a run is to use."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import TypeVar

from botocore.exceptions import ClientError

from crispstack.artifacts import InputReference
from crispstack.aws.artifact_store import reason, s3
from crispstack.charter import Charter, Source
from crispstack.data_collection import (
    MANIFEST,
    CollectedSource,
    CurrentVersion,
    DataCollection,
    VersionPlace,
    pointer_key,
)
from crispstack.errors import ArtifactError, DataError
from crispstack.json_form import from_plain

AnyContent = TypeVar("AnyContent")


def collection(bucket: str, charter: Charter, inputs: tuple[InputReference, ...]) -> DataCollection:
    """The current version of every source, with what the charter says of its origin.

    Raises:
        DataError: a source was never collected, or its files are not those that were collected.
    """
    return DataCollection(tuple(_collected(bucket, charter, source) for source in charter.sources), inputs)


def _collected(bucket: str, charter: Charter, source: Source) -> CollectedSource:
    version = current(bucket, charter.name, source.name)
    found = read_version(VersionPlace(bucket, charter.name, source.name, version)) if version else None
    if found is None:
        pointer = f"s3://{bucket}/{pointer_key(charter.name, source.name)}"
        raise DataError(f"source {source.name!r} has no data yet ({pointer}); `crisp run {charter.name}` uploads it")
    _check_files(bucket, found)
    return dataclasses.replace(
        found, origin=source.origin, license=source.license, owner=source.owner, obtained=source.obtained
    )


def _check_files(bucket: str, found: CollectedSource) -> None:
    """Athena reads whatever lies in the prefix, so that must be the version's files and nothing else."""
    expected = {file.name: file.bytes for file in found.files}
    prefix = found.uri.removeprefix(f"s3://{bucket}/")
    there = {
        name: each["Size"]
        for page in s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for each in page.get("Contents", [])
        if not (name := each["Key"].removeprefix(prefix)).rpartition("/")[2].startswith((".", "_"))
    }
    if odd := sorted(name for name in expected.keys() | there.keys() if expected.get(name) != there.get(name)):
        remedy = "a version never changes: restore the objects, or delete the version's prefix and run again"
        raise DataError(f"{found.uri}{odd[0]} is not as it was collected; {remedy}")


def current(bucket: str, project: str, source: str) -> str:
    """The current version of a source; empty where there is none."""
    pointer = _read(CurrentVersion, bucket, pointer_key(project, source))
    return pointer.version if pointer else ""


def read_version(place: VersionPlace) -> CollectedSource | None:
    """What a version consists of; None where it is not complete."""
    return _read(CollectedSource, place.bucket, place.key + MANIFEST)


def versions(bucket: str, project: str, source: str) -> Iterator[CollectedSource]:
    """Every complete version of a source."""
    prefix = f"{project}/{source}/"
    for page in s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/"):
        for each in page.get("CommonPrefixes", []):
            version = each["Prefix"].removeprefix(f"{prefix}version=").rstrip("/")
            found = read_version(VersionPlace(bucket, project, source, version))
            if found:
                yield found


def _read(kind: type[AnyContent], bucket: str, key: str) -> AnyContent | None:
    uri = f"s3://{bucket}/{key}"
    try:
        content = s3().get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return None
        raise DataError(f"cannot read {uri}: {reason(error)}") from error
    try:
        found: AnyContent = from_plain(kind, json.loads(content), kind.__name__)
    except (ValueError, ArtifactError) as error:
        raise DataError(f"{uri} is not what `crisp run` writes ({error}); delete it and run again") from error
    return found
