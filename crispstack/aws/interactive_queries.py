"""Queries that a person waits for: started, watched, cancelled; their results with types, as rows or as a file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from crispstack.aws.artifact_store import s3, split_uri
from crispstack.aws.queries import athena
from crispstack.errors import QueryError

_POLL_SECONDS = 0.2
_CHUNK = 1 << 20
_PAGE = 1000
"""Rows that Athena gives at once, at most."""


@dataclass(frozen=True)
class Finished:
    """A query that succeeded. `rows_as_file` says whether its result lies in S3 as CSV with a header."""

    query_id: str
    bytes_scanned: int
    seconds: float
    uri: str
    rows_as_file: bool


@dataclass(frozen=True)
class Rows:
    """Columns (name and Athena's type), values as Athena writes them (None for null), and whether more follow."""

    columns: tuple[tuple[str, str], ...]
    values: tuple[tuple[str | None, ...], ...]
    more: bool


def run(sql: str, database: str, workgroup: str, watch: Callable[[float, int], None]) -> Finished:
    """Run a statement and wait for its end. An interrupt (Ctrl-C) cancels it in Athena, too.

    Args:
        sql: one statement.
        database: where tables without a database are looked for.
        workgroup: where it runs.
        watch: told, again and again, for how many seconds it has run and how many bytes it has read.

    Raises:
        QueryError: Athena does not take it, or it failed; the message is Athena's own.
        KeyboardInterrupt: it was interrupted, and is cancelled.
    """
    try:
        started = athena().start_query_execution(
            QueryString=sql, QueryExecutionContext={"Database": database}, WorkGroup=workgroup
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidRequestException":
            raise
        raise QueryError(str(error.response["Error"]["Message"])) from error
    query_id: str = started["QueryExecutionId"]
    begun = time.monotonic()
    try:
        while (execution := _execution(query_id))["Status"]["State"] in ("QUEUED", "RUNNING"):
            watch(time.monotonic() - begun, _bytes(execution))
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        athena().stop_query_execution(QueryExecutionId=query_id)
        raise
    status = execution["Status"]
    if status["State"] != "SUCCEEDED":
        raise QueryError(str(status.get("StateChangeReason") or f"the query was {status['State'].lower()}"))
    is_file = execution.get("StatementType") == "DML"
    uri = execution["ResultConfiguration"]["OutputLocation"]
    return Finished(query_id, _bytes(execution), time.monotonic() - begun, uri, is_file)


def rows(finished: Finished, limit: int) -> Rows:
    """The first rows of the result, `limit` at most."""
    columns: tuple[tuple[str, str], ...] = ()
    values: list[tuple[str | None, ...]] = []
    # The first row repeats the names where the result is a file; one more tells whether there are more.
    wanted = limit + 1 + finished.rows_as_file
    pages = (
        athena()
        .get_paginator("get_query_results")
        .paginate(
            QueryExecutionId=finished.query_id, PaginationConfig={"MaxItems": wanted, "PageSize": min(wanted, _PAGE)}
        )
    )
    for page in pages:
        info = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        columns = columns or tuple((column["Name"], _type(column)) for column in info)
        for row in page["ResultSet"]["Rows"]:
            cells = [cell.get("VarCharValue") for cell in row["Data"]]
            values.append((*cells, *[None] * (len(columns) - len(cells))))
    values = values[1:] if finished.rows_as_file else values
    return Rows(columns, tuple(values[:limit]), len(values) > limit)


def content(finished: Finished) -> Iterator[bytes]:
    """The result's file: CSV in UTF-8 with a header, every value quoted, null as nothing."""
    bucket, key = split_uri(finished.uri)
    yield from s3().get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(_CHUNK)


def named_queries(workgroup: str, project: str) -> dict[str, dict[str, str]]:
    """The project's named queries: by name, without the project's, what Athena knows of each."""
    ids: list[str] = []
    for page in athena().get_paginator("list_named_queries").paginate(WorkGroup=workgroup):
        ids += page["NamedQueryIds"]
    found: list[dict[str, str]] = []
    for start in range(0, len(ids), 50):
        found += athena().batch_get_named_query(NamedQueryIds=ids[start : start + 50])["NamedQueries"]
    prefix = f"{project}-"
    return {each["Name"].removeprefix(prefix): each for each in found if each["Name"].startswith(prefix)}


def tables(database: str) -> dict[str, list[str]]:
    """The columns of every table and view of the database."""
    import boto3  # noqa: PLC0415 (only to explain an error)

    found: dict[str, list[str]] = {}
    for page in boto3.client("glue").get_paginator("get_tables").paginate(DatabaseName=database):
        for table in page["TableList"]:
            described = [*table.get("StorageDescriptor", {}).get("Columns", []), *table.get("PartitionKeys", [])]
            found[table["Name"]] = [column["Name"] for column in described]
    return found


def _execution(query_id: str) -> dict[str, Any]:
    execution: dict[str, Any] = athena().get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
    return execution


def _type(column: dict[str, Any]) -> str:
    """The type with what Athena tells beside it: the digits of a decimal."""
    kind: str = column["Type"]
    return f"{kind}({column['Precision']},{column['Scale']})" if kind == "decimal" else kind


def _bytes(execution: dict[str, Any]) -> int:
    return int(execution.get("Statistics", {}).get("DataScannedInBytes", 0))
