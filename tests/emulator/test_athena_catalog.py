"""Athena's own view of databases, tables and executions."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from emulator.services.athena.storage import Listed, Storage, StoredObject
from emulator.settings import Settings
from tests.emulator.athena_lake import SALES, Lake, opened


@pytest.fixture(scope="module")
def lake(emulator: Settings) -> Iterator[Lake]:
    with opened(emulator) as lake:
        yield lake


def test_databases_are_those_of_the_glue_catalog(lake: Lake) -> None:
    athena, glue = lake.client("athena"), lake.client("glue")
    glue.create_database(DatabaseInput={"Name": "annex", "Description": "made in Glue", "Parameters": {"a": "b"}})
    try:
        found = athena.get_database(CatalogName="AwsDataCatalog", DatabaseName="Annex")["Database"]
        assert found == {"Name": "annex", "Description": "made in Glue", "Parameters": {"a": "b"}}
        pages = athena.get_paginator("list_databases").paginate(
            CatalogName="AwsDataCatalog", PaginationConfig={"PageSize": 1}
        )
        names = [[database["Name"] for database in page["DatabaseList"]] for page in pages]
        assert {len(page) for page in names} == {1}
        assert names == sorted(names)
        assert [name for (name,) in names if name in ("annex", "shop")] == ["annex", "shop"]
    finally:
        glue.delete_database(Name="annex")
    with pytest.raises(ClientError) as caught:
        athena.get_database(CatalogName="AwsDataCatalog", DatabaseName="annex")
    assert caught.value.response["Error"]["Code"] == "MetadataException"
    assert "EntityNotFoundException" in str(caught.value)


def test_tables_are_those_of_the_glue_catalog(lake: Lake) -> None:
    athena, where = lake.client("athena"), {"CatalogName": "AwsDataCatalog", "DatabaseName": "shop"}
    found = athena.get_table_metadata(**where, TableName="clients")["TableMetadata"]
    assert [column["Name"] for column in found["Columns"]] == ["age", "job", "balance", "opened"]
    assert found["Parameters"] == {
        "skip.header.line.count": "1",
        "location": "s3://lake/clients/",
        "inputformat": "org.apache.hadoop.mapred.TextInputFormat",
        "outputformat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "serde.serialization.lib": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
        "serde.param.separatorChar": ";",
    }
    listed = athena.list_table_metadata(**where, Expression="s.*")["TableMetadataList"]
    assert [(table["Name"], table["PartitionKeys"]) for table in listed] == [
        ("sales", [{"Name": "country", "Type": "string"}])
    ]
    assert len(athena.list_table_metadata(**where)["TableMetadataList"]) == 2
    with pytest.raises(ClientError, match="other was not found"):
        athena.list_databases(CatalogName="other")


def test_metadata_is_read_with_the_callers_permissions(lake: Lake) -> None:
    iam = lake.client("iam")
    iam.create_user(UserName="reader")
    statement = {"Effect": "Allow", "Action": "athena:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="reader", PolicyName="athena", PolicyDocument=policy)
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    reader = Lake(lake.settings, key["AccessKeyId"], key["SecretAccessKey"])
    with pytest.raises(ClientError, match=r"MetadataException.*AccessDenied"):
        reader.client("athena").get_database(CatalogName="AwsDataCatalog", DatabaseName="shop")


def test_runtime_statistics_are_those_of_the_execution(lake: Lake) -> None:
    athena = lake.client("athena")
    execution = lake.execute("SELECT id, price FROM sales")
    location = execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://results/")
    size = lake.client("s3").head_object(Bucket="results", Key=location)["ContentLength"]
    found = athena.get_query_runtime_statistics(QueryExecutionId=execution["QueryExecutionId"])[
        "QueryRuntimeStatistics"
    ]
    scanned = execution["Statistics"]["DataScannedInBytes"]
    assert found["Rows"] == {"InputBytes": scanned, "OutputRows": len(SALES), "OutputBytes": size}
    times = found["Timeline"]
    assert 0 < times["QueryPlanningTimeInMillis"] <= times["EngineExecutionTimeInMillis"]
    assert times["EngineExecutionTimeInMillis"] <= times["TotalExecutionTimeInMillis"]
    assert {name: execution["Statistics"][name] for name in times} == times
    with pytest.raises(ClientError, match="was not found"):
        athena.get_query_runtime_statistics(QueryExecutionId="nonesuch")


def test_csv_escapes_are_resolved_as_opencsv_does(lake: Lake) -> None:
    lake.put("escaped/part.csv", b'"a \\"b\\" ; c","C:\\\\x ""q"""\nplain,one\\two\n')
    statement = (
        "CREATE EXTERNAL TABLE escaped{0} (a string, b string) ROW FORMAT SERDE "
        "'org.apache.hadoop.hive.serde2.OpenCSVSerde'{1} LOCATION 's3://lake/escaped/'"
    )
    lake.rows(statement.format("", ""))
    expected: list[list[str | None]] = [['a "b" ; c', 'C:\\x "q"'], ["plain", "onetwo"]]
    assert lake.rows("SELECT a, b FROM escaped") == expected
    assert lake.rows("SELECT a, b FROM escaped") == expected  # from what was rewritten before
    assert lake.rows('SELECT DISTINCT "$path" FROM escaped') == [["s3://lake/escaped/part.csv"]]
    lake.rows(statement.format("_same", " WITH SERDEPROPERTIES ('escapeChar' = '\"')"))
    assert lake.rows("SELECT a, b FROM escaped_same") == expected
    lake.put("escaped/part.csv", b'"say |"hi|" \\o/",x\n')
    lake.rows(statement.format("_bar", " WITH SERDEPROPERTIES ('escapeChar' = '|')"))
    assert lake.rows("SELECT a, b FROM escaped_bar") == [['say "hi" \\o/', "x"]]


def test_reverse_turns_code_points_around(lake: Lake) -> None:
    sql = (
        "SELECT reverse('e' || chr(769) || 'a'), reverse(''), reverse(CAST(NULL AS varchar)), reverse('ab' || chr(10))"
    )
    assert lake.rows(sql) == [["a\u0301e", "", None, "\nba"]]


def test_a_statement_asks_for_an_object_once_however_often_it_is_mentioned(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ask = Storage._fetch

    def noted(self: Storage, listed: Listed) -> StoredObject:
        asked.append(listed[0])
        return ask(self, listed)

    monkeypatch.setattr(Storage, "_fetch", noted)
    assert lake.rows("SELECT count(*) FROM sales a JOIN sales b ON a.id = b.id JOIN sales c ON c.id = b.id") == [["3"]]
    assert sorted(asked) == [f"s3://lake/sales/country={country}/part.parquet" for country in ("de", "fr")]
