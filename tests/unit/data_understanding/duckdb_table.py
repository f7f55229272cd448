"""Runs an Athena statement on DuckDB, over a raw table of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import sqlglot

from crispstack.charter import Charter
from crispstack.data_understanding import raw_table

Rows = Sequence[tuple[str | None, ...]]


def run(statement: str, charter: Charter, data: Path | Rows, version: str = "") -> list[Mapping[str, str | None]]:
    """The statement's rows as Athena returns them: texts, None for null."""
    connection = duckdb.connect()
    table = raw_table.qualified(charter, "lake")
    columns = [raw_table.identifier(column.name) for column in charter.source.columns]
    connection.execute("CREATE SCHEMA lake")
    connection.execute(f"CREATE TABLE {table} ({', '.join(f'{column} VARCHAR' for column in columns)})")
    for row in data if not isinstance(data, Path) else ():
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", list(row))  # noqa: S608
    if isinstance(data, Path):
        connection.execute(f"INSERT INTO {table} SELECT * FROM read_csv(?, all_varchar = true)", [str(data)])  # noqa: S608
    versions = f'lake."{raw_table.versions_name(charter, charter.source)}"'
    connection.execute(f"CREATE VIEW {versions} AS SELECT *, '{version}' AS version FROM {table}")  # noqa: S608
    result = connection.execute(sqlglot.transpile(statement, read="athena", write="duckdb")[0])
    names = [item[0] for item in result.description]
    return [
        dict(zip(names, (None if value is None else str(value) for value in row), strict=True))
        for row in result.fetchall()
    ]
