"""Glue connections: a job reads a real PostgreSQL through one, with the secret it names; what is missing fails it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator import clients
from emulator.services.glue import connections
from emulator.settings import Settings
from tests.emulator.event_wiring import allow, role, until
from tests.jobs import postgresql

BUCKET = "connected"
SCRIPT = """
import json, sys
import boto3
from pyspark.sql import SparkSession

name = sys.argv[sys.argv.index("--connection") + 1]
found = boto3.client("glue").get_connection(Name=name)["Connection"]["ConnectionProperties"]
secret = json.loads(boto3.client("secretsmanager").get_secret_value(SecretId=found["SECRET_ID"])["SecretString"])
spark = SparkSession.builder.getOrCreate()
read = spark.read.format("jdbc").options(
    url=found["JDBC_CONNECTION_URL"], user=secret["username"], password=secret["password"], sslmode="require",
    sslfactory="org.postgresql.ssl.NonValidatingFactory", driver="org.postgresql.Driver",
)
rows = read.option("query", "SELECT sum(n) AS total, count(*) AS n FROM generate_series(1, 10) AS n").load()
print(rows.collect()[0].asDict())
"""


@pytest.fixture(scope="module", autouse=True)
def account(emulator: Settings) -> None:
    clients.client("s3").create_bucket(Bucket=BUCKET)
    clients.client("s3").put_object(Bucket=BUCKET, Key="read.py", Body=SCRIPT.encode())
    secret = clients.client("secretsmanager").create_secret(
        Name="crm", SecretString=json.dumps({"username": postgresql.USER, "password": postgresql.PASSWORD})
    )["ARN"]
    granted = [allow("logs:*", "*"), allow(["s3:GetObject"], f"arn:aws:s3:::{BUCKET}/*")]
    connection = "arn:aws:glue:us-east-1:123456789012:connection/crm"
    catalog = "arn:aws:glue:us-east-1:123456789012:catalog"
    role("stranger", "glue", *granted)
    role(
        "customer",
        "glue",
        *granted,
        allow("glue:GetConnection", [catalog, connection, f"{connection}-mysql"]),
        allow("secretsmanager:GetSecretValue", secret),
    )


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Iterator[Callable[..., dict[str, Any]]]:
    glue, made = clients.client("glue"), list[str]()

    def job(connection: str, as_role: str = "customer") -> dict[str, Any]:
        name = f"{request.node.name}-{len(made)}"
        glue.create_job(
            Name=name,
            Role=as_role,
            GlueVersion="5.1",
            Command={"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/read.py", "PythonVersion": "3"},
            DefaultArguments={"--connection": connection},
            Connections={"Connections": [connection]},
        )
        made.append(name)
        started = glue.start_job_run(JobName=name)["JobRunId"]

        def ended() -> dict[str, Any]:
            found: dict[str, Any] = glue.get_job_run(JobName=name, RunId=started)["JobRun"]
            return found if found["JobRunState"] in ("SUCCEEDED", "FAILED") else {}

        found: dict[str, Any] = until(ended, 240)
        return found

    yield job
    for name in made:
        glue.delete_job(JobName=name)


@pytest.fixture
def connect() -> Iterator[Callable[..., str]]:
    glue, made = clients.client("glue"), list[str]()

    def create(name: str, kind: str = "JDBC", **properties: str) -> str:
        glue.create_connection(
            ConnectionInput={"Name": name, "ConnectionType": kind, "ConnectionProperties": properties}
        )
        made.append(name)
        return name

    yield create
    for name in made:
        glue.delete_connection(ConnectionName=name)


@pytest.mark.skipif(postgresql.binaries() is None, reason="PostgreSQL is not installed: Debian's postgresql")
@pytest.mark.skipif(not postgresql.DRIVER.is_file(), reason="no JDBC driver: Debian's libpostgresql-jdbc-java")
def test_a_job_reads_a_database_through_its_connection_and_secret(
    run: Callable[..., dict[str, Any]], connect: Callable[..., str]
) -> None:
    with postgresql.server() as database:
        found = run(connect("crm", JDBC_CONNECTION_URL=database.url, JDBC_ENFORCE_SSL="true", SECRET_ID="crm"))
    assert (found["JobRunState"], found.get("ErrorMessage")) == ("SUCCEEDED", None)
    events = clients.client("logs").get_log_events(logGroupName="/aws-glue/jobs/output", logStreamName=found["Id"])
    assert [event["message"] for event in events["events"]] == ["{'total': 55, 'n': 10}"]


def test_a_connection_that_is_missing_or_forbidden_fails_the_run_before_its_script(
    run: Callable[..., dict[str, Any]], connect: Callable[..., str]
) -> None:
    found = run("crm")
    assert found["JobRunState"] == "FAILED"
    assert found["ErrorMessage"].startswith("LAUNCH ERROR | Connection crm: ")
    assert "EntityNotFoundException" in found["ErrorMessage"]
    connect("crm", JDBC_CONNECTION_URL="jdbc:postgresql://localhost:1/shop", JDBC_ENFORCE_SSL="true", SECRET_ID="crm")
    found = run("crm", "stranger")
    assert "AccessDenied" in found["ErrorMessage"]
    assert "glue:GetConnection" in found["ErrorMessage"]


def test_databases_without_a_driver_here_are_refused_by_name(
    run: Callable[..., dict[str, Any]], connect: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run(connect("crm-mysql", JDBC_CONNECTION_URL="jdbc:mysql://localhost:1/shop", SECRET_ID="crm"))
    assert "crm-mysql of type JDBC to mysql is not supported by this emulator" in found["ErrorMessage"]
    connect("crm", JDBC_CONNECTION_URL="jdbc:postgresql://localhost:1/shop", SECRET_ID="crm")
    monkeypatch.setitem(connections._DRIVERS, "postgresql", "none.jar")
    assert "install libpostgresql-jdbc-java" in run("crm")["ErrorMessage"]
