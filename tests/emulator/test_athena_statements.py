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
    rows = "UNNEST(sequence(1, 10000))"
    query = athena.start_query_execution(
        QueryString=f"SELECT count(*) FROM {rows} a (x) CROSS JOIN {rows} b (y) CROSS JOIN {rows} c (z) WHERE sqrt(x * y) < -z",
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


def test_partitions_are_moved_renamed_and_their_folders_decoded(lake: Lake) -> None:
    lake.put("moved/here/part", b"1\n")
    lake.put("moved/c=a%2Fb/part", b"2\n3\n")
    lake.rows("CREATE EXTERNAL TABLE moved (n int) PARTITIONED BY (c string) LOCATION 's3://lake/moved/'")
    assert [str(row[0]) for row in lake.rows("MSCK REPAIR TABLE moved")][1:] == [
        "Repair: Added partition to metastore moved:c=a/b"
    ]
    lake.rows(
        "ALTER TABLE moved ADD IF NOT EXISTS PARTITION (c = 'x') LOCATION 's3://lake/moved/here/' PARTITION (c = 'a/b')"
    )
    assert lake.rows("SELECT c, count(*) FROM moved GROUP BY c ORDER BY c") == [["a/b", "2"], ["x", "1"]]
    lake.rows("ALTER TABLE moved PARTITION (c = 'x') RENAME TO PARTITION (c = 'y')")
    lake.rows("ALTER TABLE moved PARTITION (c = 'a/b') SET LOCATION 's3://lake/moved/here/'")
    assert lake.rows("SELECT c, n FROM moved ORDER BY c") == [["a/b", "1"], ["y", "1"]]
    with pytest.raises(StatementError, match="PARTITION_NOT_FOUND"):
        lake.rows("ALTER TABLE moved PARTITION (c = 'x') SET LOCATION 's3://lake/moved/here/'")
    lake.rows("ALTER TABLE moved DROP IF EXISTS PARTITION (c = 'x'), PARTITION (c = 'y')")
    assert lake.rows("SHOW PARTITIONS moved") == [["c=a/b"]]


def test_columns_and_properties_of_a_table_of_files_change(lake: Lake) -> None:
    lake.put("changed/part", b"1,2,3\n")
    lake.rows(
        "CREATE EXTERNAL TABLE changed (a int, b int) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://lake/changed/'"
    )
    lake.rows("ALTER TABLE changed ADD COLUMNS (c string COMMENT 'the third')")
    lake.rows("ALTER TABLE changed CHANGE COLUMN b second double")
    assert lake.rows("SELECT a, second, c FROM changed") == [["1", "2.0", "3"]]
    lake.rows("ALTER TABLE changed REPLACE COLUMNS (only string)")
    assert lake.rows("SELECT * FROM changed") == [["1"]]
    lake.rows("ALTER TABLE changed SET TBLPROPERTIES ('note' = 'it''s')")
    assert lake.rows("SHOW TBLPROPERTIES changed ('note')") == [["it's"]]
    assert "note\tit's" in [row[0] for row in lake.rows("SHOW TBLPROPERTIES changed")]
    for change, reason in (
        ("ADD COLUMNS (only int)", "DUPLICATE_COLUMN_NAME"),
        ("DROP COLUMN only", r"NOT_SUPPORTED.*DROP COLUMN"),
        ("RENAME TO other", r"NOT_SUPPORTED.*RENAME"),
    ):
        with pytest.raises(StatementError, match=reason):
            lake.rows(f"ALTER TABLE changed {change}")


def test_a_table_is_made_again_from_what_is_shown(lake: Lake) -> None:
    lake.rows(
        "CREATE EXTERNAL TABLE shown (a int COMMENT 'first', s struct<x:int,y:array<string>>) COMMENT 'to show' PARTITIONED BY (p date) "
        "CLUSTERED BY (a) INTO 4 BUCKETS ROW FORMAT DELIMITED FIELDS TERMINATED BY '|' LOCATION 's3://lake/shown/' TBLPROPERTIES ('k' = 'v')"
    )
    glue = lake.client("glue")
    first = glue.get_table(DatabaseName="shop", Name="shown")["Table"]
    statement = "\n".join(str(row[0]) for row in lake.rows("SHOW CREATE TABLE shown")).replace("`shown`", "`once_more`")
    lake.rows(statement)
    second = glue.get_table(DatabaseName="shop", Name="once_more")["Table"]
    for key in ("StorageDescriptor", "PartitionKeys", "Parameters"):
        assert first[key] == second[key], key


def test_views_are_shown_described_and_dropped(lake: Lake) -> None:
    lake.rows("CREATE VIEW seen AS SELECT id,\n  amount FROM sales")
    assert lake.rows("SHOW CREATE VIEW seen") == [["CREATE VIEW shop.seen AS"], ["SELECT id,"], ["  amount FROM sales"]]
    assert ["seen"] in lake.rows("SHOW VIEWS")
    assert [str(row[0]).split() for row in lake.rows("DESCRIBE seen")] == [
        ["id", "bigint"],
        ["amount", "decimal(10,2)"],
    ]
    with pytest.raises(StatementError, match="TABLE_NOT_FOUND"):
        lake.rows("DROP VIEW sales")
    lake.rows("DROP VIEW seen")
    lake.rows("DROP VIEW IF EXISTS seen")
    with pytest.raises(StatementError, match="TABLE_NOT_FOUND"):
        lake.rows("SELECT * FROM seen")


def test_databases_are_made_changed_and_dropped(lake: Lake) -> None:
    lake.rows(
        "CREATE DATABASE IF NOT EXISTS side COMMENT 'beside' LOCATION 's3://lake/side/' WITH DBPROPERTIES ('a' = '1')"
    )
    lake.rows("ALTER DATABASE side SET DBPROPERTIES ('b' = '2')")
    found = lake.client("glue").get_database(Name="side")["Database"]
    assert (found["Description"], found["LocationUri"], found["Parameters"]) == (
        "beside",
        "s3://lake/side/",
        {"a": "1", "b": "2"},
    )
    lake.rows("CREATE EXTERNAL TABLE side.t (n int) LOCATION 's3://lake/side/t/'")
    assert lake.rows("SHOW TABLES IN side") == [["t"]]
    assert ["side"] in lake.rows("SHOW DATABASES LIKE 's*e'")
    with pytest.raises(StatementError, match="SCHEMA_NOT_EMPTY"):
        lake.rows("DROP DATABASE side")
    lake.rows("DROP DATABASE side CASCADE")
    lake.rows("DROP SCHEMA IF EXISTS side")


def test_every_kind_of_projection_finds_its_folders(lake: Lake) -> None:
    for day, hour, device in (("2024/01/31", "07", "a"), ("2024/02/01", "23", "b")):
        lake.put(f"devices/{device}/{day}/{hour}/part", f"{device}{hour}\n".encode())
    lake.rows(
        "CREATE EXTERNAL TABLE devices (v string) PARTITIONED BY (device string, day string, hour int) LOCATION 's3://lake/devices/' TBLPROPERTIES ("
        "'projection.enabled' = 'true', 'projection.device.type' = 'injected', 'projection.day.type' = 'date', 'projection.day.format' = 'yyyy/MM/dd', "
        "'projection.day.range' = '2024/01/30,2024/02/02', 'projection.hour.type' = 'integer', 'projection.hour.range' = '0,23', 'projection.hour.digits' = '2', "
        "'storage.location.template' = 's3://lake/devices/${device}/${day}/${hour}/')"
    )
    assert lake.rows("SELECT v, device, day, hour FROM devices WHERE device IN ('a', 'b') AND hour > 6 ORDER BY v") == [
        ["a07", "a", "2024/01/31", "7"],
        ["b23", "b", "2024/02/01", "23"],
    ]
    assert lake.rows("SELECT v FROM devices WHERE device = 'b' AND day = '2024/02/01'") == [["b23"]]
    with pytest.raises(StatementError, match=r"CONSTRAINT_VIOLATION.*injected projected partition column device"):
        lake.rows("SELECT v FROM devices WHERE day = '2024/02/01'")


def test_an_outer_joins_optional_side_keeps_its_partitions(lake: Lake) -> None:
    joined = "FROM sales a LEFT JOIN sales b ON a.id = b.id WHERE b.country IS NULL"
    assert lake.rows(f"SELECT count(*) {joined}") == [["0"]]
    assert lake.rows(
        "SELECT a.id FROM sales a LEFT JOIN sales b ON a.id = b.id + 1 WHERE b.id IS NULL OR b.country = 'fr'"
    ) == [["1"]]
