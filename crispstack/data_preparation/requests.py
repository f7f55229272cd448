"""Raw rows of a prediction request become the arrays that a model takes.

The interface for modeling, evaluation and deployment:

    features(charter) -> tuple[Feature, ...]
        names and kinds in model order (source columns, then derived ones), without categories
    feature_arrays(rows, charter, key) -> dict[str, numpy.ndarray]
        feature name -> array of shape (n,): float32 with NaN, or object of str with "__missing__"
    prepared_arrays(rows, features) -> dict[str, numpy.ndarray]
        the same from rows of a prepared dataset (null numbers become NaN)
    request_row(prepared, charter) -> dict[str, object]
        the request that leads to a prepared row, for instance for a golden row
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping, Sequence

import numpy as np

from crispstack.artifacts import Feature
from crispstack.charter import Charter
from crispstack.charter import Column as SourceColumn
from crispstack.data_preparation.categories import Array, Categories, Column, objects
from crispstack.data_preparation.cleaning import Rejection
from crispstack.data_preparation.row_wise import features, prepare_columns
from crispstack.data_preparation.values import (
    MISSING,
    UnparsableError,
    float32,
    parse_json,
    typed_numbers,
)
from crispstack.data_understanding.column_types import NUMERIC_TYPES
from crispstack.errors import RequestError
from crispstack.preparation_plan import Preparation

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def feature_arrays(rows: Sequence[Mapping[str, object]], charter: Charter, key: bytes = b"") -> dict[str, Array]:
    """The model's inputs for raw rows: feature name -> array of shape (n,).

    Args:
        rows: one mapping per row, from every feature column of the charter to its raw value; null is missing.
        charter: says which columns there are and what is derived.
        key: the project's secret, from which the pseudonyms of hashed columns are made.

    Returns:
        Numeric features as float32 with NaN where missing, categorical ones as object holding str, "__missing__"
        where missing; in the order of `features`.

    Raises:
        RequestError: no rows, a row that is no object, an unknown or missing field, a value of another type, or a row
            of a kind that the plan leaves out of training; the message names the row (counted from 0).
        DataError: the charter's plan has bounds or quantiles that were not taken from the profile.
    """
    if not rows:
        raise RequestError("the request holds no rows: send at least one")
    columns = charter.feature_columns
    expected = {column.name: None for column in columns}
    for index, row in enumerate(rows):
        _check_fields(index, row, expected, charter)
    treated = {treatment.column for treatment in charter.row_treatments}
    private = treated | {column.name for column in columns if column.personal}
    typed = {column.name: _typed(rows, column, charter.preparation, private) for column in columns}
    prepared = prepare_columns(typed, charter, key)
    for rejection in prepared.rejections:
        _check_used(rejection)
    return {feature.name: _model_input(prepared.columns[feature.name]) for feature in features(charter)}


def prepared_arrays(rows: Sequence[Mapping[str, object]], features: Sequence[Feature]) -> dict[str, Array]:
    """The model's inputs for rows of a prepared dataset: feature name -> array of shape (n,), as `feature_arrays`."""
    return {feature.name: array([row.get(feature.name) for row in rows], feature.kind) for feature in features}


def request_row(prepared: Mapping[str, object], charter: Charter) -> dict[str, object]:
    """The request row that leads to this row of a prepared dataset (numbers null or NaN where missing).

    It does so unless cleaning made of a value what means missing: -0.9 rounded to -1, where -1 means missing.
    """
    return {column.name: request_value(prepared[column.name], column) for column in charter.feature_columns}


def array(values: Sequence[object], kind: str) -> Array:
    """Values as an array of shape (n,): float32 with NaN for "numeric", object of str for "categorical"."""
    if kind == "numeric":
        return np.array([np.nan if value is None else value for value in values], dtype=np.float32)
    return objects([MISSING if value is None else str(value) for value in values])


def request_value(value: object, column: SourceColumn) -> object:
    """A typed value (see `values.parse_text`) as a request brings it, null where missing."""
    if column.type not in NUMERIC_TYPES:
        return None if value in (None, MISSING) else str(value)
    number = float(str(value)) if value is not None else float("nan")
    if np.isnan(number):
        return None
    if column.type == "date":
        return (dt.date(1970, 1, 1) + dt.timedelta(days=number)).isoformat()
    if column.type == "timestamp":
        # Rounded: a moment's microseconds are not exact as seconds.
        return (_EPOCH + dt.timedelta(microseconds=round(number * 1e6))).isoformat()
    if column.type == "boolean":
        return bool(number)
    return int(number) if column.type == "integer" else _shortest(number)


def _shortest(number: float) -> float:
    """Of what is a float32, as prepared numbers are, the fewest digits that mean it: 32.1, not 32.099998474121094."""
    narrow = np.float32(number)
    return float(str(narrow)) if float(narrow) == number else number


def _typed(
    rows: Sequence[Mapping[str, object]], column: SourceColumn, preparation: Preparation, private: set[str]
) -> Column:
    missing_values, cleaning = preparation.missing_words(column.name), preparation.cleaning(column.name)
    values = []
    for index, row in enumerate(rows):
        try:
            values.append(parse_json(row[column.name], column, missing_values, cleaning))
        except UnparsableError as error:
            # What is told to the caller is also logged, which personal data must not be.
            told = str(error).partition(", found")[0] if column.name in private else error
            raise RequestError(f"row {index}, field {column.name!r}: {told}") from error
    if column.type in NUMERIC_TYPES:
        return typed_numbers(np.array(values, dtype=np.float64), column.type)
    return Categories.of([str(value) for value in values])


def _model_input(column: Column) -> Array:
    return column.texts() if isinstance(column, Categories) else float32(column)


def _check_used(rejection: Rejection) -> None:
    if rejection.rows.any():
        index = int(np.argmax(rejection.rows))
        raise RequestError(f"row {index}: {rejection.reason}; no such row was used in training, so none can be judged")


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
    close = difflib.get_close_matches(name, expected, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; the fields are {', '.join(expected)}"
