"""Which data a run used: the artifact of collection, and how its versions are named and laid out in the raw bucket.

A version is an immutable prefix, ``<project>/<source>/version=<version>/``, named by the content of its files; a
manifest within it, written when it is complete, lists them. A pointer beside it, ``<project>/<source>.json``, names the
current version and moves last. Names that begin with ``_`` are invisible to Athena and Spark.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from crispstack.artifacts import Artifact, InputReference
from crispstack.charter import SourceFormat
from crispstack.errors import ArtifactError
from crispstack.phases import Phase

MANIFEST = "_manifest.json"


@dataclass(frozen=True)
class CollectedFile:
    """A file of a version; `name` is relative to the version's prefix, ``year=2013/flights.parquet``."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class CollectedSource:
    """One version of a source. `uri` is its prefix, with a slash at its end; `collected` is ISO 8601, UTC.

    `originals` are files as they were given, where those that are read were converted from them.
    """

    name: str
    version: str
    uri: str
    format: SourceFormat
    files: tuple[CollectedFile, ...]
    rows: int | None
    collected: str
    originals: tuple[CollectedFile, ...] = ()
    origin: str = ""
    license: str = ""
    owner: str = ""
    obtained: str = ""

    @property
    def bytes(self) -> int:
        """Size of all files that are read."""
        return sum(file.bytes for file in self.files)


@dataclass(frozen=True)
class CurrentVersion:
    """What a pointer says: the version, and since when it is the current one (ISO 8601, UTC)."""

    version: str
    since: str


@dataclass(frozen=True)
class DataCollection(Artifact, phase=Phase.DATA_UNDERSTANDING):
    """Data understanding: the version of every source that this run reads, in all its phases."""

    sources: tuple[CollectedSource, ...]
    inputs: tuple[InputReference, ...] = ()

    @property
    def versions(self) -> dict[str, str]:
        """The version of each source, by its name."""
        return {source.name: source.version for source in self.sources}

    @property
    def sizes(self) -> dict[str, int]:
        """The bytes of each source's files, by its name."""
        return {source.name: source.bytes for source in self.sources}

    def source(self, name: str) -> CollectedSource:
        """The version of this source.

        Raises:
            ArtifactError: the run collected no such source.
        """
        for source in self.sources:
            if source.name == name:
                return source
        raise ArtifactError(f"the run collected no source {name!r}; start it again from data_understanding")


@dataclass(frozen=True)
class VersionPlace:
    """Where a version of a source lies."""

    bucket: str
    project: str
    source: str
    version: str

    @property
    def key(self) -> str:
        """Key prefix, with a slash at its end."""
        return f"{self.project}/{self.source}/version={self.version}/"

    @property
    def uri(self) -> str:
        """URI of the prefix."""
        return f"s3://{self.bucket}/{self.key}"


def content_version(contents: Iterable[tuple[str, str]]) -> str:
    """16 hexadecimal digits from the files' names and hashes, in whatever order they come."""
    lines = sorted(f"{name}\0{content_hash}\n" for name, content_hash in contents)
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]


def pointer_key(project: str, source: str) -> str:
    """Key of the pointer to a source's current version."""
    return f"{project}/{source}.json"
