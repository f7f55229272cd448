"""SHOW CREATE TABLE and SHOW CREATE VIEW: the statement that would make it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from emulator.services.athena.catalog import Table, current_columns, view_definition
from emulator.services.athena.errors import QueryError
from emulator.services.athena.hive_reader import HiveReader
from emulator.services.athena.results import Result
from emulator.services.athena.session import Session
from emulator.services.athena.tables import is_iceberg
from emulator.services.athena.types import VARCHAR

Run = Callable[[Session], Result]
# What the catalog keeps of an Iceberg table beside the properties that a statement set.
_OWN = ("metadata_location", "previous_metadata_location", "table_type", "EXTERNAL", "comment")


def create_table(reader: HiveReader) -> Run:
    """``SHOW CREATE TABLE table``."""
    names = reader.name()
    reader.end()

    def run(session: Session) -> Result:
        database, name = names.of(session)
        table = session.catalog.table(database, name)
        if table.get("TableType") == "VIRTUAL_VIEW":
            raise QueryError("INVALID_TABLE", f"{database}.{name} is a view; use SHOW CREATE VIEW")
        lines = _iceberg(session, database, name, table) if is_iceberg(table) else _hive(table)
        return Result((("createtab_stmt", VARCHAR),), tuple((line,) for line in lines), kind="txt")

    return run


def create_view(reader: HiveReader) -> Run:
    """``SHOW CREATE VIEW view``."""
    names = reader.name()
    reader.end()

    def run(session: Session) -> Result:
        database, name = names.of(session)
        table = session.catalog.table(database, name)
        if table.get("TableType") != "VIRTUAL_VIEW":
            raise QueryError("INVALID_TABLE", f"{database}.{name} is not a view")
        sql = str(view_definition(table)["originalSql"])
        lines = [f"CREATE VIEW {database}.{name} AS", *sql.splitlines()]
        return Result((("Create View", VARCHAR),), tuple((line,) for line in lines), kind="txt")

    return run


def _hive(table: Table) -> list[str]:
    described = table["StorageDescriptor"]
    serde = described.get("SerdeInfo", {})
    lines = [f"CREATE EXTERNAL TABLE `{table['Name']}`(", *_listed(described["Columns"])]
    if "comment" in table.get("Parameters", {}):
        lines += [f"COMMENT '{table['Parameters']['comment']}'"]
    if table.get("PartitionKeys"):
        lines += ["PARTITIONED BY ( ", *_listed(table["PartitionKeys"])]
    if described.get("BucketColumns"):
        lines += ["CLUSTERED BY ( ", f"  {', '.join(described['BucketColumns'])}) "]
        lines += [f"INTO {described['NumberOfBuckets']} BUCKETS"]
    lines += ["ROW FORMAT SERDE ", f"  '{serde.get('SerializationLibrary', '')}' "]
    if serde.get("Parameters"):
        lines += ["WITH SERDEPROPERTIES ( ", *_pairs(serde["Parameters"])]
    lines += ["STORED AS INPUTFORMAT ", f"  '{described.get('InputFormat', '')}' "]
    lines += ["OUTPUTFORMAT ", f"  '{described.get('OutputFormat', '')}'"]
    lines += ["LOCATION", f"  '{described.get('Location', '')}'"]
    properties = {k: v for k, v in table.get("Parameters", {}).items() if k not in ("EXTERNAL", "comment")}
    return [*lines, "TBLPROPERTIES (", *_pairs(properties)] if properties else lines


def _iceberg(session: Session, database: str, name: str, table: Table) -> list[str]:
    loaded = session.iceberg.find(database, name)
    schema, spec = loaded.schema(), loaded.spec()
    lines = [f"CREATE TABLE {database}.{name} (", *_plain(current_columns(table))]
    terms = []
    for field in spec.fields:
        column = schema.find_column_name(field.source_id)
        kind, _, width = str(field.transform).rstrip("]").partition("[")
        terms.append(f"`{column}`" if kind == "identity" else f"{kind}({f'{width}, ' if width else ''}`{column}`)")
    if terms:
        lines.append(f"PARTITIONED BY ({', '.join(terms)})")
    lines.append(f"LOCATION '{loaded.location()}'")
    kept = {k: v for k, v in table.get("Parameters", {}).items() if k not in _OWN and not k.startswith("write.")}
    return [*lines, "TBLPROPERTIES (", *_pairs({"table_type": "iceberg", **kept})]


def _plain(described: Iterable[Mapping[str, Any]]) -> list[str]:
    listed = [f"  {column['Name']} {column['Type']}" for column in described]
    return [f"{line}," for line in listed[:-1]] + [f"{listed[-1]})"]


def _listed(described: list[dict[str, str]]) -> list[str]:
    last = len(described) - 1
    return [
        f"  `{column['Name']}` {column['Type']}"
        + (f" COMMENT '{column['Comment']}'" if column.get("Comment") else "")
        + (")" if index == last else ", ")
        for index, column in enumerate(described)
    ]


def _pairs(properties: Mapping[str, str]) -> list[str]:
    last = len(properties) - 1
    return [f"  '{k}'='{v}'" + (")" if index == last else ", ") for index, (k, v) in enumerate(properties.items())]
