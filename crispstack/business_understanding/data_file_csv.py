"""Delimited files: RFC 4180 with one record a line, in UTF-8, with a header.

Line breaks and backslashes within fields are refused, because Athena's CSV reader ends records at the one and takes the
other for an escape.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from crispstack.business_understanding.data_file_counts import Advance, ClassCounts, Outcomes
from crispstack.business_understanding.data_file_header import check_header
from crispstack.business_understanding.data_file_lines import lines
from crispstack.business_understanding.data_file_location import DataFile
from crispstack.charter import Source, Target
from crispstack.errors import DataError

_LONGEST_FIELD = 2**31 - 1


def check(file: DataFile, source: Source, target: Target | None, advance: Advance) -> ClassCounts:
    """Read the file once; its rows, and the target's outcomes where one is given.

    Raises:
        DataError: it is not what the charter declares; the message names file, line and remedy.
    """
    csv.field_size_limit(_LONGEST_FIELD)  # the reader's own limit, 128 KiB, is neither Athena's nor Spark's
    path, texts = file.path, _lines(file.path, advance)
    _check_header(path, next(texts, (1, ""))[1], source, target)
    declared = [column.name for column in source.file_columns]
    position = declared.index(target.column) if target else None
    rows, outcomes = 0, Outcomes(target)
    for number, text in texts:
        fields = _fields(path, number, text, source)
        if len(fields) != len(declared):
            remedy = "quote fields that hold the delimiter, or repair the line"
            raise DataError(f"{path}:{number}: {len(fields)} fields where {len(declared)} are declared; {remedy}")
        rows += 1
        if position is not None:
            outcomes.add(fields[position])
    return outcomes.counts(rows)


def _lines(path: Path, advance: Advance) -> Iterator[tuple[int, str]]:
    for number, text in lines(path, advance):
        if "\\" in text or "\0" in text or "\r" in text:
            remedy = "remove it: CSV readers disagree on its meaning"
            raise DataError(f"{path}:{number}: holds a backslash, a null character or a carriage return; {remedy}")
        yield number, text


def _fields(path: Path, number: int, text: str, source: Source) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=source.delimiter, strict=True))
    except csv.Error as error:
        remedy = "double quotes within a quoted field, and keep each record on one line"
        raise DataError(f"{path}:{number}: {error}; {remedy}") from error


def _check_header(path: Path, text: str, source: Source, target: Target | None) -> None:
    if not text:
        raise DataError(f"{path}: the file is empty; export the data again, with a header")
    header = _fields(path, 1, text, source)
    if len(header) == 1 < len(source.file_columns) and (other := _likely_delimiter(text, source.delimiter)):
        remedy = f"write `delimiter: {json.dumps(other)}` under sources in the charter"
        raise DataError(f"{path}:1: no {source.delimiter!r} in the header, but {other!r}; {remedy}")
    check_header(f"{path}:1", header, source, target)


def _likely_delimiter(header: str, declared: str) -> str:
    """What else may separate the columns: the most frequent of the usual ones, empty where there is none."""
    best = max((each for each in ",;\t|" if each != declared), key=header.count)
    return best if best in header else ""
