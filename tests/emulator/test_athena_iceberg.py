"""Iceberg tables: written by statements, read by statements and by Iceberg's own library."""

# ruff: noqa: E501, S608 (a statement is read on one line)
from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestWriterV2,
)
from pyiceberg.table import Table
from pyiceberg.table.update.snapshot import _FastAppendFiles
from pyiceberg.typedef import Record

from emulator.services.athena.caller import Caller
from emulator.services.athena.iceberg.files import CallerFiles
from emulator.services.athena.storage import Storage
from emulator.settings import Settings
from tests.emulator.athena_lake import Lake, StatementError, opened


@pytest.fixture(scope="module")
def lake(emulator: Settings) -> Iterator[Lake]:
    with opened(emulator) as lake:
        yield lake


def loaded(lake: Lake, name: str) -> Table:
    """The table as Iceberg's library finds it in Glue and S3."""
    files = CallerFiles(Storage(Caller(lake.access_key, lake.secret_key, None, "us-east-1")), {})

    class Catalog(GlueCatalog):
        def _load_file_io(self, *_: Any, **__: Any) -> CallerFiles:
            return files

    return Catalog("glue", lake.client("glue")).load_table(("shop", name))


def rows_by_library(table: Table) -> list[dict[str, Any]]:
    """The rows of the data files that the library plans."""
    bodies = [table.io.new_input(task.file.file_path).open().read() for task in table.scan().plan_files()]
    return [row for body in bodies for row in pq.read_table(io.BytesIO(body)).to_pylist()]


def test_a_partitioned_table_is_created_filled_and_read_by_the_library(lake: Lake) -> None:
    lake.rows(
        "CREATE TABLE events (id bigint, name string COMMENT 'who', d date, ts timestamp, amount decimal(10,2), tags array<string>) "
        "PARTITIONED BY (month(d), bucket(4, id), truncate(2, name), hour(ts)) LOCATION 's3://lake/events/' "
        "TBLPROPERTIES ('table_type' = 'ICEBERG', 'format' = 'parquet', 'write_compression' = 'snappy')"
    )
    lake.rows(
        "INSERT INTO events VALUES (1, 'anna', DATE '2024-01-31', TIMESTAMP '2024-01-31 10:11:12.123456', 1.5, ARRAY['x']), "
        "(2, 'bob', DATE '2024-02-01', TIMESTAMP '2024-02-01 00:00:00', NULL, NULL), (3, NULL, NULL, NULL, 2, ARRAY[])"
    )
    expected = [
        ["1", "anna", "2024-01-31", "2024-01-31 10:11:12.123456", "1.50", "[x]"],
        ["2", "bob", "2024-02-01", "2024-02-01 00:00:00.000000", None, None],
        ["3", None, None, None, "2.00", "[]"],
    ]
    assert lake.rows("SELECT * FROM events ORDER BY id") == expected
    table = loaded(lake, "events")
    assert [str(field.transform) for field in table.spec().fields] == ["month", "bucket[4]", "truncate[2]", "hour"]
    assert table.schema().find_field("name").doc == "who"
    assert sorted(row["id"] for row in rows_by_library(table)) == [1, 2, 3]
    assert {task.file.partition[0] for task in table.scan(row_filter="d >= '2024-02-01'").plan_files()} == {649}
    glue = lake.client("glue").get_table(DatabaseName="shop", Name="events")["Table"]
    assert glue["Parameters"]["table_type"] == "ICEBERG"
    assert glue["Parameters"]["metadata_location"] == table.metadata_location
    assert glue["Parameters"]["previous_metadata_location"].startswith("s3://lake/events/metadata/00000-")


