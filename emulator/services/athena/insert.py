# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""INSERT INTO: a query's rows added to a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.services.athena import formats_written, glue_updates, parser, select, tables
from emulator.services.athena.assignment import cast_to_column, check
from emulator.services.athena.casts import null
from emulator.services.athena.catalog import Table, columns, partition_columns
from emulator.services.athena.delimited import Delimiters
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.hive_reader import HiveReader
from emulator.services.athena.results import Result
from emulator.services.athena.session import Session
from emulator.services.athena.storage_formats import format_of
from emulator.services.athena.types import BIGINT, Type, quote
from emulator.services.athena.writing import Target, write

Columns = Sequence[tuple[str, Type]]


def insert(reader: HiveReader) -> Callable[[Session], Result]:
    """``INSERT INTO name [(columns)] query``."""
    names = reader.name()
    listed = _column_list(reader)
    tree = parser.parse(reader.rest())

    def run(session: Session) -> Result:
        table = session.catalog.table(*names.of(session))
        iceberg = tables.is_iceberg(table)
        target = None if iceberg else _target(table)
        described = _iceberg_columns(session, table) if iceberg else [*columns(table), *partition_columns(table)]
        sql, found = select.bound(select.with_parameters(tree.copy(), session.parameters), session)
        wanted = listed or [name for name, _ in described]
        kinds = dict(described)
        if unknown := [name for name in wanted if name not in kinds]:
            raise QueryError("COLUMN_NOT_FOUND", f"Insert column name does not exist in target table: {unknown[0]}")
        target_types, given_types = [kinds[name] for name in wanted], [type_ for _, type_ in found]
        check("Insert query has mismatched column types", target_types, given_types, "Query")
        arranged = _arranged(sql, found, wanted, described)
        if target is None:
            return _into_iceberg(session, table, arranged)
        return _into_files(session, table, arranged, described, target)

    return run


def _column_list(reader: HiveReader) -> list[str]:
    mark = reader.mark()
    if reader.accept("(") and not (
        reader.peek("SELECT") or reader.peek("VALUES") or reader.peek("WITH") or reader.peek("(")
    ):
        found = [reader.identifier()]
        while reader.accept(","):
            found.append(reader.identifier())
        reader.expect(")")
        return found
    reader.reset(mark)
    return []


def _arranged(sql: str, found: Columns, wanted: Sequence[str], described: Columns) -> str:
    """The query's columns in the table's order and of its types; a column that is not given is null."""
    parts = []
    for index, (name, type_) in enumerate(described):
        value = null(type_)
        if name in wanted:
            given = wanted.index(name)
            value = cast_to_column(f"_i.{quote(f'c{given}')}", found[given][1], name, type_)
        parts.append(f"{value} AS {quote(f'c{index}')}")
    return f"SELECT {', '.join(parts)} FROM ({sql}) AS _i"


def _iceberg_columns(session: Session, table: Table) -> list[tuple[str, Type]]:
    from emulator.services.athena.iceberg import schema_types  # noqa: PLC0415 (it takes a second)

    return schema_types.columns(session.iceberg.find(table["DatabaseName"], table["Name"]).schema())


def _into_iceberg(session: Session, table: Table, sql: str) -> Result:
    from emulator.services.athena.iceberg.writing import append  # noqa: PLC0415 (it takes a second)

    rows = append(session, session.iceberg.find(table["DatabaseName"], table["Name"]), sql)
    return Result((("rows", BIGINT),), (), update_count=rows)


def _into_files(session: Session, table: Table, sql: str, described: Columns, target: Target) -> Result:
    written = write(session, sql, described, target)
    known = {partition.values for partition in session.catalog.partitions(table)} if written.partitions else set()
    for values, folder in written.partitions.items():
        if values not in known:
            glue_updates.add_partition(session, table, values, folder)
    return Result((("rows", BIGINT),), (), update_count=written.rows, manifest=written.uris)


def _target(table: Mapping[str, Any]) -> Target:
    if table.get("TableType") == "VIRTUAL_VIEW":
        raise not_supported("Inserting into views")
    described = table["StorageDescriptor"]
    if described.get("BucketColumns"):
        raise not_supported("INSERT INTO a bucketed table")
    format_ = format_of(described.get("SerdeInfo", {}).get("SerializationLibrary", ""))
    properties = table.get("Parameters", {})
    names = ("write.compression", f"{format_.lower()}.compression", f"{format_.lower()}.compress")
    codec = next((properties[name] for name in names if name in properties), None)
    keys = tuple(key["Name"].lower() for key in table.get("PartitionKeys", []))
    codec_ = formats_written.codec(format_, codec)
    return Target(described["Location"], format_, codec_, keys, Delimiters.of(table))
