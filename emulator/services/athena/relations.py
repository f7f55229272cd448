# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""A stored table as a DuckDB relation: its partitions chosen, its files read, what reading them costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emulator.services.athena import engine
from emulator.services.athena.casts import Typed, cast, null
from emulator.services.athena.catalog import Catalog, Partition, Table, columns, partition_columns
from emulator.services.athena.scope import TableUse, literal
from emulator.services.athena.serdes import serde_of
from emulator.services.athena.statistics import bounds
from emulator.services.athena.storage import Storage, StoredObject
from emulator.services.athena.types import VARCHAR, Type, quote

_HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
Columns = Sequence[tuple[str, Type]]


@dataclass(frozen=True)
class Source:
    """SQL that stands for a table, and the bytes that a scan of it reads."""

    sql: str
    scanned: int


@dataclass(frozen=True)
class File:
    """A file of a table: its copy on disk as it will be read, and the values of its partition."""

    copy: StoredObject
    values: tuple[str, ...]


def source(catalog: Catalog, storage: Storage, use: TableUse) -> Source:
    """The relation of one mention of a table: all its columns, partition columns and hidden ones.

    Raises:
        QueryError: the files cannot be read, or their format is not supported.
    """
    table = catalog.table(use.database, use.name)
    keys, data = partition_columns(table), columns(table)
    files = _partitioned(catalog, storage, table, keys, use) if keys else _plain(storage, table)
    if not files:
        return Source(_empty([*data, *keys]), 0)
    serde = serde_of(table)
    wanted = bounds(use.conditions)
    scanned = sum(serde.cost(file.copy, use.columns, wanted) for file in files)
    files = [File(serde.stage(table, file.copy, data), file.values) for file in files]
    selected = serde.read(table, list({file.copy.path: file.copy for file in files}.values()), data)
    return Source(_with_partitions(selected, files, data, keys), scanned)


def partitions(catalog: Catalog, table: Table) -> Source:
    """The relation ``"t$partitions"``: the values of each partition."""
    keys = partition_columns(table)
    rows = ", ".join(f"({', '.join(_values(p.values, keys))})" for p in catalog.partitions(table))
    labels = ", ".join(quote(name) for name, _ in keys)
    return Source(f"(SELECT * FROM (VALUES {rows}) AS _v({labels}))" if rows else _empty(keys), 0)


def _plain(storage: Storage, table: Table) -> list[File]:
    location = table["StorageDescriptor"].get("Location", "")
    return [File(file, ()) for file in storage.fetch(storage.snapshot(location))] if location else []


def _partitioned(catalog: Catalog, storage: Storage, table: Table, keys: Columns, use: TableUse) -> list[File]:
    wanted = _pruned(catalog.partitions(table, use.values), keys, use)
    listed = [(entry, partition.values) for partition in wanted for entry in storage.snapshot(partition.location)]
    copies = storage.fetch([entry for entry, _ in listed])
    return [File(copy, values) for copy, (_, values) in zip(copies, listed, strict=True)]


def _pruned(found: list[Partition], keys: Columns, use: TableUse) -> list[Partition]:
    """The partitions that satisfy what the statement asks of the partition columns."""
    if not use.pruning or not found:
        return found
    rows = ", ".join(f"({i}, {', '.join(_values(p.values, keys))})" for i, p in enumerate(found))
    labels = ", ".join(["_i", *(quote(name) for name, _ in keys)])
    condition = " AND ".join(use.pruning)
    sql = f"SELECT _i FROM (VALUES {rows}) AS {use.alias}({labels}) WHERE {condition} ORDER BY 1"
    return [found[index] for (index,) in engine.cursor().execute(sql).fetchall()]


def _values(values: Sequence[str], keys: Columns) -> list[str]:
    return [
        null(type_) if value == _HIVE_NULL else cast(Typed(literal(value), VARCHAR), type_).sql
        for value, (_, type_) in zip(values, keys, strict=True)
    ]


def _empty(described: Columns) -> str:
    listed = ", ".join(f"{null(type_)} AS {quote(name)}" for name, type_ in [*described, ("$path", VARCHAR)])
    return f"(SELECT {listed} WHERE false)"


def _with_partitions(selected: str, files: Sequence[File], data: Columns, keys: Columns) -> str:
    rows = ", ".join(
        f"({literal(str(file.copy.path))}, {', '.join([literal(file.copy.uri), *_values(file.values, keys)])})"
        for file in files
    )
    labels = ", ".join(["_file", "_uri", *(quote(f"p.{name}") for name, _ in keys)])
    listed = [f"_d.{quote(name)}" for name, _ in data]
    listed += [f"_p.{quote(f'p.{name}')} AS {quote(name)}" for name, _ in keys]
    joined = f"({selected}) AS _d JOIN (VALUES {rows}) AS _p({labels}) ON _d._file = _p._file"
    return f'(SELECT {", ".join(listed)}, _p._uri AS "$path" FROM {joined})'
