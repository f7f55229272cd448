"""Tables that are broken fail with Athena's error, and work when what was broken is mended."""

# ruff: noqa: E501 (a statement is read on one line)
from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emulator.settings import Settings
from tests.emulator.athena_lake import Lake, opened


@pytest.fixture(scope="module")
def lake(emulator: Settings) -> Iterator[Lake]:
    with opened(emulator) as lake:
        yield lake


@dataclass(frozen=True)
class Broken:
    """A statement that fails with a reason until `mend` was called; `rows` are what it then gives."""

    name: str
    arrange: Callable[[Lake], object]
    statement: str
    reason: str
    mend: Callable[[Lake], object]
    rows: list[list[str | None]]


def sql(*statements: str) -> Callable[[Lake], object]:
    return lambda lake: [lake.rows(statement) for statement in statements]


def put(key: str, body: bytes) -> Callable[[Lake], object]:
    return lambda lake: lake.put(key, body)


def both(*steps: Callable[[Lake], object]) -> Callable[[Lake], object]:
    return lambda lake: [step(lake) for step in steps]


def parquet(**columns: Any) -> bytes:
    body = io.BytesIO()
    pq.write_table(pa.table(columns), body)
    return body.getvalue()


def table(name: str, columns: str, clauses: str = "STORED AS PARQUET", location: str | None = None) -> str:
    return f"CREATE EXTERNAL TABLE {name} ({columns}) {clauses} LOCATION '{location or f's3://lake/{name}/'}'"


def iceberg(name: str, columns: str, clauses: str = "") -> str:
    return f"CREATE TABLE {name} ({columns}) {clauses} LOCATION 's3://lake/{name}/' TBLPROPERTIES ('table_type' = 'ICEBERG')"


def metadata_of(lake: Lake, name: str) -> tuple[dict[str, Any], str]:
    found = lake.client("glue").get_table(DatabaseName="shop", Name=name)["Table"]
    return found, found["Parameters"]["metadata_location"].removeprefix("s3://lake/")


kept: dict[str, bytes] = {}


def lose_metadata(lake: Lake) -> None:
    _, key = metadata_of(lake, "lost")
    kept[key] = lake.client("s3").get_object(Bucket="lake", Key=key)["Body"].read()
    lake.client("s3").delete_object(Bucket="lake", Key=key)


def find_metadata(lake: Lake) -> None:
    for key, body in kept.items():
        lake.put(key, body)


def forget_metadata(lake: Lake) -> None:
    found, _ = metadata_of(lake, "pointless")
    kept_parameters = {k: v for k, v in found["Parameters"].items() if k != "metadata_location"}
    described = {"Name": "pointless", "StorageDescriptor": found["StorageDescriptor"], "Parameters": kept_parameters}
    lake.client("glue").update_table(DatabaseName="shop", TableInput=described)
    kept["pointless"] = found["Parameters"]["metadata_location"].encode()


def remember_metadata(lake: Lake) -> None:
    found = lake.client("glue").get_table(DatabaseName="shop", Name="pointless")["Table"]
    parameters = {**found["Parameters"], "metadata_location": kept["pointless"].decode()}
    described = {"Name": "pointless", "StorageDescriptor": found["StorageDescriptor"], "Parameters": parameters}
    lake.client("glue").update_table(DatabaseName="shop", TableInput=described)


