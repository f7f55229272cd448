"""Glue's catalog: databases with their tables, and each table's columns."""

from __future__ import annotations

from typing import Any

from emulator.console.listing import everything, listing
from emulator.console.visit import Page, Visit

_PARTITIONS = 50


def index(visit: Visit) -> Page:
    """All databases with their tables."""
    client = visit.client("glue")
    names = [each["Name"] for each in everything(client, "get_databases", "DatabaseList")]
    databases = {name: everything(client, "get_tables", "TableList", DatabaseName=name) for name in names}
    return Page("tables.html.j2", "Tables", {"databases": databases})


def one(visit: Visit) -> Page:
    """A table: where it lies, how it is written, its columns and partitions."""
    database, name, client = visit.required("database"), visit.required("table"), visit.client("glue")
    table: dict[str, Any] = client.get_table(DatabaseName=database, Name=name)["Table"]
    partitions = listing(
        client, "get_partitions", "Partitions", size=_PARTITIONS, DatabaseName=database, TableName=name
    )
    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in (database, name))
    values = {
        "table_of": table,
        "stored": table.get("StorageDescriptor", {}),
        "partitions": partitions,
        "statement": f"SELECT * FROM {quoted} LIMIT 100",  # noqa: S608 (it is shown, and run by whoever sends it)
    }
    return Page("table.html.j2", name, values)
