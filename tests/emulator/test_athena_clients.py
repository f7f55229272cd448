"""Clients of Athena, unchanged: PyAthena and awswrangler get data, not only a status."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import awswrangler as wr
import boto3
import pandas as pd
import pyathena
import pytest
from pyathena.cursor import DictCursor
from pyathena.pandas.cursor import PandasCursor

from emulator.settings import Settings
from tests.emulator.athena_lake import Lake, opened

OUT = "s3://results/clients/"


@pytest.fixture(scope="module")
def lake(emulator: Settings) -> Iterator[Lake]:
    with opened(emulator) as lake, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", emulator.endpoint)
        patch.setenv("AWS_ACCESS_KEY_ID", emulator.access_key)
        patch.setenv("AWS_SECRET_ACCESS_KEY", emulator.secret_key)
        patch.setenv("AWS_DEFAULT_REGION", emulator.region)
        patch.delenv("AWS_PROFILE", raising=False)
        patch.setattr(boto3, "DEFAULT_SESSION", boto3.Session())
        patch.setenv("WR_ATHENA_QUERY_WAIT_POLLING_DELAY", "0.05")
        wr.config.reset("athena_query_wait_polling_delay")
        yield lake
    wr.config.reset("athena_query_wait_polling_delay")


def connect(cursor: type[Any] | None = None) -> Any:
    chosen = {"cursor_class": cursor} if cursor else {}
    return pyathena.connect(
        s3_staging_dir=OUT, region_name="us-east-1", schema_name="shop", poll_interval=0.05, **chosen
    ).cursor()


def read(sql: str, **more: Any) -> pd.DataFrame:
    return wr.athena.read_sql_query(sql, database="shop", s3_output=OUT, **more)


@pytest.mark.usefixtures("lake")
class TestPyAthena:
    """PyAthena."""

    def test_the_default_cursor_gives_values_of_their_types(self) -> None:
        cursor = connect()
        cursor.execute("SELECT id, price, amount, day, tags, country FROM sales ORDER BY id")
        assert cursor.fetchall() == [
            (1, 2.5, Decimal("12.50"), date(2024, 1, 31), ["a", "b"], "de"),
            (2, 1.0, Decimal("2.00"), date(2024, 2, 29), [], "de"),
            (3, 4.0, None, date(2024, 3, 31), None, "fr"),
        ]
        assert [column[:2] for column in cursor.description][:2] == [("id", "bigint"), ("price", "double")]
        assert cursor.data_scanned_in_bytes > 0

    def test_parameters_are_bound_in_the_client_and_in_the_service(self) -> None:
        cursor = connect()
        cursor.execute("SELECT id FROM sales WHERE country = %(country)s AND id > %(id)d", {"country": "de", "id": 1})
        assert cursor.fetchall() == [(2,)]
        cursor.execute("SELECT id FROM sales WHERE day = ? OR id = ?", ["DATE '2024-03-31'", "1"], paramstyle="qmark")
        assert sorted(cursor.fetchall()) == [(1,), (3,)]

    def test_the_dictionary_cursor_names_its_columns(self) -> None:
        cursor = connect(DictCursor)
        cursor.execute("SELECT 1 AS one, 'x' AS text, TIMESTAMP '2024-01-02 03:04:05' AS moment, true AS yes")
        assert cursor.fetchone() == {"one": 1, "text": "x", "moment": datetime(2024, 1, 2, 3, 4, 5), "yes": True}

    def test_the_pandas_cursor_gives_a_frame(self) -> None:
        frame = connect(PandasCursor).execute("SELECT id, qty, country FROM sales ORDER BY id").as_pandas()
        assert frame["id"].tolist() == [1, 2, 3]
        assert frame["qty"].isna().tolist() == [False, False, True]
        assert frame["country"].tolist() == ["de", "de", "fr"]

    def test_a_failing_query_says_why(self) -> None:
        with pytest.raises(pyathena.error.OperationalError, match=r"COLUMN_NOT_FOUND.*nonesuch"):
            connect().execute("SELECT nonesuch FROM sales")


@pytest.mark.usefixtures("lake")
class TestWrangler:
    """awswrangler."""

    @pytest.mark.parametrize(
        "how",
        [
            {"ctas_approach": True},
            {"ctas_approach": False},
            {"ctas_approach": False, "unload_approach": True, "unload_parameters": {"file_format": "PARQUET"}},
        ],
        ids=["ctas", "csv", "unload"],
    )
    def test_a_query_becomes_a_frame(self, how: dict[str, Any]) -> None:
        more = {**how, "s3_output": f"{OUT}{'-'.join(how)}/"} if "unload_approach" in how else {**how, "s3_output": OUT}
        sql = "SELECT id, price, day, country FROM sales WHERE country = 'de' ORDER BY id"
        frame = wr.athena.read_sql_query(sql, database="shop", **more)
        assert frame[["id", "price", "country"]].values.tolist() == [[1, 2.5, "de"], [2, 1.0, "de"]]
        assert [str(day)[:10] for day in frame["day"]] == ["2024-01-31", "2024-02-29"]
        assert not [t for t in wr.catalog.get_tables(database="shop") if t["Name"].startswith("temp_table")]

    def test_a_query_comes_in_chunks_and_takes_parameters(self) -> None:
        sql = "SELECT n FROM UNNEST(sequence(1, 5)) AS t (n) WHERE n <> :skipped"
        chunks = list(read(sql, ctas_approach=False, chunksize=2, params={"skipped": 3}))
        assert [chunk["n"].tolist() for chunk in chunks] == [[1, 2], [4, 5]]

    def test_a_dataset_is_written_overwritten_by_partition_and_repaired(self) -> None:
        frame = pd.DataFrame({"n": [1, 2, 3], "text": ["a", None, "ü"], "part": ["x", "y", "y"]})
        where: dict[str, Any] = {"path": "s3://lake/frames/", "dataset": True, "partition_cols": ["part"]}
        wr.s3.to_parquet(frame, database="shop", table="frames", **where)
        assert read("SELECT sum(n) AS s FROM frames", ctas_approach=False)["s"].tolist() == [6]
        new = pd.DataFrame({"n": [20], "text": ["new"], "part": ["y"]})
        wr.s3.to_parquet(new, database="shop", table="frames", mode="overwrite_partitions", **where)
        found = read("SELECT n, text, part FROM frames ORDER BY n", ctas_approach=False)
        assert found.values.tolist() == [[1, "a", "x"], [20, "new", "y"]]
        wr.s3.to_parquet(pd.DataFrame({"n": [7], "text": ["z"]}), path="s3://lake/frames/part=z/part.parquet")
        assert wr.athena.repair_table("frames", database="shop", s3_output=OUT) == "SUCCEEDED"
        assert read("SELECT n FROM frames WHERE part = 'z'", ctas_approach=False)["n"].tolist() == [7]

    def test_an_iceberg_table_is_written_merged_and_deleted_from(self) -> None:
        where: dict[str, Any] = {
            "database": "shop",
            "table": "wrangled",
            "temp_path": "s3://lake/temp/",
            "s3_output": OUT,
        }
        frame = pd.DataFrame({"id": [1, 2, 3], "name": ["a", "b", "c"]})
        wr.athena.to_iceberg(frame, table_location="s3://lake/wrangled/", keep_files=False, **where)
        changed = pd.DataFrame({"id": [3, 4], "name": ["cc", "d"], "more": [0.5, 1.5]})
        wr.athena.to_iceberg(changed, merge_cols=["id"], schema_evolution=True, keep_files=False, **where)
        wr.athena.delete_from_iceberg_table(pd.DataFrame({"id": [1]}), merge_cols=["id"], keep_files=False, **where)
        found = read("SELECT id, name, more FROM wrangled ORDER BY id", ctas_approach=False)
        assert found["id"].tolist() == [2, 3, 4]
        assert found["name"].tolist() == ["b", "cc", "d"]
        assert found["more"].fillna(-1).tolist() == [-1, 0.5, 1.5]

    def test_the_catalog_is_listed(self) -> None:
        assert "shop" in set(wr.catalog.databases()["Database"])
        assert wr.catalog.does_table_exist(database="shop", table="sales")
        types = wr.catalog.get_table_types(database="shop", table="sales")
        assert types and types["amount"] == "decimal(10,2)"
        described = wr.athena.describe_table("sales", database="shop", s3_output=OUT)
        assert described[["Column Name", "Type", "Partition"]].values.tolist()[-2:] == [
            ["tags", "array<string>", False],
            ["country", "string", True],
        ]
        partitions = wr.catalog.get_partitions(database="shop", table="sales")
        assert sorted(values[0] for values in partitions.values()) == ["de", "fr"]

    def test_a_failing_query_says_why(self) -> None:
        with pytest.raises(wr.exceptions.QueryFailed, match="TABLE_NOT_FOUND"):
            read("SELECT * FROM nonesuch", ctas_approach=False)
