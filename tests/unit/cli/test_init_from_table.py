"""A charter is drafted from a table of the Glue catalog, through Athena; and what cannot be read is told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner
from moto import mock_aws

from crispstack.aws import catalog_table, interactive_queries, outputs
from crispstack.business_understanding.charter_file import load_project
from crispstack.cli.commands import cli
from crispstack.errors import CrispError

COLUMNS = [
    {"Name": "id", "Type": "bigint"},
    {"Name": "spent", "Type": "decimal(10,2)", "Comment": "In euros"},
    {"Name": "tags", "Type": "array<string>"},
    {"Name": "churned", "Type": "string"},
    {"Name": "_row", "Type": "int"},
]
FINISHED = interactive_queries.Finished("q1", 10, 0.1, "s3://results/q1.csv", rows_as_file=True)
TYPES = (("id", "bigint"), ("spent", "double"), ("churned", "varchar"), ("row", "integer"), ("day", "date"))
CSV = '"id","spent","churned","row","day"\n' + "".join(
    f'"{number}","{number / 4}","{"yes" if number % 3 else "no"}","{number}","2024-01-{1 + number % 28:02}"\n'
    for number in range(90)
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    before = dict(os.environ)
    monkeypatch.chdir(tmp_path)
    for folder in ("environments", "projects"):
        (tmp_path / folder).mkdir()
    text = 'name = "dev"\naccount = "123456789012"\nregion = "us-east-1"\n'
    (tmp_path / "environments" / "dev.toml").write_text(text)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        glue = boto3.client("glue", region_name="us-east-1")
        glue.create_database(DatabaseInput={"Name": "sales"})
        table = {
            "Name": "customers",
            "StorageDescriptor": {"Columns": COLUMNS},
            "PartitionKeys": [{"Name": "day", "Type": "date"}],
        }
        glue.create_table(DatabaseName="sales", TableInput=table)
        nested = {"Name": "nested", "StorageDescriptor": {"Columns": [{"Name": "tags", "Type": "map<string,int>"}]}}
        glue.create_table(DatabaseName="sales", TableInput=nested)
        yield tmp_path
    os.environ.clear()
    os.environ.update(before)  # commands enter their environment


def test_rows_are_read_through_athena_and_become_a_file_of_the_project(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str, str]] = []

    def run(sql: str, database: str, workgroup: str, watch: Any) -> interactive_queries.Finished:
        asked.append((sql, database, workgroup))
        return FINISHED

    platform = outputs.Platform("raw", "artifacts", "machine", "crisp", "people")
    monkeypatch.setattr(outputs, "platform", lambda _: platform)
    monkeypatch.setattr(interactive_queries, "run", run)
    monkeypatch.setattr(interactive_queries, "rows", lambda *_: interactive_queries.Rows(TYPES, (), more=False))
    monkeypatch.setattr(interactive_queries, "content", lambda _: iter([CSV.encode()]))
    result = CliRunner().invoke(cli, ["init", "churn", "--table", "sales.customers", "--env", "dev"])
    assert result.exit_code == 0, result.output
    sql = 'SELECT "id", CAST("spent" AS double) AS "spent", "churned", "_row" AS "row", "day" FROM "sales"."customers"'
    assert asked == [(sql, "sales", "people")]
    assert [each.name for each in (root / "projects").iterdir()] == ["churn"], "nothing else is left"
    assert "left out tags: a array<string> is no plain value" in result.stdout
    text = (root / "projects/churn/charter.yaml").read_text()
    for key in ("question", "owner", "currency"):
        text = text.replace(f'{key}: ""', f"{key}: given")
    text = text.replace("true_positive: 0", "true_positive: 9").replace("false_positive: 0", "false_positive: -1")
    (root / "projects/churn/charter.yaml").write_text(text)
    source = load_project(root / "projects/churn/charter.yaml").source
    assert (source.format, source.file) == ("parquet", "customers.parquet")
    assert source.origin.startswith("Table sales.customers of the Glue catalog, on 20")
    assert {column.name: (column.type, column.description) for column in source.columns} == {
        "id": ("integer", ""), "spent": ("number", "In euros"), "churned": ("boolean", ""), "row": ("integer", ""),
        "day": ("date", ""),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("sales.clients", "the catalog has no table sales.clients; sales has customers, nested"),
        ("sales.customer", "the catalog has no table sales.customer; did you mean 'customers'?"),
        ("shop.clients", "there is no database 'shop': name the table as <database>.<table>"),
        ("sales.nested", "sales.nested has no column of a plain type; flatten it in a view, and name that"),
    ],
)
def test_a_table_that_cannot_be_read_is_named(root: Path, table: str, told: str) -> None:
    with pytest.raises(CrispError) as caught:
        catalog_table.describe(table, "crisp")
    assert told in str(caught.value)
