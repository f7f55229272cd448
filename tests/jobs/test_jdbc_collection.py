"""A real PostgreSQL's table becomes Parquet: every value as it was, or a refusal that says what to do."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from crispstack.charter import Column, Source
from crispstack.data_understanding.jdbc_collection import SESSION, Content, JdbcConnection, stage
from crispstack.errors import DataError
from crispstack.jdbc_table import JdbcTable
from tests.jobs import postgresql
from tests.jobs.postgresql import PASSWORD, USER, Server

# PySpark leaves the sockets of collect() to the garbage collector, and compares versions with distutils.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:distutils Version classes:DeprecationWarning"),
    pytest.mark.skipif(postgresql.binaries() is None, reason="PostgreSQL is not installed: Debian's postgresql"),
    pytest.mark.skipif(not postgresql.DRIVER.is_file(), reason="no JDBC driver: Debian's libpostgresql-jdbc-java"),
]

TABLE = """
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE clients (
  id bigint PRIMARY KEY, small smallint, exact numeric(12, 0), amount numeric(20, 4), digits numeric(20, 4),
  ratio double precision, active boolean, born date, seen timestamp, called timestamptz, name text, code char(3),
  mood mood, tag uuid, extra jsonb, secret bytea, plain numeric
);
INSERT INTO clients VALUES
  (1, -5, 123456789012, 12.3400, 1234567890123456.7891, 0.1, true, '0001-01-01', '2024-03-31 02:30:00.123456',
   '2024-03-31 02:30:00+02',
   'Zoë “quoted”, 日本 \U0001f600 ''x''', 'ab', 'glad', '0b8d9a5e-61f0-4b62-8f0c-5f4a31f5a0c1',
   '{"a": [1, null]}', '\\x00', 1.50),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (3, 0, 0, -0.0001, 0, 'NaN', false, '2000-02-29', '1999-12-31 23:59:59', '2000-01-01 00:00:00Z', '', '', 'sad', NULL,
   'null', '', 100000000000000000000.5),
  (4, 32767, 999, 15.5000, 0.5, 'Infinity', false, '9999-12-30', '0001-01-01 00:00:00', '1969-12-31 23:59:59.999999Z',
   E'line\\nbreak\\ttab \\\\', '   ', 'sad', NULL, '1.0', '', NULL);
