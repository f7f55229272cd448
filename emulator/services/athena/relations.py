# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""A stored table as a DuckDB relation: its files read as the table's SerDe reads them, and what reading them costs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet

from emulator.services.athena import engine, open_csv
from emulator.services.athena.casts import Typed, cast, null
from emulator.services.athena.catalog import Catalog, Partition, Table, columns, partition_columns
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.scope import TableUse, literal
from emulator.services.athena.storage import Storage, StoredObject
from emulator.services.athena.types import VARCHAR, Type, duckdb_type, quote

_HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
Columns = Sequence[tuple[str, Type]]


@dataclass(frozen=True)
class Source:
    """SQL that stands for a table, and the bytes that a scan of it reads."""

    sql: str
    scanned: int


def source(catalog: Catalog, storage: Storage, use: TableUse) -> Source:
    """The relation of one mention of a table: all its columns, partition columns and ``$path``.

    Raises:
        QueryError: the files cannot be read, or their format is not supported.
    """
    table = catalog.table(use.database, use.name)
    if use.version is not None:
        raise not_supported("time travel on a table that is not Iceberg")
    keys = partition_columns(table)
    files = _partitioned(catalog, storage, table, keys, use) if keys else _plain(storage, table)
    data = columns(table)
    if not files:
        return Source(_empty([*data, *keys]), 0)
    format_ = _format(table)
    scanned = sum(format_.cost(file, use.columns) for file, _ in files)
    files = [(format_.stage(table, file), values) for file, values in files]
    selected = format_.read(table, [file for file, _ in files], data)
    return Source(_with_partitions(selected, files, data, keys), scanned)


def _plain(storage: Storage, table: Table) -> list[tuple[StoredObject, tuple[str, ...]]]:
    location = table["StorageDescriptor"].get("Location", "")
    return [(file, ()) for file in storage.fetch(storage.snapshot(location))] if location else []


def _partitioned(
    catalog: Catalog, storage: Storage, table: Table, keys: Columns, use: TableUse
) -> list[tuple[StoredObject, tuple[str, ...]]]:
    wanted = _pruned(catalog.partitions(table), keys, use)
    listed = [(entry, partition.values) for partition in wanted for entry in storage.snapshot(partition.location)]
    return list(zip(storage.fetch([entry for entry, _ in listed]), [values for _, values in listed], strict=True))


def _pruned(partitions: list[Partition], keys: Columns, use: TableUse) -> list[Partition]:
    """The partitions that satisfy what the statement asks of the partition columns."""
    if not use.pruning or not partitions:
        return partitions
    rows = ", ".join(f"({i}, {', '.join(_values(p.values, keys))})" for i, p in enumerate(partitions))
    labels = ", ".join(["_i", *(quote(name) for name, _ in keys)])
    condition = " AND ".join(use.pruning)
    sql = f"SELECT _i FROM (VALUES {rows}) AS {use.alias}({labels}) WHERE {condition} ORDER BY 1"
    return [partitions[index] for (index,) in engine.cursor().execute(sql).fetchall()]


def _values(values: Sequence[str], keys: Columns) -> list[str]:
    return [
        null(type_) if value == _HIVE_NULL else cast(Typed(literal(value), VARCHAR), type_).sql
        for value, (_, type_) in zip(values, keys, strict=True)
    ]


def _empty(described: Columns) -> str:
    listed = ", ".join(f"{null(type_)} AS {quote(name)}" for name, type_ in [*described, ("$path", VARCHAR)])
    return f"(SELECT {listed} WHERE false)"


def _with_partitions(
    selected: str, files: Sequence[tuple[StoredObject, tuple[str, ...]]], data: Columns, keys: Columns
) -> str:
    rows = ", ".join(
        f"({literal(str(file.path))}, {', '.join([literal(file.uri), *_values(values, keys)])})"
        for file, values in files
    )
    labels = ", ".join(["_file", "_uri", *(quote(f"p.{name}") for name, _ in keys)])
    listed = [f"_d.{quote(name)}" for name, _ in data]
    listed += [f"_p.{quote(f'p.{name}')} AS {quote(name)}" for name, _ in keys]
    joined = f"({selected}) AS _d JOIN (VALUES {rows}) AS _p({labels}) ON _d._file = _p._file"
    return f'(SELECT {", ".join(listed)}, _p._uri AS "$path" FROM {joined})'


@dataclass(frozen=True)
class Format:
    """How a SerDe's files are read: `read` writes SQL, `cost` counts the bytes that a scan of some columns reads.

    `stage` gives the file that is read in a file's stead.
    """

    read: Callable[[Table, Sequence[StoredObject], Columns], str]
    cost: Callable[[StoredObject, set[str]], int]
    stage: Callable[[Table, StoredObject], StoredObject] = lambda _, file: file


