"""Athena queries: started and waited for, and the results of those that have ended."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from typing import Any

import boto3

from crispstack.errors import ArtifactError

_POLL_SECONDS = 0.2


@functools.cache
def athena() -> Any:
    """The Athena client of this process."""
    return boto3.client("athena")


@dataclass(frozen=True)
class QueryResult:
    """What a query returned: rows from column name to text (None for null), and the bytes it read."""

    rows: tuple[dict[str, str | None], ...]
    bytes_scanned: int


def run(sql: str, workgroup: str) -> QueryResult:
    """Run a statement in a workgroup and wait for its result.

    Raises:
        ArtifactError: the query did not succeed; the message holds Athena's reason.
    """
    query_id = athena().start_query_execution(QueryString=sql, WorkGroup=workgroup)["QueryExecutionId"]
    while _execution(query_id)["Status"]["State"] in ("QUEUED", "RUNNING"):
        time.sleep(_POLL_SECONDS)
    return result(query_id)


def result_uri(query_id: str) -> str:
    """URI of the result of a query that succeeded: CSV with a header, every value quoted, null as nothing.

    Raises:
        ArtifactError: the query did not succeed; the message holds Athena's reason.
    """
    uri: str = _succeeded(query_id)["ResultConfiguration"]["OutputLocation"]
    return uri


def result(query_id: str) -> QueryResult:
    """The result of a query that succeeded.

    Raises:
        ArtifactError: the query did not succeed; the message holds Athena's reason.
    """
    execution = _succeeded(query_id)
    rows: list[dict[str, str | None]] = []
    names: list[str] = []
    for page in athena().get_paginator("get_query_results").paginate(QueryExecutionId=query_id):
        cells = [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
        if not names:
            # The first row of the first page repeats the columns' names.
            names = [column["Name"] for column in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]]
            cells = cells[1:]
        rows += (dict(zip(names, row, strict=True)) for row in cells)
    return QueryResult(tuple(rows), execution.get("Statistics", {}).get("DataScannedInBytes", 0))


def _succeeded(query_id: str) -> dict[str, Any]:
    execution = _execution(query_id)
    status = execution["Status"]
    if status["State"] != "SUCCEEDED":
        reason = status.get("StateChangeReason", "no reason given")
        raise ArtifactError(f"query {query_id} is {status['State']}: {reason}")
    return execution


def _execution(query_id: str) -> dict[str, Any]:
    execution: dict[str, Any] = athena().get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
    return execution
