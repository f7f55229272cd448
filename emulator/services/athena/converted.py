"""Files that DuckDB cannot read as their SerDe does, converted to Parquet once for each table's definition."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from emulator.services.athena import compression
from emulator.services.athena.storage import StoredObject
from emulator.services.athena.types import Type

Table = Mapping[str, Any]
Columns = Sequence[tuple[str, Type]]
# Reads a file's rows as a table's columns.
Reader = Callable[[Table, Path, Columns], pa.Table]


def as_parquet(reader: Reader, table: Table, file: StoredObject, data: Columns) -> StoredObject:
    """The file's rows as a Parquet file beside its copy.

    Raises:
        QueryError: as the reader does.
    """
    stored, skipped = table["StorageDescriptor"], table.get("Parameters", {}).get("skip.header.line.count")
    columns = [(name, str(type_)) for name, type_ in data]
    text = json.dumps([columns, stored.get("SerdeInfo", {}), stored.get("InputFormat"), skipped], sort_keys=True)
    key = hashlib.sha256(f"{reader.__module__}{text}".encode()).hexdigest()[:12]
    path = file.path.with_name(f"{file.path.name}-{key}.parquet")
    if not path.exists():
        rows = reader(table, compression.plain(file).path, data)
        partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
        pyarrow.parquet.write_table(rows, partial)
        os.replace(partial, path)  # noqa: PTH105 (atomic, whatever stands there)
    return replace(file, path=path)


def lines(table: Table, path: Path) -> Iterator[str]:
    """A text file's lines without its header."""
    skipped = int(table.get("Parameters", {}).get("skip.header.line.count", "0"))
    with path.open(encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file):
            if number >= skipped:
                yield line.rstrip("\r\n")
