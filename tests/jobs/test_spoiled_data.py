"""Data spoiled in many ways: each is refused before it is uploaded, reported by a rule, quarantined or repaired.

No row is lost, and rows that were not spoiled are prepared to the same values as without the spoiled ones.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
import sqlglot
from pyspark import cloudpickle
from pyspark.sql import SparkSession

from crispstack.artifacts import PreparedDataset, RuleResult, sha256
from crispstack.business_understanding.data_file import check_data
from crispstack.charter import Charter, Column, Exclusion, Money, Preparation, QualityRule, Source, Split, Target
from crispstack.data_preparation.prepare import Destination, prepare
from crispstack.data_preparation.raw_rows import RawPart, RawTable
from crispstack.data_understanding import quality
from crispstack.data_understanding.raw_table import RawTables, identifier
from crispstack.errors import DataError
from tests.jobs import local_storage
from tests.jobs.local_storage import LocalStorage, json_rows, parquet_rows

# PySpark leaves the sockets of collect() to the garbage collector, and compares versions with distutils.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:distutils Version classes:DeprecationWarning"),
]
# Executors cannot import this folder.
cloudpickle.register_pickle_by_value(local_storage)

NOW = dt.datetime(2026, 1, 1)
KEY, AGE = 'IsUnique "id"', 'ColumnValues "age" between -1 and 121'
AGE_TYPE, INCOME_TYPE = 'ColumnDataType "age" = "Integer"', 'ColumnDataType "income" = "Double"'
DATE, PAST = 'ColumnDataType "since" = "Date"', 'ColumnValues "since" < now()'
JOB, LENGTH = 'ColumnValues "job" in ["cook", "clerk"]', 'ColumnLength "job" < 50'
TARGET = 'ColumnValues "y" in ["yes", "no"]'
RULES = (KEY, AGE, AGE_TYPE, INCOME_TYPE, DATE, PAST, JOB, LENGTH, TARGET)
CHARTER = Charter(
    name="loans",
    question="Who?",
    owner="Ada",
    sources=(
        Source(
            "clients",
            "clients.csv",
            (
                Column("id", "integer"),
                Column("age", "integer"),
                Column("income", "number"),
                Column("job", "category"),
                Column("since", "date"),
                Column("y", "category"),
            ),
        ),
    ),
    target=Target("y", "yes"),
    money=Money("EUR", 10, -1),
    preparation=Preparation(exclude=(Exclusion("id", "a row number"),)),
    split=Split(test_share=0.4, key="loans"),
    quality=tuple(QualityRule(rule) for rule in RULES),
)
HEADER = "id,age,income,job,since,y\n"
CLEAN = [
    (str(number), str(20 + number), f"{number}.5", "cook" if number % 2 else "clerk", "2025-01-02", "yes")
    if number % 3
    else (str(number), str(20 + number), "", "cook", "2025-01-02", "no")
    for number in range(40)
]


class Spoiled(NamedTuple):
    """A spoiled row, why it is quarantined (None: it is kept), and the rules that it breaks."""

    row: tuple[str, ...]
    quarantined: str | None
    broken: frozenset[str]


def spoiled(quarantined: str | None, *broken: str, **changes: str) -> Spoiled:
    row = {"id": "", "age": "33", "income": "2.5", "job": "cook", "since": "2025-01-02", "y": "yes"} | changes
    return Spoiled(tuple(row.values()), quarantined, frozenset(broken))


NO_NUMBER, NO_DATE, NO_AGE = (
    "income is not of type number",
    "since is not of type date",
    "age is not of type integer",
)
ROWS = {
    "a comma between thousands": spoiled(NO_NUMBER, INCOME_TYPE, income="1,234.5"),
    "a comma before decimals": spoiled(NO_NUMBER, INCOME_TYPE, income="12,5"),
    "infinity": spoiled(NO_NUMBER, INCOME_TYPE, income="Infinity"),
    "minus infinity": spoiled(NO_NUMBER, INCOME_TYPE, income="-inf"),
    "the text NaN": spoiled(NO_NUMBER, INCOME_TYPE, income="NaN"),
    "a number beyond every float": spoiled(NO_NUMBER, income="1e999"),
    "a unit behind the number": spoiled(NO_NUMBER, INCOME_TYPE, income="12 EUR"),
    "another date format": spoiled(NO_DATE, DATE, PAST, since="31/01/2025"),
    "a day that does not exist": spoiled(NO_DATE, DATE, PAST, since="2025-02-30"),
    "a serial number of Excel": spoiled(NO_DATE, DATE, PAST, since="45678"),
    "a date in the future": spoiled(None, PAST, since="2199-01-01"),
    "a negative age": spoiled(None, AGE, age="-5"),
    "an age with a fraction": spoiled(NO_AGE, AGE_TYPE, age="33.5"),
    "digits of another script": spoiled(NO_AGE, AGE, AGE_TYPE, age="\u0663\u0663"),
    "two columns swapped": spoiled(NO_AGE, AGE, AGE_TYPE, JOB, age="cook", job="33"),
    "the header again": Spoiled(
        tuple(HEADER.strip().split(",")),
        NO_AGE,
        frozenset({AGE, AGE_TYPE, INCOME_TYPE, DATE, PAST, JOB, TARGET}),
    ),
    "a key used before": spoiled(None, KEY, id="7"),
    "a row twice": Spoiled(CLEAN[8], None, frozenset({KEY})),
    "a million characters": spoiled(None, JOB, LENGTH, job="x" * 1_000_000),
    "JSON in a cell": spoiled(None, JOB, job='{"job": ["cook", {"since": 1}]}'),
    "another case": spoiled(None, JOB, job="COOK"),
    "letters that look alike": spoiled(None, JOB, job="c\u043e\u043ek"),
    "text that was decoded wrongly": spoiled(None, JOB, job="caf\u00c3\u00a9"),
    "a formula": spoiled(None, JOB, job="=1+1"),
    "blanks around values": spoiled(None, age=" 33 ", job="  cook ", y=" yes "),
    "no target": spoiled("y is missing", TARGET, y=""),
    "another target": spoiled(None, TARGET, y="maybe"),
}


def drop_column(data: bytes) -> bytes:
    return b"".join(line.split(b",", 1)[1] for line in data.splitlines(keepends=True))


FILES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "bytes of Latin-1 among UTF-8": (lambda data: data.replace(b"clerk", b"caf\xe9", 1), "not UTF-8"),
    "UTF-16": (lambda data: data.decode().encode("utf-16"), "UTF-"),
    "a byte order mark": (lambda data: b"\xef\xbb\xbf" + data, "byte order mark"),
    "a null byte": (lambda data: data.replace(b"clerk", b"cl\0rk", 1), "null character"),
    "a backslash": (lambda data: data.replace(b"clerk", b"cl\\rk", 1), "backslash"),
    "an unbalanced quote": (lambda data: data.replace(b"clerk", b'"clerk', 1), "double quotes"),
    "a line break within a field": (lambda data: data.replace(b"clerk", b'"cl\nerk"', 1), "each record on one line"),
    "a last line that is cut off": (lambda data: data[:-5], "may have been cut off"),
    "bytes behind the end": (lambda data: data + b"\x00\x00\x1a\n", "null character"),
    "an empty line": (lambda data: data.replace(b"\n1,", b"\n\n1,", 1), "the line is empty"),
    "a field too many": (lambda data: data.replace(b"clerk", b"clerk,more", 1), "7 fields where 6 are declared"),
    "a field too few": (lambda data: data.replace(b"clerk,", b"", 1), "5 fields where 6 are declared"),
    "another delimiter": (lambda data: data.replace(b",", b";"), "no ',' in the header, but ';'"),
    "a column more": (lambda data: data.replace(b"\n", b",new\n"), "7 columns where 6 are declared"),
    "a column less": (drop_column, "columns where 6 are declared"),
    "columns in another order": (lambda data: data.replace(b"age,income", b"income,age", 1), "is declared"),
    "no rows": (lambda _: HEADER.encode(), "a header and no rows"),
    "no content": (lambda _: b"", "the file is empty"),
    "the target under another name": (lambda data: data.replace(b",y\n", b",yy\n", 1), "the target 'y' is not"),
}


def content(rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return HEADER + text.getvalue()


def numbered() -> list[tuple[str, ...]]:
    """The spoiled rows, with keys of their own where the key is not what is spoiled."""
    return [(each.row[0] or str(1000 + index), *each.row[1:]) for index, each in enumerate(ROWS.values())]


def prepared(spark: SparkSession, text: str, folder: Path) -> PreparedDataset:
    path = folder / "clients.csv"
    path.write_text(text, encoding="utf-8")
    check_data(CHARTER, folder)
    size = len(text.encode())
    raw = RawTable(CHARTER.source, str(folder), (RawPart((str(path),), sha256(text.encode()), size),))
    destination = Destination(str(folder / "prepared"), uuid.uuid4().hex, LocalStorage())
    return prepare(spark, CHARTER, (raw,), len(text.splitlines()) - 1, destination)


def parts(dataset: PreparedDataset) -> list[Counter[tuple[Any, ...]]]:
    """The rows to train and to test with, and how often each."""
    return [
        Counter(tuple(sorted(row.items(), key=lambda item: item[0])) for row in rows)
        for rows in (parquet_rows(dataset.train_uri), json_rows(dataset.test_uri))
    ]


@pytest.fixture(scope="module")
def clean(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> PreparedDataset:
    return prepared(spark, content(CLEAN), tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="module")
def dirty(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> PreparedDataset:
    return prepared(spark, content([*CLEAN, *numbered()]), tmp_path_factory.mktemp("dirty"))


def listed(rows: list[tuple[str, ...]]) -> tuple[dict[str, set[str]], tuple[RuleResult, ...]]:
    """Keys of the rows that break each rule, and the report."""
    connection = duckdb.connect()
    columns = [identifier(column.name) for column in CHARTER.source.columns]
    connection.execute(f"CREATE SCHEMA lake; CREATE TABLE lake.loans_clients ({' VARCHAR, '.join(columns)} VARCHAR)")
    connection.executemany("INSERT INTO lake.loans_clients VALUES (?, ?, ?, ?, ?, ?)", [list(row) for row in rows])
    tables = RawTables("lake")

    def ask(sql: str) -> list[dict[str, Any]]:
        result = connection.execute(sqlglot.transpile(sql, read="athena", write="duckdb")[0])
        names = [each[0] for each in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    rendered = quality.statements(CHARTER, tables, NOW)
    report = quality.report({name: ask(render()) for name, render in rendered.items()}, CHARTER, ())
    failing = {
        rule: {row["id"] for row in ask(quality.failing_statement(CHARTER, tables, number, 1000, NOW))}
        for number, rule in enumerate(RULES, start=1)
    }
    return failing, report.results


def test_no_spoiled_row_is_lost_and_those_that_cannot_be_used_are_quarantined(
    clean: PreparedDataset, dirty: PreparedDataset
) -> None:
    expected = Counter(each.quarantined for each in ROWS.values() if each.quarantined)
    assert dirty.quarantine_reasons == dict(expected)
    assert dirty.rows_in == len(CLEAN) + len(ROWS)
    assert dirty.rows_in == dirty.train_rows + dirty.test_rows + dirty.quarantined_rows
    assert (clean.rows_in, clean.quarantined_rows) == (len(CLEAN), 0)


def test_rows_that_were_not_spoiled_are_prepared_to_the_same_values(
    clean: PreparedDataset, dirty: PreparedDataset
) -> None:
    kept = []
    for before, after in zip(parts(clean), parts(dirty), strict=True):
        assert before <= after
        kept += list((after - before).elements())
    assert len(kept) == sum(each.quarantined is None for each in ROWS.values())
    found = Counter((dict(row)["age"], dict(row)["job"], dict(row)["y"]) for row in kept)
    rows = [each.row for each in ROWS.values() if each.quarantined is None]
    assert found == Counter((float(row[1]), row[3].strip(" "), int(row[5].strip(" ") == "yes")) for row in rows)


def test_what_a_rule_can_see_is_reported_and_nothing_else() -> None:
    failing, results = listed([*CLEAN, *numbered()])
    for name, row, each in zip(ROWS, numbered(), ROWS.values(), strict=True):
        assert {rule for rule in RULES if row[0] in failing[rule]} == each.broken, name
    assert not any(result.passed for result in results)
    assert all(result.remedy for result in results)
    _, unspoiled = listed(CLEAN)
    assert all(result.passed for result in unspoiled)


@pytest.mark.parametrize("way", FILES)
def test_a_spoiled_file_is_refused_before_it_is_uploaded(way: str, tmp_path: Path) -> None:
    spoil, message = FILES[way]
    data = content(CLEAN).encode()
    (tmp_path / "clients.csv").write_bytes(spoil(data))
    assert spoil(data) != data
    with pytest.raises(DataError) as caught:
        check_data(CHARTER, tmp_path)
    assert message in str(caught.value)
    assert "; " in str(caught.value)  # a remedy


def test_every_way_to_spoil_data_is_noticed_or_repaired() -> None:
    assert len(ROWS) + len(FILES) >= 40
    unnoticed = {name for name, each in ROWS.items() if not each.broken and not each.quarantined}
    assert unnoticed == {"blanks around values"}  # repaired: stripped everywhere alike
