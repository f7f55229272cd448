"""Routed rows become the files of a version, on the executor that prepared them: they never travel back.

Training rows become Parquet; test rows and quarantined rows gzipped JSON lines, which need no reader of Parquet.
A file is written to the local disk, then stored under the hash of its content.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

from crispstack.data_preparation.account import Part, PreparedFile
from crispstack.data_preparation.storage import Storage

pc: Any = pyarrow.compute  # its functions are made when it is imported, so that types are not known
_ROW_GROUP_BYTES = 64 * 2**20
_LARGEST_FILE_BYTES = 384 * 2**20
_CHUNK = 2**20
# Made once: `json.dumps` with an option makes an encoder for every value.
_QUOTED = json.JSONEncoder(ensure_ascii=False).encode


class _Writer(Protocol):
    def write(self, rows: pa.RecordBatch) -> None: ...

    def close(self) -> None: ...


class PartFiles:
    """The files of one part that one task writes: a context that stores the last of them at its end.

    Args:
        part: which part the rows belong to.
        prefix: URI under which the files are stored, with what their names begin with.
        storage: where they are stored.
    """

    def __init__(self, part: Part, prefix: str, storage: Storage) -> None:
        self.files: list[PreparedFile] = []
        self._part: Part = part
        self._prefix = prefix
        self._storage = storage
        self._writer: _Writer | None = None
        self._rows = 0

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "part"
        return self

    def __exit__(self, kind: type[BaseException] | None, _value: object, _trace: TracebackType | None) -> None:
        try:
            if self._writer:
                self._finish(store=kind is None)
        finally:
            self._folder.cleanup()

    def write(self, rows: pa.RecordBatch) -> None:
        """Append rows; a file that is large enough is stored and another begun."""
        if not rows.num_rows:
            return
        if not self._writer:
            self._writer = (_Parquet if self._part == "train" else _JsonLines)(self._path, rows.schema)
        self._writer.write(rows)
        self._rows += rows.num_rows
        if self._path.stat().st_size > _LARGEST_FILE_BYTES:
            self._finish(store=True)

    def _finish(self, *, store: bool) -> None:
        assert self._writer  # noqa: S101 (both callers looked)
        self._writer.close()
        if store:
            suffix = "parquet" if self._part == "train" else "json.gz"
            uri = f"{self._prefix}{_digest(self._path)[:16]}.{suffix}"
            self._storage.upload(self._path, uri)
            self.files.append(PreparedFile(self._part, uri, self._rows, self._path.stat().st_size))
        self._writer, self._rows = None, 0


class _Parquet:
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        # Numbers seldom repeat enough for a dictionary, which takes longer to build than they take to compress.
        texts = [column.name for column in schema if pa.types.is_string(column.type)]
        self._file = pq.ParquetWriter(path, schema, use_dictionary=texts, compression="zstd", compression_level=1)
        self._waiting: list[pa.RecordBatch] = []
        self._bytes = 0

    def write(self, rows: pa.RecordBatch) -> None:
        self._waiting.append(rows)
        self._bytes += rows.nbytes
        if self._bytes > _ROW_GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        if self._waiting:
            self._file.write_table(pa.Table.from_batches(self._waiting))
        self._waiting, self._bytes = [], 0


class _JsonLines:
    def __init__(self, path: Path, _schema: pa.Schema) -> None:
        self._raw = path.open("wb")
        # Without a name and a time in it, equal rows are equal bytes.
        self._file = gzip.GzipFile("", "wb", compresslevel=1, fileobj=self._raw, mtime=0)

    def write(self, rows: pa.RecordBatch) -> None:
        self._file.write(json_lines(rows))

    def close(self) -> None:
        self._file.close()
        self._raw.close()


def json_lines(rows: pa.RecordBatch) -> bytes:
    """One JSON object per row and line, every column named, null where it is null."""
    pieces: list[Any] = []
    for name, column in zip(rows.schema.names, rows.columns, strict=True):
        pieces += [f"{',' if pieces else '{'}{json.dumps(name)}:", _json_values(column)]
    lines: Any = pc.binary_join_element_wise(*pieces, "}\n", "")
    _, offsets, text = lines.buffers()
    # The lines lie one after the other: no text of Python's is made of each.
    first, last = np.frombuffer(offsets, np.int32)[[lines.offset, lines.offset + len(lines)]].tolist()
    return text.slice(first, last - first).to_pybytes() if last else b""


def _json_values(column: pa.Array) -> pa.Array:
    """Each value as JSON: texts quoted, numbers as the shortest text that reads as the same number."""
    if pa.types.is_string(column.type):
        distinct = column.dictionary_encode()
        quoted = pa.array(list(map(_QUOTED, distinct.dictionary.to_pylist())))
        column = quoted.cast(pa.string()).take(distinct.indices)
    return pc.coalesce(column.cast(pa.string()), pa.scalar("null"))


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
