"""A table of a database as Parquet: every declared column in the charter's type, no value changed on the way.

The database itself casts, so that texts are written as it writes them (numerics with all their digits, timestamps in
UTC). What a type cannot hold is refused before anything is read, with the number of values and the remedy. Rows have
no order in a database: the content's hash does not depend on it, and equal content makes equal files.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crispstack.charter import Column, Source
from crispstack.data_understanding.raw_table import identifier, literal
from crispstack.errors import DataError
from crispstack.jdbc_table import JdbcTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_WHOLE = frozenset({"smallint", "integer", "bigint"})
_FRACTIONS = frozenset({"numeric", "real", "double precision"})
_TIMES = frozenset({"timestamp without time zone", "timestamp with time zone"})
# Types of the database that go into a stored type; text takes all but bytes.
_TAKES = {
    "bigint": _WHOLE | {"numeric"},
    "double": _WHOLE | _FRACTIONS,
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date"}),
    "timestamp": _TIMES,
}
_CASTS = {"bigint": "bigint", "double": "double precision", "boolean": "boolean", "date": "date"}
_DIGITS_OF_BIGINT = 18
SESSION: dict[str, bool | float | int | str | None] = {"spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED"}
"""What the Spark session must be configured with: dates before 1582 are written as they are."""
_FETCH_ROWS = 10_000
_REMEDIES = {
    "28": "correct user and password in the connection's secret",
    "42501": "grant SELECT on the table to the connection's user",
    "08": "check endpoint, certificate, subnet and security group of the connection",
}


@dataclass(frozen=True)
class JdbcConnection:
    """How the database is reached. `certificate` is the authority's, as PEM; empty: those that Java trusts."""

    name: str
    url: str
    user: str
    password: str
    certificate: str = ""

    def options(self) -> dict[str, str]:
        """Options of Spark's JDBC reader: TLS with the server's name verified, times in UTC, nothing written.

        Source: "Connection parameters" of the documentation of the PostgreSQL JDBC driver.
        """
        factory = "SingleCertValidatingFactory" if self.certificate else "DefaultJavaSSLFactory"
        return {
            "url": self.url,
            "driver": "org.postgresql.Driver",
            "user": self.user,
            "password": self.password,
            "sslmode": "verify-full",
            "sslfactory": f"org.postgresql.ssl.{factory}",
            **({"sslfactoryarg": self.certificate} if self.certificate else {}),
            "options": "-c default_transaction_read_only=on",
            # The driver would give the database the time zone of this machine.
            "sessionInitStatement": "SET TIME ZONE 'UTC'",
            "fetchsize": str(_FETCH_ROWS),
        }


@dataclass(frozen=True)
class Content:
    """What was read: the hash that names its version, and its rows."""

    version: str
    rows: int


def stage(spark: SparkSession, source: Source, connection: JdbcConnection, uri: str) -> Content:
    """Write the source's table to `uri` as Parquet, one file per partition, rows and files in an order of their own.

    Raises:
        DataError: the database refuses, the table or a column is not there or of a type that does not fit, a value
            does not fit, or there are no rows.
    """
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 (customary; only the job has Spark)

    table = source.jdbc
    if table is None:
        raise DataError(f"source {source.name} has no jdbc table; add one to the charter")
    with _explained(source, connection):
        _check_columns(spark, source, table, connection)
        _check_values(spark, source, table, connection)
        rows = _read(spark, source, table, connection)
        names = [F.col(f"`{column.name}`") for column in source.columns]
        # By content, so that equal rows make equal files wherever the database keeps them.
        ordered = rows.repartition(table.partitions, *names).sortWithinPartitions(*names)
        ordered.write.parquet(uri, mode="overwrite")
    return content(spark.read.parquet(uri), source)


def content(rows: DataFrame, source: Source) -> Content:
    """The hash of rows in any order: the sums of 60-bit pieces of every row's SHA-256, with the columns' types.

    Raises:
        DataError: there are no rows.
    """
    columns = ", ".join(f"`{column.name}`" for column in source.columns)
    digest = f"sha2(to_json(struct({columns}), map('ignoreNullFields', 'false')), 256)"
    pieces = [f"sum(CAST(conv(substr(digest, {at}, 15), 16, 10) AS decimal(20, 0)))" for at in (1, 16, 31, 46)]
    (found,) = rows.selectExpr(f"{digest} AS digest").selectExpr("count(*)", *pieces).collect()
    if not found[0]:
        raise DataError(f"{_place(source)} is empty: there is nothing to collect")
    text = json.dumps([[column.name, column.stored_type] for column in source.columns] + [str(each) for each in found])
    return Content(hashlib.sha256(text.encode()).hexdigest(), found[0])


def _read(spark: SparkSession, source: Source, table: JdbcTable, connection: JdbcConnection) -> DataFrame:
    columns = ", ".join(f"{_cast(column)} AS {identifier(column.name)}" for column in source.columns)
    query = f"(SELECT {columns} FROM {_quoted(table)}) AS declared"  # noqa: S608 (identifiers are quoted)
    options = {**connection.options(), "dbtable": query}
    if table.partitions > 1:
        options |= _ranges(spark, table, connection)
    rows = spark.read.format("jdbc").options(**options).load()
    # Through text, because the driver would read a wall clock's time in the time zone of this machine.
    kinds = {column.name: column.stored_type for column in source.columns}
    return rows.selectExpr(
        *(f"CAST(`{name}` AS timestamp_ntz)" if kinds[name] == "timestamp" else f"`{name}`" for name in rows.columns)
    )


