"""What is to be scored, copied to where nothing changes it any more: a local file, objects of S3, a table of Athena."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from botocore.exceptions import ClientError

from crispstack.aws import catalog_table, interactive_queries
from crispstack.aws.artifact_store import reason, s3, split_uri
from crispstack.charter import Charter
from crispstack.data_preparation.lookups import looked_up
from crispstack.deployment.score import FileFormat, InputFile
from crispstack.errors import CrispError

_FORMATS: dict[str, FileFormat] = {
    ".csv": "csv",
    ".json": "jsonl",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_AT_ONCE = 16
Watch = Callable[[float, int], None]


class Rows(Protocol):
    """Rows to score. `source` is what the user named; `contents` tell one state of the rows from another, if known."""

    @property
    def source(self) -> str:
        """What the user named."""

    @property
    def contents(self) -> tuple[tuple[str, str], ...]:
        """Name and hash of each file; empty where only reading the rows would tell."""

    @property
    def format(self) -> FileFormat:
        """Of the files that `copy` makes."""

    def copy(self, target: str) -> tuple[InputFile, ...]:
        """Copy the rows below this URI, which ends with a slash."""


@dataclass(frozen=True)
class LocalFile:
    """A file of this machine."""

    path: Path
    format: FileFormat
    sha256: str

    @classmethod
    def of(cls, name: str) -> LocalFile:
        """Look at the file.

        Raises:
            CrispError: there is none, or it is of another format.
        """
        path = Path(name)
        if not path.is_file():
            raise CrispError(f"--file {name}: there is no such file")
        kind = _format(name)
        with path.open("rb") as file:
            return cls(path, kind, hashlib.file_digest(file, "sha256").hexdigest())

    @property
    def source(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def contents(self) -> tuple[tuple[str, str], ...]:
        """Its name and hash."""
        return ((self.path.name, self.sha256),)

    def copy(self, target: str) -> tuple[InputFile, ...]:
        """Upload the file."""
        uri = f"{target}000000-{self.path.name}"
        s3().upload_file(str(self.path), *split_uri(uri))
        return (InputFile(uri, self.path.name),)


@dataclass(frozen=True)
class Objects:
    """An object of S3, or all below a prefix; `found` are their keys and ETags."""

    source: str
    format: FileFormat
    found: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, uri: str) -> Objects:
        """Look at the objects.

        Raises:
            CrispError: it is no URI, there are none, they may not be listed, or they are of several formats.
        """
        bucket, key = split_uri(uri)
        if not uri.startswith("s3://") or not bucket:
            raise CrispError(f"--data {uri}: write s3://<bucket>/<key or prefix>")
        try:
            pages = s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
            listed = [
                (each["Key"], each["ETag"]) for page in pages for each in page.get("Contents", []) if each["Size"]
            ]
        except ClientError as error:
            raise CrispError(f"--data {uri}: cannot be listed: {reason(error)}") from error
        folder = key if not key or key.endswith("/") else f"{key}/"
        found = tuple(each for each in listed if each[0] == key or (each[0].startswith(folder) and _is_seen(each[0])))
        if not found:
            raise CrispError(f"--data {uri}: there is no object of this name, and none below it")
        formats = {_format(name) for name, _ in found}
        if len(formats) > 1:
            raise CrispError(f"--data {uri}: files of several formats ({', '.join(sorted(formats))}); score each alone")
        return cls(uri, formats.pop(), found)

    @property
    def contents(self) -> tuple[tuple[str, str], ...]:
        """Keys and ETags."""
        return self.found

    def copy(self, target: str) -> tuple[InputFile, ...]:
        """Copy the objects within S3, as the user who asks."""
        bucket, _ = split_uri(self.source)
        to, prefix = split_uri(target)

        def copied(number: int, key: str) -> InputFile:
            name = f"{prefix}{number:06d}-{key.rpartition('/')[2]}"
            s3().copy({"Bucket": bucket, "Key": key}, to, name)
            return InputFile(f"s3://{to}/{name}", f"s3://{bucket}/{key}")

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return tuple(pool.map(copied, range(len(self.found)), (key for key, _ in self.found)))


@dataclass(frozen=True)
class Table:
    """A table or view of the catalog, of which Athena writes the columns that are needed."""

    source: str
    statement: str
    database: str
    workgroup: str
    watch: Watch
    format: FileFormat = "parquet"
    contents: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, name: str, charter: Charter, keys: Sequence[str], database: str, workgroup: str, watch: Watch) -> Table:
        """Look the table up.

        Args:
            name: ``database.table``, or a table of `database`.
            charter: names the columns that predictions use.
            keys: columns that name a row.
            database: the platform's.
            workgroup: where the query runs.
            watch: told how long it runs.

        Raises:
            CrispError: there is no such table, or it lacks a column.
        """
        if not keys:
            raise CrispError("--table needs --key: rows of a table have no number by which they could be found again")
        table = catalog_table.describe(name, database)
        found = {column for column, _, _ in table.columns}
        optional = looked_up(charter)
        wanted = [*dict.fromkeys([*(column.name for column in charter.feature_columns), *keys])]
        if missing := [each for each in wanted if each not in found | optional]:
            remedy = "name a table or view that has what a request holds"
            raise CrispError(f"{table.database}.{table.name} has no column {', '.join(missing)}; {remedy}")
        columns = ", ".join(f'"{each}"' for each in wanted if each in found)
        source = f"{table.database}.{table.name}"
        statement = f'SELECT {columns} FROM "{table.database}"."{table.name}"'  # noqa: S608 (names of the catalog)
        return cls(source, statement, database, workgroup, watch)

    def copy(self, target: str) -> tuple[InputFile, ...]:
        """Have Athena write the columns that are needed, as the user who asks.

        Raises:
            CrispError: the table has no rows.
            QueryError: Athena does not take the statement; the message is its own.
        """
        unload = f"UNLOAD ({self.statement}) TO '{target}' WITH (format = 'PARQUET', compression = 'SNAPPY')"
        interactive_queries.run(unload, self.database, self.workgroup, self.watch)
        bucket, prefix = split_uri(target)
        pages = s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [each["Key"] for page in pages for each in page.get("Contents", []) if each["Size"]]
        if not keys:
            raise CrispError(f"{self.source} has no rows: there is nothing to score")
        return tuple(InputFile(f"s3://{bucket}/{key}", self.source) for key in sorted(keys))


def _format(name: str) -> FileFormat:
    found = _FORMATS.get(Path(name.removesuffix(".gz")).suffix)
    if found is None or (found == "parquet" and name.endswith(".gz")):
        raise CrispError(f"{name}: cannot be scored; give .csv, .jsonl (both may end with .gz) or .parquet")
    return found


def _is_seen(key: str) -> bool:
    """Whether readers of tables would look at the object."""
    return not key.rpartition("/")[2].startswith(("_", "."))
