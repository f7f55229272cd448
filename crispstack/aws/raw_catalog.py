"""Versions of sources in the Glue catalog: partitions of the raw table, and the view of the current version."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError

from crispstack.aws import queries
from crispstack.charter import Charter, Source
from crispstack.data_collection import CollectedSource
from crispstack.data_understanding import raw_table
from crispstack.errors import DataError

_BATCH = 100
_POLL_SECONDS = 0.2


def register(database: str, charter: Charter, source: Source, collected: CollectedSource) -> None:
    """Make the version's files partitions of the raw table; what is registered stays as it is.

    Raises:
        DataError: the project's raw table is not deployed, or Glue refuses a partition.
    """
    glue, name = boto3.client("glue"), raw_table.versions_name(charter, source)
    try:
        table = glue.get_table(DatabaseName=database, Name=name)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            raise
        raise DataError(f"there is no table {database}.{name}; deploy the project: `crisp deploy`") from error
    for batch in _batches(_partitions(table["StorageDescriptor"], collected)):
        answer = glue.batch_create_partition(DatabaseName=database, TableName=name, PartitionInputList=batch)
        for failed in answer.get("Errors", []):
            detail = failed["ErrorDetail"]
            if detail["ErrorCode"] != "AlreadyExistsException":
                values = "/".join(failed["PartitionValues"])
                raise DataError(f"Glue refused partition {values} of {database}.{name}: {detail}; run again")


def _partitions(descriptor: dict[str, Any], collected: CollectedSource) -> Iterator[dict[str, Any]]:
    folders = dict.fromkeys(file.name.rpartition("/")[0] for file in collected.files)
    for folder in folders:
        values = [part.partition("=")[2] for part in folder.split("/")] if folder else []
        location = f"{collected.uri}{folder}/" if folder else collected.uri
        yield {
            "Values": [collected.version, *values],
            "StorageDescriptor": {**descriptor, "Location": location},
        }


def _batches(partitions: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(itertools.islice(partitions, _BATCH)):
        yield batch


def point_view(database: str, workgroup: str, charter: Charter, source: Source, version: str) -> None:
    """Let the view ``<project>_<source>``, with which people query, show this version.

    Raises:
        ArtifactError: Athena refuses; the message holds its reason.
    """
    sql = raw_table.view_statement(database, charter, source, version)
    query_id = queries.athena().start_query_execution(QueryString=sql, WorkGroup=workgroup)["QueryExecutionId"]
    while _state(query_id) in ("QUEUED", "RUNNING"):
        time.sleep(_POLL_SECONDS)
    queries.result(query_id)


def _state(query_id: str) -> str:
    return str(queries.athena().get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]["State"])
