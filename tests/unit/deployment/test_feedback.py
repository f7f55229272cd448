"""Truths as users tell them: what fits becomes rows, what does not is refused by line."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest
from pyarrow import Table, parquet

from crispstack.aws import feedback as upload
from crispstack.aws.artifact_store import read_bytes
from crispstack.deployment.feedback import Truth, read
from crispstack.errors import DataError
from tests.unit.modeling import mocked_s3

CHARTER = mocked_s3.trained()[0]
TARGET = CHARTER.target.column


def test_csv_and_parquet_say_the_same(tmp_path: Path) -> None:
    text, binary = tmp_path / "t.csv", tmp_path / "t.parquet"
    text.write_text(f"row,{TARGET},request_id,other\n0,yes,a,1\n7, no ,a,\n")
    parquet.write_table(Table.from_pydict({"request_id": ["a", "a"], "row": [0, 7], TARGET: ["yes", "no"]}), binary)
    assert read(text, CHARTER) == read(binary, CHARTER) == [Truth("a", 0, "yes"), Truth("a", 7, "no")]
    text.write_text(f"request_id,{TARGET}\nb,yes\n")
    assert read(text, CHARTER) == [Truth("b", 0, "yes")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"request,{TARGET}\na,yes\n", "column 'request_id' is missing; it has request"),
        ("request_id,outcome\na,yes\n", f"column '{TARGET}' is missing"),
        (f"request_id,{TARGET}\na,yes\nb,\n", f"t.csv:3: {TARGET} is empty"),
        (f"request_id,{TARGET}\n,yes\n", "t.csv:2: request_id is empty"),
        (f"request_id,row,{TARGET}\na,-1,yes\n", "t.csv:2: row is '-1'"),
        (f"request_id,{TARGET}\na\n", f"t.csv:2: {TARGET} is empty"),
    ],
)
def test_what_does_not_fit_is_refused_by_line(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "t.csv"
    file.write_text(content)
    with pytest.raises(DataError, match=r"request_id|row|column") as refused:
        read(file, CHARTER)
    assert said in str(refused.value)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path / "no.csv", CHARTER)
    (tmp_path / "t.parquet").write_bytes(b"no parquet")
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path / "t.parquet", CHARTER)


def test_truths_are_kept_as_parquet_and_the_same_ones_once() -> None:
    truths = [Truth("a", 0, "yes"), Truth("a", 1, "no")]
    with mocked_s3.mocked() as store:
        uri = upload.upload(store.bucket, "bank", truths, dt.datetime(2026, 1, 2, tzinfo=dt.UTC))
        again = upload.upload(store.bucket, "bank", truths, dt.datetime(2026, 1, 3, tzinfo=dt.UTC))
        found = parquet.read_table(io.BytesIO(read_bytes(uri))).to_pylist()
    assert uri == again
    assert uri.startswith(f"s3://{store.bucket}/bank/truths/")
    assert [(each["_request_id"], each["_row"], each["_truth"]) for each in found] == truths
    assert found[0]["_told"] == dt.datetime(2026, 1, 3)
