"""What really became of predicted rows: read from a user's file, as rows of the table of truths."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from crispstack.charter import Charter
from crispstack.data_preparation.lookups import raw_text
from crispstack.deployment.capture import REQUEST, ROW
from crispstack.deployment.captured_tables import TOLD, TRUTH
from crispstack.errors import DataError

REQUEST_FIELD, ROW_FIELD = "request_id", "row"


class Truth(NamedTuple):
    """The target's value, as a file of raw data writes it, of one row (from 0) of a request."""

    request_id: str
    row: int
    value: str


def read(path: Path, charter: Charter) -> list[Truth]:
    """The truths in a CSV file with a header, or a Parquet file.

    Its columns are ``request_id``, the target, and ``row`` where requests had several; others are not looked at.

    Raises:
        DataError: the file cannot be read, a column is missing, or a value says nothing; the message names its line.
    """
    target = charter.target.column
    rows = _parquet(path) if path.suffix == ".parquet" else _csv(path)
    return [_truth(path, number, row, target) for number, row in enumerate(rows, 2)]


def table(truths: Sequence[Truth], told: dt.datetime) -> Mapping[str, list[object]]:
    """The truths as columns of the table of truths, told at this time (UTC)."""
    return {
        REQUEST: [each.request_id for each in truths],
        ROW: [each.row for each in truths],
        TRUTH: [each.value for each in truths],
        TOLD: [told.replace(tzinfo=None)] * len(truths),
    }


def _csv(path: Path) -> Iterable[Mapping[str, object]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield from csv.DictReader(file)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read ({error}); give a CSV file in UTF-8, or a Parquet file") from error


def _parquet(path: Path) -> Iterable[Mapping[str, object]]:
    import pyarrow as pa  # noqa: PLC0415 (only where such a file is given)
    from pyarrow import parquet  # noqa: PLC0415

    try:
        found: list[Mapping[str, object]] = parquet.read_table(path).to_pylist()
    except (OSError, pa.ArrowInvalid) as error:
        raise DataError(f"{path}: cannot be read ({error}); give a CSV file in UTF-8, or a Parquet file") from error
    return found


def _truth(path: Path, number: int, row: Mapping[str, object], target: str) -> Truth:
    if missing := [name for name in (REQUEST_FIELD, target) if name not in row]:
        has = ", ".join(str(name) for name in row)
        raise DataError(f"{path}: column {missing[0]!r} is missing; it has {has}, and needs {REQUEST_FIELD}, {target}")
    request, value = raw_text(row[REQUEST_FIELD]), raw_text(row[target])
    if not request or value is None or not value.strip():
        name = target if request else REQUEST_FIELD
        raise DataError(f"{path}:{number}: {name} is empty; leave out rows whose truth is not known yet")
    place = raw_text(row.get(ROW_FIELD)) or "0"
    if not place.isdecimal():
        raise DataError(f"{path}:{number}: {ROW_FIELD} is {place!r}; give the row's place in its request, from 0")
    return Truth(request, int(place), value.strip())
