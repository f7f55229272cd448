"""The first rows of a source's files on this machine, as text: where personal data is looked for before any upload."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from crispstack.business_understanding import canonical_text, data_file_location
from crispstack.business_understanding.data_file_location import DataFile
from crispstack.charter import Source, SourceFormat

Row = Mapping[str, str | None]


def first_rows(source: Source, folder: Path, count: int) -> list[Row]:
    """The first rows by column name, none for a table of a database; the files are valid.

    Args:
        source: whose files to read.
        folder: the charter's folder, to which the files are relative.
        count: how many rows, at most.
    """
    if source.format not in _READERS:
        return []
    files = data_file_location.files(source, folder)
    rows = itertools.chain.from_iterable(_rows(file, source) for file in files)
    return list(itertools.islice(rows, count))


def _rows(file: DataFile, source: Source) -> Iterator[Row]:
    """Rows of one file, with the values that its folders hold."""
    partition = dict(zip(source.partitions, file.partition, strict=True))
    for row in _READERS[source.format](file, source):
        yield {**row, **partition} if partition else row


def _csv(file: DataFile, source: Source) -> Iterator[Row]:
    with file.path.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines, delimiter=source.delimiter)
        next(reader, None)
        for values in reader:
            yield dict(zip((column.name for column in source.file_columns), values, strict=True))


def _jsonl(file: DataFile, source: Source) -> Iterator[Row]:
    with file.path.open(encoding="utf-8") as lines:
        for line in lines:
            yield _texts(json.loads(line), source)


def _parquet(file: DataFile, source: Source) -> Iterator[Row]:
    import pyarrow.parquet  # noqa: PLC0415 (only this format needs it)

    with pyarrow.parquet.ParquetFile(file.path) as table:
        for batch in table.iter_batches(batch_size=1000, columns=[column.name for column in source.file_columns]):
            for row in batch.to_pylist():
                yield _texts(row, source)


def _excel(file: DataFile, source: Source) -> Iterator[Row]:
    import openpyxl  # type: ignore[import-untyped]  # noqa: PLC0415 (only this format needs it)

    book = openpyxl.load_workbook(file.path, read_only=True, data_only=True)
    try:
        sheet = book[source.sheet] if source.sheet else book.worksheets[0]
        for values in itertools.islice(sheet.iter_rows(values_only=True), 1, None):
            yield _texts(dict(zip((column.name for column in source.file_columns), values, strict=False)), source)
    finally:
        book.close()


def _texts(row: Mapping[str, object], source: Source) -> Row:
    return {column.name: canonical_text.text(row.get(column.name), column.type) for column in source.file_columns}


_READERS: Mapping[SourceFormat, Callable[[DataFile, Source], Iterator[Row]]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "excel": _excel,
}
