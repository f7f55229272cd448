"""Prepared rows as the files of a version, read back with other tools."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crispstack.data_preparation.account import Part
from crispstack.data_preparation.part_files import PartFiles, json_lines
from crispstack.data_preparation.storage import Storage

ROWS: dict[str, list[Any]] = {
    'a "name"': ["plain", 'quoted " and \\', "Köln\n東京", None, ""],
    "number": [1.5, -0.25, None, 3.0, 1024.0],
    "count": [1, None, 3, 4, -5],
}
TYPES = {"number": pa.float32(), "count": pa.int64()}


def _batch() -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({name: pa.array(rows, TYPES.get(name)) for name, rows in ROWS.items()})


def _objects(start: int, count: int) -> list[dict[str, Any]]:
    rows = list(zip(*ROWS.values(), strict=True))[start : start + count]
    return [dict(zip(ROWS, row, strict=True)) for row in rows]


@pytest.mark.parametrize(("start", "count"), [(0, 5), (1, 3), (4, 1), (2, 0)])
def test_each_row_is_one_json_object_on_a_line(start: int, count: int) -> None:
    text = json_lines(_batch().slice(start, count)).decode()
    assert [json.loads(line) for line in text.split("\n")[:-1]] == _objects(start, count)
    assert text.endswith("\n") == bool(count)


@pytest.mark.parametrize("part", ["train", "test"])
def test_files_hold_the_rows_and_are_told_by_size(part: Part, tmp_path: Path, storage: Storage) -> None:
    with PartFiles(part, f"{tmp_path}/", storage) as files:
        files.write(_batch().slice(0, 2))
        files.write(_batch().slice(0, 0))
        files.write(_batch().slice(2))
    (file,) = files.files
    path = Path(file.uri)
    assert (file.part, file.rows, file.size) == (part, 5, path.stat().st_size)
    if part == "train":
        found = pq.read_table(path).to_pylist()
        assert {pq.ParquetFile(path).metadata.row_group(0).column(index).compression for index in range(3)} == {"ZSTD"}
    else:
        found = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    assert found == _objects(0, 5)


class _Folder:
    def upload(self, file: Path, uri: str) -> None:
        Path(uri).write_bytes(file.read_bytes())


@pytest.fixture
def storage() -> Any:
    return _Folder()
