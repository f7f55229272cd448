"""Sources that no table could hold, or that say something their format does not know, are named with a remedy."""

from __future__ import annotations

from typing import Any

import pytest

from crispstack.business_understanding import sources_checks
from crispstack.charter import Charter, Column, Money, Source, Target
from crispstack.jdbc_table import JdbcTable

COLUMNS = (Column("age", "integer"), Column("y", "category"))
PARQUET = (Column("age", "integer", stored="string"), Column("y", "category"))


def table(connection: str, name: str, reading: tuple[str, int] = ("", 1), **keys: Any) -> Source:
    return Source("rows", **{"columns": COLUMNS, **keys}, format="jdbc", jdbc=JdbcTable(connection, name, *reading))


def found(*sources: Source) -> list[tuple[Any, str]]:
    charter = Charter("demo", "Which?", "Ada", sources, Target("y", "yes"), Money("EUR", 10, -1))
    return [(problem.path, problem.cause) for problem in sources_checks.problems(charter)]


def test_every_format_has_sources_without_a_problem() -> None:
    assert found(
        Source("rows", "rows.csv", COLUMNS, delimiter=";"),
        Source("lines", "lines.jsonl", COLUMNS, format="jsonl"),
        Source("typed", "typed", (*PARQUET, Column("year", "integer")), format="parquet", partitions=("year",)),
        Source("sheets", "book.xlsx", COLUMNS, format="excel", sheet="Rows"),
        Source("far", columns=PARQUET, format="jdbc", jdbc=JdbcTable("crm", "public.far")),
        Source("split", columns=COLUMNS, format="jdbc", jdbc=JdbcTable("crm", "public.far", "age", 4)),
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("source", "path", "cause"),
    [
        (Source("Rows", "r.csv", COLUMNS), ("name",), "'Rows' cannot name a table"),
        (Source("scores", "r.csv", COLUMNS), ("name",), "the table of the project's own scores has this name"),
        (Source("r_versions", "r.csv", COLUMNS), ("name",), "names that end with _versions are those of the tables"),
        (Source("rows", "r.csv"), ("columns",), "source 'rows' has no columns"),
        (Source("rows", "", COLUMNS), ("file",), "source 'rows' has no file"),
        (Source("rows", "r.csv", (*COLUMNS, COLUMNS[0])), ("columns", 2, "name"), "column 'age' is declared twice"),
        (Source("rows", "r.csv", (Column("Age", "integer"),)), ("columns", 0, "name"), "'Age' cannot name a column"),
        (
            Source("rows", "r.csv", (Column("version", "text"),)),
            ("columns", 0, "name"),
            "'version' names the raw table's own",
        ),
        (Source("rows", "r.csv", PARQUET), ("columns", 0, "stored"), "`stored` says how Parquet stores a column"),
        (Source("rows", "r.csv", COLUMNS, delimiter=";;"), ("delimiter",), "';;' separates nothing"),
        (Source("rows", "r.jsonl", COLUMNS, format="jsonl", delimiter=";"), ("delimiter",), "jsonl files have no deli"),
        (Source("rows", "r.csv", COLUMNS, sheet="A"), ("sheet",), "csv files have no sheets"),
        (Source("rows", "r", COLUMNS, partitions=("year",)), ("partitions", 0), "partition 'year' is not a column"),
        (Source("rows", "r", COLUMNS, partitions=("y", "y")), ("partitions", 1), "partition 'y' is named twice"),
        (Source("rows", "r", COLUMNS, partitions=("y", "age")), ("partitions",), "every column is a partition"),
        (table("crm", "public.rows", partitions=("y",)), ("partitions",), "has no folders"),
        (table("crm", "public.rows", columns=()), ("columns",), "source 'rows' has no columns"),
        (table("crm", "public.rows", file="rows.csv"), ("file",), "is a table of a database, not a file"),
        (table("Our CRM", "public.rows"), ("jdbc", "connection"), "'Our CRM' cannot name a connection"),
        (table("crm", "rows"), ("jdbc", "table"), "'rows' is not <schema>.<table>"),
        (table("crm", "a.public.rows"), ("jdbc", "table"), "'a.public.rows' is not <schema>.<table>"),
        (table("crm", "public.rows", reading=("", 0)), ("jdbc", "partitions"), "0 parts read nothing"),
        (table("crm", "public.rows", reading=("", 4)), ("jdbc", "partition_column"), "are given together"),
        (table("crm", "public.rows", reading=("age", 1)), ("jdbc", "partition_column"), "are given together"),
        (table("crm", "public.rows", reading=("y", 2)), ("jdbc", "partition_column"), "'y' is no whole number"),
        (table("crm", "public.rows", reading=("id", 2)), ("jdbc", "partition_column"), "'id' is no whole number"),
        (Source("rows", columns=COLUMNS, format="jdbc"), ("jdbc",), "does not say which table of which database"),
        (Source("rows", "r.csv", COLUMNS, jdbc=JdbcTable("crm", "public.rows")), ("jdbc",), "'rows' is csv, and"),
    ],
)
def test_each_problem_is_named(source: Source, path: tuple[Any, ...], cause: str) -> None:
    ((where, said),) = found(source)
    assert where == ("sources", 0, *path)
    assert cause in said


def test_two_sources_cannot_share_a_name() -> None:
    rows = Source("rows", "r.csv", COLUMNS)
    assert found(rows, rows) == [(("sources", 1, "name"), "source 'rows' is declared twice")]