SERDE = "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'"
REGEX = "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'"
CASES = [
    Broken(
        "a location without a bucket",
        sql(table("homeless", "n bigint", location="s3://nowhere-lake/x/")),
        "SELECT n FROM homeless",
        "HIVE_FILESYSTEM_ERROR.*NoSuchBucket",
        both(put("homeless/part", parquet(n=[1])), sql("ALTER TABLE homeless SET LOCATION 's3://lake/homeless/'")),
        [["1"]],
    ),
    Broken(
        "a file that is no Parquet",
        both(put("garbled/part", b"no parquet at all"), sql(table("garbled", "n bigint"))),
        "SELECT n FROM garbled",
        "HIVE_BAD_DATA",
        put("garbled/part", parquet(n=[2])),
        [["2"]],
    ),
    Broken(
        "a column of another type than the file's",
        both(put("mistyped/part", parquet(n=["x"])), sql(table("mistyped", "n bigint"))),
        "SELECT n FROM mistyped",
        "HIVE_BAD_DATA",
        sql("ALTER TABLE mistyped CHANGE COLUMN n n string"),
        [["x"]],
    ),
    Broken(
        "a line that is no JSON",
        both(put("chatty/part", b"hello\n"), sql(table("chatty", "n int", SERDE))),
        "SELECT n FROM chatty",
        "HIVE_CURSOR_ERROR: Row is not a valid JSON Object",
        put("chatty/part", b'{"n": 3}\n'),
        [["3"]],
    ),
    Broken(
        "a pattern with other groups than columns",
        both(put("patterned/part", b"a-b\n"), sql(table("patterned", "x string", f"{REGEX} WITH SERDEPROPERTIES ('input.regex' = '(.)-(.)')"))),
        "SELECT * FROM patterned",
        "HIVE_CURSOR_ERROR: Number of matching groups 2",
        sql("ALTER TABLE patterned ADD COLUMNS (y string)"),
        [["a", "b"]],
    ),
    Broken(
        "a SerDe that nobody has",
        both(put("served/part", b"4\n"), sql(table("served", "n int", "ROW FORMAT SERDE 'org.example.Serde'"))),
        "SELECT n FROM served",
        "NOT_SUPPORTED.*org.example.Serde",
        sql("DROP TABLE served", table("served", "n int", "")),
        [["4"]],
    ),
    Broken(
        "a projection without a range",
        both(
            put("projected_badly/d=1/part", b"5\n"),
            sql("CREATE EXTERNAL TABLE projected_badly (n int) PARTITIONED BY (d int) LOCATION 's3://lake/projected_badly/' TBLPROPERTIES ('projection.enabled' = 'true', 'projection.d.type' = 'integer')"),
        ),
        "SELECT n FROM projected_badly",
        "INVALID_TABLE_PROPERTY: projection.d.range is missing",
        sql("ALTER TABLE projected_badly SET TBLPROPERTIES ('projection.d.range' = '0,2')"),
        [["5"]],
    ),
    Broken(
        "a view of a table that is gone",
        sql(table("beneath", "n bigint"), "CREATE VIEW above AS SELECT n FROM beneath", "DROP TABLE beneath"),
        "SELECT n FROM above",
        "TABLE_NOT_FOUND.*beneath",
        both(put("beneath/part", parquet(n=[6])), sql(table("beneath", "n bigint"))),
        [["6"]],
    ),
    Broken(
        "a view whose table has other columns now",
        both(put("renamed/part", parquet(a=[7], b=["x"])), sql(table("renamed", "a bigint, b string"), "CREATE VIEW stale AS SELECT * FROM renamed", "ALTER TABLE renamed REPLACE COLUMNS (a bigint)")),
        "SELECT * FROM stale",
        "VIEW_IS_STALE",
        sql("CREATE OR REPLACE VIEW stale AS SELECT * FROM renamed"),
        [["7"]],
    ),
    Broken(
        "an Iceberg table whose metadata is lost",
        both(sql(iceberg("lost", "n int"), "INSERT INTO lost VALUES 8"), lose_metadata),
        "SELECT n FROM lost",
        "HIVE_FILESYSTEM_ERROR.*NoSuchKey",
        find_metadata,
        [["8"]],
    ),
    Broken(
        "an Iceberg table that does not say where its metadata is",
        both(sql(iceberg("pointless", "n int"), "INSERT INTO pointless VALUES 9"), forget_metadata),
        "SELECT n FROM pointless",
        "ICEBERG_INVALID_METADATA.*metadata_location",
        remember_metadata,
        [["9"]],
    ),
    Broken(
        "a folder that is not empty",
        put("taken/part", b"x"),
        "CREATE TABLE taken WITH (external_location = 's3://lake/taken/') AS SELECT 1 AS n",
        "HIVE_PATH_ALREADY_EXISTS",
        lambda lake: lake.client("s3").delete_object(Bucket="lake", Key="taken/part"),
        [],
    ),
    Broken(
        "more partitions than one statement may write",
        lambda _: None,
        "CREATE TABLE many WITH (partitioned_by = ARRAY['p'], external_location = 's3://lake/many/') AS SELECT n, n AS p FROM UNNEST(sequence(1, 101)) AS t (n)",
        "HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers",
        lambda _: None,
        [],
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "_"))
def test_what_is_broken_fails_until_it_is_mended(lake: Lake, case: Broken) -> None:
    case.arrange(lake)
    status = lake.execute(case.statement)["Status"]
    assert status["State"] == "FAILED", status
    assert re.search(case.reason, status["StateChangeReason"]), status["StateChangeReason"]
    case.mend(lake)
    statement = case.statement.replace("sequence(1, 101)", "sequence(1, 2)")
    assert lake.rows(statement) == case.rows


def test_a_table_is_hidden_from_who_may_not_read_the_catalog(lake: Lake) -> None:
    iam = lake.client("iam")
    iam.create_user(UserName="catalogless")
    statements: list[dict[str, Any]] = [{"Effect": "Allow", "Action": ["athena:*", "s3:*"], "Resource": "*"}]

    def allow() -> None:
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName="catalogless", PolicyName="all", PolicyDocument=policy)

    allow()
    key = iam.create_access_key(UserName="catalogless")["AccessKey"]
    user = Lake(lake.settings, key["AccessKeyId"], key["SecretAccessKey"])
    reason = user.execute("SELECT count(*) FROM sales")["Status"]["StateChangeReason"]
    assert reason.startswith("PERMISSION_DENIED")
    assert "glue:GetTable" in reason
    statements.append({"Effect": "Allow", "Action": ["glue:GetTable", "glue:GetPartitions"], "Resource": "*"})
    allow()
    assert user.rows("SELECT count(*) FROM sales") == [["3"]]
