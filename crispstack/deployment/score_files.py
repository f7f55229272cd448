"""Rows of a file as a request would hold them: CSV, JSON lines or Parquet, values as the charter types them."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from crispstack.charter import Charter, Column
from crispstack.data_preparation.values import UnparsableError, json_text, parse_text
from crispstack.deployment import json_bytes
from crispstack.deployment.score import FileFormat
from crispstack.errors import DataError

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_REMEMBERED = 10_000


class FileRow(NamedTuple):
    """A row: its number in the file, from 1, and its fields; or the line that could not be told into them, and why."""

    number: int
    fields: Mapping[str, object]
    line: str = ""
    problem: str = ""


class ScoreFile(NamedTuple):
    """A file to read. `name` is what people know it by."""

    path: Path
    name: str
    format: FileFormat
    delimiter: str = ","


def batches(file: ScoreFile, needed: Sequence[str], optional: Sequence[str], size: int) -> Iterator[list[FileRow]]:
    """The rows, at most `size` at a time, with those of the columns that are there.

    Args:
        file: what to read; ``.gz`` is decompressed.
        needed: columns that every row has to have.
        optional: columns that it may have.
        size: rows of a batch.

    Raises:
        DataError: the file is not of its format, or lacks a column; the message says which.
    """
    inside = _folder_fields(file.name, {*needed, *optional})
    needed = [name for name in needed if name not in inside]
    rows = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}[file.format](file, needed, optional)
    while batch := list(itertools.islice(rows, size)):
        yield [row._replace(fields={**inside, **row.fields}) for row in batch] if inside else batch


def _folder_fields(name: str, wanted: set[str]) -> dict[str, object]:
    """Fields that are in the names of folders: ``year=2013/month=1/``."""
    parts = (part.partition("=") for part in name.split("/")[:-1])
    return {key: value for key, equals, value in parts if equals and key in wanted}


def _check_columns(file: ScoreFile, found: Sequence[str], needed: Sequence[str]) -> None:
    if missing := [name for name in needed if name not in found]:
        said = ", ".join(missing)
        raise DataError(f"{file.name}: there is no column {said}; the file has {', '.join(found) or 'none'}")
    if twice := {name for name in found if found.count(name) > 1}:
        raise DataError(f"{file.name}: two columns are called {min(twice)}; rename one")


def _lines(file: ScoreFile) -> Iterator[tuple[str, str]]:
    """Each line that is not empty, and what is wrong with it."""
    opened: Any = gzip.open if file.path.suffix == ".gz" else open
    try:
        with opened(file.path, "rb") as stream:
            for number, line in enumerate(stream):
                content = line.rstrip(b"\r\n")
                if number == 0:
                    content = content.removeprefix(b"\xef\xbb\xbf")
                if not content.strip():
                    continue
                try:
                    yield content.decode(), ""
                except UnicodeDecodeError:
                    yield content.decode(errors="replace"), "not UTF-8"
    except (gzip.BadGzipFile, EOFError) as error:
        raise DataError(f"{file.name}: not gzip, or cut off ({error}); upload it again") from error


def _csv(file: ScoreFile, needed: Sequence[str], optional: Sequence[str]) -> Iterator[FileRow]:
    csv.field_size_limit(2**31 - 1)
    lines = _lines(file)
    header = _fields(next(lines, ("", ""))[0], file.delimiter)
    if header is None:
        raise DataError(f"{file.name}: the header is not CSV; separate names by {file.delimiter!r}")
    _check_columns(file, header, needed)
    wanted = [(position, name) for position, name in enumerate(header) if name in {*needed, *optional}]
    for number, (line, problem) in enumerate(lines, start=1):
        fields = None if problem else _fields(line, file.delimiter)
        if fields is None or len(fields) != len(header):
            yield FileRow(number, {}, line, problem or "wrong number of fields")
        else:
            yield FileRow(number, {name: fields[position] for position, name in wanted})


def _fields(line: str, delimiter: str) -> list[str] | None:
    """One line is one record, as Athena and Spark read it."""
    try:
        return next(csv.reader((line,), delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _jsonl(file: ScoreFile, needed: Sequence[str], optional: Sequence[str]) -> Iterator[FileRow]:
    wanted = {*needed, *optional}
    for number, (line, problem) in enumerate(_lines(file), start=1):
        found = None if problem else _object(line)
        if found is None:
            yield FileRow(number, {}, line, problem or "not a JSON object")
        else:
            yield FileRow(number, {name: value for name, value in found.items() if name in wanted})


def _object(line: str) -> dict[str, object] | None:
    try:
        found = json_bytes.loads(line.encode())
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _parquet(file: ScoreFile, needed: Sequence[str], optional: Sequence[str]) -> Iterator[FileRow]:
    import pyarrow as pa  # noqa: PLC0415 (only where Parquet is read)
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        opened = pq.ParquetFile(file.path)
    except pa.ArrowInvalid as error:
        raise DataError(f"{file.name}: not Parquet ({error})") from error
    names = opened.schema_arrow.names
    _check_columns(file, names, needed)
    wanted = [name for name in names if name in {*needed, *optional}]
    number = itertools.count(1)
    for batch in opened.iter_batches(batch_size=10_000, columns=wanted):
        for fields in batch.to_pylist():
            yield FileRow(next(number), fields)


class RequestMaker:
    """Makes requests of rows: a text becomes what the charter says it writes, as in training."""

    def __init__(self, charter: Charter) -> None:
        """Take the charter, which names the fields of a request and how files write them."""
        self._of = {column.name: _Values(column, charter) for column in charter.feature_columns}

    def request(self, fields: Mapping[str, object]) -> dict[str, object]:
        """The fields that a request takes. A value that is not of its type stays as it is, and is refused there."""
        return {name: self._of[name].json(value) for name, value in fields.items() if name in self._of}


class _Values:
    """Values of one column, as JSON."""

    def __init__(self, column: Column, charter: Charter) -> None:
        plan = charter.preparation
        self._column = column
        self._missing, self._cleaning = plan.missing_words(column.name), plan.cleaning(column.name)
        self._known: dict[str, object] = {}
        is_number = column.type in ("integer", "number")
        # Texts and ISO 8601 are in a request as they are in a file.
        self._is_written_otherwise = is_number or bool(column.formats)

    def json(self, value: object) -> object:
        kind = self._column.type
        if isinstance(value, str):
            return self._text(value) if self._is_written_otherwise else value
        if isinstance(value, float) and math.isnan(value):
            return None
        if isinstance(value, Decimal):
            value = float(value)
        if isinstance(value, dt.datetime) and kind == "date":
            value = value.date()
        if isinstance(value, dt.date):
            return value.isoformat()
        if isinstance(value, bool):
            return value if kind == "boolean" else str(value).lower()
        if isinstance(value, int | float) and kind not in ("integer", "number"):
            return json_text(value)
        return value

    def _text(self, text: str) -> object:
        if text not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[text] = self._parsed(text)
        return self._known[text]

    def _parsed(self, text: str) -> object:
        try:
            meant = float(parse_text(text, self._column, self._missing, self._cleaning))
        except UnparsableError:
            return text
        if math.isnan(meant):
            return None
        if self._column.type == "date":
            return (_EPOCH + dt.timedelta(days=meant)).date().isoformat()
        if self._column.type == "timestamp":
            return (_EPOCH + dt.timedelta(seconds=meant)).isoformat()
        return meant