def _ranges(spark: SparkSession, table: JdbcTable, connection: JdbcConnection) -> dict[str, str]:
    """Options that let several tasks read a range each. Bounds only shape the ranges: no row is outside of all."""
    column = identifier(table.partition_column)
    bounds = ", ".join(f"CAST({name}({column}) AS text) AS {name}" for name in ("min", "max"))
    found = _ask(spark, connection, f"SELECT {bounds} FROM {_quoted(table)}")[0]  # noqa: S608
    if found["min"] is None:
        return {}
    return {
        "partitionColumn": table.partition_column,
        "lowerBound": found["min"],
        "upperBound": found["max"],
        "numPartitions": str(table.partitions),
    }


def _cast(column: Column) -> str:
    name, stored = identifier(column.name), column.stored_type
    if stored == "timestamp":
        return f"CAST(CAST({name} AS timestamp) AS text)"
    return f"CAST({name} AS {_CASTS.get(stored, 'text')})"


def _check_columns(spark: SparkSession, source: Source, table: JdbcTable, connection: JdbcConnection) -> None:
    schema, name = table.table.split(".")
    found = {
        row["name"]: row
        for row in _ask(
            spark,
            connection,
            "SELECT CAST(column_name AS text) AS name, CAST(data_type AS text) AS type, "  # noqa: S608
            "CAST(numeric_precision AS integer) AS precision, CAST(numeric_scale AS integer) AS scale "
            f"FROM information_schema.columns WHERE table_schema = {literal(schema)} AND table_name = {literal(name)}",
        )
    }
    if not found:
        raise DataError(
            f"{_place(source)} is not there, or {connection.user} may not read it; correct sources.jdbc.table in the "
            "charter, or grant SELECT on it"
        )
    if missing := [column.name for column in source.columns if column.name not in found]:
        raise DataError(
            f"{_place(source)} has no column {', '.join(missing)}; it has {', '.join(found)}: correct the charter"
        )
    problems = [text for column in source.columns if (text := _mismatch(column, found[column.name]))]
    if problems:
        raise DataError(f"{_place(source)} is not what the charter declares:\n" + "\n".join(problems))


def _mismatch(column: Column, found: Mapping[str, Any]) -> str:
    """Why the database's column does not go into the stored type; empty where it does."""
    stored, kind = column.stored_type, found["type"]
    exact = kind == "numeric" and found["scale"] == 0 and (found["precision"] or 0) <= _DIGITS_OF_BIGINT
    if stored == "string":
        fits = kind != "bytea"
    else:
        fits = kind in _TAKES[stored] and (exact or stored != "bigint" or kind != "numeric")
    if fits:
        return ""
    shown = f"numeric({found['precision']}, {found['scale']})" if kind == "numeric" and found["precision"] else kind
    remedy = "leave it out" if stored == "string" else "change its type, or say `stored: string` to read it as text"
    return f"{column.name} is {shown} and cannot be stored as {stored}; {remedy}"


def _check_values(spark: SparkSession, source: Source, table: JdbcTable, connection: JdbcConnection) -> None:
    """Refuse values that a stored type would change: digits beyond a double's, dates that no calendar has."""
    counted = {column.name: test for column in source.columns if (test := _changes(column))}
    if not counted:
        return
    sums = ", ".join(f"SUM(CASE WHEN {test} THEN 1 ELSE 0 END) AS {identifier(name)}" for name, test in counted.items())
    found = _ask(spark, connection, f"SELECT {sums} FROM {_quoted(table)}")[0]  # noqa: S608
    problems = [
        f"{name}: {count} values would be changed; say `stored: string`" for name, count in found.items() if count
    ]
    if problems:
        raise DataError(f"{_place(source)} has values that do not fit their types:\n" + "\n".join(problems))


def _changes(column: Column) -> str:
    """Whether a value would be changed, as a condition of the database; empty where none can be."""
    name, stored = identifier(column.name), column.stored_type
    if stored == "double":
        return f"CAST(CAST({name} AS double precision) AS numeric) <> CAST({name} AS numeric)"
    if stored in ("date", "timestamp"):
        return f"NOT isfinite({name}) OR {name} < DATE '0001-01-01' OR {name} >= DATE '9999-12-31'"
    return ""


def _ask(spark: SparkSession, connection: JdbcConnection, query: str) -> list[dict[str, Any]]:
    rows = spark.read.format("jdbc").options(**connection.options(), query=query).load()
    return [row.asDict() for row in rows.collect()]


def _quoted(table: JdbcTable) -> str:
    return ".".join(map(identifier, table.table.split(".")))


def _place(source: Source) -> str:
    return f"table {source.jdbc.table} of connection {source.jdbc.connection}" if source.jdbc else source.name


@contextlib.contextmanager
def _explained(source: Source, connection: JdbcConnection) -> Iterator[None]:
    """What the database says when it refuses, in one line and with a remedy; never the password."""
    from py4j.protocol import Py4JJavaError  # noqa: PLC0415 (only the job has Spark)

    try:
        yield
    except Py4JJavaError as error:
        cause = error.java_exception
        while cause.getCause() is not None and "SQLException" not in cause.getClass().getName():
            cause = cause.getCause()
        if "SQLException" not in cause.getClass().getName():
            raise
        state = str(cause.getSQLState() or "")
        remedy = next((text for start, text in _REMEDIES.items() if state.startswith(start)), "see the database's log")
        message = str(cause.getMessage()).replace(connection.password, "***")
        raise DataError(f"{_place(source)}: {message} (SQL state {state}); {remedy}") from None
