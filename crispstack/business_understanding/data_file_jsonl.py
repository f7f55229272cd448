"""Lines of JSON: one object a line, flat, whose keys are the declared columns."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

from crispstack.business_understanding import canonical_text
from crispstack.business_understanding.data_file_counts import Advance, ClassCounts, Outcomes
from crispstack.business_understanding.data_file_lines import lines
from crispstack.business_understanding.data_file_location import DataFile
from crispstack.charter import Column, Source, Target
from crispstack.errors import DataError

_LARGEST = 2**63


class _Decimal(float):
    """A number with a point or an exponent, and how it was written."""

    written: str

    def __new__(cls, written: str) -> _Decimal:
        number = super().__new__(cls, written)
        number.written = written
        return number


def check(file: DataFile, source: Source, target: Target | None, advance: Advance) -> ClassCounts:
    """Read the file once; its rows, and the target's outcomes where one is given.

    Raises:
        DataError: a line is no flat object of the declared columns, a column is in no line, or engines would read a
            value differently; the message names file, line and remedy.
    """
    columns = {column.name: column for column in source.file_columns}
    seen: set[str] = set()
    rows, outcomes = 0, Outcomes(target)
    for number, text in lines(file.path, advance):
        record = _record(file.path, number, text)
        for key, value in record.items():
            _check_value(f"{file.path}:{number}", key, value, columns)
        seen.update(record)
        rows += 1
        if target:
            outcomes.add(canonical_text.text(record.get(target.column), columns[target.column].type))
    if rows and (absent := [name for name in columns if name not in seen]):
        remedy = "correct sources.columns in the charter, or export the data again"
        raise DataError(f"{file.path}: no line has the key {absent[0]!r}; {remedy}")
    return outcomes.counts(rows)


def _record(path: Path, number: int, text: str) -> dict[str, Any]:
    try:
        record = json.loads(text, object_pairs_hook=_unique, parse_float=_Decimal, parse_constant=_refuse)
    except ValueError as error:
        remedy = "write one object a line, with double quotes and without commas at the end"
        raise DataError(f"{path}:{number}: not JSON: {error}; {remedy}") from error
    if not isinstance(record, dict):
        raise DataError(f"{path}:{number}: is no object; write one object a line, {{...}}")
    return record


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) != len(pairs):
        twice = next(key for index, (key, _) in enumerate(pairs) if key in dict(pairs[:index]))
        raise ValueError(f"the key {twice!r} is given twice")
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON, use null")


def _check_value(where: str, key: str, value: Any, columns: dict[str, Column]) -> None:
    if key not in columns:
        close = difflib.get_close_matches(key.lower(), columns, n=1)
        hint = f"did you mean {close[0]!r}? Else declare" if close else "declare"
        raise DataError(f"{where}: the key {key!r} is not declared; {hint} it under sources.columns, or remove it")
    if isinstance(value, dict | list):
        raise DataError(f"{where}: {key!r} holds an object or a list; write its parts as keys of their own")
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        raise DataError(f"{where}: {key!r} is a number beyond 64 bits; write it in quotes, as text")
    if isinstance(value, _Decimal) and columns[key].type not in ("integer", "number"):
        written = canonical_text.number(value)
        if written != value.written:
            remedy = f"write it in quotes, as text, or declare {key!r} a number"
            raise DataError(f"{where}: engines read {value.written} as the text {written!r}; {remedy}")
