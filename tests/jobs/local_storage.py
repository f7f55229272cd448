"""Versions in a folder: what S3 does, with the file system's own promises, and a way to break it."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from crispstack.data_preparation.storage import StoredObject


@dataclass(frozen=True)
class LocalStorage:
    """Paths instead of URIs. `uploads` is how many succeed before the power fails; None: all."""

    uploads: int | None = None

    def read(self, uri: str) -> bytes | None:
        return Path(uri).read_bytes() if Path(uri).exists() else None

    def put_if_absent(self, uri: str, content: bytes) -> bool:
        Path(uri).parent.mkdir(parents=True, exist_ok=True)
        try:
            with Path(uri).open("xb") as file:
                file.write(content)
        except FileExistsError:
            return False
        return True

    def upload(self, file: Path, uri: str) -> None:
        if self.uploads is not None:
            root = next(parent for parent in Path(uri).parents if parent.name == "prepared")
            if sum(path.is_file() for path in root.rglob("*.*")) >= self.uploads:
                raise OSError("the power failed")
        Path(uri).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, uri)

    def copy(self, source: str, target: str) -> bool:
        if not Path(source).exists():
            return False
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        return True

    def objects(self, prefix: str) -> Iterator[StoredObject]:
        for path in sorted(Path(prefix).rglob("*")):
            if path.is_file():
                yield StoredObject(str(path), datetime.fromtimestamp(path.stat().st_mtime, UTC))

    def delete(self, uris: Iterable[str]) -> None:
        for uri in list(uris):
            Path(uri).unlink(missing_ok=True)


def parquet_rows(uri: str) -> list[dict[str, Any]]:
    """The rows of a part that is Parquet; null is None."""
    rows: list[dict[str, Any]] = pd.read_parquet(uri, dtype_backend="numpy_nullable").to_dict("records")
    return [{name: None if value is pd.NA else value for name, value in row.items()} for row in rows]


def json_rows(uri: str) -> list[dict[str, Any]]:
    """The rows of a part that is JSON lines."""
    texts = [gzip.decompress(file.read_bytes()).decode() for file in sorted(Path(uri).glob("*.json.gz"))]
    return [json.loads(line) for text in texts for line in text.splitlines()]
