# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""Parquet files: columns found by name, and the bytes of the column chunks that are read."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet

from emulator.services.athena.casts import null
from emulator.services.athena.scope import literal
from emulator.services.athena.statistics import Bound
from emulator.services.athena.storage import StoredObject
from emulator.services.athena.types import Type, duckdb_type, quote


@functools.lru_cache(maxsize=4096)
def footer(path: Path) -> Any:
    """A file's metadata."""
    return pyarrow.parquet.read_metadata(path)


def bytes_of(file: StoredObject, used: set[str], bounds: Sequence[Bound]) -> int:
    """Bytes of the chunks of some columns, named in lower case, in the row groups that may hold wanted rows."""
    metadata, size = footer(file.path), 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        chunks = [group.column(place) for place in range(metadata.num_columns)]
        named = {chunk.path_in_schema.lower(): chunk for chunk in chunks}
        if all(_may_hold(named.get(bound.column), bound) for bound in bounds):
            size += sum(c.total_compressed_size for c in chunks if c.path_in_schema.split(".")[0].lower() in used)
    return size


def _may_hold(chunk: Any, bound: Bound) -> bool:
    statistics = chunk.statistics if chunk is not None and chunk.is_stats_set else None
    return statistics is None or not statistics.has_min_max or bound.may_hold(statistics.min, statistics.max)


def read(files: Sequence[StoredObject], data: Sequence[tuple[str, Type]]) -> str:
    """SQL that reads files: the columns, and ``_file``, the path on disk; a column that no file has is null."""
    present: dict[str, str] = {}
    for file in files:
        present |= {name.lower(): name for name in footer(file.path).schema.to_arrow_schema().names}
    listed = [
        f"CAST({quote(present[name])} AS {duckdb_type(type_)}) AS {quote(name)}"
        if name in present
        else f"{null(type_)} AS {quote(name)}"
        for name, type_ in data
    ]
    return (
        f"SELECT {', '.join([*listed, 'filename AS _file'])} FROM read_parquet({paths(files)}, "
        "union_by_name = true, filename = true, hive_partitioning = false)"
    )


def paths(files: Sequence[StoredObject]) -> str:
    """The files' paths on disk as a list in SQL."""
    return "[" + ", ".join(literal(str(file.path)) for file in files) + "]"