GRANT SELECT ON clients TO reader;
CREATE TABLE closed (id bigint);
CREATE TABLE "empty" (id bigint);
GRANT SELECT ON "empty" TO reader;
"""
COLUMNS = (
    Column("id", "integer"),
    Column("small", "integer"),
    Column("exact", "integer"),
    Column("amount", "number"),
    Column("digits", "number", stored="string"),
    Column("ratio", "number"),
    Column("active", "boolean"),
    Column("born", "date"),
    Column("seen", "text", stored="timestamp"),
    Column("called", "text", stored="timestamp"),
    Column("name", "text"),
    Column("mood", "category"),
    Column("tag", "text"),
    Column("extra", "text"),
)


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    with postgresql.server() as server:
        server.run(TABLE)
        yield server


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config(map=SESSION)
            .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
            .getOrCreate()
        )
        yield session
        session.stop()


@pytest.fixture
def connection(database: Server) -> JdbcConnection:
    return JdbcConnection("crm", database.url, USER, PASSWORD, database.certificate)


def source(columns: tuple[Column, ...] = COLUMNS, table: str = "public.clients", **reading: Any) -> Source:
    return Source("clients", columns=columns, format="jdbc", jdbc=JdbcTable("crm", table, **reading))


def rows(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(folder).sort_by("id").to_pylist()
    return found


def test_every_value_arrives_as_it_was(spark: SparkSession, connection: JdbcConnection, tmp_path: Path) -> None:
    stage(spark, source(), connection, str(tmp_path / "staged"))
    first, nulls, third, fourth = rows(tmp_path / "staged")
    assert first == {
        "id": 1, "small": -5, "exact": 123456789012, "amount": 12.34, "digits": "1234567890123456.7891", "ratio": 0.1,
        "active": True, "born": dt.date(1, 1, 1), "seen": dt.datetime(2024, 3, 31, 2, 30, 0, 123456),
        "called": dt.datetime(2024, 3, 31, 0, 30), "name": "Zoë “quoted”, 日本 \U0001f600 'x'", "mood": "glad",
        "tag": "0b8d9a5e-61f0-4b62-8f0c-5f4a31f5a0c1", "extra": '{"a": [1, null]}',
    }  # fmt: skip
    assert Decimal(first["digits"]) == Decimal("1234567890123456.7891")
    assert nulls == {"id": 2} | dict.fromkeys(column.name for column in COLUMNS[1:])
    assert math.isnan(third["ratio"])
    assert (third["amount"], third["born"], third["name"]) == (-0.0001, dt.date(2000, 2, 29), "")
    assert (fourth["ratio"], fourth["name"]) == (math.inf, "line\nbreak\ttab \\")
    assert (fourth["seen"], fourth["called"].microsecond) == (dt.datetime(1, 1, 1), 999999)


def test_columns_are_stored_in_the_types_of_the_charter(
    spark: SparkSession, connection: JdbcConnection, tmp_path: Path
) -> None:
    stage(spark, source(), connection, str(tmp_path / "staged"))
    schema = pq.read_schema(next((tmp_path / "staged").glob("*.parquet")))
    kinds = {field.name: field.type for field in schema}
    assert kinds["id"] == kinds["small"] == kinds["exact"] == pa.int64()
    assert kinds["amount"] == kinds["ratio"] == pa.float64()
    assert (kinds["active"], kinds["born"]) == (pa.bool_(), pa.date32())
    assert pa.types.is_timestamp(kinds["seen"])
    assert kinds["digits"] == kinds["name"] == kinds["mood"] == kinds["extra"] == pa.string()
    assert schema.names == [column.name for column in COLUMNS]


def test_equal_content_has_one_version_and_equal_files_however_it_is_read(
    spark: SparkSession, connection: JdbcConnection, database: Server, tmp_path: Path
) -> None:
    database.run(
        "CREATE TABLE numbers AS SELECT n AS id, 'v' || n % 7 AS v FROM generate_series(1, 500) AS n;"
        "CREATE TABLE shuffled AS SELECT * FROM numbers ORDER BY md5(id::text);"
        "GRANT SELECT ON numbers, shuffled TO reader"
    )
    columns = (Column("id", "integer"), Column("v", "category"))
    reading = {"partition_column": "id", "partitions": 3}

    def staged(name: str, table: str, **how: Any) -> Content:
        return stage(spark, source(columns, table, **how), connection, str(tmp_path / name))

    one = staged("one", "public.numbers")
    assert one.rows == 500
    assert staged("two", "public.shuffled", **reading) == one
    assert staged("three", "public.numbers", **reading) == one
    files = [[path.read_bytes() for path in sorted((tmp_path / name).glob("*.parquet"))] for name in ("two", "three")]
    assert files[0] == files[1]
    assert len(files[0]) == 3
    assert rows(tmp_path / "two") == [{"id": n, "v": f"v{n % 7}"} for n in range(1, 501)]
    database.run("UPDATE numbers SET v = 'v8' WHERE id = 250")
    assert staged("four", "public.numbers").version != one.version


def refusal(spark: SparkSession, wanted: Source, connection: JdbcConnection, folder: Path) -> str:
    with pytest.raises(DataError) as raised:
        stage(spark, wanted, connection, str(folder / "staged"))
    assert not (folder / "staged").exists()
    assert PASSWORD not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"password": "wrong"}, 'password authentication failed for user "reader" .*28P01.*connection\'s secret'),
        ({"certificate": ""}, "08.*check endpoint, certificate, subnet and security group"),
        ({"url": "jdbc:postgresql://localhost:1/shop"}, "refused.*08001.*check endpoint"),
    ],
)
def test_a_refused_connection_says_why(
    wrong: dict[str, str], said: str, spark: SparkSession, connection: JdbcConnection, tmp_path: Path
) -> None:
    found = refusal(spark, source(), dataclasses.replace(connection, **wrong), tmp_path)
    assert found.startswith("table public.clients of connection crm: ")
    assert_matches(said, found)


def assert_matches(pattern: str, text: str) -> None:
    with pytest.raises(AssertionError, match=pattern):
        raise AssertionError(text)


@pytest.mark.parametrize(
    ("columns", "table", "said"),
    [
        (COLUMNS, "public.nothing", "public.nothing .* is not there, or reader may not read it"),
        ((Column("id", "integer"),), "public.closed", "is not there, or reader may not read it"),
        ((Column("id", "integer"),), "public.empty", "is empty: there is nothing to collect"),
        ((Column("id", "integer"), Column("age", "integer")), "public.clients", "has no column age; it has id, small"),
        ((Column("name", "integer"),), "public.clients", "name is text .* stored as bigint; .*stored: string"),
        ((Column("amount", "integer"),), "public.clients", r"amount is numeric\(20, 4\) .* stored as bigint"),
        ((Column("seen", "date"),), "public.clients", "seen is timestamp without time zone .* stored as date"),
        ((Column("secret", "text"),), "public.clients", "secret is bytea and cannot be stored as string; leave it out"),
        ((Column("digits", "number"),), "public.clients", "digits: 1 values would be changed; say `stored: string`"),
        ((Column("plain", "number"),), "public.clients", "plain: 1 values would be changed"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_remedy(
    columns: tuple[Column, ...], table: str, said: str, spark: SparkSession, connection: JdbcConnection, tmp_path: Path
) -> None:
    wanted = source(columns, table)
    if "empty" in said:
        with pytest.raises(DataError, match=said):
            stage(spark, wanted, connection, str(tmp_path / "staged"))
    else:
        assert_matches(said, refusal(spark, wanted, connection, tmp_path))


def test_dates_that_no_calendar_has_are_refused(
    spark: SparkSession, connection: JdbcConnection, database: Server, tmp_path: Path
) -> None:
    database.run(
        "CREATE TABLE ends AS SELECT 'infinity'::date AS d, '-infinity'::timestamp AS t; GRANT SELECT ON ends TO reader"
    )
    columns = (Column("d", "date"), Column("t", "text", stored="timestamp"))
    said = refusal(spark, source(columns, "public.ends"), connection, tmp_path)
    assert said.endswith(
        "d: 1 values would be changed; say `stored: string`\nt: 1 values would be changed; say `stored: string`"
    )
