"""A request's values one by one, each checked by its own field: slow, and it says what is wrong with which."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

import numpy as np

from crispstack.charter import Charter
from crispstack.charter import Column as SourceColumn
from crispstack.data_preparation.categories import Categories, Column
from crispstack.data_preparation.values import UnparsableError, parse_json, typed_numbers
from crispstack.data_understanding.column_types import NUMERIC_TYPES
from crispstack.errors import RequestError

_LONGEST_NAME = 100
"""Whatever is longer is no misspelled field, and slow to compare."""


def private_columns(charter: Charter) -> frozenset[str]:
    """Columns whose values must not be told: what is told to the caller is also logged."""
    treated = {treatment.column for treatment in charter.row_treatments}
    return frozenset(treated | {column.name for column in charter.feature_columns if column.personal})


def checked_columns(rows: Sequence[Mapping[str, object]], charter: Charter) -> dict[str, Column]:
    """Typed columns of the rows.

    Raises:
        RequestError: a row that is no object, an unknown or missing field or a value of another type; the message
            names the row (counted from 0) and the field.
    """
    columns = charter.feature_columns
    expected = {column.name: None for column in columns}
    for index, row in enumerate(rows):
        _check_fields(index, row, expected, charter)
    private = private_columns(charter)
    return {column.name: _typed(rows, column, charter, private) for column in columns}


def _typed(
    rows: Sequence[Mapping[str, object]], column: SourceColumn, charter: Charter, private: frozenset[str]
) -> Column:
    plan = charter.preparation
    missing_values, cleaning = plan.missing_words(column.name), plan.cleaning(column.name)
    values = []
    for index, row in enumerate(rows):
        try:
            values.append(parse_json(row[column.name], column, missing_values, cleaning))
        except UnparsableError as error:
            told = str(error).partition(", found")[0] if column.name in private else error
            raise RequestError(f"row {index}, field {column.name!r}: {told}") from error
    if column.type in NUMERIC_TYPES:
        return typed_numbers(np.array(values, dtype=np.float64), column.type)
    return Categories.of([str(value) for value in values])


def _check_fields(index: int, row: object, expected: Mapping[str, None], charter: Charter) -> None:
    """`expected` has the fields' names as its keys, in order: with thousands of fields a list is slow to look in."""
    if not isinstance(row, Mapping):
        raise RequestError(f"row {index}: expected an object of fields, found {type(row).__name__}")
    for name in row:
        if name not in expected:
            raise RequestError(f"row {index}: unknown field {name!r}{_hint(str(name), list(expected), charter)}")
    for name in expected:
        if name not in row:
            raise RequestError(f"row {index}: field {name!r} is missing; send null if its value is not known")


def _hint(name: str, expected: list[str], charter: Charter) -> str:
    if name == charter.target.column:
        return "; it is what is to be predicted: leave it out"
    for exclusion in charter.preparation.exclude:
        if exclusion.column == name:
            return f"; it is not used ({exclusion.reason}): leave it out"
    if name in charter.excluded:
        return "; it is personal and not used: leave it out"
    close = difflib.get_close_matches(name, expected, n=1) if len(name) <= _LONGEST_NAME else []
    return f"; did you mean {close[0]!r}?" if close else f"; the fields are {', '.join(expected)}"
