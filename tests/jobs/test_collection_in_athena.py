"""Sources of every format, read by Athena and by Spark: one text for one value, and each version as it was."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from crispstack.aws import queries, raw_data
from crispstack.aws.collection import Collected, Lake, collect
from crispstack.business_understanding import canonical_text, data_file_excel
from crispstack.business_understanding.data_file import check_sources
from crispstack.charter import Charter, Column, Money, Source, SourceFormat, Target
from crispstack.data_preparation import raw_rows
from crispstack.data_preparation.raw_rows import RawPart, RawTable
from crispstack.data_preparation.rows import MALFORMED
from crispstack.data_understanding import raw_table
from crispstack.data_understanding.raw_table import RawTables
from tests.jobs.lake import execute, lake

# PySpark leaves the sockets of collect() to the garbage collector, and compares versions with distutils.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:distutils Version classes:DeprecationWarning"),
]

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
COLUMNS = (
    Column("id", "integer"),
    Column("amount", "number"),
    Column("score", "integer", stored="double"),
    Column("code", "category", stored="bigint"),
    Column("active", "boolean"),
    Column("day", "date"),
    Column("joined", "date", stored="timestamp"),
    Column("seen", "text", stored="timestamp"),
    Column("note", "text"),
)
PLAIN = tuple(dataclasses.replace(column, stored="") for column in COLUMNS)
DAY, MOMENT = dt.date(2013, 1, 31), dt.datetime(2013, 1, 31, 5, 6, 7, 250_000)
ROWS: list[tuple[Any, ...]] = [
    (1, 1.5, 30.0, 7, True, DAY, dt.datetime(2013, 1, 31), MOMENT, 'a "b", c'),
    (2, -0.25, None, None, False, None, None, None, None),
    (9_007_199_254_740_993, 1e-5, -4.0, -1, None, DAY, MOMENT, MOMENT, "  spaces around  "),
    (4, 12_345_678.5, 0.0, 0, True, dt.date(1999, 12, 31), None, dt.datetime(1969, 7, 20), "ßΩ 漢字 🙂"),
    (5, 30.0, 2.0, 12, False, None, None, None, "NaN"),
]
NAMES = [column.name for column in COLUMNS]
TEXTS = [[canonical_text.text(value, column.type) for value, column in zip(row, COLUMNS, strict=True)] for row in ROWS]
STRIPPED = sorted([text.strip(" ") for text in row] for row in TEXTS)


def source(name: str, file: str, kind: SourceFormat, columns: tuple[Column, ...], **keys: Any) -> Source:
    return Source(name, file, columns, format=kind, **keys)


CHARTER = Charter(
    name="shop",
    question="Which?",
    owner="Somebody",
    sources=(
        source("texts", "rows.csv", "csv", PLAIN),
        source("lines", "rows.jsonl", "jsonl", PLAIN),
        source("typed", "rows.parquet", "parquet", COLUMNS),
        source("sheets", "rows.xlsx", "excel", PLAIN, sheet="Rows"),
        source(
            "flights",
            "flights",
            "csv",
            (Column("year", "integer"), Column("month", "integer"), Column("delay", "number")),
            partitions=("year", "month"),
        ),
    ),
    target=Target("active", "true"),
    money=Money("EUR", 10, -1),
)


def write_files(folder: Path) -> None:
    quoted = "\n".join(",".join(f'"{text.replace(chr(34), chr(34) * 2)}"' for text in row) for row in TEXTS)
    (folder / "rows.csv").write_text(f"{','.join(NAMES)}\n{quoted}\n", encoding="utf-8")
    plain = [
        [text if isinstance(value, dt.date) else value for value, text in zip(row, texts, strict=True)]
        for row, texts in zip(ROWS, TEXTS, strict=True)
    ]
    lines = [json.dumps(dict(zip(NAMES, row, strict=True)), ensure_ascii=False) for row in plain]
    (folder / "rows.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    arrays = {name: pa.array([row[place] for row in ROWS]) for place, name in enumerate(NAMES)}
    pq.write_table(pa.table(arrays), folder / "rows.parquet")
    book = openpyxl.Workbook()
    book.create_sheet("Rows")
    for row in (NAMES, *ROWS):
        # A spreadsheet holds fifteen digits of a number: longer ones are kept as text.
        book["Rows"].append([str(value) if isinstance(value, int) and value > 2**53 else value for value in row])
    book.save(folder / "rows.xlsx")


def write_flights(folder: Path, name: str, *delays: float) -> None:
    path = folder / "flights" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("delay\n" + "".join(f"{delay}\n" for delay in delays))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    created = tmp_path_factory.mktemp("data")
    write_files(created)
    write_flights(created, "year=2013/month=1/a.csv", 5, 6)
    write_flights(created, "year=2013/month=2/a.csv", 7)
    return created


@pytest.fixture(scope="module")
def shop(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with lake(tmp_path_factory.mktemp("emulator"), [CHARTER]) as found:
        yield found


def take(lake: Lake, name: str, folder: Path, now: dt.datetime = NOW) -> Collected:
    (wanted,) = (each for each in CHARTER.sources if each.name == name)
    return collect(lake, CHARTER, wanted, folder, check_sources(CHARTER, folder)[name].rows, now)


def select(sql: str) -> list[list[str]]:
    rows = queries.result(execute(sql)).rows
    return sorted([value or "" for value in row.values()] for row in rows)


@pytest.mark.parametrize("name", ["texts", "lines", "typed", "sheets"])
def test_the_same_rows_have_the_same_texts_in_every_format(shop: Lake, folder: Path, name: str) -> None:
    collected = take(shop, name, folder).source
    (wanted,) = (each for each in CHARTER.sources if each.name == name)
    relation = RawTables(shop.database, {name: collected.version}).relation(CHARTER, wanted)
    assert select(relation) == STRIPPED
    assert collected.rows == len(ROWS)
    view = f"{shop.database}.{raw_table.view_name(CHARTER, wanted)}"
    assert select(f"SELECT count(*) FROM {view}") == [[str(len(ROWS))]]  # noqa: S608 (our own names)


def test_every_version_stays_as_it_was_and_the_view_shows_the_current_one(shop: Lake, folder: Path) -> None:
    first = take(shop, "flights", folder)
    again = take(shop, "flights", folder)
    assert (first.uploaded, again.uploaded, again.source) == (True, False, first.source)
    write_flights(folder, "year=2014/month=1/a.csv", 9)
    second = take(shop, "flights", folder, NOW + dt.timedelta(days=1))
    assert second.uploaded
    assert [file.name for file in second.source.files] == [
        "year=2013/month=1/a.csv", "year=2013/month=2/a.csv", "year=2014/month=1/a.csv",
    ]  # fmt: skip
    flights = CHARTER.sources[-1]
    older = [["2013", "1", "5"], ["2013", "1", "6"], ["2013", "2", "7"]]
    for collected, expected in ((first, older), (second, [*older, ["2014", "1", "9"]])):
        relation = RawTables(shop.database, {"flights": collected.source.version}).relation(CHARTER, flights)
        assert select(relation) == expected
    assert select("SELECT year, month, delay FROM lake.shop_flights") == [*older, ["2014", "1", "9"]]
    versions = list(raw_data.versions("raw", "shop", "flights"))
    assert sorted(each.version for each in versions) == sorted((first.source.version, second.source.version))
    glue = boto3.client("glue")
    partitions = glue.get_partitions(DatabaseName="lake", TableName="shop_flights_versions")["Partitions"]
    glue.close()
    assert len(partitions) == 2 + 3


def in_spark(spark: SparkSession, source: Source, root: Path, *names: str) -> list[list[str]]:
    """The rows of the files as the preparation job reads them."""
    uris = tuple(str(root / name) for name in names)
    rows = raw_rows.read(spark, RawTable(source, str(root), (RawPart(uris, "", 0),)), uris).collect()
    assert all(row[MALFORMED] is None for row in rows)
    return sorted([(row[column.name] or "").strip(" ") for column in source.columns] for row in rows)


def test_spark_reads_the_same_texts_as_athena(spark: SparkSession, folder: Path, tmp_path: Path) -> None:
    texts, lines, typed, sheets, flights = CHARTER.sources
    stored = data_file_excel.texts(pd.read_excel(folder / sheets.file, **data_file_excel.read_options(sheets)), sheets)
    pq.write_table(pa.table(stored), tmp_path / "rows.parquet")
    for source in (texts, lines, typed):
        assert in_spark(spark, source, folder, source.file) == STRIPPED, source.name
    assert in_spark(spark, sheets, tmp_path, "rows.parquet") == STRIPPED
    write_flights(tmp_path, "year=2013/month=1/a.csv", 5, 6)
    write_flights(tmp_path, "year=2013/month=02/a.csv", 7)
    names = ("year=2013/month=1/a.csv", "year=2013/month=02/a.csv")
    expected = [["2013", "02", "7"], ["2013", "1", "5"], ["2013", "1", "6"]]
    assert in_spark(spark, flights, tmp_path / "flights", *names) == expected
