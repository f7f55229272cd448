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
from collections.abc import Mapping, Sequence

import numpy as np

from crispstack.artifacts import Feature
from crispstack.charter import Charter
from crispstack.charter import Column as SourceColumn
from crispstack.data_preparation.categories import Array, objects
from crispstack.data_preparation.request_reader import RequestReader
from crispstack.data_preparation.row_wise import features
from crispstack.data_preparation.values import MISSING
from crispstack.data_understanding.column_types import NUMERIC_TYPES

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
    reader = RequestReader(charter, key)
    inputs = reader.read(rows)
    found = dict(zip(reader.numbers, _columns(inputs.numbers), strict=True))
    found |= dict(zip(reader.texts, _columns(inputs.texts), strict=True))
    return {feature.name: found[feature.name] for feature in features(charter)}


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


def _columns(block: Array | None) -> Sequence[Array]:
    """The columns of an array of shape (n, k), or of none."""
    return () if block is None else tuple(np.ascontiguousarray(block.T))
