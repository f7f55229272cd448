"""Versions of sources in the raw bucket: uploaded, registered, and made current, in this order.

Whatever is interrupted leaves the previous version current and whole; doing it again completes it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from crispstack.aws import excel_conversion, raw_catalog, raw_data
from crispstack.aws.artifact_store import CONTENT_TYPES, s3
from crispstack.business_understanding import data_file_location
from crispstack.business_understanding.data_file_location import DataFile
from crispstack.charter import Charter, Source
from crispstack.data_collection import (
    MANIFEST,
    CollectedFile,
    CollectedSource,
    CurrentVersion,
    VersionPlace,
    content_version,
    pointer_key,
)


@dataclass(frozen=True)
class Collected:
    """The version of a source, and whether it is a new one."""

    source: CollectedSource
    uploaded: bool


@dataclass(frozen=True)
class Lake:
    """Where versions are kept and cataloged: the raw bucket, the Glue database, the Athena workgroup."""

    raw_bucket: str
    database: str
    workgroup: str


def collect(lake: Lake, charter: Charter, source: Source, folder: Path, rows: int, now: datetime) -> Collected:
    """Bring the source's files, checked before, to the raw bucket, and make them the current version.

    Args:
        lake: where to.
        charter: names the project.
        source: whose files to upload; only what is not there is.
        folder: the charter's folder.
        rows: how many rows the check found.
        now: the time of collection, kept with a version that is new.

    Raises:
        DataError: the project's raw table is not deployed, or a file cannot be converted.
    """
    files = data_file_location.files(source, folder)
    hashes = {file.name: _sha256(file.path) for file in files}
    # A workbook that was saved again has other bytes and the same rows.
    contents = excel_conversion.row_hashes(files, source) if source.format == "excel" else hashes
    version = content_version(contents.items())
    place = VersionPlace(lake.raw_bucket, charter.name, source.name, version)
    found = raw_data.read_version(place)
    if found is not None:
        publish(lake, charter, source, found, now)
        return Collected(found, uploaded=False)
    given = tuple(_stored(place, file, source, hashes[file.name]) for file in files)
    converted = excel_conversion.convert(place, given, source) if source.format == "excel" else ()
    collected = CollectedSource(
        name=source.name,
        version=version,
        uri=place.uri,
        format=source.format,
        files=converted or given,
        rows=rows,
        collected=_iso(now),
        originals=given if converted else (),
        origin=source.origin,
        license=source.license,
        owner=source.owner,
        obtained=source.obtained,
    )
    publish(lake, charter, source, collected, now)
    return Collected(collected, uploaded=True)


def publish(lake: Lake, charter: Charter, source: Source, collected: CollectedSource, now: datetime) -> None:
    """Register a version whose files are in place, complete it with its manifest, and make it the current one.

    Raises:
        DataError: the project's raw table is not deployed.
    """
    place = VersionPlace(lake.raw_bucket, charter.name, source.name, collected.version)
    if raw_data.current(lake.raw_bucket, charter.name, source.name) == collected.version:
        return
    raw_catalog.register(lake.database, charter, source, collected)
    _put(lake.raw_bucket, place.key + MANIFEST, collected)
    raw_catalog.point_view(lake.database, lake.workgroup, charter, source, collected.version)
    pointer = CurrentVersion(collected.version, _iso(now))
    _put(lake.raw_bucket, pointer_key(charter.name, source.name), pointer)


def _stored(place: VersionPlace, file: DataFile, source: Source, content_hash: str) -> CollectedFile:
    """The file in its place; a workbook, which only we read, under a hidden name."""
    name = _hidden(file.name) if source.format == "excel" else file.name
    _upload(place.bucket, place.key + name, file.path, content_hash)
    return CollectedFile(name, file.size, content_hash)


def _iso(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="seconds")


def _hidden(name: str) -> str:
    """The name that Athena and Spark do not read."""
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}_{last}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _upload(bucket: str, key: str, path: Path, content_hash: str) -> None:
    """Upload the file, unless an object with this very content is there."""
    try:
        if s3().head_object(Bucket=bucket, Key=key)["Metadata"].get("sha256") == content_hash:
            return
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
            raise
    s3().upload_file(str(path), bucket, key, ExtraArgs={"Metadata": {"sha256": content_hash}})


def _put(bucket: str, key: str, content: Any) -> None:
    text = json.dumps(dataclasses.asdict(content), indent=2, sort_keys=True)
    s3().put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType=CONTENT_TYPES[".json"])
