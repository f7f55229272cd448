"""SHOW and DESCRIBE: what the catalog holds, as lines of text."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable

from emulator.services.athena.catalog import Table, current_columns
from emulator.services.athena.errors import QueryError
from emulator.services.athena.hive_reader import HiveReader
from emulator.services.athena.results import Result
from emulator.services.athena.session import Session
from emulator.services.athena.tables import is_iceberg
from emulator.services.athena.types import VARCHAR

Run = Callable[[Session], Result]


def _lines(columns: str, lines: Iterable[str]) -> Result:
    """Lines under the names of columns; as in Athena, a line is one value, with tabs where it has several."""
    return Result(tuple((name, VARCHAR) for name in columns.split()), tuple((line,) for line in lines), kind="txt")


def _matching(names: Iterable[str], pattern: str | None) -> list[str]:
    """Names that a Hive pattern (``a*|b*``) matches."""
    if pattern is None:
        return list(names)
    return [name for name in names if any(fnmatch.fnmatch(name, part) for part in pattern.split("|"))]


def databases(reader: HiveReader) -> Run:
    """``SHOW DATABASES [LIKE 'pattern']``."""
    reader.accept("LIKE")
    pattern = None if reader.at_end() else reader.string()
    reader.end()
    return lambda session: _lines("database_name", _matching(session.catalog.databases(), pattern))


def tables(reader: HiveReader, *, views: bool = False) -> Run:
    """``SHOW TABLES|VIEWS [IN database] ['pattern']``."""
    database = reader.identifier() if reader.accept("IN") or reader.accept("FROM") else None
    reader.accept("LIKE")
    pattern = None if reader.at_end() else reader.string()
    reader.end()

    def run(session: Session) -> Result:
        found = session.catalog.tables(database or session.database)
        names = [t["Name"] for t in found if not views or t.get("TableType") == "VIRTUAL_VIEW"]
        return _lines("views" if views else "tab_name", _matching(names, pattern))

    return run


def partitions(reader: HiveReader) -> Run:
    """``SHOW PARTITIONS table``."""
    names = reader.name()
    reader.end()

    def run(session: Session) -> Result:
        table = session.catalog.table(*names.of(session))
        keys = [key["Name"] for key in table.get("PartitionKeys", [])]
        if not keys:
            raise QueryError("INVALID_TABLE", f"Table {table['Name']} is not a partitioned table")
        listed = ("/".join(map("=".join, zip(keys, p.values, strict=True))) for p in session.catalog.partitions(table))
        return _lines("partition", sorted(listed))

    return run


def columns(reader: HiveReader) -> Run:
    """``SHOW COLUMNS IN table [IN database]``."""
    if not (reader.accept("IN") or reader.accept("FROM")):
        reader.unexpected()
    names = reader.name()
    if reader.accept("IN") or reader.accept("FROM"):
        names = type(names)((reader.identifier(), names.parts[-1]))
    reader.end()
    return lambda session: _lines("field", (c["Name"] for c in _all(session.catalog.table(*names.of(session)))))


def properties(reader: HiveReader) -> Run:
    """``SHOW TBLPROPERTIES table [('key')]``."""
    names = reader.name()
    key = reader.parenthesized().strip("'\"") if reader.peek("(") else None
    reader.end()

    def run(session: Session) -> Result:
        table = session.catalog.table(*names.of(session))
        given = table.get("Parameters", {})
        if key is None:
            return _lines("prpt_name prpt_value", (f"{name}\t{value}" for name, value in sorted(given.items())))
        missing = f"Table {table['DatabaseName']}.{table['Name']} does not have property: {key}"
        return _lines("prpt_name prpt_value", [given.get(key, missing)])

    return run


def describe(reader: HiveReader) -> Run:
    """``DESCRIBE table``."""
    extended = reader.accept("FORMATTED") or reader.accept("EXTENDED")
    names = reader.name()
    reader.end()

    def run(session: Session) -> Result:
        database, name = names.of(session)
        table = session.catalog.table(database, name)
        if is_iceberg(table):
            return _lines("col_name data_type comment", _iceberg(session, database, name))
        lines = [_column(c) for c in _all(table)]
        keys = table.get("PartitionKeys", [])
        if keys:
            lines += [
                "\t \t ",
                "# Partition Information\t \t ",
                "# col_name            \tdata_type           \tcomment             ",
                "\t \t ",
            ]
            lines += [_column(key) for key in keys]
        if extended:
            lines += ["\t \t ", f"Location:\t{table['StorageDescriptor'].get('Location', '')}\t "]
        return _lines("col_name data_type comment", lines)

    return run


def _iceberg(session: Session, database: str, name: str) -> list[str]:
    """An Iceberg table's columns, and how it is partitioned."""
    loaded = session.iceberg.find(database, name)
    schema = loaded.schema()
    types = {
        column["Name"]: column.get("Type", "") for column in current_columns(session.catalog.table(database, name))
    }
    lines = ["# Table schema:\t\t", "# col_name\tdata_type\tcomment"]
    lines += [f"{field.name}\t{types.get(field.name, '')}\t{field.doc or ''}" for field in schema.fields]
    lines += ["\t\t", "# Partition spec:\t\t", "# field_name\tfield_transform\tcolumn_name"]
    spec = loaded.spec().fields
    return [*lines, *(f"{f.name}\t{f.transform}\t{schema.find_column_name(f.source_id)}" for f in spec)]


def _all(table: Table) -> list[dict[str, str]]:
    return [*current_columns(table), *table.get("PartitionKeys", [])]


def _column(column: dict[str, str]) -> str:
    return f"{column['Name']:<20}\t{column.get('Type', ''):<20}\t{column.get('Comment', ''):<20}"
