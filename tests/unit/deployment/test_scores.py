"""Scores in a mocked account: what a killed attempt leaves, what the next one does, and when a score is complete."""

from __future__ import annotations

import dataclasses
import functools
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pyarrow.parquet as pq
import pytest

from crispstack.aws import artifact_store, scores, scoring_task
from crispstack.aws.artifact_store import ArtifactStore, s3
from crispstack.aws.score_inputs import LocalFile, Objects, Table
from crispstack.aws.scoring_task import ScoringTask
from crispstack.deployment.score import Account, InputFile, ScorePlan, fingerprint, new_score_id, table_columns
from crispstack.deployment.serving import Champion
from crispstack.errors import CrispError, DataError
from tests.unit.data_preparation.test_request_reader import PLAIN, SOUND
from tests.unit.deployment import every_type
from tests.unit.modeling import mocked_s3

FILES, EACH = 6, 4
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArtifactStore]:
    with mocked_s3.mocked() as made:
        monkeypatch.setattr(scoring_task, "_model", functools.cache(lambda *_: every_type.champion()))
        glue = boto3.client("glue")
        glue.create_database(DatabaseInput={"Name": "lake"})
        columns = [{"Name": name, "Type": kind} for name, kind in table_columns("binary")]
        described = {
            "Name": "shop_scores",
            "PartitionKeys": [{"Name": "score_id", "Type": "string"}],
            "StorageDescriptor": {"Columns": columns, "Location": "s3://artifacts/shop/scores/"},
        }
        glue.create_table(DatabaseName="lake", TableInput=described)
        yield made


@pytest.fixture
def plan(store: ArtifactStore) -> ScorePlan:
    files = []
    for number in range(FILES):
        rows = [json.dumps(SOUND | {"whole": number * EACH + row}) for row in range(EACH)]
        if number == 2:
            rows[1] = "no JSON"
        uri = f"s3://prepared/scoring/{number:06d}-rows.jsonl"
        s3().put_object(Bucket="prepared", Key=artifact_store.split_uri(uri)[1], Body="\n".join(rows).encode())
        files.append(InputFile(uri, f"s3://x/{number}.jsonl"))
    score_id = new_score_id(NOW, "a1b2c3", fingerprint("x", [("n", "h")], "v1", ["whole"]))
    made = ScorePlan(
        score_id, "shop", f"s3://artifacts/shop/scores/{score_id}/", "s3://m", "v1", "x", tuple(files), "jsonl", ",",
        ("whole",), "lake",
    )  # fmt: skip
    scores.write_plan(made)
    return made


def work(plan: ScorePlan, parts: Iterable[int]) -> None:
    """What a Spark executor does with the parts that it is given."""
    task = ScoringTask(plan.to_json(), "", "")
    for part in parts:
        task(part)


def whole_numbers(plan: ScorePlan) -> list[int]:
    listed = mocked_s3.keys(f"shop/scores/{plan.score_id}/rows/")
    found = []
    for name in listed:
        content = artifact_store.read_bytes(f"{plan.uri}rows/{name}")
        found += [int(dict(row["keys"])["whole"]) for row in pq.read_table(io.BytesIO(content)).to_pylist()]
    return sorted(found)


