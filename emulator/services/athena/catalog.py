"""The Glue catalog as the caller sees it: tables, their columns, partitions and where the partitions lie."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from emulator.services.athena import parser, projection, types
from emulator.services.athena.caller import Caller, client
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.query.relation import StoredTable
from emulator.services.athena.types import VARCHAR, Type

Table = dict[str, Any]


@dataclass(frozen=True)
class Partition:
    """The values of the partition columns, in their order, and the location of the data."""

    values: tuple[str, ...]
    location: str


class Catalog:
    """Glue with one caller's permissions, for one statement: what it has told it is not asked again."""

    def __init__(self, caller: Caller) -> None:
        self.glue = client("glue", caller)
        self._tables: dict[tuple[str, str], Table] = {}
        self._partitions: dict[tuple[str, str], list[Partition]] = {}

    def table(self, database: str, name: str) -> Table:
        """A table as Glue describes it.

        Raises:
            QueryError: SCHEMA_NOT_FOUND, TABLE_NOT_FOUND or PERMISSION_DENIED.
        """
        key = (database.lower(), name.lower())
        if key not in self._tables:
            self._tables[key] = self._get(*key)
        return self._tables[key]

    def _get(self, database: str, name: str) -> Table:
        try:
            return dict(self.glue.get_table(DatabaseName=database, Name=name)["Table"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "EntityNotFoundException":
                raise refused(error) from error
        if not self.has_database(database):
            raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist")
        raise QueryError("TABLE_NOT_FOUND", f"Table 'awsdatacatalog.{database}.{name}' does not exist")

    def exists(self, database: str, name: str) -> bool:
        """Whether there is such a table.

        Raises:
            QueryError: PERMISSION_DENIED.
        """
        try:
            self.table(database, name)
        except QueryError as error:
            if error.code not in ("TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND"):
                raise
            return False
        return True

    def has_database(self, name: str) -> bool:
        """Whether a database exists."""
        try:
            self.database(name)
        except QueryError as error:
            if error.code != "SCHEMA_NOT_FOUND":
                raise
            return False
        return True

    def database(self, name: str) -> dict[str, Any]:
        """A database as Glue describes it.

        Raises:
            QueryError: SCHEMA_NOT_FOUND or PERMISSION_DENIED.
        """
        try:
            return dict(self.glue.get_database(Name=name)["Database"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "EntityNotFoundException":
                raise refused(error) from error
        raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{name}' does not exist")

    def databases(self) -> list[str]:
        """Names of all databases, sorted."""
        pages = self._pages("get_databases", "DatabaseList")
        return sorted(entry["Name"] for entry in pages)

    def tables(self, database: str) -> list[Table]:
        """All tables of a database, sorted by name."""
        return sorted(self._pages("get_tables", "TableList", DatabaseName=database), key=lambda t: str(t["Name"]))

    def partitions(self, table: Table, values: Mapping[str, frozenset[str]] | None = None) -> list[Partition]:
        """The partitions that the catalog held at first, or those that the table's projection makes.

        `values` are the texts to which a statement binds partition columns: an injected column has no others.
        """
        if projection.enabled(table):
            return [Partition(found, location) for found, location in projection.partitions(table, values or {})]
        key = (table["DatabaseName"], table["Name"])
        if key not in self._partitions:
            arguments = {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}
            self._partitions[key] = [
                Partition(tuple(entry["Values"]), entry["StorageDescriptor"]["Location"])
                for entry in self._pages("get_partitions", "Partitions", **arguments)
            ]
        return self._partitions[key]

    def _pages(self, operation: str, key: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        try:
            for page in self.glue.get_paginator(operation).paginate(**arguments):
                yield from page[key]
        except ClientError as error:
            raise refused(error) from error

    def lookup(self, database: str, name: str) -> StoredTable:
        """What the compiler needs to know of a table or view.

        Raises:
            QueryError: there is none.
        """
        table = self.table(database, name)
        if table.get("TableType") == "VIRTUAL_VIEW":
            return _view(database, table)
        data, partitions = columns(table), partition_columns(table)
        return StoredTable(
            database.lower(),
            name.lower(),
            [*data, *partitions, ("$path", VARCHAR)],
            frozenset(column for column, _ in partitions),
        )


def refused(error: ClientError) -> QueryError:
    """Glue's refusal in Athena's words."""
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if "AccessDenied" in code:
        return QueryError("PERMISSION_DENIED", f"{message} (Service: AWSGlue; Error Code: {code})")
    return QueryError(code, message)


def columns(table: Table) -> list[tuple[str, Type]]:
    """The data columns of a Glue table."""
    return [(column["Name"].lower(), _type(column)) for column in current_columns(table)]


def current_columns(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The data columns as Glue describes them, without those that an Iceberg table once had."""
    described = table.get("StorageDescriptor", {}).get("Columns", [])
    return [column for column in described if column.get("Parameters", {}).get("iceberg.field.current") != "false"]


def partition_columns(table: Table) -> list[tuple[str, Type]]:
    """The partition columns of a Glue table."""
    return [(key["Name"].lower(), _type(key)) for key in table.get("PartitionKeys", [])]


def _type(column: dict[str, str]) -> Type:
    """A column's type; a decimal without digits is Hive's, not Trino's."""
    text = column.get("Type", "string").strip().lower()
    return types.decimal(10, 0) if text == "decimal" else types.parse(text)


def view_definition(table: Table) -> dict[str, Any]:
    """What a view says: its SQL, columns and the database in which its names are looked up.

    Raises:
        QueryError: NOT_SUPPORTED, it is not one that Athena wrote.
    """
    found = re.search(r"Presto View: (\S+)", table.get("ViewOriginalText", ""))
    if found is None:
        raise not_supported(f"view {table['Name']} is not one that Athena wrote")
    return dict(json.loads(base64.b64decode(found[1])))


def _view(database: str, table: Table) -> StoredTable:
    definition = view_definition(table)
    described = [(c["name"], types.parse(c["type"])) for c in definition.get("columns", [])]
    tree = parser.parse(definition["originalSql"])
    return StoredTable(database, table["Name"], described, view=(tree, definition.get("schema") or database))
