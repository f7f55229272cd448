"""The part of a charter that says what the data is: tables of columns, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crispstack.jdbc_table import JdbcTable

ColumnType = Literal["integer", "number", "category", "boolean", "text", "date", "timestamp"]
SourceFormat = Literal["csv", "jsonl", "parquet", "excel", "jdbc"]
StoredType = Literal["", "bigint", "double", "boolean", "date", "timestamp", "string"]
_IMPLIED: dict[ColumnType, StoredType] = {
    "integer": "bigint",
    "number": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "category": "string",
    "text": "string",
}
Severity = Literal["stop", "warn"]


@dataclass(frozen=True)
class Column:
    """A column as the source declares it. `stored` is its type in Parquet, where not what `type` implies."""

    name: str
    type: ColumnType
    description: str = ""
    personal: bool = False
    stored: StoredType = ""
    decimal: Literal[".", ","] = "."
    thousands: str = ""
    formats: tuple[str, ...] = ()

    @property
    def stored_type(self) -> StoredType:
        """Its type in Parquet files, as Glue spells it."""
        return self.stored or _IMPLIED[self.type]


@dataclass(frozen=True)
class Source:
    """A table of data and where it came from. `file`, a file or a folder of such files, is relative to the charter.

    A table of a database has no file but `jdbc`. `schema_changes` says whether a schema that changed stops a run.
    `partitions` are columns whose values are in the names of folders, ``year=2013/month=1/``, outermost first.
    """

    name: str
    file: str = ""
    columns: tuple[Column, ...] = ()
    format: SourceFormat = "csv"
    jdbc: JdbcTable | None = None
    schema_changes: Severity = "warn"
    delimiter: str = ","
    sheet: str = ""
    partitions: tuple[str, ...] = ()
    origin: str = ""
    license: str = ""
    owner: str = ""
    obtained: str = ""

    @property
    def file_columns(self) -> tuple[Column, ...]:
        """The columns that are in the files themselves: all but the partitions."""
        return tuple(column for column in self.columns if column.name not in self.partitions)