def _format(table: Table) -> Format:
    library = table["StorageDescriptor"].get("SerdeInfo", {}).get("SerializationLibrary", "")
    formats = {
        "ParquetHiveSerDe": Format(_parquet, _parquet_bytes),
        "OpenCSVSerde": Format(_open_csv, _whole_file, open_csv.without_escapes),
        "LazySimpleSerDe": Format(_lazy_simple, _whole_file),
        "JsonSerDe": Format(_json, _whole_file),
    }
    name = library.rsplit(".", 1)[-1]
    if name not in formats:
        raise not_supported(f"tables with the SerDe {library or 'none'}")
    return formats[name]


def _whole_file(file: StoredObject, _: set[str]) -> int:
    return file.size


def _paths(files: Sequence[StoredObject]) -> str:
    return "[" + ", ".join(literal(str(file.path)) for file in files) + "]"


# Parquet


@functools.lru_cache(maxsize=4096)
def _footer(path: Path) -> Any:
    return pyarrow.parquet.read_metadata(path)


def _parquet_bytes(file: StoredObject, used: set[str]) -> int:
    metadata = _footer(file.path)
    return sum(
        chunk.total_compressed_size
        for group in range(metadata.num_row_groups)
        for chunk in (metadata.row_group(group).column(i) for i in range(metadata.num_columns))
        if chunk.path_in_schema.split(".")[0].lower() in used
    )


def _parquet(_: Table, files: Sequence[StoredObject], data: Columns) -> str:
    present: dict[str, str] = {}
    for file in files:
        present |= {name.lower(): name for name in _footer(file.path).schema.to_arrow_schema().names}
    listed = [
        f"CAST({quote(present[name])} AS {duckdb_type(type_)}) AS {quote(name)}"
        if name in present
        else f"{null(type_)} AS {quote(name)}"
        for name, type_ in data
    ]
    return (
        f"SELECT {', '.join([*listed, 'filename AS _file'])} FROM read_parquet({_paths(files)}, "
        "union_by_name = true, filename = true, hive_partitioning = false)"
    )


# Text


def _text_columns(data: Columns) -> str:
    return "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name, _ in data) + "}"


def _skip(table: Table) -> int:
    return int(table.get("Parameters", {}).get("skip.header.line.count", "0"))


def _open_csv(table: Table, files: Sequence[StoredObject], data: Columns) -> str:
    return open_csv.read(table, _paths(files), _text_columns(data), _skip(table), data)


_CONTROL = {"\\001": "\x01", "1": "\x01", "\\t": "\t", "9": "\t", "\\u0001": "\x01"}


def _lazy_simple(table: Table, files: Sequence[StoredObject], data: Columns) -> str:
    properties = table["StorageDescriptor"]["SerdeInfo"].get("Parameters", {})
    delimiter = properties.get("field.delim") or properties.get("serialization.format") or "\x01"
    delimiter = _CONTROL.get(delimiter, delimiter)
    missing = properties.get("serialization.null.format", "\\N")
    options = (
        f"delim = {literal(delimiter)}, quote = '', escape = '', header = false, skip = {_skip(table)}, "
        f"auto_detect = false, null_padding = true, nullstr = {literal(missing)}, columns = {_text_columns(data)}, "
        "filename = true, hive_partitioning = false, strict_mode = false"
    )
    listed = [f"{_lazy_value(name, type_)} AS {quote(name)}" for name, type_ in data]
    return f"SELECT {', '.join([*listed, 'filename AS _file'])} FROM read_csv({_paths(files)}, {options})"


def _lazy_value(name: str, type_: Type) -> str:
    """LazySimpleSerDe reads what it cannot parse as null."""
    if type_.arguments:
        raise not_supported(f"a column of type {type_} in a LazySimpleSerDe table")
    return cast(Typed(quote(name), VARCHAR), type_, safe=True).sql


def _json(_: Table, files: Sequence[StoredObject], data: Columns) -> str:
    described = "{" + ", ".join(f"{literal(name)}: {literal(_json_type(type_))}" for name, type_ in data) + "}"
    listed = [f"{quote(name)}" for name, _ in data]
    return (
        f"SELECT {', '.join([*listed, 'filename AS _file'])} FROM read_json({_paths(files)}, "
        f"format = 'newline_delimited', columns = {described}, filename = true, hive_partitioning = false)"
    )


def _json_type(type_: Type) -> str:
    if type_.name in ("varbinary", "interval day to second"):
        raise QueryError("NOT_SUPPORTED", f"a column of type {type_} in a JSON table")
    return duckdb_type(type_)
