# ruff: noqa: S608, PLC0415 (SQL is written; Iceberg's library takes a second to import)
"""CREATE TABLE AS: a table made from a query, of files or Iceberg's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.services.athena import formats_written, glue_updates, parser, select
from emulator.services.athena.bucketing import Buckets
from emulator.services.athena.delimited import Delimiters
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.hive_reader import HiveReader
from emulator.services.athena.results import DONE, Result
from emulator.services.athena.session import Session
from emulator.services.athena.storage_formats import descriptor
from emulator.services.athena.table_clauses import TableClauses
from emulator.services.athena.types import BIGINT, Type, hive_type
from emulator.services.athena.unload import distinct
from emulator.services.athena.writing import Target, write

Columns = list[tuple[str, Type]]
_HIVE = {
    "table_type", "format", "external_location", "partitioned_by", "bucketed_by", "bucket_count", "field_delimiter",
    "write_compression", "compression_level", "orc_compression", "parquet_compression", "is_external",
}  # fmt: skip
_ICEBERG_ONLY = {"is_external", "location", "partitioning", "table_type"}


@dataclass(frozen=True)
class Statement:
    """A CREATE TABLE AS that was read."""

    database: str
    name: str
    options: Mapping[str, Any]
    tree: Any
    empty: bool


def create_table_as(reader: HiveReader) -> Callable[[Session], Result]:
    """``CREATE TABLE name [WITH (..)] AS query [WITH NO DATA]``."""
    optional, names = reader.accept("IF", "NOT", "EXISTS"), reader.name()
    options = reader.options() if reader.accept("WITH") else {}
    reader.expect("AS")
    text, empty = _without_data(reader.rest())
    tree = parser.parse(text)

    def run(session: Session) -> Result:
        database, name = names.of(session)
        if session.catalog.exists(database, name):
            if optional:
                return DONE
            raise QueryError(
                "TABLE_ALREADY_EXISTS", f"line 1:1: Table 'awsdatacatalog.{database}.{name}' already exists"
            )
        asked = Statement(database, name, options, select.with_parameters(tree.copy(), session.parameters), empty)
        kind = str(options.get("table_type", "HIVE")).upper()
        if kind not in ("HIVE", "ICEBERG"):
            raise QueryError("INVALID_TABLE_PROPERTY", f"Unsupported table_type: {kind}")
        return _iceberg(session, asked) if kind == "ICEBERG" else _hive(session, asked)

    return run


def _without_data(text: str) -> tuple[str, bool]:
    found = re.search(r"\s+WITH(\s+NO)?\s+DATA\s*$", text, re.IGNORECASE)
    return (text[: found.start()], bool(found[1])) if found else (text, False)


def _hive(session: Session, asked: Statement) -> Result:
    options = asked.options
    if unknown := sorted(set(options) - _HIVE):
        raise QueryError(
            "INVALID_TABLE_PROPERTY", f"Catalog 'awsdatacatalog' table property '{unknown[0]}' does not exist"
        )
    location = options.get("external_location") or f"{session.output_location.rstrip('/')}/tables/{session.query_id}"
    if not session.storage.is_empty(location):
        raise QueryError(
            "HIVE_PATH_ALREADY_EXISTS",
            f"Target directory for table '{asked.database}.{asked.name}' already exists: {location}",
        )
    target = _target(options, location)
    sql, described = select.bound(asked.tree, session)
    _check(described, target.partitions)
    table = _described(asked.name, described, target)
    if asked.empty:
        glue_updates.create_table(session, asked.database, table)
        return Result((("rows", BIGINT),), (), update_count=0)
    written = write(session, sql, described, target)
    glue_updates.create_table(session, asked.database, table)
    for values, folder in written.partitions.items():
        glue_updates.add_partition(session, {**table, "DatabaseName": asked.database}, values, folder)
    return Result((("rows", BIGINT),), (), update_count=written.rows, manifest=written.uris)


def _target(options: Mapping[str, Any], location: str) -> Target:
    format_ = formats_written.name(str(options.get("format", "PARQUET")))
    codec = options.get("write_compression") or options.get(f"{format_.lower()}_compression")
    if ("bucketed_by" in options) != ("bucket_count" in options):
        raise QueryError("INVALID_TABLE_PROPERTY", "bucketed_by and bucket_count must be given together")
    buckets = Buckets(tuple(options["bucketed_by"]), int(options["bucket_count"])) if "bucketed_by" in options else None
    delimiters = Delimiters(field=options.get("field_delimiter", "\x01"))
    partitions = tuple(name.lower() for name in options.get("partitioned_by", ()))
    return Target(location, format_, formats_written.codec(format_, codec), partitions, delimiters, buckets)


def _check(described: Columns, partitions: Sequence[str]) -> None:
    distinct(described)
    names = [name for name, _ in described]
    if partitions and names[-len(partitions) :] != list(partitions):
        raise QueryError(
            "HIVE_COLUMN_ORDER_MISMATCH",
            "Partition keys must be the last columns in the table and in the same order as the table properties",
        )
    if partitions and len(partitions) == len(names):
        raise QueryError("INVALID_TABLE_PROPERTY", "Table contains only partition columns")


def _described(name: str, described: Columns, target: Target) -> dict[str, Any]:
    clauses = TableClauses(stored_as=target.format)
    if target.format == "TEXTFILE":
        delimiter = target.delimiters.field
        clauses.serde_properties = {"field.delim": delimiter, "serialization.format": delimiter}
    if target.buckets:
        clauses.buckets = target.buckets
    listed = [{"Name": column, "Type": hive_type(type_)} for column, type_ in described]
    data = [column for column in listed if column["Name"] not in target.partitions]
    kept = {"write.compression": target.codec} if target.format != "PARQUET" else {"parquet.compression": target.codec}
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {"Columns": data, "Location": target.location, **descriptor(clauses)},
        "PartitionKeys": [column for column in listed if column["Name"] in target.partitions],
        "Parameters": {
            "EXTERNAL": "TRUE",
            "has_encrypted_data": "false",
            "classification": target.format.lower(),
            **kept,
        },
    }


def _iceberg(session: Session, asked: Statement) -> Result:
    from emulator.services.athena.iceberg import definition, schema_types
    from emulator.services.athena.iceberg.writing import append

    options = asked.options
    if str(options.get("is_external", "false")).lower() != "false":
        raise not_supported("Iceberg tables with is_external = true")
    if "location" not in options:
        raise QueryError("INVALID_TABLE_PROPERTY", "CREATE TABLE AS of an Iceberg table needs a location")
    if not session.storage.is_empty(options["location"]):
        raise QueryError(
            "ICEBERG_FILESYSTEM_ERROR", f"Cannot create a table on a non-empty location: {options['location']}"
        )
    properties = {key: str(value) for key, value in options.items() if key not in _ICEBERG_ONLY}
    sql, described = select.bound(asked.tree, session)
    distinct(described)
    schema = schema_types.schema([(name, type_, None) for name, type_ in described])
    where = (asked.database, asked.name, schema, options.get("partitioning", ()), options["location"], properties)
    table = definition.create(session, *where)
    if asked.empty:
        return Result((("rows", BIGINT),), (), update_count=0)
    try:
        rows = append(session, table, f"SELECT * FROM ({sql}) AS _w")
    except BaseException:
        glue_updates.call(session, "delete_table", DatabaseName=asked.database, Name=asked.name)
        raise
    return Result((("rows", BIGINT),), (), update_count=rows)