def test_a_killed_attempt_is_gone_on_with_and_every_row_is_there_once(
    plan: ScorePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = []

    def dies_at_the_fourth_part(champion: Champion, *arguments: Any) -> Any:
        uploads.append(arguments[0].name)
        if len(uploads) == 4:
            raise KeyboardInterrupt
        return score_file(champion, *arguments)

    score_file = scoring_task.score_file
    monkeypatch.setattr(scoring_task, "score_file", dies_at_the_fourth_part)
    with pytest.raises(KeyboardInterrupt):
        work(plan, range(FILES))
    assert scores.finished_parts(plan) == [0, 1, 2]
    with pytest.raises(DataError, match=r"3 files are not scored, s3://x/3\.jsonl"):
        scores.complete(plan)
    assert scores.manifest(plan) is None
    # Of one part the rows were put, but not the account.
    s3().put_object(Bucket="artifacts", Key=artifact_store.split_uri(plan.part(3, "rows"))[1], Body=b"half a part")

    work(plan, [3, 4, 5])
    assert uploads[4:] == ["s3://x/3.jsonl", "s3://x/4.jsonl", "s3://x/5.jsonl"]
    account = scores.complete(plan)
    assert account == Account(FILES * EACH, FILES * EACH - 1, 1, {"not a JSON object": 1}) == scores.manifest(plan)
    assert whole_numbers(plan) == [number for number in range(FILES * EACH) if number != 2 * EACH + 1]
    assert mocked_s3.keys(f"shop/scores/{plan.score_id}/quarantine/") == ["000002.jsonl.gz"]


def test_a_part_whose_rows_were_not_stored_is_not_done(plan: ScorePlan, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(*_: str) -> None:
        raise OSError("the line was cut")

    monkeypatch.setattr(s3(), "upload_file", cut_off)
    with pytest.raises(OSError, match="the line was cut"):
        work(plan, [0])
    assert scores.finished_parts(plan) == []


def test_a_score_is_seen_in_the_table_once_it_is_complete(plan: ScorePlan) -> None:
    def partitions() -> list[Any]:
        found: list[Any] = boto3.client("glue").get_partitions(DatabaseName="lake", TableName="shop_scores")[
            "Partitions"
        ]
        return found

    work(plan, range(FILES))
    assert partitions() == []
    for _ in range(2):  # an attempt may have died between the partition and the manifest
        scores.complete(plan)
    (partition,) = partitions()
    assert partition["Values"] == [plan.score_id]
    assert partition["StorageDescriptor"]["Location"] == f"{plan.uri}rows/"
    assert len(partition["StorageDescriptor"]["Columns"]) == len(table_columns("binary"))


def test_an_account_that_does_not_add_up_completes_nothing(plan: ScorePlan) -> None:
    work(plan, range(FILES))
    lost = dataclasses.replace(Account(EACH, EACH - 1, 0))
    s3().put_object(
        Bucket="artifacts", Key=artifact_store.split_uri(plan.part(0, "parts"))[1], Body=lost.to_json().encode()
    )
    with pytest.raises(DataError, match="24 rows were read, 22 scored and 1 quarantined: a defect"):
        scores.complete(plan)
    assert scores.manifest(plan) is None


def test_the_newest_score_of_the_same_rows_and_model_is_found(plan: ScorePlan) -> None:
    scores_uri, of = "s3://artifacts/shop/scores/", plan.score_id[-8:]
    assert scores.latest(scores_uri, of) == plan
    newer = dataclasses.replace(plan, score_id=f"2027{plan.score_id[4:]}", uri=plan.uri.replace("/2026", "/2027"))
    # Rows that were copied without a plan are no score.
    s3().put_object(Bucket="artifacts", Key=f"shop/scores/2028{plan.score_id[4:]}/x", Body=b"")
    scores.write_plan(newer)
    assert scores.latest(scores_uri, of) == newer
    assert scores.latest(scores_uri, "00000000") is None
    others = [fingerprint("y", [], "v1", []), fingerprint("x", [("n", "g")], "v1", ["whole"])]
    others += [fingerprint("x", [("n", "h")], "v2", ["whole"]), fingerprint("x", [("n", "h")], "v1", [])]
    assert of not in others


def test_a_local_file_is_copied_and_told_from_another_one(store: ArtifactStore, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a\n1\n")
    rows = LocalFile.of(str(path))
    (copied,) = rows.copy("s3://prepared/scoring/s1/")
    assert (rows.source, rows.format, copied.name) == ("rows.csv", "csv", "rows.csv")
    assert artifact_store.read_bytes(copied.uri) == b"a\n1\n"
    path.write_text("a\n2\n")
    assert LocalFile.of(str(path)).contents != rows.contents
    for name, why in ((str(tmp_path / "none.csv"), "no such file"), (__file__, "cannot be scored; give .csv")):
        with pytest.raises(CrispError, match=why):
            LocalFile.of(name)


def test_objects_below_a_prefix_are_copied_in_their_order(store: ArtifactStore) -> None:
    for key in ("in/b.csv", "in/year=1/a.csv", "in/_hidden.csv", "inner.csv", "in/empty.csv"):
        s3().put_object(Bucket="prepared", Key=key, Body=b"" if "empty" in key else key.encode())
    rows = Objects.of("s3://prepared/in")
    copied = rows.copy("s3://artifacts/s/")
    assert [each.name for each in copied] == ["s3://prepared/in/b.csv", "s3://prepared/in/year=1/a.csv"]
    assert [artifact_store.read_bytes(each.uri) for each in copied] == [b"in/b.csv", b"in/year=1/a.csv"]
    assert [each.name for each in Objects.of("s3://prepared/inner.csv").copy("s3://artifacts/t/")] == [
        "s3://prepared/inner.csv"
    ]
    s3().put_object(Bucket="prepared", Key="in/c.parquet", Body=b"x")
    for uri, why in (
        ("s3://prepared/in/", r"several formats \(csv, parquet\)"),
        ("s3://prepared/none", "none below it"),
        ("s3://nowhere/x.csv", "cannot be listed: NoSuchBucket"),
        ("in/b.csv", "write s3://"),
    ):
        with pytest.raises(CrispError, match=why):
            Objects.of(uri)


def test_a_table_needs_a_key_and_every_column(store: ArtifactStore) -> None:
    def table(name: str, *keys: str) -> Table:
        return Table.of(name, PLAIN, keys, "lake", "lake", lambda _seconds, _bytes: None)

    columns = [{"Name": column.name, "Type": "string"} for column in PLAIN.source.columns]
    boto3.client("glue").create_table(
        DatabaseName="lake", TableInput={"Name": "rows", "StorageDescriptor": {"Columns": columns}}
    )
    asked = 'SELECT "whole", "size", "code", "city", "member", "day", "moment", "note", "y" FROM "lake"."rows"'
    assert table("rows", "code", "y").statement == asked
    with pytest.raises(CrispError, match="--table needs --key"):
        table("rows")
    with pytest.raises(CrispError, match=r"lake\.rows has no column id"):
        table("lake.rows", "id")
    with pytest.raises(CrispError, match="did you mean 'rows'"):
        table("row", "id")
