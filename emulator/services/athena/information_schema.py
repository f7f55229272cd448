# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""information_schema: what the catalog holds, as tables."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.services.athena.catalog import Catalog, columns, partition_columns
from emulator.services.athena.errors import QueryError
from emulator.services.athena.query.relation import StoredTable
from emulator.services.athena.scope import literal
from emulator.services.athena.types import BIGINT, VARCHAR, Type, quote

_TABLES: dict[str, tuple[tuple[str, Type], ...]] = {
    "schemata": (("catalog_name", VARCHAR), ("schema_name", VARCHAR)),
    "tables": (
        ("table_catalog", VARCHAR),
        ("table_schema", VARCHAR),
        ("table_name", VARCHAR),
        ("table_type", VARCHAR),
    ),
    "columns": (
        ("table_catalog", VARCHAR),
        ("table_schema", VARCHAR),
        ("table_name", VARCHAR),
        ("column_name", VARCHAR),
        ("ordinal_position", BIGINT),
        ("column_default", VARCHAR),
        ("is_nullable", VARCHAR),
        ("data_type", VARCHAR),
        ("comment", VARCHAR),
        ("extra_info", VARCHAR),
    ),
    "views": (
        ("table_catalog", VARCHAR),
        ("table_schema", VARCHAR),
        ("table_name", VARCHAR),
        ("view_definition", VARCHAR),
    ),
}
_CATALOG = "awsdatacatalog"
Row = tuple[str | int | None, ...]


def table(name: str) -> StoredTable:
    """One of its tables.

    Raises:
        QueryError: there is none of that name.
    """
    if name not in _TABLES:
        raise QueryError("TABLE_NOT_FOUND", f"Table 'awsdatacatalog.information_schema.{name}' does not exist")
    return StoredTable("information_schema", name, list(_TABLES[name]))


def relation(name: str, catalog: Catalog) -> str:
    """Its rows as a DuckDB relation."""
    described = _TABLES[name]
    labels = ", ".join(quote(column) for column, _ in described)
    rows = ", ".join(f"({', '.join(map(_value, row))})" for row in _rows(name, catalog))
    typed = ", ".join(f"CAST({quote(c)} AS {t.name.upper()}) AS {quote(c)}" for c, t in described)
    blank = f"({', '.join(['NULL'] * len(described))})"
    keep = "" if rows else " WHERE false"
    return f"(SELECT {typed} FROM (VALUES {rows or blank}) AS _i({labels}){keep})"


def _value(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else literal(value)


def _rows(name: str, catalog: Catalog) -> Iterator[Row]:
    for database in catalog.databases():
        if name == "schemata":
            yield _CATALOG, database
            continue
        for entry in catalog.tables(database):
            is_view = entry.get("TableType") == "VIRTUAL_VIEW"
            if name == "tables":
                yield _CATALOG, database, entry["Name"], "VIEW" if is_view else "BASE TABLE"
            elif name == "views" and is_view:
                yield _CATALOG, database, entry["Name"], entry.get("ViewOriginalText")
            elif name == "columns":
                partitions = partition_columns(entry)
                for position, (column, type_) in enumerate([*columns(entry), *partitions], 1):
                    extra = "partition key" if (column, type_) in partitions else None
                    yield (
                        _CATALOG, database, entry["Name"], column, position, None, "YES", str(type_), None, extra,
                    )  # fmt: skip
