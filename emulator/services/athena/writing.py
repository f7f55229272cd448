# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""Rows of a query written to S3 in the caller's name: one object for each partition and bucket."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote as percent_encoded

from emulator.services.athena import bucketing, formats_written
from emulator.services.athena.delimited import Delimiters
from emulator.services.athena.errors import QueryError
from emulator.services.athena.scope import literal
from emulator.services.athena.session import Session
from emulator.services.athena.types import Type, quote

Columns = Sequence[tuple[str, Type]]
_NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
_MOST_WRITERS = 100  # partitions that one statement may write


@dataclass(frozen=True)
class Target:
    """Where and how rows are written: a folder in S3, a format, a codec, and the columns that become folders."""

    location: str
    format: str
    codec: str
    partitions: tuple[str, ...] = ()
    delimiters: Delimiters = field(default_factory=Delimiters)
    buckets: bucketing.Buckets | None = None


@dataclass(frozen=True)
class Written:
    """What was written: the objects, the partitions that they lie in, and the rows."""

    uris: tuple[str, ...]
    partitions: Mapping[tuple[str, ...], str]
    rows: int


def write(session: Session, sql: str, described: Columns, target: Target) -> Written:
    """Write a relation whose columns are named c0, c1, ...

    Raises:
        QueryError: S3 refuses, a type that the format has not, or HIVE_TOO_MANY_OPEN_PARTITIONS.
    """
    cursor, labels = session.cursor, {name: quote(f"c{i}") for i, (name, _) in enumerate(described)}
    bucket = f", {target.buckets.number(labels, dict(described))} AS _bucket" if target.buckets else ""
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE _rows AS SELECT *{bucket} FROM ({sql}) AS _w")
    data = [(name, type_) for name, type_ in described if name not in target.partitions]
    listed = ", ".join(f"{labels[name]} AS {quote(name)}" for name, _ in data)
    uris: list[str] = []
    folders: dict[tuple[str, ...], str] = {}
    for values, folder, condition in _partitions(session, labels, target):
        for suffix, chosen in _buckets(cursor, condition, target):
            stem = f"{folder}{session.query_id}{suffix or f'_{len(uris):05}'}"
            uris.append(_put(session, f"SELECT {listed} FROM _rows WHERE {chosen}", data, target, stem))
        folders[values] = folder
    rows = cursor.execute("SELECT count(*) FROM _rows").fetchone()[0]
    cursor.execute("DROP TABLE _rows")
    return Written(tuple(uris), folders if target.partitions else {}, rows)


def _partitions(
    session: Session, labels: Mapping[str, str], target: Target
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Values, folder and condition of each partition."""
    location, keys = target.location.rstrip("/") + "/", [labels[name] for name in target.partitions]
    if not keys:
        yield (), location, "true"
        return
    listed = ", ".join(f"CAST({key} AS VARCHAR)" for key in keys)
    groups = session.cursor.execute(f"SELECT DISTINCT {listed} FROM _rows ORDER BY ALL").fetchall()
    if len(groups) > _MOST_WRITERS:
        raise QueryError(
            "HIVE_TOO_MANY_OPEN_PARTITIONS", f"Exceeded limit of {_MOST_WRITERS} open writers for partitions/buckets"
        )
    for group in groups:
        values = tuple(_NULL_PARTITION if value is None else value for value in group)
        pairs = zip(target.partitions, values, strict=True)
        folder = "".join(f"{name}={percent_encoded(value, safe=_PLAIN)}/" for name, value in pairs)
        condition = " AND ".join(
            f"CAST({key} AS VARCHAR) IS NOT DISTINCT FROM {'NULL' if value is None else literal(value)}"
            for key, value in zip(keys, group, strict=True)
        )
        yield values, location + folder, condition


# What Hive leaves as it is in a partition's folder.
_PLAIN = " !$&()+,-.;<>@_|~"


def _buckets(cursor: Any, condition: str, target: Target) -> list[tuple[str, str]]:
    if target.buckets is None:
        return [("", condition)]
    found = cursor.execute(f"SELECT DISTINCT _bucket FROM _rows WHERE {condition} ORDER BY 1").fetchall()
    return [(f"_bucket-{number:05}", f"{condition} AND _bucket = {number}") for (number,) in found]


def _put(session: Session, sql: str, data: Columns, target: Target, stem: str) -> str:
    folder = Path(tempfile.mkdtemp(prefix="athena-"))
    try:
        path = folder / "part"
        suffix = formats_written.write(session.cursor, sql, data, target.format, target.codec, target.delimiters, path)
        session.storage.write(stem + suffix, path, **session.put_options)
    finally:
        shutil.rmtree(folder)
    return stem + suffix
