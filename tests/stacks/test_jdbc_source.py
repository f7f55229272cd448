"""A charter with tables of databases gets a connection and a job for each database, whose role reads just these."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from crispstack.charter import Charter, Column, Money, Source, Target
from crispstack.cli import node
from crispstack.errors import CrispError
from crispstack.jdbc_table import JdbcTable
from stacks import environment, packages
from stacks.constructs.jdbc_source import add_jdbc_sources
from stacks.environment import Connection, Environment
from stacks.storage import Storage
from tests.stacks.conftest import readable

COLUMNS = (Column("id", "integer"), Column("y", "boolean"))
CHARTER = Charter(
    "shop",
    "Which?",
    "Ada",
    (
        Source("clients", "", COLUMNS, format="jdbc", jdbc=JdbcTable("crm", "public.clients")),
        Source("orders", "", COLUMNS, format="jdbc", jdbc=JdbcTable("crm", "public.orders")),
        Source("visits", "visits.csv", COLUMNS),
    ),
    Target("y", "true"),
    Money("EUR", 10, -1),
)
URL = "jdbc:postgresql://db.example.com:5432/shop"
KEY = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888"
SUBNET, GROUP = "subnet-0123456789abcdef0", "sg-0123456789abcdef0"
FAR = Connection(URL, "shop/reader", KEY, subnet=SUBNET, security_group=GROUP, availability_zone="us-east-1a")


@pytest.fixture
def synthesize(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    os.environ.setdefault("JSII_NODE", str(node.node()))
    monkeypatch.setattr(packages, "BUILD", tmp_path / "packages")

    def template(charter: Charter, **connections: Connection) -> dict[str, Any]:
        target: Environment = dataclasses.replace(environment.load("local"), connections=connections)
        context = json.loads(Path("cdk.json").read_text())["context"]
        app = cdk.App(context=context, outdir=str(tmp_path / "cdk.out"), analytics_reporting=False)
        storage = Storage(app, "Storage", environment=target, charters=[])
        stack = cdk.Stack(app, "Project", env=cdk.Environment(account=target.account, region=target.region))
        add_jdbc_sources(stack, environment=target, charter=charter, storage=storage, workgroup_name="lake")
        found: dict[str, Any] = app.synth().get_stack_by_name("Project").template.get("Resources", {})
        return found

    return template


def of_type(resources: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [body["Properties"] for body in resources.values() if body["Type"] == kind]


def allowed(resources: dict[str, Any]) -> dict[str, list[str]]:
    """What the role may do, and on which resources."""
    found: dict[str, list[str]] = {}
    for policy in of_type(resources, "AWS::IAM::Policy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            actions, on = statement["Action"], statement["Resource"]
            for action in actions if isinstance(actions, list) else [actions]:
                where = [readable(each) for each in (on if isinstance(on, list) else [on])]
                found.setdefault(action, []).extend(where)
    return found


def test_one_connection_enforces_tls_and_one_job_reads_all_its_tables(
    synthesize: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "authority.pem").write_text("PEM")
    resources = synthesize(CHARTER, crm=dataclasses.replace(FAR, certificate=str(tmp_path / "authority.pem")))
    (connection,) = of_type(resources, "AWS::Glue::Connection")
    given = connection["ConnectionInput"]
    assert (given["Name"], given["ConnectionType"]) == ("crispstack-local-shop-crm", "JDBC")
    properties = given["ConnectionProperties"]
    certificate = readable(properties.pop("CUSTOM_JDBC_CERT"))
    assert certificate.endswith(".pem")
    assert properties == {"JDBC_CONNECTION_URL": URL, "JDBC_ENFORCE_SSL": "true", "SECRET_ID": "shop/reader"}
    assert given["PhysicalConnectionRequirements"] == {
        "AvailabilityZone": "us-east-1a", "SecurityGroupIdList": [GROUP], "SubnetId": SUBNET
    }  # fmt: skip
    (job,) = of_type(resources, "AWS::Glue::Job")
    assert (job["Name"], job["Connections"]) == (given["Name"], {"Connections": [given["Name"]]})
    assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 1}
    assert job["DefaultArguments"]["--sources"] == "clients,orders"
    (security,) = of_type(resources, "AWS::Glue::SecurityConfiguration")
    (s3,) = security["EncryptionConfiguration"]["S3Encryptions"]
    assert s3["S3EncryptionMode"] == "SSE-KMS"
    assert "DataKey" in json.dumps(s3["KmsKeyArn"])
    assert job["SecurityConfiguration"] in [
        {"Ref": name} for name, body in resources.items() if body["Type"] == "AWS::Glue::SecurityConfiguration"
    ]


def test_the_role_reads_this_secret_and_writes_these_sources_alone(synthesize: Callable[..., dict[str, Any]]) -> None:
    may = allowed(synthesize(CHARTER, crm=FAR))
    secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/reader-??????"
    assert may["secretsmanager:GetSecretValue"] == [secret]
    assert may["glue:GetConnection"][1].endswith(":connection/crispstack-local-shop-crm")
    assert KEY in may["kms:Decrypt"]
    keys = {resource.partition("/")[2] for resource in may["s3:PutObject"]}
    assert keys == {
        "shop/_staging/clients/*", "shop/_staging/orders/*", "shop/clients/version=*", "shop/orders/version=*",
        "shop/clients.json*", "shop/orders.json*", "athena/*",
    }  # fmt: skip
    assert {resource.partition("/")[2] for resource in may["s3:DeleteObject"]} == {
        "shop/_staging/clients/*",
        "shop/_staging/orders/*",
    }
    updated = {resource.rpartition("/")[2] for resource in may["glue:UpdateTable"] if ":table/" in resource}
    assert updated == {"shop_clients", "shop_orders"}
    partitioned = {
        resource.rpartition("/")[2] for resource in may["glue:BatchCreatePartition"] if ":table/" in resource
    }
    assert partitioned == {"shop_clients_versions", "shop_orders_versions"}
    interfaces = "arn:aws:ec2:us-east-1:123456789012:network-interface/*"
    assert may["ec2:DeleteNetworkInterface"] == [interfaces]
    assert {resource.rpartition("/")[2] for resource in may["ec2:CreateNetworkInterface"]} == {"*", SUBNET, GROUP}
    assert {action for action, on in may.items() if "*" in on} == {
        action for action in may if action.startswith("ec2:Describe")
    }
    assert not [action for action in may if "*" in action]


def test_a_connection_without_a_subnet_needs_no_network_and_no_key(synthesize: Callable[..., dict[str, Any]]) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:reader-AbCdEf"
    resources = synthesize(CHARTER, crm=Connection(URL, arn))
    (connection,) = of_type(resources, "AWS::Glue::Connection")
    assert "PhysicalConnectionRequirements" not in connection["ConnectionInput"]
    may = allowed(resources)
    assert may["secretsmanager:GetSecretValue"] == [arn]
    assert not [action for action in may if action.startswith("ec2:")]


def test_without_a_table_of_a_database_nothing_is_added() -> None:
    stack: Any = object()
    files = dataclasses.replace(CHARTER, sources=CHARTER.sources[2:])
    add_jdbc_sources(
        stack, environment=environment.load("local"), charter=files, storage=stack, workgroup_name="lake"
    )  # adding anything to it would raise


def test_a_connection_that_the_environment_lacks_is_named(synthesize: Callable[..., dict[str, Any]]) -> None:
    with pytest.raises(
        CrispError, match=r"^local\.toml: there is no \[connections\.crm\], which source clients of shop"
    ):
        synthesize(CHARTER)
