"""What a query costs and gives: bytes scanned, the workgroup's settings, result files, states."""

# ruff: noqa: E501, S608 (a statement is read on one line)
from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from emulator.settings import Settings
from tests.emulator.athena_lake import PARQUET, Lake, StatementError, opened


@pytest.fixture(scope="module")
def lake(emulator: Settings) -> Iterator[Lake]:
    with opened(emulator) as lake:
        body = io.BytesIO()
        rows = pa.table({"n": list(range(1000)), "t": [f"text {n}" for n in range(1000)]})
        pq.write_table(rows, body, row_group_size=100, compression="none", use_dictionary=False)
        lake.put("numbers/part.parquet", body.getvalue())
        lake.table("numbers", [("n", "bigint"), ("t", "string")], "s3://lake/numbers/", PARQUET)
        yield lake


def scanned(lake: Lake, sql: str) -> int:
    execution = lake.execute(sql)
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    return int(execution["Statistics"]["DataScannedInBytes"])


def test_only_the_columns_and_row_groups_that_are_read_are_counted(lake: Lake) -> None:
    whole, column = scanned(lake, "SELECT * FROM numbers"), scanned(lake, "SELECT n FROM numbers")
    assert 8000 <= column < whole / 2
    for condition in ("n = 250", "n > 899", "n BETWEEN 310 AND 320", "100 > n", "n IN (5, 7) AND t <> ''"):
        part = scanned(lake, f"SELECT n FROM numbers WHERE {condition}")
        read = column if "t" in condition.replace("BETWEEN", "") else 0
        assert 0 < part <= (whole if read else column) / 9, condition
        assert lake.rows(f"SELECT count(*) FROM numbers WHERE {condition}") != [["0"]]
    assert scanned(lake, "SELECT n FROM numbers WHERE n = 250 OR t = 'x'") == whole
    assert (
        scanned(lake, "SELECT a.n FROM numbers a LEFT JOIN numbers b ON a.n = b.n AND b.n < 0 WHERE b.n IS NULL")
        == 2 * column
    )
    assert lake.rows("SELECT count(*) FROM numbers a LEFT JOIN numbers b ON a.n = b.n + 5000 WHERE b.n IS NULL") == [
        ["1000"]
    ]
    assert scanned(lake, "SELECT count(*) FROM sales WHERE country = 'nowhere'") == 0


def test_files_of_an_iceberg_table_are_chosen_by_partition_and_statistics(lake: Lake) -> None:
    lake.rows(
        "CREATE TABLE picked WITH (table_type = 'ICEBERG', is_external = false, location = 's3://lake/picked/', partitioning = ARRAY['bucket(n, 4)']) AS SELECT n, t FROM numbers WHERE n < 8"
    )
    lake.rows("INSERT INTO picked SELECT n, t FROM numbers WHERE n >= 990")
    whole = scanned(lake, "SELECT n, t FROM picked")
    assert 0 < scanned(lake, "SELECT n, t FROM picked WHERE n >= 990") < whole * 0.7
    assert 0 < scanned(lake, "SELECT n, t FROM picked WHERE n = 3") < whole / 3
    assert lake.rows("SELECT t FROM picked WHERE n = 3") == [["text 3"]]


def test_a_workgroup_overrides_what_the_client_asks_for(lake: Lake) -> None:
    athena = lake.client("athena")
    result = {"OutputLocation": "s3://results/enforced/", "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"}}
    athena.create_work_group(
        Name="enforced", Configuration={"EnforceWorkGroupConfiguration": True, "ResultConfiguration": result}
    )
    found = lake.execute("SELECT 1", WorkGroup="enforced")["ResultConfiguration"]
    assert found["OutputLocation"].startswith("s3://results/enforced/")
    athena.update_work_group(WorkGroup="enforced", ConfigurationUpdates={"EnforceWorkGroupConfiguration": False})
    assert lake.execute("SELECT 1", WorkGroup="enforced")["ResultConfiguration"]["OutputLocation"].startswith(
        "s3://results/out/"
    )
    execution = lake.execute("CREATE TABLE apart AS SELECT 1 AS one", WorkGroup="enforced")
    location = lake.client("glue").get_table(DatabaseName="shop", Name="apart")["Table"]["StorageDescriptor"][
        "Location"
    ]
    assert location == f"s3://results/out/tables/{execution['QueryExecutionId']}"
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DDL", "CREATE_TABLE_AS_SELECT")


def test_a_scan_limit_stops_the_query(lake: Lake) -> None:
    athena = lake.client("athena")
    athena.create_work_group(
        Name="limited", Configuration={"EnforceWorkGroupConfiguration": False, "BytesScannedCutoffPerQuery": 10_000_000}
    )
    lake.put("large/part.txt", b"x" * 10_000_001 + b"\n")
    lake.rows("CREATE EXTERNAL TABLE large (a string) LOCATION 's3://lake/large/'")
    stopped = lake.execute("SELECT count(*) FROM large", WorkGroup="limited")
    assert stopped["Status"]["State"] == "CANCELLED"
    assert stopped["Status"]["StateChangeReason"] == "Bytes scanned limit was exceeded"
    assert lake.execute("SELECT count(*) FROM large")["Status"]["State"] == "SUCCEEDED"


