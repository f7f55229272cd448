"""The files of a source on this machine: one, or those of a folder, whose partitions are folders ``column=value``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from crispstack.charter import Source, SourceFormat
from crispstack.errors import DataError

SUFFIXES: Mapping[SourceFormat, tuple[str, ...]] = {
    "csv": (".csv", ".tsv", ".txt"),
    "jsonl": (".jsonl", ".ndjson", ".json"),
    "parquet": (".parquet",),
    "excel": (".xlsx",),
}
_PARTITION_VALUE = re.compile(r"[\w.-]+", re.ASCII)
_HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class DataFile:
    """A file of a source. `name` is relative to the source's folder; `partition` holds the values in its folders."""

    path: Path
    name: str
    partition: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes."""
        return self.path.stat().st_size


def files(source: Source, folder: Path) -> tuple[DataFile, ...]:
    """The source's files, by name.

    Raises:
        DataError: there is none, one lies where it does not belong, or is not of the source's format.
    """
    path = folder / source.file
    if path.is_dir():
        found = tuple(_in_folder(source, path))
        if not found:
            raise DataError(f"{path}: holds no {source.format} file; correct sources.file in the charter")
        return found
    if source.partitions:
        remedy = f"name a folder that holds {source.partitions[0]}=<value>/ under sources.file in the charter"
        raise DataError(f"{path}: is no folder, but {source.name!r} has partitions; {remedy}")
    try:
        path.stat()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); correct sources.file in the charter") from error
    return (DataFile(path, path.name, ()),)


def _in_folder(source: Source, folder: Path) -> Iterator[DataFile]:
    """All files but hidden ones, which Athena and Spark do not read either: names that begin with a point or ``_``."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_dir() or any(part.startswith((".", "_")) for part in inside.parts):
            continue
        if path.suffix.lower() not in SUFFIXES[source.format]:
            wanted = ", ".join(SUFFIXES[source.format])
            raise DataError(f"{path}: is no {source.format} file ({wanted}); remove it from the folder or rename it")
        yield DataFile(path, inside.as_posix(), _partition(source, path, inside.parts[:-1]))


def _partition(source: Source, path: Path, folders: tuple[str, ...]) -> tuple[str, ...]:
    named = [folder.partition("=") for folder in folders]
    if tuple(name for name, _, _ in named) != source.partitions or not all(equals for _, equals, _ in named):
        expected = "/".join(f"{name}=<value>" for name in source.partitions)
        remedy = f"move the file to {expected}/" if expected else "move the file up, or declare sources.partitions"
        raise DataError(f"{path}: lies in {'/'.join(folders) or 'no partition'}; {remedy}")
    values = tuple(value for _, _, value in named)
    for value in values:
        if value == _HIVE_NULL or not _PARTITION_VALUE.fullmatch(value):
            remedy = "use letters, digits, points, hyphens and underscores, and a value for every row"
            raise DataError(f"{path}: {value!r} cannot be the value of a partition; {remedy}")
    return values
