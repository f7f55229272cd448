"""Statements that create, write and show; and the life of a query execution."""

# ruff: noqa: E501, S608 (a statement is read on one line)
from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.settings import Settings
from tests.emulator.athena_lake import Lake, StatementError, opened


@pytest.fixture(scope="module")
def lake(emulator: Settings) -> Iterator[Lake]:
    with opened(emulator) as lake:
        yield lake


def test_a_table_made_from_a_query_is_partitioned_and_can_be_added_to(lake: Lake) -> None:
    lake.rows(
        "CREATE TABLE made WITH (format = 'PARQUET', external_location = 's3://lake/made/', partitioned_by = ARRAY['c']) "
        "AS SELECT id, amount / 3 AS third, country AS c FROM sales"
    )
    assert lake.rows("SHOW PARTITIONS made") == [["c=de"], ["c=fr"]]
    lake.rows("INSERT INTO made (id, c) VALUES (9, 'it')")
    assert lake.rows("SELECT id, third, c FROM made ORDER BY id") == [
        ["1", "4.17", "de"],
        ["2", "0.67", "de"],
        ["3", None, "fr"],
        ["9", None, "it"],
    ]
    with pytest.raises(StatementError, match="TABLE_ALREADY_EXISTS"):
        lake.rows("CREATE TABLE made AS SELECT 1 AS a")


def test_a_table_over_text_files_reads_what_unload_wrote(lake: Lake) -> None:
    lake.rows(
        "UNLOAD (SELECT id, price FROM sales) TO 's3://lake/unloaded/' WITH (format = 'TEXTFILE', field_delimiter = ',')"
    )
    lake.rows(
        "CREATE EXTERNAL TABLE unloaded (id bigint COMMENT 'the id', price double) "
        "ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://lake/unloaded/'"
    )
    assert lake.rows("SELECT count(*), sum(id), max(price) FROM unloaded") == [["3", "6", "4.0"]]
    assert str(lake.rows("DESCRIBE unloaded")[0][0]).split("\t")[2].strip() == "the id"
    lake.rows("DROP TABLE unloaded")
    with pytest.raises(StatementError, match="TABLE_NOT_FOUND"):
        lake.rows("SELECT 1 FROM unloaded")
    with pytest.raises(StatementError, match="HIVE_PATH_ALREADY_EXISTS"):
        lake.rows("UNLOAD (SELECT 1 AS a) TO 's3://lake/unloaded/' WITH (format = 'PARQUET')")


def test_partitions_are_repaired_added_and_dropped(lake: Lake) -> None:
    lake.rows(
        "CREATE EXTERNAL TABLE again (id bigint) PARTITIONED BY (country string) STORED AS PARQUET LOCATION 's3://lake/sales/'"
    )
    assert lake.rows("SELECT count(*) FROM again") == [["0"]]
    lake.rows("MSCK REPAIR TABLE again")
    assert lake.rows("SELECT country, count(*) FROM again GROUP BY 1 ORDER BY 1") == [["de", "2"], ["fr", "1"]]
    lake.rows("ALTER TABLE again DROP PARTITION (country = 'de')")
    lake.rows("ALTER TABLE again ADD PARTITION (country = 'xx') LOCATION 's3://lake/sales/country=de/'")
    assert lake.rows("SELECT country, count(*) FROM again GROUP BY 1 ORDER BY 1") == [["fr", "1"], ["xx", "2"]]


def test_a_view_looks_up_its_names_where_it_was_made(lake: Lake) -> None:
    lake.rows("CREATE VIEW totals AS SELECT country, sum(amount) AS total FROM sales GROUP BY country")
    assert lake.rows("SELECT total / 2 FROM totals WHERE country = 'de'") == [["7.25"]]
    lake.rows("CREATE OR REPLACE VIEW totals AS SELECT 1 AS one")
    assert lake.rows("SELECT * FROM totals") == [["1"]]


