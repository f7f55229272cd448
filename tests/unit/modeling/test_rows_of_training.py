from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crispstack.aws import artifact_store, training_rows
from crispstack.errors import DataError
from tests.unit.modeling import bank, mocked_s3

URI = "s3://prepared/train/bank_test/v1"


@pytest.fixture(autouse=True)
def buckets() -> Iterator[None]:
    with mocked_s3.mocked():
        yield


def put(name: str, **columns: list[object]) -> None:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    put_bytes(name, file.getvalue())


def put_bytes(name: str, content: bytes) -> None:
    artifact_store.s3().put_object(Bucket="prepared", Key=f"train/bank_test/{name}", Body=content)


def test_parts_are_read_in_the_order_of_their_names_and_nothing_else_is(tmp_path: Path) -> None:
    put("v1/part-1.parquet", age=[3.0, None], job=["c", None])
    put("v1/part-0.parquet", age=[1.0, 2.0], job=["a", "b"])
    put("v10/part-0.parquet", age=[9.0], job=["z"])
    put_bytes("v1/_SUCCESS", b"")
    found = training_rows.read(URI, tmp_path)
    assert found.to_pydict() == {"age": [1.0, 2.0, 3.0, None], "job": ["a", "b", "c", None]}


def test_rows_are_downloaded_once_however_many_ask_at_the_same_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("v1/part-0.parquet", age=[1.0])
    downloads: list[Path] = []
    original = training_rows._download
    monkeypatch.setattr(training_rows, "_download", lambda uri, copy: (downloads.append(copy), original(uri, copy)))
    answers: list[int] = []
    asking = [
        threading.Thread(target=lambda: answers.append(training_rows.read(URI, tmp_path).num_rows)) for _ in range(4)
    ]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert (answers, len(downloads)) == ([1, 1, 1, 1], 1)


def test_a_download_that_was_cut_off_is_not_taken_for_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put("v1/part-0.parquet", age=[1.0])
    put_bytes("v1/part-1.parquet", b"no Parquet, but it arrives")

    def cut_off(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", cut_off)
        with pytest.raises(KeyboardInterrupt):
            training_rows.read(URI, tmp_path)
    put("v1/part-1.parquet", age=[2.0])
    assert training_rows.read(URI, tmp_path)["age"].to_pylist() == [1.0, 2.0]


def test_where_there_are_no_rows_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"no training rows at s3://prepared/train/bank_test/v1; prepare the data again"
    ):
        training_rows.read(URI, tmp_path)


def test_samples_are_prepared_rows_from_first_to_last_with_columns_that_are_no_features() -> None:
    prepared = [row | {"branch": f"B{number}"} for number, row in enumerate(bank.rows(200))]
    data = bank.data(prepared, bank.charter())
    assert "branch" not in data.columns
    assert len(data.samples) == 20
    assert [data.samples[at]["branch"] for at in (0, -1)] == ["B0", "B199"]
    assert all(dict(sample) in prepared for sample in data.samples)
