"""JSON lines, Parquet, Excel and partitions: what engines would read differently is refused, the rest is counted."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crispstack.business_understanding import canonical_text
from crispstack.business_understanding.data_file import ClassCounts, check_data, check_sources
from crispstack.charter import Charter, Column, Money, Source, SourceFormat, Target
from crispstack.errors import DataError

COLUMNS = (Column("age", "integer"), Column("rate", "number"), Column("job", "category"), Column("y", "category"))
LINE = '{"age": 30, "rate": 1.5, "job": "cook", "y": "yes"}\n'
TABLE = {"age": [30, None], "rate": [1.5, 2.0], "job": ["cook", "a\nb"], "y": ["yes", "no"]}
TYPES = {"age": pa.int32(), "rate": pa.float64(), "job": pa.string(), "y": pa.large_string()}


def charter(file: str, kind: SourceFormat, columns: tuple[Column, ...] = COLUMNS, **keys: Any) -> Charter:
    source = Source("clients", file, columns, format=kind, **keys)
    return Charter("loans", "Who?", "Ada", (source,), Target("y", "yes"), Money("EUR", 10, -1))


def jsonl(tmp_path: Path, text: str) -> ClassCounts:
    (tmp_path / "c.jsonl").write_text(text, encoding="utf-8")
    return check_data(charter("c.jsonl", "jsonl"), tmp_path)


def parquet(tmp_path: Path, columns: tuple[Column, ...] = COLUMNS, **changes: Any) -> ClassCounts:
    arrays = {name: pa.array(values, TYPES[name]) for name, values in TABLE.items()} | changes
    pq.write_table(
        pa.table({name: array for name, array in arrays.items() if array is not None}), tmp_path / "c.parquet"
    )
    return check_data(charter("c.parquet", "parquet", columns), tmp_path)


def excel(tmp_path: Path, *rows: list[Any], sheet: str = "") -> ClassCounts:
    book = openpyxl.Workbook()
    for row in (["Age", "Rate", "Job", "y"], *rows):
        book.active.append(row)
    book.save(tmp_path / "c.xlsx")
    return check_data(charter("c.xlsx", "excel", sheet=sheet), tmp_path)


def test_rows_and_positives_are_counted_in_every_format(tmp_path: Path) -> None:
    expected = ClassCounts(rows=2, positives=1)
    assert jsonl(tmp_path, LINE + '{"age": null, "y": "no"}\n') == expected
    assert parquet(tmp_path) == expected
    assert excel(tmp_path, [30, 1.5, "cook", "yes"], [None, 2, "a\nb", "no"]) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a header and no rows"),
        (LINE[:-1], "c.jsonl:1: the last line has no end"),
        ("﻿" + LINE, "c.jsonl:1: begins with a byte order mark"),
        (LINE + "{'age': 1}\n", "c.jsonl:2: not JSON"),
        (LINE + "[1]\n", "c.jsonl:2: is no object"),
        (LINE + LINE[:-2] + ', "late": 1}\n', "c.jsonl:2: the key 'late' is not declared"),
        (LINE.replace('"age"', '"Age"'), "c.jsonl:1: the key 'Age' is not declared; did you mean 'age'?"),
        (LINE.replace('"cook"', '{"is": 1}'), "c.jsonl:1: 'job' holds an object or a list"),
        (LINE.replace("30", "NaN"), "c.jsonl:1: not JSON: NaN is no number of JSON"),
        (LINE.replace("30", "1" + "0" * 19), "c.jsonl:1: 'age' is a number beyond 64 bits"),
        (LINE.replace('"cook"', "1.50"), "c.jsonl:1: engines read 1.50 as the text '1.5'"),
        (LINE.replace('"job"', '"age"'), "c.jsonl:1: not JSON: the key 'age' is given twice"),
        ('{"age": 1, "rate": 1, "y": "yes"}\n', "no line has the key 'job'"),
        (LINE.replace("yes", "no"), "no row has y = yes"),
    ],
)
def test_defects_of_json_lines_are_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        jsonl(tmp_path, text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"age": pa.array(["1", "2"])}, "column 'age' is stored as string, not as bigint; write `stored: string`"),
        ({"job": pa.array([1, 2])}, "column 'job' is stored as int64, not as string; write `stored: bigint`"),
        ({"rate": pa.array([1, 2], pa.uint64())}, "column 'rate' is stored as uint64, not as double; store it as text"),
        ({"job": pa.array([[1], [2]])}, "column 'job' is stored as list<"),
        ({"age": None}, "3 columns where 4 are declared (age)"),
        ({"y": None}, "the target 'y' is not in the data; the file has age, rate, job"),
        ({"late": pa.array([1, 2])}, "5 columns where 4 are declared (late)"),
        ({"job": None, "Job": pa.array(["a", "b"])}, "has no column 'job', but age, rate, y, Job"),
        ({"y": pa.array(["no", "no"])}, "no row has y = yes"),
    ],
)
def test_defects_of_parquet_are_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as caught:
        parquet(tmp_path, **changes)
    assert message in str(caught.value)


def test_parquet_is_read_as_its_columns_say_they_are_stored(tmp_path: Path) -> None:
    columns = (dataclasses.replace(COLUMNS[0], stored="string"), *COLUMNS[1:])
    assert parquet(tmp_path, columns, age=pa.array(["1", "2"])) == ClassCounts(2, 1)
    times = (Column("age", "date", stored="timestamp"), *COLUMNS[1:])
    day = dt.datetime(2013, 1, 31)
    assert parquet(tmp_path, times, age=pa.array([day, None], pa.timestamp("ns"))) == ClassCounts(2, 1)
    with pytest.raises(DataError, match="'age' holds times finer than a millisecond; round it"):
        parquet(tmp_path, times, age=pa.array([day + dt.timedelta(microseconds=1), day], pa.timestamp("us")))
    with pytest.raises(DataError, match=r"'age' is stored as timestamp\[us, tz=UTC\]"):
        parquet(tmp_path, times, age=pa.array([day, day], pa.timestamp("us", "UTC")))


def test_parquet_that_was_cut_off_is_named(tmp_path: Path) -> None:
    parquet(tmp_path)
    path = tmp_path / "c.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"c\.parquet: not a whole Parquet file"):
        check_data(charter("c.parquet", "parquet"), tmp_path)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[30, 1, "a", "no"]], "no row has y = yes"),
        ([[30, 1, "a", "yes"], [None] * 4, [30, 1, "a", "yes"]], "c.xlsx:3: the row is empty"),
        ([[30, "=1/2", "a", "yes"]], "c.xlsx:2: the formula in B2 was never computed"),
        ([["#DIV/0!", 1, "a", "yes"]], "c.xlsx:2: cell A2 holds an error of Excel"),
        ([[1, 2, 3, "yes", 5]], "c.xlsx:1: 5 columns where 4 are declared"),
    ],
)
def test_defects_of_excel_are_named(tmp_path: Path, rows: list[list[Any]], message: str) -> None:
    with pytest.raises(DataError) as caught:
        excel(tmp_path, *rows)
    assert message in str(caught.value)


def test_what_is_no_workbook_or_has_no_such_sheet_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot be read as Excel .*'Nowhere'.*sources\.sheet"):
        excel(tmp_path, [30, 1, "a", "yes"], sheet="Nowhere")
    (tmp_path / "c.xlsx").write_bytes(b"no zip")
    with pytest.raises(DataError, match=r"c\.xlsx: cannot be read as Excel"):
        check_data(charter("c.xlsx", "excel"), tmp_path)


PARTITIONED = (Column("year", "integer"), Column("y", "category"))


def partitioned(tmp_path: Path, *names: str) -> dict[str, ClassCounts]:
    for name in names:
        path = tmp_path / "c" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("y\nyes\nno\n")
    read: list[int] = []
    found = check_sources(charter("c", "csv", PARTITIONED, partitions=("year",)), tmp_path, read.append)
    assert sum(read) == 9 * len([name for name in names if not name.rpartition("/")[2].startswith((".", "_"))])
    return found


def test_files_of_all_partitions_are_counted_and_hidden_ones_left_out(tmp_path: Path) -> None:
    found = partitioned(tmp_path, "year=2012/a.csv", "year=2013/a.csv", "year=2013/_SUCCESS", "year=2013/.a.csv.crc")
    assert found == {"clients": ClassCounts(rows=4, positives=2)}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.csv", "a.csv: lies in no partition; move the file to year=<value>/"),
        ("month=1/a.csv", "lies in month=1; move the file to year=<value>/"),
        ("year=2012/month=1/a.csv", "lies in year=2012/month=1; move the file to year=<value>/"),
        ("year=__HIVE_DEFAULT_PARTITION__/a.csv", "cannot be the value of a partition"),
        ("year=20 12/a.csv", "'20 12' cannot be the value of a partition"),
        ("year=2012/notes.md", "notes.md: is no csv file (.csv, .tsv, .txt)"),
    ],
)
def test_what_lies_in_the_wrong_place_is_named(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        partitioned(tmp_path, name)
    assert message in str(caught.value)


def test_a_target_may_be_a_partition(tmp_path: Path) -> None:
    for value in ("yes", "no"):
        (tmp_path / "c" / f"y={value}").mkdir(parents=True)
        (tmp_path / "c" / f"y={value}" / "a.csv").write_text("year\n2012\n")
    found = check_data(charter("c", "csv", PARTITIONED, partitions=("y",)), tmp_path)
    assert found == ClassCounts(rows=2, positives=1)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back_from_its_text(value: float) -> None:
    assert float(canonical_text.number(value)) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (30.0, "30"), (-0.0, "0"), (0.5, "0.5"), (0.001, "0.001"), (0.00099, "9.9E-4"), (1234567.25, "1234567.25"),
        (12345678.5, "1.23456785E7"), (1e16, "1.0E16"), (math.inf, "Infinity"), (-math.inf, "-Infinity"),
        (math.nan, "NaN"), (True, "true"), (None, ""), (np.float64(2.5), "2.5"), (7, "7"),
        (dt.date(2013, 1, 31), "2013-01-31"), (pd.Timestamp("2013-01-31"), "2013-01-31"),
        (dt.datetime(2013, 1, 31, 5, 6), "2013-01-31 05:06:00.000"), (dt.time(5, 6), "05:06:00"),
    ],
)  # fmt: skip
def test_values_have_one_text(value: Any, expected: str) -> None:
    assert canonical_text.text(value, "date") == expected
