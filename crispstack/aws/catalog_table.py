"""A table of the Glue catalog: its columns, and the statement that reads its rows as Parquet files can hold them."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from crispstack.errors import CrispError

_PLAIN = re.compile(
    r"(tinyint|smallint|int|integer|bigint|float|double|boolean|date|timestamp|string)|(var)?char\(\d+\)"
)
_DECIMAL = re.compile(r"decimal(\(\d+,\s*\d+\))?")


@dataclass(frozen=True)
class CatalogTable:
    """A table and its columns: name, Hive's type and comment of each, partitions last."""

    database: str
    name: str
    columns: tuple[tuple[str, str, str], ...]

    @property
    def readable(self) -> tuple[str, ...]:
        """Columns of types that a file of rows can hold; lists, mappings and structures are none."""
        return tuple(name for name, kind, _ in self.columns if _PLAIN.fullmatch(kind) or _DECIMAL.fullmatch(kind))

    @property
    def names(self) -> dict[str, str]:
        """What readable columns are called in a charter: ``_positive`` becomes ``positive``, ``1st`` ``c_1st``."""
        plain = {name: re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") for name in self.readable}
        return {name: each if each[:1].isalpha() else f"c_{each}" for name, each in plain.items()}

    @property
    def statement(self) -> str:
        """Athena's statement that reads all rows; decimals become doubles."""
        kinds = {name: kind for name, kind, _ in self.columns}
        listed = (
            f"CAST({_quoted(name)} AS double) AS {_quoted(alias)}"
            if _DECIMAL.fullmatch(kinds[name])
            else _quoted(name) + (f" AS {_quoted(alias)}" if alias != name else "")
            for name, alias in self.names.items()
        )
        source = f"{_quoted(self.database)}.{_quoted(self.name)}"
        return f"SELECT {', '.join(listed)} FROM {source}"  # noqa: S608 (identifiers are quoted)


def describe(table: str, default_database: str) -> CatalogTable:
    """Look a table up.

    Args:
        table: ``database.table``, or a table of the default database.
        default_database: where it is looked for when it names none.

    Raises:
        CrispError: there is no such table, or it has no column that could be read.
    """
    database, _, name = table.rpartition(".")
    database = database or default_database
    try:
        found: dict[str, Any] = boto3.client("glue").get_table(DatabaseName=database, Name=name)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            raise
        raise CrispError(f"the catalog has no table {database}.{name}; {_others(database, name)}") from error
    listed = [*found.get("StorageDescriptor", {}).get("Columns", []), *found.get("PartitionKeys", [])]
    columns = tuple((each["Name"], each["Type"].lower(), each.get("Comment", "")) for each in listed)
    described = CatalogTable(database, name, columns)
    if not described.readable:
        raise CrispError(f"{database}.{name} has no column of a plain type; flatten it in a view, and name that")
    return described


def _others(database: str, name: str) -> str:
    try:
        pages = boto3.client("glue").get_paginator("get_tables").paginate(DatabaseName=database)
        names = [table["Name"] for page in pages for table in page["TableList"]]
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            raise
        return f"there is no database {database!r}: name the table as <database>.<table>"
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"{database} has {', '.join(sorted(names)) or 'no tables'}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
