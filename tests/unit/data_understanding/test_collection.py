"""Versions of data: immutable, current as a whole or not at all, and told apart."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import openpyxl
import pyarrow.parquet as pq
import pytest
from moto import mock_aws

from crispstack.artifacts import ColumnProfile, DataProfile, sha256
from crispstack.aws import artifact_store, queries, raw_data
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.aws.collection import Collected, Lake, collect
from crispstack.aws.run_collections import collections
from crispstack.charter import Charter, Column, Money, Source, Target
from crispstack.data_collection import CollectedFile, CollectedSource, DataCollection, content_version
from crispstack.data_understanding import raw_table
from crispstack.data_understanding.collection import Difference, RunData, difference
from crispstack.errors import ArtifactError, DataError

LAKE = Lake("raw", "lake", "primary")
NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
COLUMNS = (Column("age", "integer"), Column("y", "category"))
MAIN = Source("rows", "rows.csv", COLUMNS, origin="A survey", license="CC0", owner="Ada", obtained="By hand, in May")
SIDE = Source("days", "days", (*COLUMNS, Column("year", "integer")), partitions=("year",))
BOOK = Source("book", "book.xlsx", COLUMNS, format="excel")
CHARTER = Charter("demo", "Which?", "Ada", (MAIN, SIDE, BOOK), Target("y", "yes"), Money("EUR", 10, -1))


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for cached in (artifact_store.s3, queries.athena):
        cached.cache_clear()
    with mock_aws():
        for bucket in ("raw", "artifacts"):
            boto3.client("s3").create_bucket(Bucket=bucket)
        boto3.client("glue").create_database(DatabaseInput={"Name": "lake"})
        yield
    for cached in (artifact_store.s3, queries.athena):
        cached.cache_clear()


def create_table(source: Source) -> None:
    table = {"Name": raw_table.versions_name(CHARTER, source), "StorageDescriptor": {"Location": "s3://raw/"}}
    boto3.client("glue").create_table(DatabaseName="lake", TableInput=table)


def keys() -> dict[str, dt.datetime]:
    found = boto3.client("s3").list_objects_v2(Bucket="raw").get("Contents", [])
    return {each["Key"]: each["LastModified"] for each in found}


def take(folder: Path, source: Source = MAIN, rows: int = 1) -> Collected:
    return collect(LAKE, CHARTER, source, folder, rows, NOW)


def write(folder: Path, text: str) -> None:
    (folder / "rows.csv").write_text(text)


def test_a_version_is_uploaded_once_and_says_where_it_comes_from(aws: None, tmp_path: Path) -> None:
    create_table(MAIN)
    write(tmp_path, "age,y\n1,yes\n")
    first, second = take(tmp_path), take(tmp_path)
    assert (first.uploaded, second.uploaded, second.source) == (True, False, first.source)
    found = first.source
    assert found.uri == f"s3://raw/demo/rows/version={found.version}/"
    assert found.files == (CollectedFile("rows.csv", 12, sha256(b"age,y\n1,yes\n")),)
    assert (found.rows, found.collected) == (1, "2026-01-02T03:04:05+00:00")
    assert (found.origin, found.license, found.owner, found.obtained) == ("A survey", "CC0", "Ada", "By hand, in May")
    main_only = dataclasses.replace(CHARTER, sources=(MAIN,))
    assert raw_data.collection("raw", main_only, ()).sources == (found,)


@pytest.mark.parametrize(
    "step",
    [
        "crispstack.aws.collection._upload",
        "crispstack.aws.raw_catalog.register",
        "crispstack.aws.collection._put",
        "crispstack.aws.raw_catalog.point_view",
    ],
)
def test_an_upload_that_is_killed_leaves_the_previous_version_current(
    aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    create_table(MAIN)
    write(tmp_path, "age,y\n1,yes\n")
    before = take(tmp_path).source
    main_only = dataclasses.replace(CHARTER, sources=(MAIN,))

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    write(tmp_path, "age,y\n1,yes\n2,no\n")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(step, killed)
        take(tmp_path)
    assert raw_data.collection("raw", main_only, ()).sources == (before,)
    after = take(tmp_path).source
    assert raw_data.collection("raw", main_only, ()).sources == (after,)
    assert after.version != before.version
    assert {each.version for each in raw_data.versions("raw", "demo", "rows")} == {before.version, after.version}


def test_what_was_uploaded_before_a_kill_is_not_uploaded_again(
    aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_table(SIDE)
    for year in (2012, 2013):
        (tmp_path / "days" / f"year={year}").mkdir(parents=True)
        (tmp_path / "days" / f"year={year}" / "a.csv").write_text(f"age,y\n{year},yes\n")
    with monkeypatch.context() as patch, pytest.raises(KeyError):
        patch.setattr("crispstack.aws.raw_catalog.register", lambda *_: {}["killed"])
        take(tmp_path, SIDE, 2)
    uploaded = keys()
    found = take(tmp_path, SIDE, 2).source
    assert {key: keys()[key] for key in uploaded} == uploaded
    assert [file.name for file in found.files] == ["year=2012/a.csv", "year=2013/a.csv"]
    partitions = boto3.client("glue").get_partitions(DatabaseName="lake", TableName="demo_days_versions")["Partitions"]
    assert {(tuple(each["Values"]), each["StorageDescriptor"]["Location"]) for each in partitions} == {
        ((found.version, str(year)), f"{found.uri}year={year}/") for year in (2012, 2013)
    }


def test_going_back_to_earlier_data_uploads_nothing(aws: None, tmp_path: Path) -> None:
    create_table(MAIN)
    versions = []
    for text in ("age,y\n1,yes\n", "age,y\n2,yes\n", "age,y\n1,yes\n"):
        write(tmp_path, text)
        versions.append(take(tmp_path))
    assert [each.uploaded for each in versions] == [True, True, False]
    assert raw_data.current("raw", "demo", "rows") == versions[0].source.version


def test_without_a_deployed_table_nothing_becomes_current(aws: None, tmp_path: Path) -> None:
    write(tmp_path, "age,y\n1,yes\n")
    with pytest.raises(DataError, match=r"there is no table lake\.demo_rows_versions; deploy the project"):
        take(tmp_path)
    assert raw_data.current("raw", "demo", "rows") == ""


def test_a_workbook_is_kept_and_stored_as_text_in_parquet(aws: None, tmp_path: Path) -> None:
    create_table(BOOK)
    book = openpyxl.Workbook()
    for row in (["Age", "Y"], [30, "yes\nno"], [1.5, None], [dt.datetime(2013, 1, 31, 5), "007"]):
        book.active.append(row)
    book.save(tmp_path / "book.xlsx")
    first = take(tmp_path, BOOK, 3).source
    assert [file.name for file in (*first.files, *first.originals)] == ["book.parquet", "_book.xlsx"]
    s3, key = boto3.client("s3"), first.uri.removeprefix("s3://raw/")
    content = s3.get_object(Bucket="raw", Key=f"{key}book.parquet")["Body"].read()
    assert (len(content), sha256(content)) == (first.files[0].bytes, first.files[0].sha256)
    (tmp_path / "stored.parquet").write_bytes(content)
    stored = pq.read_table(tmp_path / "stored.parquet")
    assert stored.to_pydict() == {"age": ["30", "1.5", "2013-01-31 05:00:00.000"], "y": ["yes\nno", "", "007"]}
    kept = s3.get_object(Bucket="raw", Key=f"{key}_book.xlsx")["Body"].read()
    assert kept == (tmp_path / "book.xlsx").read_bytes()
    book.properties.title = "Saved again, nothing changed"
    book.save(tmp_path / "book.xlsx")
    assert not take(tmp_path, BOOK, 3).uploaded


def test_a_pointer_that_nobody_of_us_wrote_is_named(aws: None, tmp_path: Path) -> None:
    boto3.client("s3").put_object(Bucket="raw", Key="demo/rows.json", Body=b'{"version": 1}')
    with pytest.raises(DataError, match=r"s3://raw/demo/rows\.json is not what .* writes .*CurrentVersion"):
        raw_data.current("raw", "demo", "rows")


def test_a_version_is_named_by_names_and_contents_in_any_order() -> None:
    files = [("year=2012/a.csv", "11"), ("year=2013/a.csv", "22")]
    assert content_version(files) == content_version(reversed(files))
    assert content_version(files) != content_version([("year=2012/a.csv", "22"), ("year=2013/a.csv", "11")])
    assert len(content_version(files)) == 16


def collected(version: str, *files: tuple[str, str], rows: int = 10) -> CollectedSource:
    listed = tuple(CollectedFile(name, 5, content) for name, content in files)
    return CollectedSource("rows", version, f"s3://raw/demo/rows/version={version}/", "csv", listed, rows, "2026")


def profile(rows: int, *columns: ColumnProfile) -> DataProfile:
    return DataProfile("lake.demo_rows", rows, 2, 3, columns, 100)


AGE = ColumnProfile("age", "integer", 10, 0, 9, 0, mean=40.0, quantiles={"0.5": 41.0})
MAIN_ONLY = dataclasses.replace(CHARTER, sources=(MAIN,))


def test_runs_differ_in_files_schema_rows_and_statistics() -> None:
    wider = dataclasses.replace(MAIN, columns=(Column("age", "number"), COLUMNS[1], Column("late", "text")))
    before = RunData(MAIN_ONLY, DataCollection((collected("1", ("a", "x"), ("b", "y")),)), profile(10, AGE))
    older = dataclasses.replace(AGE, nulls=2, mean=42.5, quantiles={"0.5": 44.0})
    after = RunData(
        dataclasses.replace(MAIN_ONLY, sources=(wider,)),
        DataCollection((collected("2", ("b", "z"), ("c", "y"), rows=12),)),
        profile(12, older),
    )
    found = difference(before, after)
    assert found.versions == (
        Difference("rows", "", "version", "changed", "1", "2"),
        Difference("rows", "", "rows", "changed", 10, 12),
    )
    assert found.files == (
        Difference("rows", "a", "sha256", "removed", "x", None),
        Difference("rows", "b", "sha256", "changed", "y", "z"),
        Difference("rows", "c", "sha256", "added", None, "y"),
    )
    assert found.schema == (
        Difference("rows", "age", "type", "changed", "integer", "number"),
        Difference("rows", "late", "type", "added", None, "text"),
        Difference("rows", "late", "position", "added", None, 3),
    )
    assert found.statistics == (
        Difference("rows", "", "rows", "changed", 10, 12),
        Difference("rows", "age", "nulls", "changed", 0, 2),
        Difference("rows", "age", "mean", "changed", 40.0, 42.5),
        Difference("rows", "age", "quantile 0.5", "changed", 41.0, 44.0),
    )
    assert list(difference(before, before)) == []
    assert difference(before, dataclasses.replace(after, profile=None)).statistics == ()


def test_runs_are_found_with_the_data_they_used(aws: None) -> None:
    used = DataCollection((collected("1"),))
    for run in ("20260101T000000Z-aaaaaa", "20260102T000000Z-bbbbbb"):
        ArtifactStore("artifacts", "demo", run).write(used)
    boto3.client("s3").put_object(Bucket="artifacts", Key="demo/runs/20260103T000000Z-cccccc/charter.json", Body=b"{}")
    found = collections("artifacts", "demo")
    assert list(found.items()) == [("20260102T000000Z-bbbbbb", used), ("20260101T000000Z-aaaaaa", used)]
    with pytest.raises(ArtifactError, match="the run collected no source 'days'"):
        used.source("days")
    assert json.loads(used.to_json())["sources"][0]["version"] == "1"
