# ruff: noqa: PLC0415 (Iceberg's library takes a second to import, and few statements need it)
"""What a name in FROM means: a table of files, a view, an Iceberg table, or a table about one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from emulator.services.athena import information_schema, relations, statistics
from emulator.services.athena.catalog import Table, partition_columns
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.query.relation import StoredTable
from emulator.services.athena.relations import Source
from emulator.services.athena.scope import TableUse
from emulator.services.athena.session import Session
from emulator.services.athena.types import BIGINT, VARCHAR

if TYPE_CHECKING:
    from pyiceberg.table import Table as IcebergTable

Lookup = Callable[[str, str, exp.Expression | None], StoredTable]


def is_iceberg(table: Table) -> bool:
    """Whether a table of the Glue catalog is Iceberg's."""
    return str(table.get("Parameters", {}).get("table_type", "")).upper() == "ICEBERG"


def lookup(session: Session, *, positions: bool = False) -> Lookup:
    """How the compiler finds a table; with `positions`, rows of Iceberg tables have their place in the file."""

    def found(database: str, name: str, version: exp.Expression | None = None) -> StoredTable:
        if database == "information_schema":
            return information_schema.table(name)
        base, _, about = name.partition("$")
        table = session.catalog.table(database, base)
        if about:
            return _about(session, database, name, table)
        if is_iceberg(table):
            return _iceberg(session, database, name, version, positions=positions)
        if version is not None:
            raise not_supported(f"time travel on {database}.{name}, which is not an Iceberg table")
        return session.catalog.lookup(database, name)

    return found


def source(session: Session, use: TableUse) -> Source:
    """The relation of one mention of a table, and what reading it costs.

    Raises:
        QueryError: its files cannot be read, or their format is not supported.
    """
    if use.database == "information_schema":
        return Source(information_schema.relation(use.name, session.catalog), 0)
    base, _, about = use.name.partition("$")
    table = session.catalog.table(use.database, base)
    if about and not is_iceberg(table):
        return relations.partitions(session.catalog, table)
    if about:
        return _metadata(session, use, base, about)
    if is_iceberg(table):
        return _snapshot(session, use)
    return relations.source(session.catalog, session.storage, use)


def _iceberg(
    session: Session, database: str, name: str, version: exp.Expression | None, *, positions: bool
) -> StoredTable:
    from emulator.services.athena.iceberg import schema_types, versions

    table = session.iceberg.find(database, name)
    schema = versions.schema(table, versions.snapshot(session, table, version))
    hidden = [("$path", VARCHAR), *([("$pos", BIGINT)] if positions else [])]
    return StoredTable(database, name, [*schema_types.columns(schema), *hidden])


def _snapshot(session: Session, use: TableUse) -> Source:
    from emulator.services.athena.iceberg import scan, versions

    table = session.iceberg.find(use.database, use.name)
    found = versions.snapshot(session, table, use.version)
    wanted = statistics.bounds(use.conditions)
    files = scan.tasks(table, found, wanted if use.version is None else ())  # names may have meant other columns then
    return scan.relation(session, table, versions.schema(table, found), files, use.columns, wanted)


def _about(session: Session, database: str, name: str, table: Table) -> StoredTable:
    """A table about a table: ``"t$partitions"`` of any, and those of Iceberg."""
    base, _, about = name.partition("$")
    if is_iceberg(table):
        from emulator.services.athena.iceberg import metadata_tables

        if about in metadata_tables.NAMES:
            described, _rows = metadata_tables.rows(about, *_current(session, database, base))
            return StoredTable(database, name, described)
    elif about == "partitions" and table.get("PartitionKeys"):
        return StoredTable(database, name, list(partition_columns(table)))
    raise QueryError("TABLE_NOT_FOUND", f"Table 'awsdatacatalog.{database}.{name}' does not exist")


def _metadata(session: Session, use: TableUse, base: str, about: str) -> Source:
    from emulator.services.athena.iceberg import metadata_tables, versions

    table = session.iceberg.find(use.database, base)
    _, rows = metadata_tables.rows(about, table, versions.snapshot(session, table, use.version))
    name = f"_about_{use.alias}"
    session.cursor.register(name, rows)
    return Source(name, 0)


def _current(session: Session, database: str, name: str) -> tuple[IcebergTable, None]:
    return session.iceberg.find(database, name), None