def test_prepared_statements_take_parameters(lake: Lake) -> None:
    lake.rows("PREPARE by_price FROM SELECT id FROM sales WHERE price > ? AND country = ?")
    assert lake.rows("EXECUTE by_price USING 2, 'de'") == [["1"]]
    assert lake.rows("SELECT id FROM sales WHERE country = ?", ExecutionParameters=["'fr'"]) == [["3"]]
    with pytest.raises(StatementError, match="INVALID_PARAMETER_USAGE"):
        lake.rows("EXECUTE by_price USING 2")
    lake.rows("DEALLOCATE PREPARE by_price")
    with pytest.raises(StatementError, match="NOT_FOUND"):
        lake.rows("EXECUTE by_price USING 2, 'de'")


def test_statements_prepared_through_the_api_are_executed(lake: Lake) -> None:
    athena = lake.client("athena")
    athena.create_prepared_statement(StatementName="Twice", WorkGroup="primary", QueryStatement="SELECT ? * 2")
    assert lake.rows("EXECUTE twice USING 21") == [["42"]]
    athena.update_prepared_statement(StatementName="Twice", WorkGroup="primary", QueryStatement="SELECT ? * 3")
    assert lake.rows("EXECUTE twice USING 2") == [["6"]]
    listed = athena.list_prepared_statements(WorkGroup="primary")["PreparedStatements"]
    assert [entry["StatementName"] for entry in listed] == ["twice"]
    athena.delete_prepared_statement(StatementName="Twice", WorkGroup="primary")
    with pytest.raises(ClientError, match="not found"):
        athena.get_prepared_statement(StatementName="Twice", WorkGroup="primary")


def test_projected_partitions_need_no_catalog(lake: Lake) -> None:
    lake.rows(
        "CREATE EXTERNAL TABLE projected (id bigint) PARTITIONED BY (country string) STORED AS PARQUET LOCATION 's3://lake/sales/' "
        "TBLPROPERTIES ('projection.enabled' = 'true', 'projection.country.type' = 'enum', 'projection.country.values' = 'de,fr,es')"
    )
    assert lake.rows("SELECT country, count(*) FROM projected GROUP BY 1 ORDER BY 1") == [["de", "2"], ["fr", "1"]]


def test_the_catalog_is_a_schema(lake: Lake) -> None:
    columns = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'sales' ORDER BY ordinal_position"
    assert lake.rows(columns)[3:5] == [["amount", "decimal(10,2)"], ["day", "date"]]
    assert lake.rows("SHOW TABLES 'cli*'") == [["clients"]]


def test_the_result_file_quotes_every_value_and_leaves_nulls_empty(lake: Lake) -> None:
    execution = lake.execute("SELECT 'a\"b' AS x, NULL AS y, ARRAY[1,NULL] AS z")
    location = execution["ResultConfiguration"]["OutputLocation"]
    assert location == f"s3://results/out/{execution['QueryExecutionId']}.csv"
    key = location.removeprefix("s3://results/")
    body = lake.client("s3").get_object(Bucket="results", Key=key)["Body"].read()
    assert body == b'"x","y","z"\n"a""b",,"[1, null]"\n'


def test_results_come_in_pages_with_their_types(lake: Lake) -> None:
    query = lake.execute("SELECT n, CAST(n AS decimal(5,1)) AS d FROM UNNEST(sequence(1, 5)) AS t (n)")[
        "QueryExecutionId"
    ]
    athena = lake.client("athena")
    first = athena.get_query_results(QueryExecutionId=query, MaxResults=4)
    last = athena.get_query_results(QueryExecutionId=query, MaxResults=4, NextToken=first["NextToken"])
    assert [row["Data"][0]["VarCharValue"] for row in first["ResultSet"]["Rows"]] == ["n", "1", "2", "3"]
    assert [row["Data"][1]["VarCharValue"] for row in last["ResultSet"]["Rows"]] == ["4.0", "5.0"]
    assert "NextToken" not in last
    described = first["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(c["Name"], c["Type"], c["Precision"], c["Scale"]) for c in described] == [
        ("n", "bigint", 19, 0),
        ("d", "decimal", 5, 1),
    ]


