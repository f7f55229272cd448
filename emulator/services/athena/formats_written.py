# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""The formats and codecs in which rows are written: Parquet, ORC, Avro, JSON and delimited text."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from emulator.services.athena import compression
from emulator.services.athena.arrow_types import arrow_type
from emulator.services.athena.avro import schema as avro_schema
from emulator.services.athena.delimited import Delimiters
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.scope import literal
from emulator.services.athena.types import Type, quote

Columns = Sequence[tuple[str, Type]]
_TEXT = ("GZIP", "BZIP2", "ZSTD", "DEFLATE", "SNAPPY", "NONE")
# The first is what is written where nobody says.
CODECS = {
    "PARQUET": ("GZIP", "SNAPPY", "ZSTD", "LZ4", "NONE"),
    "ORC": ("ZLIB", "SNAPPY", "ZSTD", "LZ4", "NONE"),
    "AVRO": ("GZIP", "DEFLATE", "BZIP2", "NONE"),
    "JSON": _TEXT,
    "TEXTFILE": _TEXT,
}
_FASTAVRO = {"GZIP": "deflate", "DEFLATE": "deflate", "BZIP2": "bzip2", "NONE": "null"}


def codec(format_: str, wanted: str | None) -> str:
    """The codec to write with.

    Raises:
        QueryError: INVALID_TABLE_PROPERTY, the format has no such codec; NOT_SUPPORTED, it is not there.
    """
    found = (wanted or CODECS[format_][0]).upper()
    found = "NONE" if found == "UNCOMPRESSED" else found
    if found == "LZO" or (format_ == "AVRO" and found in ("SNAPPY", "ZSTD")):
        raise not_supported(f"writing {format_} with the compression {found}")
    if found not in CODECS[format_]:
        raise QueryError("INVALID_TABLE_PROPERTY", f"Unsupported compression {found} for {format_}")
    return found


def name(wanted: str) -> str:
    """A format as it is called here.

    Raises:
        QueryError: NOT_SUPPORTED.
    """
    found = {"TEXT": "TEXTFILE", "CSV": "TEXTFILE"}.get(wanted.upper(), wanted.upper())
    if found not in CODECS:
        raise not_supported(f"writing the format {wanted}")
    return found


def write(cursor: Any, sql: str, data: Columns, format_: str, codec_: str, delimiters: Delimiters, path: Path) -> str:
    """Write a relation to a file; the ending that its name should have.

    Raises:
        QueryError: NOT_SUPPORTED, a type that the format has not.
    """
    if format_ == "PARQUET":
        packed = "UNCOMPRESSED" if codec_ == "NONE" else codec_
        cursor.execute(f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION {packed})")
        return ""
    if format_ == "ORC":
        _write_orc(_rows(cursor, sql, data), codec_, path)
        return ""
    if format_ == "AVRO":
        _write_avro(_rows(cursor, sql, data), data, codec_, path)
        return ""
    if format_ == "JSON":
        cursor.execute(f"COPY ({sql}) TO {literal(str(path))} (FORMAT json)")
    else:
        _write_text(cursor, sql, data, delimiters, path)
    body, suffix = compression.compressed(path.read_bytes(), codec_)
    path.write_bytes(body)
    return suffix


def _rows(cursor: Any, sql: str, data: Columns) -> pa.Table:
    schema = pa.schema([pa.field(column, arrow_type(type_)) for column, type_ in data])
    return cursor.sql(sql).to_arrow_table().cast(schema)


def _write_orc(rows: pa.Table, codec_: str, path: Path) -> None:
    from pyarrow import orc  # noqa: PLC0415 (few statements write it)

    orc.write_table(rows, str(path), compression="uncompressed" if codec_ == "NONE" else codec_.lower())


def _write_avro(rows: pa.Table, data: Columns, codec_: str, path: Path) -> None:
    import fastavro  # noqa: PLC0415 (few statements write it)

    body = io.BytesIO()
    fastavro.writer(body, avro_schema(data), rows.to_pylist(maps_as_pydicts="strict"), codec=_FASTAVRO[codec_])
    path.write_bytes(body.getvalue())


def _write_text(cursor: Any, sql: str, data: Columns, delimiters: Delimiters, path: Path) -> None:
    fields = [f"coalesce({delimiters.text(f'_t.{quote(n)}', type_)}, '\\N')" for n, type_ in data]
    lines = cursor.execute(f"SELECT concat_ws({literal(delimiters.field)}, {', '.join(fields)}) FROM ({sql}) AS _t")
    with path.open("w", encoding="utf-8", newline="") as file:
        for (line,) in lines.fetchall():
            file.write(f"{line}\n")
