"""A table of a database that a job has staged becomes a version of its source: files under its hash, then current."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from crispstack.aws import raw_data
from crispstack.aws.artifact_store import s3, split_uri
from crispstack.aws.collection import Collected, Lake, publish
from crispstack.charter import Charter, Source
from crispstack.data_collection import CollectedFile, CollectedSource, VersionPlace
from crispstack.data_understanding.jdbc_collection import Content
from crispstack.errors import DataError

STAGING = "_staging"
"""Folder of a project's raw data for what a job is writing: no source has this name, and no crawler looks there."""
_DIGITS = 16
_PART = re.compile(r"part-(\d+)-[^/]*\.parquet")
_CHUNK_BYTES = 1 << 20


def staging_uri(lake: Lake, project: str, source: str, attempt: str) -> str:
    """Where an attempt to read a source's table writes it, with a slash at its end."""
    return f"s3://{lake.raw_bucket}/{project}/{STAGING}/{source}/{attempt}/"


def collect(lake: Lake, charter: Charter, source: Source, staged: str, content: Content, now: datetime) -> Collected:
    """Make the staged content the current version; where it is there already, only the pointer moves, if at all.

    Args:
        lake: where versions are kept.
        charter: names the project.
        source: whose table was read.
        staged: the URI to which the table was written.
        content: what was read.
        now: the time of collection, kept with a version that is new.

    Raises:
        DataError: the project's raw table is not deployed, or the version's prefix holds files of something else.
    """
    place = VersionPlace(lake.raw_bucket, charter.name, source.name, content.version[:_DIGITS])
    found = raw_data.read_version(place)
    if found is not None:
        publish(lake, charter, source, found, now)
        return Collected(found, uploaded=False)
    parts = _parts(staged)
    _refuse_others(place, set(parts))
    collected = CollectedSource(
        name=source.name,
        version=place.version,
        uri=place.uri,
        format=source.format,
        files=tuple(_copy(key, place, name) for name, key in sorted(parts.items())),
        rows=content.rows,
        collected=now.isoformat(timespec="seconds"),
        origin=source.origin,
        license=source.license,
        owner=source.owner,
        obtained=source.obtained,
    )
    publish(lake, charter, source, collected, now)
    return Collected(collected, uploaded=True)


def discard(staged: str) -> None:
    """Remove what was staged."""
    bucket, _ = split_uri(staged)
    for key in _keys(staged):
        s3().delete_object(Bucket=bucket, Key=key)


def _parts(staged: str) -> dict[str, str]:
    """Keys of Spark's files, by names that are the same each time."""
    matches = ((key, _PART.fullmatch(key.rpartition("/")[2])) for key in _keys(staged))
    return {f"part-{match[1]}.parquet": key for key, match in matches if match}


def _refuse_others(place: VersionPlace, names: set[str]) -> None:
    """What an interrupted attempt left that read in other parts would be read as rows of this version."""
    there = {key.removeprefix(place.key) for key in _keys(place.uri)}
    if others := sorted(there - names):
        raise DataError(
            f"{place.uri}{others[0]} is left of an attempt that did not end; delete {place.uri} and run again"
        )


def _copy(key: str, place: VersionPlace, name: str) -> CollectedFile:
    digest, size = hashlib.sha256(), 0
    for chunk in s3().get_object(Bucket=place.bucket, Key=key)["Body"].iter_chunks(_CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
    # In several pieces where it is large; it appears when all are there.
    s3().copy({"Bucket": place.bucket, "Key": key}, place.bucket, place.key + name)
    return CollectedFile(name, size, digest.hexdigest())


def _keys(uri: str) -> list[str]:
    bucket, prefix = split_uri(uri)
    pages = s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", ())]
