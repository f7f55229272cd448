"""Statements of Hive's DDL: databases, tables and partitions, as calls to Glue in the caller's name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from emulator.services.athena import types
from emulator.services.athena.catalog import Table, refused
from emulator.services.athena.errors import QueryError, SyntaxRefused
from emulator.services.athena.hive_reader import HiveReader
from emulator.services.athena.results import Result
from emulator.services.athena.session import Session
from emulator.services.athena.storage_formats import descriptor

Run = Callable[[Session], Result]
DONE = Result((), (), kind="txt")
_UPDATABLE = ("Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "ViewOriginalText",
              "ViewExpandedText", "TableType", "Parameters")  # fmt: skip


def create_database(reader: HiveReader) -> Run:
    """``CREATE DATABASE [IF NOT EXISTS] name [COMMENT ..] [LOCATION ..] [WITH DBPROPERTIES (..)]``."""
    optional, name = reader.accept("IF", "NOT", "EXISTS"), reader.identifier()
    described: dict[str, Any] = {"Name": name}
    while not reader.at_end():
        if reader.accept("COMMENT"):
            described["Description"] = reader.string()
        elif reader.accept("LOCATION"):
            described["LocationUri"] = reader.string()
        elif reader.accept("WITH", "DBPROPERTIES"):
            described["Parameters"] = reader.properties()
        else:
            reader.unexpected()

    def run(session: Session) -> Result:
        _glue(session, "create_database", optional and "AlreadyExistsException", DatabaseInput=described)
        return DONE

    return run


def drop_database(reader: HiveReader) -> Run:
    """``DROP DATABASE [IF EXISTS] name [RESTRICT | CASCADE]``."""
    optional, name = reader.accept("IF", "EXISTS"), reader.identifier()
    cascade = reader.accept("CASCADE")
    reader.accept("RESTRICT")
    reader.end()

    def run(session: Session) -> Result:
        if not session.catalog.has_database(name):
            if optional:
                return DONE
            raise QueryError("SCHEMA_NOT_FOUND", f"Database does not exist: {name}")
        if not cascade and session.catalog.tables(name):
            raise QueryError("SCHEMA_NOT_EMPTY", f"Database {name} is not empty. One or more tables exist.")
        for table in session.catalog.tables(name):
            _glue(session, "delete_table", None, DatabaseName=name, Name=table["Name"])
        _glue(session, "delete_database", None, Name=name)
        return DONE

    return run


def create_table(reader: HiveReader) -> Run:
    """``CREATE EXTERNAL TABLE``, and ``CREATE TABLE`` of an Iceberg table."""
    optional, names = reader.accept("IF", "NOT", "EXISTS"), reader.name()
    columns = reader.columns() if reader.peek("(") else []
    clauses = reader.table_clauses()
    reader.end()

    def run(session: Session) -> Result:
        database, name = names.of(session)
        if clauses.properties.get("table_type", "").upper() == "ICEBERG":
            raise QueryError("NOT_SUPPORTED", "Iceberg tables")
        if clauses.location is None:
            raise QueryError(
                "INVALID_TABLE_PROPERTY", "No location was specified for table. An S3 location must be specified"
            )
        table: dict[str, Any] = {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "StorageDescriptor": {"Columns": columns, "Location": clauses.location, **descriptor(clauses)},
            "PartitionKeys": clauses.partitions,
            "Parameters": {"EXTERNAL": "TRUE", **clauses.properties},
        }
        if clauses.comment is not None:
            table["Description"] = clauses.comment
            table["Parameters"] = {"EXTERNAL": "TRUE", **clauses.properties, "comment": clauses.comment}
        for column in [*columns, *clauses.partitions]:
            types.parse(column["Type"])  # an unknown type is refused before the table exists
        _glue(session, "create_table", optional and "AlreadyExistsException", DatabaseName=database, TableInput=table)
        return DONE

    return run


def drop_table(reader: HiveReader) -> Run:
    """``DROP TABLE|VIEW [IF EXISTS] name``."""
    optional, names = reader.accept("IF", "EXISTS"), reader.name()
    reader.accept("PURGE")
    reader.end()

    def run(session: Session) -> Result:
        database, name = names.of(session)
        try:
            session.catalog.table(database, name)
        except QueryError as error:
            if optional and error.code in ("TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND"):
                return DONE
            raise
        _glue(session, "delete_table", None, DatabaseName=database, Name=name)
        return DONE

    return run


def repair_table(reader: HiveReader) -> Run:
    """``MSCK REPAIR TABLE name``: partitions found as ``key=value`` folders are added."""
    names = reader.name()
    reader.end()

    def run(session: Session) -> Result:
        database, name = names.of(session)
        table = session.catalog.table(database, name)
        keys = [key["Name"] for key in table.get("PartitionKeys", [])]
        known = {partition.values for partition in session.catalog.partitions(table)}
        location = table["StorageDescriptor"]["Location"].rstrip("/") + "/"
        pattern = re.compile(re.escape(location) + "/".join(f"{re.escape(key)}=([^/]+)" for key in keys) + "/")
        found: dict[tuple[str, ...], str] = {}
        for uri, _, _ in session.storage.listing(location):
            matched = pattern.match(uri)
            if keys and matched and matched.groups() not in known:
                found[matched.groups()] = matched[0]
        for values, place in found.items():
            add_partition(session, table, values, place)
        lines = tuple(
            (f"Repair: Added partition to metastore {name}:{'/'.join(map('='.join, zip(keys, v, strict=True)))}",)
            for v in found
        )
        return Result((("_output", types.VARCHAR),), lines, kind="txt")

    return run


def add_partition(
    session: Session, table: Table, values: tuple[str, ...], location: str, *, optional: bool = True
) -> None:
    """Register a partition.

    Raises:
        QueryError: it exists and is not `optional`, or Glue refuses.
    """
    described = {**table["StorageDescriptor"], "Location": location}
    _glue(
        session,
        "create_partition",
        optional and "AlreadyExistsException",
        DatabaseName=table["DatabaseName"],
        TableName=table["Name"],
        PartitionInput={"Values": list(values), "StorageDescriptor": described},
    )


def alter_table(reader: HiveReader) -> Run:
    """``ALTER TABLE``: partitions, columns, properties and location."""
    names = reader.name()
    for words, action in _ALTERATIONS.items():
        if reader.accept(*words):
            change = action(reader)
            reader.end()
            return lambda session: change(session, session.catalog.table(*names.of(session)))
    raise SyntaxRefused(reader.mismatch())


Change = Callable[[Session, Table], Result]


def _add_partitions(reader: HiveReader) -> Change:
    optional = reader.accept("IF", "NOT", "EXISTS")
    wanted = []
    while reader.accept("PARTITION"):
        values = reader.properties()
        wanted.append((values, reader.string() if reader.accept("LOCATION") else None))

    def change(session: Session, table: Table) -> Result:
        keys = [key["Name"] for key in table.get("PartitionKeys", [])]
        for values, location in wanted:
            ordered = _ordered(values, keys)
            folders = "".join(f"{key}={value}/" for key, value in zip(keys, ordered, strict=True))
            folder = f"{table['StorageDescriptor']['Location'].rstrip('/')}/{folders}"
            add_partition(session, table, ordered, location or folder, optional=optional)
        return DONE

    return change


def _ordered(values: dict[str, str], keys: list[str]) -> tuple[str, ...]:
    given = {name.lower(): value for name, value in values.items()}
    if set(given) != set(keys):
        raise QueryError("INVALID_PARTITION", f"partition spec {given} does not name the partition keys {keys}")
    return tuple(given[key] for key in keys)


def _drop_partitions(reader: HiveReader) -> Change:
    optional = reader.accept("IF", "EXISTS")
    wanted = []
    while reader.accept("PARTITION"):
        wanted.append(reader.properties())
        reader.accept(",")

    def change(session: Session, table: Table) -> Result:
        keys = [key["Name"] for key in table.get("PartitionKeys", [])]
        for values in wanted:
            _glue(
                session,
                "delete_partition",
                optional and "EntityNotFoundException",
                DatabaseName=table["DatabaseName"],
                TableName=table["Name"],
                PartitionValues=list(_ordered(values, keys)),
            )
        return DONE

    return change


def _add_columns(reader: HiveReader) -> Change:
    columns = reader.columns()

    def change(session: Session, table: Table) -> Result:
        described = {**table["StorageDescriptor"], "Columns": [*table["StorageDescriptor"]["Columns"], *columns]}
        return update(session, {**table, "StorageDescriptor": described})

    return change


def _replace_columns(reader: HiveReader) -> Change:
    columns = reader.columns()
    return lambda session, table: update(
        session, {**table, "StorageDescriptor": {**table["StorageDescriptor"], "Columns": columns}}
    )


def _set_properties(reader: HiveReader) -> Change:
    given = reader.properties()
    return lambda session, table: update(session, {**table, "Parameters": {**table.get("Parameters", {}), **given}})


def _set_location(reader: HiveReader) -> Change:
    location = reader.string()
    return lambda session, table: update(
        session, {**table, "StorageDescriptor": {**table["StorageDescriptor"], "Location": location}}
    )


_ALTERATIONS: dict[tuple[str, ...], Callable[[HiveReader], Change]] = {
    ("ADD", "COLUMNS"): _add_columns,
    ("REPLACE", "COLUMNS"): _replace_columns,
    ("ADD",): _add_partitions,
    ("DROP",): _drop_partitions,
    ("SET", "TBLPROPERTIES"): _set_properties,
    ("SET", "LOCATION"): _set_location,
}


def update(session: Session, table: Table) -> Result:
    """Write a table's description back to Glue."""
    described = {key: table[key] for key in _UPDATABLE if key in table}
    _glue(session, "update_table", None, DatabaseName=table["DatabaseName"], TableInput=described)
    return DONE


def _glue(session: Session, operation: str, ignored: str | bool | None, **arguments: Any) -> None:
    try:
        getattr(session.catalog.glue, operation)(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] != ignored:
            raise refused(error) from error


def create_in_glue(session: Session, database: str, table: dict[str, Any]) -> None:
    """Create a table from its finished description.

    Raises:
        QueryError: it exists, or Glue refuses.
    """
    _glue(session, "create_table", None, DatabaseName=database, TableInput=table)
