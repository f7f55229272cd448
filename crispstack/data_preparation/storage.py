"""What preparation asks of the place where versions lie; S3 answers it in `crispstack.aws.prepared_storage`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class StoredObject:
    """An object that is there, and when it was written."""

    uri: str
    written: datetime


class Storage(Protocol):
    """Objects under URIs. Travels to Spark's executors, so it can be pickled."""

    def read(self, uri: str) -> bytes | None:
        """The object's content; None where there is none."""

    def put_if_absent(self, uri: str, content: bytes) -> bool:
        """Store the content unless something is there; whether it was stored. Of several at once, one succeeds."""

    def upload(self, file: Path, uri: str) -> None:
        """Store a file, whole or not at all."""

    def copy(self, source: str, target: str) -> bool:
        """Copy an object; False where there is none."""

    def objects(self, prefix: str) -> Iterator[StoredObject]:
        """Everything under the prefix."""

    def delete(self, uris: Iterable[str]) -> None:
        """Remove the objects; those that are not there do not matter."""
