"""A lake on an emulator of its own: the raw tables of projects as their stacks declare them, and Athena over them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aws_cdk as cdk
import boto3
from aws_cdk.assertions import Template

from crispstack.aws import artifact_store, queries
from crispstack.aws.collection import Lake
from crispstack.charter import Charter
from stacks.constructs.raw_tables import RawTables
from tests.jobs.account import own_account

LAKE = Lake("raw", "lake", "lake")


@contextlib.contextmanager
def lake(state: Path, charters: Sequence[Charter]) -> Iterator[Lake]:
    """An account of one's own in which what the charters' stacks would create is there."""
    with own_account(state):
        create(charters)
        yield LAKE


def create(charters: Sequence[Charter]) -> None:
    for bucket in ("raw", "results"):
        artifact_store.s3().create_bucket(Bucket=bucket)
    location = {"ResultConfiguration": {"OutputLocation": "s3://results/"}}
    queries.athena().create_work_group(Name=LAKE.workgroup, Configuration=location)
    glue = boto3.client("glue")
    glue.create_database(DatabaseInput={"Name": LAKE.database})
    for charter in charters:
        for table in declared(charter):
            glue.create_table(DatabaseName=LAKE.database, TableInput=table)
    glue.close()


def declared(charter: Charter) -> list[dict[str, Any]]:
    """The tables as CloudFormation would create them."""
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Project")
    storage: Any = SimpleNamespace(database_name=LAKE.database, raw=SimpleNamespace(bucket_name=LAKE.raw_bucket))
    RawTables(stack, "RawTables", charter=charter, storage=storage)
    found = Template.from_stack(stack).find_resources("AWS::Glue::Table")
    return [each["Properties"]["TableInput"] for each in found.values()]


def execute(statement: str) -> str:
    """Run a statement to its end; its id."""
    started = queries.athena().start_query_execution(QueryString=statement, WorkGroup=LAKE.workgroup)
    query_id: str = started["QueryExecutionId"]
    while (
        queries.athena().get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]["State"]
        not in ("SUCCEEDED", "FAILED")
    ):  # fmt: skip
        time.sleep(0.1)
    return query_id
