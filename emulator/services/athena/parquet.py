# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""Parquet files: columns found by name, and the bytes of the column chunks that are read."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet

from emulator.services.athena.casts import null
from emulator.services.athena.errors import QueryError, failure
from emulator.services.athena.scope import literal
from emulator.services.athena.statistics import Bound
from emulator.services.athena.storage import StoredObject
from emulator.services.athena.types import Type, duckdb_type, quote


def footer(file: StoredObject) -> Any:
    """A file's metadata.

    Raises:
        QueryError: HIVE_BAD_DATA, it is no Parquet file.
    """
    try:
        return _footer(file.path)
    except pyarrow.ArrowInvalid as error:
        raise QueryError("HIVE_BAD_DATA", f"Not valid Parquet file: {file.uri}: {error}") from error


@functools.lru_cache(maxsize=4096)
def _footer(path: Path) -> Any:
    return pyarrow.parquet.read_metadata(path)


def bytes_of(file: StoredObject, used: set[str], bounds: Sequence[Bound]) -> int:
    """Bytes of the chunks of some columns, named in lower case, in the row groups that may hold wanted rows."""
    metadata, size = footer(file), 0
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
    """SQL that reads files: the columns, and ``_file``, the path on disk; a column that no file has is null.

    Raises:
        QueryError: HIVE_BAD_DATA, one is no Parquet file.
    """
    found: dict[str, list[tuple[StoredObject, pyarrow.Field]]] = defaultdict(list)
    for file in files:
        for field in footer(file).schema.to_arrow_schema():
            found[field.name.lower()].append((file, field))
    listed = [f"{_column(name, type_, found[name])} AS {quote(name)}" for name, type_ in data]
    return (
        f"SELECT {', '.join([*listed, 'filename AS _file'])} FROM read_parquet({paths(files)}, "
        "union_by_name = true, filename = true, hive_partitioning = false)"
    )


def _column(name: str, type_: Type, fields: Sequence[tuple[StoredObject, pyarrow.Field]]) -> str:
    """SQL of a column; where a file holds something else, what fails when it is read."""
    for file, field in fields:
        if not _is_compatible(field.type, type_):
            message = f"Field {name}'s type {field.type} in parquet file {file.uri} is incompatible with type {type_} defined in table schema"  # noqa: E501
            return failure("HIVE_BAD_DATA", literal(message), duckdb_type(type_))
    return f"CAST({quote(fields[-1][1].name)} AS {duckdb_type(type_)})" if fields else null(type_)


def _is_compatible(stored: Any, type_: Type) -> bool:
    """Whether a file's column can be read as a table's: numbers as numbers, text as text, each else as itself."""
    stored = stored.value_type if pyarrow.types.is_dictionary(stored) else stored
    checks = _COMPATIBLE.get(type_.name, ())
    return not checks or pyarrow.types.is_null(stored) or any(check(stored) for check in checks)


_kinds = pyarrow.types
_TEXT = (_kinds.is_string, _kinds.is_large_string, _kinds.is_string_view, _kinds.is_binary, _kinds.is_large_binary,
         _kinds.is_fixed_size_binary)  # fmt: skip
_NUMBER = (_kinds.is_integer, _kinds.is_floating, _kinds.is_decimal)
_COMPATIBLE: dict[str, tuple[Callable[[Any], bool], ...]] = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint", "real", "double", "decimal"), _NUMBER),
    **dict.fromkeys(("varchar", "char", "varbinary"), _TEXT),
    "boolean": (_kinds.is_boolean,),
    "date": (_kinds.is_date,),
    "timestamp": (_kinds.is_timestamp,),
    "array": (_kinds.is_list, _kinds.is_large_list),
    "map": (_kinds.is_map,),
    "row": (_kinds.is_struct,),
}


def paths(files: Sequence[StoredObject]) -> str:
    """The files' paths on disk as a list in SQL."""
    return "[" + ", ".join(literal(str(file.path)) for file in files) + "]"
