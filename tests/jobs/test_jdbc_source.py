"""A table of a real PostgreSQL becomes versions, by the connection, job and role that a project's stack declares."""

from __future__ import annotations

import dataclasses
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aws_cdk as cdk
import boto3
import pytest
from rich.console import Console

from crispstack.aws import artifact_store, queries, raw_data
from crispstack.charter import Charter, Column, Money, Source, Target
from crispstack.cli import data_collect, node
from crispstack.data_understanding import raw_table
from crispstack.errors import CrispError
from crispstack.jdbc_table import JdbcTable
from stacks import environment
from stacks.constructs.jdbc_source import add_jdbc_sources
from stacks.constructs.raw_tables import RawTables
from stacks.environment import Connection, Environment
from stacks.storage import Storage
from tests.jobs import postgresql
from tests.jobs.account import own_account
from tests.jobs.lake import execute
from tests.jobs.postgresql import PASSWORD, USER, Server

pytestmark = [
    pytest.mark.skipif(postgresql.binaries() is None, reason="PostgreSQL is not installed: Debian's postgresql"),
    pytest.mark.skipif(not postgresql.DRIVER.is_file(), reason="no JDBC driver: Debian's libpostgresql-jdbc-java"),
    # Three Spark jobs, each with a virtual machine of its own.
    pytest.mark.timeout(900),
]

CHARTER = Charter(
    name="shop",
    question="Which?",
    owner="Somebody",
    sources=(
        Source(
            "clients",
            columns=(
                Column("id", "integer"),
                Column("spent", "number"),
                Column("since", "date"),
                Column("y", "boolean"),
            ),
            format="jdbc",
            jdbc=JdbcTable("crm", "public.clients", "id", 2),
            owner="Sales",
        ),
        Source("orders", columns=(Column("id", "integer"),), format="jdbc", jdbc=JdbcTable("crm", "public.orders")),
    ),
    target=Target("y", "true"),
    money=Money("EUR", 10, -1),
)
TABLE = """
CREATE TABLE clients (id bigint PRIMARY KEY, spent numeric(10, 2), since date, y boolean, unread text);
INSERT INTO clients VALUES
  (1, 12.50, '2024-02-29', true, 'x'), (2, NULL, NULL, false, 'x'), (3, -0.25, '1999-12-31', NULL, 'x');
CREATE TABLE orders AS SELECT n AS id FROM generate_series(1, 5) AS n;
GRANT SELECT ON clients, orders TO reader;
"""
ROWS = [["1", "1.25E1", "2024-02-29", "true"], ["2", "", "", "false"], ["3", "-2.5E-1", "1999-12-31", ""]]


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    with postgresql.server() as server:
        server.run(TABLE)
        yield server


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with own_account(tmp_path_factory.mktemp("emulator")):
        yield


