"""Sources that no table could hold, or that say something their format does not know, are named with a remedy."""

from __future__ import annotations

from typing import Any

import pytest

from crispstack.business_understanding import sources_consistency
from crispstack.charter import Charter, Column, Money, Source, Target

COLUMNS = (Column("age", "integer"), Column("y", "category"))
PARQUET = (Column("age", "integer", stored="string"), Column("y", "category"))


def found(*sources: Source) -> list[tuple[Any, str]]:
    charter = Charter("demo", "Which?", "Ada", sources, Target("y", "yes"), Money("EUR", 10, -1))
    return [(problem.path, problem.cause) for problem in sources_consistency.problems(charter)]


def test_every_format_has_sources_without_a_problem() -> None:
    assert found(
        Source("rows", "rows.csv", COLUMNS, delimiter=";"),
        Source("lines", "lines.jsonl", COLUMNS, format="jsonl"),
        Source("typed", "typed", (*PARQUET, Column("year", "integer")), format="parquet", partitions=("year",)),
        Source("sheets", "book.xlsx", COLUMNS, format="excel", sheet="Rows"),
        Source("far", columns=PARQUET, format="jdbc"),
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("source", "path", "cause"),
    [
        (Source("Rows", "r.csv", COLUMNS), ("name",), "'Rows' cannot name a table"),
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
        (Source("rows", "", COLUMNS, format="jdbc", partitions=("y",)), ("partitions",), "has no folders"),
    ],
)
def test_each_problem_is_named(source: Source, path: tuple[Any, ...], cause: str) -> None:
    ((where, said),) = found(source)
    assert where == ("sources", 0, *path)
    assert cause in said


def test_two_sources_cannot_share_a_name() -> None:
    rows = Source("rows", "r.csv", COLUMNS)
    assert found(rows, rows) == [(("sources", 1, "name"), "source 'rows' is declared twice")]
