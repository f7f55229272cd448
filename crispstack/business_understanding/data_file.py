"""The data file against the charter: what Athena, Spark and Python would each read differently is refused.

Accepted is RFC 4180 with one record a line, in UTF-8, with a header; line breaks and backslashes within fields are not,
because Athena's CSV reader ends records at the one and takes the other for an escape.
"""

from __future__ import annotations

import csv
import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crispstack.charter import Charter
from crispstack.errors import DataError


@dataclass(frozen=True)
class ClassCounts:
    """Rows of the data file, and those of them whose target is positive."""

    rows: int
    positives: int


def check_data(charter: Charter, folder: Path) -> ClassCounts:
    """Read the data file once and make sure that it is what the charter says.

    Args:
        charter: a valid charter.
        folder: the charter's folder, to which the file's name is relative.

    Raises:
        DataError: the file is missing, empty, cut off, or not as declared; the message names file, line and remedy.
    """
    path = folder / charter.source.file
    lines = _lines(path)
    _check_header(path, next(lines, (1, ""))[1], charter)
    expected, position = len(charter.source.columns), _target_position(charter)
    rows = positives = 0
    for number, text in lines:
        fields = _fields(path, number, text, charter)
        if len(fields) != expected:
            remedy = "quote fields that hold the delimiter, or repair the line"
            raise DataError(f"{path}:{number}: {len(fields)} fields where {expected} are declared; {remedy}")
        rows += 1
        positives += fields[position].strip(" ") == charter.target.positive
    if not rows:
        raise DataError(f"{path}: a header and no rows; export the data again")
    if not positives:
        column, positive = charter.target.column, charter.target.positive
        raise DataError(f"{path}: {column!r} is never {positive!r}; correct target.positive in the charter")
    return ClassCounts(rows, positives)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Number and text of every line, without its end."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                yield number, _text(path, number, line)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); correct sources.file in the charter") from error


def _text(path: Path, number: int, line: bytes) -> str:
    if number == 1 and line.startswith(b"\xef\xbb\xbf"):
        raise DataError(f"{path}:1: begins with a byte order mark; save the file as UTF-8 without one")
    if not line.endswith(b"\n"):
        remedy = "fetch it again; if it is complete, end the last line with a line break"
        raise DataError(f"{path}:{number}: the last line has no end, so the file may have been cut off; {remedy}")
    try:
        text = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}:{number}: not UTF-8 (byte {error.start + 1}); save the file as UTF-8") from error
    if not text.strip():
        raise DataError(f"{path}:{number}: the line is empty; remove it")
    if "\\" in text or "\0" in text or "\r" in text:
        remedy = "remove it: CSV readers disagree on its meaning"
        raise DataError(f"{path}:{number}: holds a backslash, a null character or a carriage return; {remedy}")
    return text


def _fields(path: Path, number: int, text: str, charter: Charter) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=charter.source.delimiter, strict=True))
    except csv.Error as error:
        remedy = "double quotes within a quoted field, and keep each record on one line"
        raise DataError(f"{path}:{number}: {error}; {remedy}") from error


def _check_header(path: Path, text: str, charter: Charter) -> None:
    if not text:
        raise DataError(f"{path}: the file is empty; export the data again, with a header")
    found = [re.sub(r"[^a-z0-9]+", "_", name.strip().lower()) for name in _fields(path, 1, text, charter)]
    declared = [column.name for column in charter.source.columns]
    if len(found) == 1 < len(declared) and (other := _likely_delimiter(text, charter.source.delimiter)):
        remedy = f"write `delimiter: {json.dumps(other)}` under sources in the charter"
        raise DataError(f"{path}:1: no {charter.source.delimiter!r} in the header, but {other!r}; {remedy}")
    if charter.target.column not in found:
        raise DataError(f"{path}:1: the target {charter.target.column!r} is not in the data{_hint(charter, found)}")
    if len(found) != len(declared):
        odd = ", ".join(sorted(set(found) ^ set(declared)))
        remedy = "declare every column of the file, in its order, under sources.columns"
        raise DataError(f"{path}:1: {len(found)} columns where {len(declared)} are declared ({odd}); {remedy}")
    for position, (name, expected) in enumerate(zip(found, declared, strict=True), start=1):
        if name != expected:
            remedy = "declare the columns in the order of the file"
            raise DataError(f"{path}:1: column {position} is {name!r} where {expected!r} is declared; {remedy}")


def _likely_delimiter(header: str, declared: str) -> str:
    """What else may separate the columns: the most frequent of the usual ones, empty where there is none."""
    best = max((each for each in ",;\t|" if each != declared), key=header.count)
    return best if best in header else ""


def _hint(charter: Charter, found: list[str]) -> str:
    close = difflib.get_close_matches(charter.target.column, found, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; the file has {', '.join(found)}"


def _target_position(charter: Charter) -> int:
    return [column.name for column in charter.source.columns].index(charter.target.column)
