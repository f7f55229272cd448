"""A source in a raw bucket as collection leaves it."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from crispstack.artifacts import sha256
from crispstack.charter import Source
from crispstack.data_collection import (
    MANIFEST,
    CollectedFile,
    CollectedSource,
    CurrentVersion,
    VersionPlace,
    content_version,
    pointer_key,
)


def put_version(s3: Any, project: str, source: Source, contents: dict[str, bytes]) -> CollectedSource:
    """Store the files as the source's current version."""
    files = tuple(CollectedFile(name, len(content), sha256(content)) for name, content in contents.items())
    place = VersionPlace("raw", project, source.name, content_version((file.name, file.sha256) for file in files))
    for name, content in contents.items():
        s3.put_object(Bucket="raw", Key=place.key + name, Body=content)
    collected = CollectedSource(
        source.name, place.version, place.uri, source.format, files, None, "2026-01-02T00:00:00+00:00"
    )
    pointer = CurrentVersion(place.version, collected.collected)
    for key, said in ((place.key + MANIFEST, collected), (pointer_key(project, source.name), pointer)):
        s3.put_object(Bucket="raw", Key=key, Body=json.dumps(dataclasses.asdict(said)).encode())
    return collected
