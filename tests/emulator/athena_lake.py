"""A small lake for the tests of Athena: an emulator, two tables, and a way to run a statement."""

from __future__ import annotations

import functools
import io
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq

from emulator.settings import Settings

TEXT = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
}
CSV = {
    **TEXT,
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
        "Parameters": {"separatorChar": ";"},
    },
}
PARQUET = {"SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}}


class StatementError(Exception):
    """A statement that did not succeed; the text is its StateChangeReason."""


@dataclass(frozen=True)
class Lake:
    """An emulator seen by one caller."""

    settings: Settings
    access_key: str
    secret_key: str
    token: str | None = None

    @functools.cache  # noqa: B019 (a lake lives as long as its tests)
    def client(self, service: str) -> Any:
        return boto3.session.Session().client(
            service,
            region_name="us-east-1",
            endpoint_url=self.settings.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            aws_session_token=self.token,
        )

    def execute(self, sql: str, **request: Any) -> dict[str, Any]:
        """The QueryExecution in its final state."""
        athena = self.client("athena")
        request.setdefault("ResultConfiguration", {"OutputLocation": "s3://results/out/"})
        query = athena.start_query_execution(QueryString=sql, QueryExecutionContext={"Database": "shop"}, **request)
        _wait_for(query["QueryExecutionId"])
        while True:
            execution: dict[str, Any] = athena.get_query_execution(QueryExecutionId=query["QueryExecutionId"])[
                "QueryExecution"
            ]
            if execution["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                return execution
            time.sleep(0.01)

    def rows(self, sql: str, **request: Any) -> list[list[str | None]]:
        """The rows without the header.

        Raises:
            StatementError: the statement did not succeed.
        """
        execution = self.execute(sql, **request)
        if execution["Status"]["State"] != "SUCCEEDED":
            raise StatementError(execution["Status"].get("StateChangeReason", ""))
        answer = self.client("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])
        rows = [[cell.get("VarCharValue") for cell in row["Data"]] for row in answer["ResultSet"]["Rows"]]
        is_query = execution["StatementType"] == "DML" and rows
        return rows[1:] if is_query else rows

    def put(self, key: str, body: bytes) -> None:
        self.client("s3").put_object(Bucket="lake", Key=key, Body=body)

    def table(
        self, name: str, columns: Sequence[tuple[str, str]], location: str, descriptor: dict[str, Any], **more: Any
    ) -> None:
        described = [{"Name": column, "Type": type_} for column, type_ in columns]
        self.client("glue").create_table(
            DatabaseName="shop",
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "StorageDescriptor": {"Columns": described, "Location": location, **descriptor},
                **more,
            },
        )


def _wait_for(query: str) -> None:
    """Wait for the execution's thread: each question in between would take its time from the same process."""
    for thread in threading.enumerate():
        if thread.name == f"athena-{query}":
            thread.join()


CLIENTS = (
    'age;job;balance;opened\n30;admin.;100.5;2024-01-31\n41;tech;;2024-02-29\n;admin.;-3;2023-12-01\nx;"a;""b""";7;\n'
)
SALES: list[dict[str, Any]] = [
    {"id": 1, "qty": 5, "price": 2.5, "amount": "12.50", "day": "2024-01-31", "tags": ["a", "b"]},
    {"id": 2, "qty": 2, "price": 1.0, "amount": "2.00", "day": "2024-02-29", "tags": []},
    {"id": 3, "qty": None, "price": 4.0, "amount": None, "day": "2024-03-31", "tags": None},
]


@contextmanager
def opened(settings: Settings) -> Iterator[Lake]:
    """A lake in a running emulator; its database is gone afterwards, so that the next module's is a new one."""
    lake = fill(settings)
    yield lake
    lake.client("glue").delete_database(Name="shop")


def fill(settings: Settings) -> Lake:
    """Buckets, a database, ``clients`` (CSV, all text) and ``sales`` (Parquet, partitioned by country)."""
    lake = Lake(settings, settings.access_key, settings.secret_key)
    for bucket in ("lake", "results"):
        lake.client("s3").create_bucket(Bucket=bucket)
    lake.client("glue").create_database(DatabaseInput={"Name": "shop"})
    lake.put("clients/part.csv", CLIENTS.encode())
    lake.table(
        "clients",
        [(name, "string") for name in ("age", "job", "balance", "opened")],
        "s3://lake/clients/",
        CSV,
        Parameters={"skip.header.line.count": "1"},
    )
    _sales(lake)
    return lake


def _sales(lake: Lake) -> None:
    schema = pa.schema(
        [
            ("id", pa.int64()),
            ("qty", pa.int32()),
            ("price", pa.float64()),
            ("amount", pa.decimal128(10, 2)),
            ("day", pa.date32()),
            ("tags", pa.list_(pa.string())),
        ]
    )
    types = [
        ("id", "bigint"),
        ("qty", "int"),
        ("price", "double"),
        ("amount", "decimal(10,2)"),
        ("day", "date"),
        ("tags", "array<string>"),
    ]
    lake.table("sales", types, "s3://lake/sales/", PARQUET, PartitionKeys=[{"Name": "country", "Type": "string"}])
    for country, rows in {"de": SALES[:2], "fr": SALES[2:]}.items():
        columns = {name: pa.array([row[name] for row in rows]).cast(schema.field(name).type) for name in schema.names}
        body = io.BytesIO()
        pq.write_table(pa.table(columns, schema=schema), body)
        lake.put(f"sales/country={country}/part.parquet", body.getvalue())
        lake.client("glue").create_partition(
            DatabaseName="shop",
            TableName="sales",
            PartitionInput={
                "Values": [country],
                "StorageDescriptor": {"Location": f"s3://lake/sales/country={country}/", **PARQUET},
            },
        )