def test_rows_are_deleted_updated_and_merged(lake: Lake) -> None:
    lake.rows(
        "CREATE TABLE accounts WITH (table_type = 'ICEBERG', is_external = false, location = 's3://lake/accounts/', partitioning = ARRAY['country']) "
        "AS SELECT CAST(id AS bigint) AS id, country, price FROM sales"
    )
    execution = lake.execute("DELETE FROM accounts WHERE country = 'fr'")
    result = lake.client("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    assert (execution["Status"]["State"], result["UpdateCount"]) == ("SUCCEEDED", 1)
    lake.rows("UPDATE accounts AS a SET price = 100 / a.id, country = 'at' WHERE id = 2")
    assert lake.rows("SELECT * FROM accounts ORDER BY id") == [["1", "de", "2.5"], ["2", "at", "50.0"]]
    source = "(VALUES (1, 'x', 9.0), (2, 'x', 8.0), (4, 'it', 7.0), (5, 'no', 0.0)) AS s (id, country, price)"
    lake.rows(
        f"MERGE INTO accounts t USING (SELECT * FROM {source}) s ON t.id = s.id WHEN MATCHED AND s.price > 8.5 THEN DELETE "
        "WHEN MATCHED THEN UPDATE SET price = s.price + t.price WHEN NOT MATCHED AND s.country <> 'no' THEN INSERT (price, id) VALUES (s.price, s.id)"
    )
    assert lake.rows("SELECT * FROM accounts ORDER BY id") == [["2", "at", "58.0"], ["4", None, "7.0"]]
    with pytest.raises(StatementError, match="MERGE_TARGET_ROW_MULTIPLE_MATCHES"):
        lake.rows(
            "MERGE INTO accounts t USING (VALUES 2, 2) AS s (id) ON t.id = s.id WHEN MATCHED THEN UPDATE SET country = 'x'"
        )
    with pytest.raises(StatementError, match="TYPE_MISMATCH"):
        lake.rows("UPDATE accounts SET price = 'much'")
    assert {row["id"] for row in rows_by_library(loaded(lake, "accounts"))} == {2, 4}


def test_a_table_is_read_as_it_was(lake: Lake) -> None:
    lake.rows("CREATE TABLE past (n int) LOCATION 's3://lake/past/' TBLPROPERTIES ('table_type' = 'ICEBERG')")
    lake.rows("INSERT INTO past VALUES 1, 2")
    (first, made), *_ = lake.rows('SELECT snapshot_id, committed_at FROM "past$snapshots"')
    lake.rows("ALTER TABLE past ADD COLUMNS (note string)")
    lake.rows("INSERT INTO past VALUES (3, 'new')")
    assert lake.rows(f"SELECT * FROM past FOR VERSION AS OF {first} ORDER BY n") == [["1"], ["2"]]
    assert lake.rows(f"SELECT count(*) FROM past FOR TIMESTAMP AS OF TIMESTAMP '{made}'") == [["2"]]
    assert lake.rows("SELECT p.n FROM past FOR TIMESTAMP AS OF current_timestamp AS p WHERE note = 'new'") == [["3"]]
    for version, reason in (
        ("VERSION AS OF 1", "snapshot ID"),
        ("TIMESTAMP AS OF TIMESTAMP '2020-01-01 00:00:00 UTC'", "No version history"),
    ):
        with pytest.raises(StatementError, match=rf"INVALID_ARGUMENTS.*{reason}"):
            lake.rows(f"SELECT * FROM past FOR {version}")
    with pytest.raises(StatementError, match=r"NOT_SUPPORTED.*not an Iceberg table"):
        lake.rows("SELECT * FROM sales FOR VERSION AS OF 1")


def test_metadata_is_queried(lake: Lake) -> None:
    lake.rows(
        "CREATE TABLE told (n int, d date) PARTITIONED BY (d) LOCATION 's3://lake/told/' TBLPROPERTIES ('table_type' = 'ICEBERG')"
    )
    assert lake.rows('SELECT * FROM "told$files"') == []
    lake.rows("INSERT INTO told VALUES (1, DATE '2024-01-01'), (7, DATE '2024-01-01'), (2, NULL)")
    lake.rows("DELETE FROM told WHERE n = 2")
    assert lake.rows(
        'SELECT operation, parent_id IS NULL, cardinality(summary) > 0 FROM "told$snapshots" ORDER BY committed_at'
    ) == [
        ["append", "true", "true"],
        ["overwrite", "false", "true"],
    ]
    assert lake.rows('SELECT count(*), bool_and(is_current_ancestor) FROM "told$history"') == [["2", "true"]]
    files = 'SELECT partition.d, record_count, file_format, lower_bounds[1], upper_bounds[1] FROM "told$files"'
    assert lake.rows(files) == [["2024-01-01", "2", "PARQUET", "1", "7"]]
    assert lake.rows('SELECT "partition", record_count, file_count FROM "told$partitions"') == [
        ["{d=2024-01-01}", "2", "1"]
    ]
    assert lake.rows('SELECT name, type FROM "told$refs"') == [["main", "BRANCH"]]
    assert lake.rows(
        'SELECT sum(added_data_files_count), max(partition_summaries[1].upper_bound) FROM "told$manifests"'
    ) == [["0", "2024-01-01"]]
    with pytest.raises(StatementError, match="TABLE_NOT_FOUND"):
        lake.rows('SELECT * FROM "told$nonesuch"')
    assert lake.rows('SELECT country FROM "sales$partitions" ORDER BY 1') == [["de"], ["fr"]]


def test_columns_change_and_old_files_keep_their_meaning(lake: Lake) -> None:
    lake.rows(
        "CREATE TABLE shape (a int, b string, c float) LOCATION 's3://lake/shape/' TBLPROPERTIES ('table_type' = 'ICEBERG')"
    )
    lake.rows("INSERT INTO shape VALUES (1, 'one', 1.5)")
    for change in (
        "CHANGE COLUMN a x bigint COMMENT 'wider' FIRST",
        "CHANGE b a string",
        "DROP COLUMN c",
        "ADD COLUMNS (c int, s struct<u:int>, m map<string,int>)",
    ):
        lake.rows(f"ALTER TABLE shape {change}")
    lake.rows(
        "INSERT INTO shape VALUES (5000000000, 'two', 2, CAST(ROW(7) AS row(u integer)), MAP(ARRAY['k'], ARRAY[8]))"
    )
    assert lake.rows("SELECT x, a, c, s.u, m FROM shape ORDER BY x") == [
        ["1", "one", None, None, None],
        ["5000000000", "two", "2", "7", "{k=8}"],
    ]
    described = [str(row[0]) for row in lake.rows("DESCRIBE shape")]
    assert described[1:6] == [
        "# col_name\tdata_type\tcomment",
        "x\tbigint\twider",
        "a\tstring\t",
        "c\tint\t",
        "s\tstruct<u:int>\t",
    ]
    assert lake.rows("SHOW COLUMNS IN shape") == [["x"], ["a"], ["c"], ["s"], ["m"]]
    with pytest.raises(StatementError, match="NOT_SUPPORTED"):
        lake.rows("ALTER TABLE shape CHANGE COLUMN x x int")
    lake.rows("ALTER TABLE shape SET TBLPROPERTIES ('vacuum_min_snapshots_to_keep' = '2')")
    assert lake.rows("SHOW TBLPROPERTIES shape ('vacuum_min_snapshots_to_keep')") == [["2"]]
    with pytest.raises(StatementError, match="Unsupported table property key: colour"):
        lake.rows("ALTER TABLE shape SET TBLPROPERTIES ('colour' = 'red')")
    lake.rows("ALTER TABLE shape RENAME TO form")
    made = "\n".join(str(row[0]) for row in lake.rows("SHOW CREATE TABLE form"))
    assert made.startswith("CREATE TABLE shop.form (\n  x bigint,\n  a string,")
    assert "'table_type'='iceberg'" in made
    assert lake.rows("SELECT count(*) FROM form") == [["2"]]


def test_small_files_are_packed_and_old_ones_removed(lake: Lake) -> None:
    lake.rows(
        "CREATE TABLE packed (n int) LOCATION 's3://lake/packed/' TBLPROPERTIES ('table_type' = 'ICEBERG', 'vacuum_max_snapshot_age_seconds' = '0')"
    )
    for n in (1, 2, 3):
        lake.rows(f"INSERT INTO packed VALUES {n}")

    def files() -> set[str]:
        listed = lake.client("s3").list_objects_v2(Bucket="lake", Prefix="packed/data/").get("Contents", [])
        return {entry["Key"] for entry in listed}

    assert len(files()) == 3
    lake.rows("OPTIMIZE packed REWRITE DATA USING BIN_PACK")
    assert len(files()) == 4
    assert lake.rows('SELECT count(*), sum(record_count) FROM "packed$files"') == [["1", "3"]]
    lake.rows("VACUUM packed")
    assert len(files()) == 1
    assert lake.rows('SELECT count(*) FROM "packed$snapshots"') == [["1"]]
    assert lake.rows("SELECT sum(n) FROM packed") == [["6"]]
    lake.rows("DROP TABLE packed")
    assert lake.client("s3").list_objects_v2(Bucket="lake", Prefix="packed/")["KeyCount"] == 0
    for statement in ("OPTIMIZE sales REWRITE DATA USING BIN_PACK", "VACUUM sales"):
        with pytest.raises(StatementError, match="NOT_SUPPORTED"):
            lake.rows(statement)


def test_rows_that_another_engine_deleted_by_position_are_gone(lake: Lake) -> None:
    lake.rows("CREATE TABLE shared (n int) LOCATION 's3://lake/shared/' TBLPROPERTIES ('table_type' = 'ICEBERG')")
    lake.rows("INSERT INTO shared VALUES 10, 11, 12")
    table = loaded(lake, "shared")
    add_position_deletes(table, [0, 2])
    assert lake.rows("SELECT n, \"$path\" LIKE 's3://lake/shared/data/%' FROM shared") == [["11", "true"]]
    lake.rows("OPTIMIZE shared REWRITE DATA USING BIN_PACK")
    assert lake.rows("SELECT n FROM shared") == [["11"]]
    assert [row["n"] for row in rows_by_library(loaded(lake, "shared"))] == [11]


def add_position_deletes(table: Table, positions: list[int]) -> None:
    """Commit a file of position deletes, as an engine that merges on read writes it."""

    (task,) = table.scan().plan_files()
    body = io.BytesIO()
    pq.write_table(
        pa.table({"file_path": [task.file.file_path] * len(positions), "pos": pa.array(positions, pa.int64())}), body
    )
    path = f"{table.location()}/data/deletes.parquet"
    with table.io.new_output(path).create() as stream:
        stream.write(body.getvalue())
    deletes = DataFile.from_args(
        content=DataFileContent.POSITION_DELETES, file_path=path, file_format=FileFormat.PARQUET, partition=Record(),
        record_count=len(positions), file_size_in_bytes=len(body.getvalue()), spec_id=0,
    )  # fmt: skip

    class DeleteManifest(ManifestWriterV2):
        def content(self) -> ManifestContent:
            return ManifestContent.DELETES

        @property
        def _meta(self) -> dict[str, str]:
            return {**super()._meta, "content": "deletes"}

    class Deleting(_FastAppendFiles):
        def _process_manifests(self, manifests: Any) -> Any:
            output = table.io.new_output(f"{table.location()}/metadata/deletes.avro")
            with DeleteManifest(table.spec(), table.schema(), output, self._snapshot_id, "null") as writer:
                writer.add(
                    ManifestEntry.from_args(
                        status=ManifestEntryStatus.ADDED, snapshot_id=self._snapshot_id, data_file=deletes
                    )
                )
            return [*manifests, writer.to_manifest_file()]

    transaction = table.transaction()
    made = transaction.update_snapshot().fast_append()
    made.__class__ = Deleting
    with made:
        pass
    transaction.commit_transaction()


def test_what_changed_meanwhile_fails_the_commit(lake: Lake) -> None:
    lake.rows("CREATE TABLE raced (n int) LOCATION 's3://lake/raced/' TBLPROPERTIES ('table_type' = 'ICEBERG')")
    lake.rows("INSERT INTO raced VALUES 1")
    stale = loaded(lake, "raced")
    lake.rows("UPDATE raced SET n = 2")

    transaction = stale.transaction()
    with pytest.raises((CommitFailedException, ValidationException)):
        with transaction.update_snapshot().overwrite() as snapshot:
            snapshot.delete_data_file(next(iter(stale.scan().plan_files())).file)
        transaction.commit_transaction()
    assert lake.rows("SELECT n FROM raced") == [["2"]]
