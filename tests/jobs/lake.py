"""A lake on an emulator of its own: the raw tables of projects as their stacks declare them, and Athena over them."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aws_cdk as cdk
import boto3
import pytest
from aws_cdk.assertions import Template

from crispstack.aws import artifact_store, queries
from crispstack.aws.collection import Lake
from crispstack.charter import Charter
from emulator.settings import Settings
from stacks.constructs.raw_tables import RawTables

LAKE = Lake("raw", "lake", "lake")
_CACHED = (artifact_store.s3, queries.athena)


@contextlib.contextmanager
def lake(port: int, state: Path, charters: Sequence[Charter]) -> Iterator[Lake]:
    """Start the emulator, let this process's clients find it, and create what the charters' stacks would."""
    settings = Settings(port=port, state=state)
    command = [sys.executable, "-m", "emulator", "--port", str(port), "--state", str(state)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process,
        pytest.MonkeyPatch.context() as patch,
    ):
        try:
            assert process.stdout
            assert "ready" in process.stdout.readline()
            for name, value in {
                "AWS_ENDPOINT_URL": settings.endpoint,
                "AWS_ACCESS_KEY_ID": settings.access_key,
                "AWS_SECRET_ACCESS_KEY": settings.secret_key,
                "AWS_DEFAULT_REGION": settings.region,
            }.items():
                patch.setenv(name, value)
            # The session of other tests keeps the keys that it once found.
            patch.setattr(boto3, "DEFAULT_SESSION", None)
            for cached in _CACHED:
                cached.cache_clear()
            create(charters)
            yield LAKE
            for cached in _CACHED:
                cached().close()
                cached.cache_clear()
        finally:
            process.terminate()


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
