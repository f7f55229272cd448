"""What must hold within each source: names that tables can have, and keys that its format knows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crispstack.business_understanding.problem import Path, Problem
from crispstack.charter import Charter, Source

SOURCE_NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")
COLUMN_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
CONNECTION_NAME = re.compile(r"[a-z][a-z0-9_-]{1,40}")
VERSIONS_SUFFIX = "_versions"
# Tables of a project that are no sources.
_TAKEN = ("scores",)
# Names that the raw table keeps for itself.
_RESERVED_COLUMNS = ("version",)
_PARTS_OF_TABLE = 2


def problems(charter: Charter) -> Iterator[Problem]:
    """Everything that is wrong with a source."""
    names = [source.name for source in charter.sources]
    for index, source in enumerate(charter.sources):
        path = ("sources", index)
        if source.name in names[:index]:
            yield Problem((*path, "name"), f"source {source.name!r} is declared twice", "give each a name of its own")
        yield from _name(source, path)
        yield from _columns(source, path)
        yield from _format(source, path)
        yield from _partitions(source, path)


def _name(source: Source, path: Path) -> Iterator[Problem]:
    if not SOURCE_NAME.fullmatch(source.name):
        rule = "start with a letter; lower-case letters, digits and underscores only, 2 to 41 in all"
        yield Problem((*path, "name"), f"{source.name!r} cannot name a table", rule)
    if source.name.endswith(VERSIONS_SUFFIX):
        cause = f"names that end with {VERSIONS_SUFFIX} are those of the tables of all versions"
        yield Problem((*path, "name"), cause, "choose another name")
    if source.name in _TAKEN:
        cause = f"the table of the project's own {source.name} has this name"
        yield Problem((*path, "name"), cause, "choose another name")


def _columns(source: Source, path: Path) -> Iterator[Problem]:
    names = [column.name for column in source.columns]
    if not names:
        remedy = "declare those of the table" if source.format == "jdbc" else "declare those of the file"
        yield Problem((*path, "columns"), f"source {source.name!r} has no columns", remedy)
    for position, column in enumerate(source.columns):
        where = (*path, "columns", position)
        if not COLUMN_NAME.fullmatch(column.name):
            remedy = "lower-case letters, digits and underscores only"
            yield Problem((*where, "name"), f"{column.name!r} cannot name a column", remedy)
        if column.name in _RESERVED_COLUMNS:
            yield Problem(
                (*where, "name"), f"{column.name!r} names the raw table's own column", "rename it in the file"
            )
        if column.name in names[:position]:
            yield Problem((*where, "name"), f"column {column.name!r} is declared twice", "remove one of the two")
        if column.stored and source.format not in ("parquet", "jdbc"):
            cause = f"`stored` says how Parquet stores a column, and {source.name!r} is {source.format}"
            yield Problem((*where, "stored"), cause, "remove it")


def _format(source: Source, path: Path) -> Iterator[Problem]:
    yield from _database(source, path) if source.format == "jdbc" else _files(source, path)
    if len(source.delimiter) != 1 or source.delimiter in '"\\\n\r':
        yield Problem((*path, "delimiter"), f"{source.delimiter!r} separates nothing", "use one character")
    if source.delimiter != "," and source.format != "csv":
        yield Problem((*path, "delimiter"), f"{source.format} files have no delimiter", "remove it")
    if source.sheet and source.format != "excel":
        yield Problem((*path, "sheet"), f"{source.format} files have no sheets", "remove it, or correct the format")


def _files(source: Source, path: Path) -> Iterator[Problem]:
    if not source.file:
        yield Problem((*path, "file"), f"source {source.name!r} has no file", "name the file or the folder")
    if source.jdbc:
        cause = f"source {source.name!r} is {source.format}, and `jdbc` names a table of a database"
        yield Problem((*path, "jdbc"), cause, "remove it, or say `format: jdbc`")


def _database(source: Source, path: Path) -> Iterator[Problem]:
    """A table of a database: which one, and how it is read in parts."""
    if source.file:
        yield Problem((*path, "file"), f"source {source.name!r} is a table of a database, not a file", "remove `file`")
    table = source.jdbc
    if table is None:
        remedy = "add it: `jdbc: {connection: <name>, table: <schema>.<table>}`"
        yield Problem((*path, "jdbc"), f"source {source.name!r} does not say which table of which database", remedy)
        return
    where = (*path, "jdbc")
    if not CONNECTION_NAME.fullmatch(table.connection):
        remedy = "start with a letter; lower-case letters, digits, hyphens and underscores only, 2 to 41 in all"
        yield Problem((*where, "connection"), f"{table.connection!r} cannot name a connection", remedy)
    if len(table.table.split(".")) != _PARTS_OF_TABLE or not all(table.table.split(".")):
        yield Problem((*where, "table"), f"{table.table!r} is not <schema>.<table>", "name both, as `public.clients`")
    if table.partitions < 1:
        yield Problem((*where, "partitions"), f"{table.partitions} parts read nothing", "choose at least 1")
    if (table.partitions > 1) != bool(table.partition_column):
        cause = "`partitions` of more than 1 and `partition_column` are given together"
        yield Problem((*where, "partition_column"), cause, "give both, or none of the two")
    types = {column.name: column.type for column in source.columns}
    if table.partition_column and types.get(table.partition_column) not in ("integer", "date"):
        cause = f"{table.partition_column!r} is no whole number and no date of the source"
        yield Problem((*where, "partition_column"), cause, "name a column of such a type")


def _partitions(source: Source, path: Path) -> Iterator[Problem]:
    declared = {column.name for column in source.columns}
    for index, name in enumerate(source.partitions):
        where = (*path, "partitions", index)
        if name not in declared:
            cause = f"partition {name!r} is not a column of the source"
            yield Problem(where, cause, "declare it under columns, with its type")
        if name in source.partitions[:index]:
            yield Problem(where, f"partition {name!r} is named twice", "remove one of the two")
    if source.columns and not source.file_columns:
        yield Problem((*path, "partitions"), "every column is a partition", "leave at least one to the files")
    if source.partitions and source.format == "jdbc":
        yield Problem((*path, "partitions"), "a table of a database has no folders", "remove them")