def test_bad_syntax_is_refused_at_once(lake: Lake) -> None:
    for sql in ("SELEC 1", "SELECT FROM WHERE", "DROP TABLE", "SELECT 1; SELECT 2"):
        with pytest.raises(ClientError) as caught:
            lake.execute(sql)
        assert caught.value.response["Error"]["Code"] == "InvalidRequestException"


def test_a_role_that_may_not_read_the_data_fails_with_access_denied(lake: Lake) -> None:
    iam = lake.client("iam")
    allowed: dict[str, Any] = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["athena:*", "glue:*"], "Resource": "*"},
            {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::results", "arn:aws:s3:::results/*"]},
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::lake"},
        ],
    }
    iam.create_user(UserName="analyst")
    iam.put_user_policy(UserName="analyst", PolicyName="athena", PolicyDocument=json.dumps(allowed))
    key = iam.create_access_key(UserName="analyst")["AccessKey"]
    analyst = Lake(lake.settings, key["AccessKeyId"], key["SecretAccessKey"])
    assert lake.rows("SELECT count(id) FROM sales") == [["3"]]  # in the cache now, which must not help
    assert analyst.rows("SELECT 1") == [["1"]]
    execution = analyst.execute("SELECT count(id) FROM sales")
    assert execution["Status"]["State"] == "FAILED"
    assert execution["Status"]["StateChangeReason"].startswith("PERMISSION_DENIED: Access Denied")
    allowed["Statement"].append({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"})
    iam.put_user_policy(UserName="analyst", PolicyName="athena", PolicyDocument=json.dumps(allowed))
    assert analyst.rows("SELECT count(id) FROM sales") == [["3"]]


def test_a_workgroup_enforces_its_settings(lake: Lake) -> None:
    athena = lake.client("athena")
    athena.create_work_group(
        Name="tight",
        Configuration={
            "EnforceWorkGroupConfiguration": True,
            "BytesScannedCutoffPerQuery": 10_000_000,
            "ResultConfiguration": {
                "OutputLocation": "s3://results/tight/",
                "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
            },
        },
    )
    execution = lake.execute("SELECT 1", WorkGroup="tight")
    location = execution["ResultConfiguration"]["OutputLocation"]
    assert location.startswith("s3://results/tight/")
    head = lake.client("s3").head_object(Bucket="results", Key=location.removeprefix("s3://results/"))
    assert head["ServerSideEncryption"] == "AES256"
    lake.put("big/part.csv", b"x" * 10_000_001 + b"\n")
    lake.rows("CREATE EXTERNAL TABLE big (a string) LOCATION 's3://lake/big/'")
    stopped = lake.execute("SELECT count(*) FROM big", WorkGroup="tight")["Status"]
    assert stopped["State"] == "CANCELLED"
    assert "Bytes scanned limit was exceeded" in stopped["StateChangeReason"]
    athena.update_work_group(WorkGroup="tight", State="DISABLED")
    with pytest.raises(ClientError, match="is disabled"):
        lake.execute("SELECT 1", WorkGroup="tight")


def test_a_running_query_can_be_stopped(lake: Lake) -> None:
    athena = lake.client("athena")
    rows = "UNNEST(sequence(1, 100000))"
    query = athena.start_query_execution(
        QueryString=f"SELECT count(*) FROM {rows} a (x) CROSS JOIN {rows} b (y) WHERE sqrt(x * y) < 0",
        ResultConfiguration={"OutputLocation": "s3://results/out/"},
    )["QueryExecutionId"]
    time.sleep(0.3)
    athena.stop_query_execution(QueryExecutionId=query)
    status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
    assert status["State"] == "CANCELLED"
    with pytest.raises(ClientError, match="CANCELLED"):
        athena.get_query_results(QueryExecutionId=query)


def test_rows_of_files_are_not_changed(lake: Lake) -> None:
    with pytest.raises(StatementError, match=r"NOT_SUPPORTED.*Modifying Hive table rows"):
        lake.rows("DELETE FROM sales WHERE id = 1")
