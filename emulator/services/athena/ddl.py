# ruff: noqa: PLC0415 (Iceberg's library takes a second to import, and few statements need it)
"""CREATE, ALTER and DROP TABLE, as calls to Glue in the caller's name; Iceberg tables by Iceberg's own rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.services.athena import alterations, partitions, table_clauses, types
from emulator.services.athena.alterations import (
    AddColumns,
    AddPartitions,
    ChangeColumn,
    DropPartitions,
    RenamePartition,
    ReplaceColumns,
    SetLocation,
    SetProperties,
)
from emulator.services.athena.catalog import Table
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.glue_updates import call, create_table, update_table
from emulator.services.athena.hive_reader import Column, HiveReader, Name
from emulator.services.athena.results import DONE, Result
from emulator.services.athena.session import Session
from emulator.services.athena.storage_formats import descriptor
from emulator.services.athena.table_clauses import TableClauses
from emulator.services.athena.tables import is_iceberg

Run = Callable[[Session], Result]


def create(reader: HiveReader, *, external: bool) -> Run:
    """``CREATE EXTERNAL TABLE``, and ``CREATE TABLE`` of an Iceberg table."""
    optional, names = reader.accept("IF", "NOT", "EXISTS"), reader.name()
    columns = reader.columns() if reader.peek("(") else []
    clauses = table_clauses.read(reader)
    reader.end()
    iceberg = clauses.properties.get("table_type", "").upper() == "ICEBERG"

    def run(session: Session) -> Result:
        if clauses.location is None:
            raise QueryError(
                "INVALID_TABLE_PROPERTY", "No location was specified for table. An S3 location must be specified"
            )
        if iceberg and external:
            raise not_supported("CREATE EXTERNAL TABLE of an Iceberg table: leave out EXTERNAL")
        if iceberg:
            _create_iceberg(session, names, columns, clauses, clauses.location, optional=optional)
        elif not external:
            raise QueryError("INVALID_TABLE_PROPERTY", "CREATE TABLE without EXTERNAL needs table_type = 'ICEBERG'")
        else:
            database, name = names.of(session)
            create_table(session, database, _described(name, columns, clauses), optional=optional)
        return DONE

    return run


def _described(name: str, columns: list[Column], clauses: TableClauses) -> Table:
    """A table of files as Glue keeps it.

    Raises:
        QueryError: an unknown type or format, which is refused before the table exists.
    """
    if clauses.transforms:
        raise not_supported(f"PARTITIONED BY ({', '.join(clauses.transforms)}) of a table that is not Iceberg")
    for column in [*columns, *clauses.partitions]:
        types.parse(column["Type"])
    table: dict[str, Any] = {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {"Columns": columns, "Location": clauses.location, **descriptor(clauses)},
        "PartitionKeys": clauses.partitions,
        "Parameters": {"EXTERNAL": "TRUE", **clauses.properties},
    }
    if clauses.comment is not None:
        table["Description"] = clauses.comment
        table["Parameters"]["comment"] = clauses.comment
    return table


def _create_iceberg(
    session: Session, names: Name, columns: list[Column], clauses: TableClauses, location: str, *, optional: bool
) -> None:
    from emulator.services.athena.iceberg import definition, schema_types

    database, name = names.of(session)
    if session.catalog.exists(database, name):
        if optional:
            return
        raise QueryError("TABLE_ALREADY_EXISTS", f"Table '{database}.{name}' already exists")
    if clauses.partitions:
        raise not_supported("PARTITIONED BY with types, of an Iceberg table: name its columns or transforms of them")
    schema = schema_types.schema([(c["Name"], types.parse(c["Type"]), c.get("Comment")) for c in columns])
    definition.create(session, database, name, schema, clauses.transforms, location, clauses.properties)


def drop(reader: HiveReader) -> Run:
    """``DROP TABLE|VIEW [IF EXISTS] name``; with an Iceberg table go its files."""
    optional, names = reader.accept("IF", "EXISTS"), reader.name()
    reader.accept("PURGE")
    reader.end()

    def run(session: Session) -> Result:
        database, name = names.of(session)
        if optional and not session.catalog.exists(database, name):
            return DONE
        if is_iceberg(session.catalog.table(database, name)):
            from emulator.services.athena.iceberg import maintenance

            maintenance.drop(session, session.iceberg.find(database, name))
        else:
            call(session, "delete_table", DatabaseName=database, Name=name)
        return DONE

    return run


def alter(reader: HiveReader) -> Run:
    """``ALTER TABLE``: columns, partitions, properties, location and name."""
    names = reader.name()
    alteration = alterations.read(reader)

    def run(session: Session) -> Result:
        database, name = names.of(session)
        table = session.catalog.table(database, name)
        if is_iceberg(table):
            from emulator.services.athena.iceberg import evolution

            evolution.alter(session, database, name, alteration)
        elif type(alteration) in _ALTERATIONS:
            _ALTERATIONS[type(alteration)](session, table, alteration)
        else:
            raise not_supported(f"ALTER TABLE {alteration.sql} on a table that is not Iceberg")
        return DONE

    return run


def _add_columns(session: Session, table: Table, alteration: AddColumns) -> None:
    known = {column["Name"] for column in [*table["StorageDescriptor"]["Columns"], *table.get("PartitionKeys", [])]}
    if twice := [column["Name"] for column in alteration.columns if column["Name"] in known]:
        raise QueryError("DUPLICATE_COLUMN_NAME", f"Duplicate column name: {', '.join(twice)}")
    _set_columns(session, table, [*table["StorageDescriptor"]["Columns"], *alteration.columns])


def _replace_columns(session: Session, table: Table, alteration: ReplaceColumns) -> None:
    _set_columns(session, table, list(alteration.columns))


def _change_column(session: Session, table: Table, alteration: ChangeColumn) -> None:
    if alteration.first or alteration.after:
        raise not_supported("CHANGE COLUMN with FIRST or AFTER on a table that is not Iceberg")
    columns = table["StorageDescriptor"]["Columns"]
    if alteration.name not in [column["Name"] for column in columns]:
        raise QueryError("COLUMN_NOT_FOUND", f"Column '{alteration.name}' does not exist in {table['Name']}")
    _set_columns(session, table, [alteration.column if c["Name"] == alteration.name else c for c in columns])


def _set_columns(session: Session, table: Table, columns: list[Mapping[str, str]]) -> None:
    for column in columns:
        types.parse(column["Type"])
    update_table(session, {**table, "StorageDescriptor": {**table["StorageDescriptor"], "Columns": columns}})


def _set_properties(session: Session, table: Table, alteration: SetProperties) -> None:
    update_table(session, {**table, "Parameters": {**table.get("Parameters", {}), **alteration.properties}})


_ALTERATIONS: dict[type, Callable[[Session, Table, Any], None]] = {
    AddColumns: _add_columns,
    ReplaceColumns: _replace_columns,
    ChangeColumn: _change_column,
    SetProperties: _set_properties,
    SetLocation: partitions.move,
    AddPartitions: partitions.add,
    DropPartitions: partitions.drop,
    RenamePartition: partitions.rename,
}