@pytest.fixture(scope="module")
def deployed(account: None, database: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[Environment, str]:
    """The stacks with the connection to the database, deployed; the environment and its raw bucket."""
    os.environ.setdefault("JSII_NODE", str(node.node()))
    folder = tmp_path_factory.mktemp("deployed")
    (folder / "authority.pem").write_text(database.certificate)
    crm = Connection(database.url, "crm-reader", certificate=str(folder / "authority.pem"))
    target = dataclasses.replace(environment.load("local"), connections={"crm": crm})
    app = cdk.App(
        context=json.loads(Path("cdk.json").read_text())["context"],
        outdir=str(folder / "cdk.out"),
        analytics_reporting=False,
        default_stack_synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
    )
    storage = Storage(app, "Storage", environment=target, charters=[])
    project = cdk.Stack(app, "Project", env=cdk.Environment(account=target.account, region=target.region))
    RawTables(project, "RawTables", charter=CHARTER, storage=storage)
    add_jdbc_sources(project, environment=target, charter=CHARTER, storage=storage, workgroup_name="lake")
    assembly = app.synth()
    _upload_assets(Path(assembly.directory))
    _secret(PASSWORD)
    for stack in (storage, project):
        _create(stack.stack_name, assembly.get_stack_by_name(stack.stack_name).template)
    buckets = {output["OutputKey"]: output["OutputValue"] for output in _outputs(storage.stack_name)}
    location = {"OutputLocation": f"s3://{buckets['QueryResultsBucketName']}/athena/"}
    queries.athena().create_work_group(Name="lake", Configuration={"ResultConfiguration": location})
    return target, buckets["RawBucketName"]


def _upload_assets(assembly: Path) -> None:
    s3 = artifact_store.s3()
    for manifest in assembly.glob("*.assets.json"):
        for asset in json.loads(manifest.read_text())["files"].values():
            for place in asset["destinations"].values():
                s3.create_bucket(Bucket=place["bucketName"])
                s3.upload_file(str(assembly / asset["source"]["path"]), place["bucketName"], place["objectKey"])


def _secret(password: str) -> None:
    client, content = boto3.client("secretsmanager"), json.dumps({"username": USER, "password": password})
    if client.list_secrets()["SecretList"]:
        client.put_secret_value(SecretId="crm-reader", SecretString=content)
    else:
        client.create_secret(Name="crm-reader", SecretString=content)
    client.close()


def _create(name: str, template: dict[str, Any]) -> None:
    client = boto3.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
    client.close()


def _outputs(stack: str) -> list[dict[str, str]]:
    client = boto3.client("cloudformation")
    found: list[dict[str, str]] = client.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    client.close()
    return found


def collected(deployed: tuple[Environment, str], charter: Charter = CHARTER) -> list[dict[str, Any]]:
    target, bucket = deployed
    session: Any = SimpleNamespace(
        environment=target, console=Console(file=io.StringIO()), say=lambda text: None, answer=lambda data: None
    )
    return data_collect.collect_tables(session, bucket, charter, [source.name for source in charter.sources])


def objects(bucket: str, prefix: str = "") -> dict[str, tuple[str, str]]:
    """ETag and version of every object."""
    found = artifact_store.s3().list_object_versions(Bucket=bucket, Prefix=prefix).get("Versions", [])
    return {each["Key"]: (each["ETag"], each["VersionId"]) for each in found if each["IsLatest"]}


def rows_of_the_view() -> list[list[str]]:
    """What people see in Athena, as text."""
    columns = ", ".join(f"coalesce(CAST({column.name} AS varchar), '')" for column in CHARTER.source.columns)
    view = raw_table.view_name(CHARTER, CHARTER.source)
    query = execute(f"SELECT {columns} FROM crispstack_local.{view} ORDER BY id")  # noqa: S608 (names of ours)
    found = queries.athena().get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
    return [[cell.get("VarCharValue", "") for cell in row["Data"]] for row in found[1:]]


def keys_of(version: dict[str, Any]) -> set[str]:
    prefix = f"shop/{version['name']}/version={version['version']}/"
    return {prefix + name for name in ("_manifest.json", *(file["name"] for file in version["files"]))}


def test_tables_become_versions_that_never_change(deployed: tuple[Environment, str], database: Server) -> None:
    _, bucket = deployed
    clients, orders = collected(deployed)
    assert (clients["changed"], clients["rows"], clients["format"], clients["owner"]) == (True, 3, "jdbc", "Sales")
    assert (orders["changed"], orders["rows"]) == (True, 5)
    assert clients["uri"] == f"s3://{bucket}/shop/clients/version={clients['version']}/"
    assert [file["name"] for file in clients["files"]] == ["part-00000.parquet", "part-00001.parquet"]
    kept = objects(bucket)
    # Nothing of the staging is left.
    assert set(kept) == keys_of(clients) | keys_of(orders) | {"shop/clients.json", "shop/orders.json"}
    assert rows_of_the_view() == ROWS
    # A run takes them for what was collected.
    versions = {"clients": clients["version"], "orders": orders["version"]}
    assert raw_data.collection(bucket, CHARTER, ()).versions == versions

    database.run("UPDATE clients SET spent = 12.75 WHERE id = 1; UPDATE orders SET id = id")
    changed, unchanged = collected(deployed)
    assert changed["changed"]
    assert changed["version"] != clients["version"]
    assert rows_of_the_view()[0] == ["1", "1.275E1", "2024-02-29", "true"]
    assert unchanged == {**orders, "changed": False}
    now = objects(bucket)
    assert set(now) == set(kept) | keys_of(changed)
    assert {key for key in kept if now[key] != kept[key]} == {"shop/clients.json"}

    _secret("wrong-word")
    with pytest.raises(CrispError) as raised:
        collected(deployed)
    said = str(raised.value)
    assert said.startswith(
        "collecting clients, orders of shop failed: table public.clients of connection crm: FATAL: password "
        'authentication failed for user "reader" (SQL state 28P01); correct user and password in the connection\'s '
        "secret\n"
    )
    assert "wrong-word" not in said
    assert objects(bucket) == now


def test_a_charter_that_was_changed_since_is_not_collected_silently(deployed: tuple[Environment, str]) -> None:
    source = dataclasses.replace(CHARTER.source, columns=CHARTER.source.columns[1:])
    with pytest.raises(CrispError, match=r"says of clients has changed since the last deploy; run `crisp deploy`"):
        collected(deployed, dataclasses.replace(CHARTER, sources=(source,)))
    with pytest.raises(CrispError, match=r"there is no job crispstack-local-other-crm; run `crisp deploy`"):
        collected(deployed, dataclasses.replace(CHARTER, name="other"))