def test_results_are_reused_while_they_are_young(lake: Lake) -> None:
    asked: dict[str, Any] = {
        "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 60}}
    }
    first = lake.execute("SELECT sum(n) FROM numbers", **asked)
    again = lake.execute("SELECT sum(n) FROM numbers", **asked)
    told = [e["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"] for e in (first, again)]
    assert told == [False, True]
    assert again["Statistics"]["DataScannedInBytes"] == 0
    assert again["ResultConfiguration"]["OutputLocation"] == first["ResultConfiguration"]["OutputLocation"]
    rows = [
        lake.client("athena").get_query_results(QueryExecutionId=e["QueryExecutionId"])["ResultSet"]["Rows"]
        for e in (first, again)
    ]
    assert rows[0] == rows[1] == [{"Data": [{"VarCharValue": "_col0"}]}, {"Data": [{"VarCharValue": "499500"}]}]
    other = lake.execute("SELECT sum(n) + 1 FROM numbers", **asked)
    assert other["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"] is False
    written = lake.execute("INSERT INTO numbers VALUES (1, 'x')", **asked)
    assert written["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"] is False


def test_where_results_cannot_go_is_said_at_once(lake: Lake) -> None:
    for where, reason in (
        ({"OutputLocation": "s3://nonesuch/out/"}, "Unable to verify/create output bucket nonesuch"),
        ({"OutputLocation": "results/out/"}, "outputLocation is not a valid S3 path"),
        (
            {
                "OutputLocation": "s3://results/out/",
                "EncryptionConfiguration": {"EncryptionOption": "CSE_KMS", "KmsKey": "k"},
            },
            "CSE_KMS is not supported",
        ),
    ):
        with pytest.raises(ClientError, match=reason):
            lake.execute("SELECT 1", ResultConfiguration=where)


def test_results_belong_to_the_expected_account(lake: Lake) -> None:
    where = {"OutputLocation": "s3://results/out/", "ExpectedBucketOwner": "210987654321"}
    failed = lake.execute("SELECT 1", ResultConfiguration=where)["Status"]
    assert failed["State"] == "FAILED"
    assert failed["StateChangeReason"].startswith("Access denied when writing output to url: s3://results/out/")
    assert (
        lake.execute("SELECT 1", ResultConfiguration={**where, "ExpectedBucketOwner": "123456789012"})["Status"][
            "State"
        ]
        == "SUCCEEDED"
    )


def test_executions_are_listed_newest_first_and_described_together(lake: Lake) -> None:
    athena = lake.client("athena")
    athena.create_work_group(Name="listed", Configuration={"EnforceWorkGroupConfiguration": False})
    made = [lake.execute(f"SELECT {n}", WorkGroup="listed")["QueryExecutionId"] for n in range(3)]
    first = athena.list_query_executions(WorkGroup="listed", MaxResults=2)
    rest = athena.list_query_executions(WorkGroup="listed", NextToken=first["NextToken"])
    assert first["QueryExecutionIds"] + rest["QueryExecutionIds"] == made[::-1]
    described = athena.batch_get_query_execution(QueryExecutionIds=[made[1], "00000000-0000-0000-0000-000000000000"])
    assert [entry["Query"] for entry in described["QueryExecutions"]] == ["SELECT 1"]
    assert [entry["QueryExecutionId"][:4] for entry in described["UnprocessedQueryExecutionIds"]] == ["0000"]
    query = athena.create_named_query(Name="saved", Database="shop", QueryString="SELECT 5")["NamedQueryId"]
    found = athena.batch_get_named_query(NamedQueryIds=[query, "00000000-0000-0000-0000-000000000000"])
    assert [(entry["Name"], entry["QueryString"]) for entry in found["NamedQueries"]] == [("saved", "SELECT 5")]
    assert len(found["UnprocessedNamedQueryIds"]) == 1
    athena.create_prepared_statement(StatementName="kept", WorkGroup="listed", QueryStatement="SELECT ?")
    found = athena.batch_get_prepared_statement(PreparedStatementNames=["kept", "other"], WorkGroup="listed")
    assert [entry["QueryStatement"] for entry in found["PreparedStatements"]] == ["SELECT ?"]
    assert [entry["StatementName"] for entry in found["UnprocessedPreparedStatementNames"]] == ["other"]
    assert [version["SelectedEngineVersion"] for version in athena.list_engine_versions()["EngineVersions"]] == [
        "AUTO",
        "Athena engine version 3",
    ]


def test_a_plan_is_shown(lake: Lake) -> None:
    plan = "\n".join(str(row[0]) for row in lake.rows("EXPLAIN SELECT count(*) FROM numbers WHERE t = 'x'"))
    assert "Aggregate" in plan
    assert "count_star()" in plan
    analyzed = "\n".join(str(row[0]) for row in lake.rows("EXPLAIN ANALYZE SELECT sum(n) FROM numbers"))
    assert "Total Time" in analyzed
    for sql, reason in (
        ("EXPLAIN (FORMAT JSON) SELECT 1", "FORMAT JSON"),
        ("EXPLAIN INSERT INTO numbers SELECT 1, 'x'", "INSERT"),
    ):
        with pytest.raises(StatementError, match=rf"NOT_SUPPORTED.*{reason}"):
            lake.rows(sql)
