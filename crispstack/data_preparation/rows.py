"""Raw rows become prepared ones, or go to the quarantine with the reason: Arrow batches in, Arrow batches out."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from crispstack.charter import Charter, Column
from crispstack.data_preparation.derivations import Array, derive
from crispstack.data_preparation.requests import array, features
from crispstack.data_preparation.values import MISSING, UnparsableError, parse_text
from crispstack.data_understanding.column_types import NUMERIC_TYPES

# No column can have these names: a column's begins with a letter.
MALFORMED, IS_TEST, REASON, RAW = "_malformed", "_is_test", "_reason", "_raw"


def prepared_schema(charter: Charter) -> str:
    """Columns of a prepared row, as Spark writes a schema: features in the model's order, then the target."""
    kinds = {"numeric": "float", "categorical": "string"}
    columns = [f"`{feature.name}` {kinds[feature.kind]}" for feature in features(charter)]
    return ", ".join([*columns, f"`{charter.target.column}` int"])


def routed_schema(charter: Charter) -> str:
    """Columns of a prepared row and of what decides where it goes."""
    return f"{prepared_schema(charter)}, {IS_TEST} boolean, {REASON} string, {RAW} string"


def prepare_batches(batches: Iterable[pa.RecordBatch], charter: Charter) -> Iterator[pa.RecordBatch]:
    """Prepared rows of `routed_schema`, one for each raw row.

    Args:
        batches: columns of text as the source declares them, `MALFORMED` (the whole line where it has another number
            of fields, else null) and `IS_TEST`.
        charter: says what each column must be, what is derived and what is to be predicted.
    """
    for batch in batches:
        yield _prepare(batch, charter)


def _prepare(batch: pa.RecordBatch, charter: Charter) -> pa.RecordBatch:
    texts = {column.name: batch.column(column.name).to_pylist() for column in charter.source.columns}
    malformed = batch.column(MALFORMED).to_pylist()
    reasons: list[str | None] = ["wrong number of fields" if line is not None else None for line in malformed]
    target = _target(texts[charter.target.column], charter, reasons)
    missing_values = frozenset(charter.preparation.missing_values)
    typed = {
        column.name: _typed(texts[column.name], column, missing_values, reasons) for column in charter.feature_columns
    }
    columns = {name: _arrow(values) for name, values in (typed | derive(typed, charter.preparation.derive)).items()}
    columns[charter.target.column] = pa.array(target, pa.int32())
    columns[IS_TEST] = batch.column(IS_TEST)
    columns[REASON] = pa.array(reasons, pa.string())
    columns[RAW] = pa.array(
        [
            None if reason is None else line or json.dumps({name: values[index] for name, values in texts.items()})
            for index, (reason, line) in enumerate(zip(reasons, malformed, strict=True))
        ],
        pa.string(),
    )
    return pa.RecordBatch.from_pydict(columns)


def _target(texts: list[str | None], charter: Charter, reasons: list[str | None]) -> list[int]:
    missing = {"", *charter.preparation.missing_values}
    stripped = [(text or "").strip(" ") for text in texts]
    for index, text in enumerate(stripped):
        if text in missing:
            reasons[index] = reasons[index] or f"{charter.target.column} is missing"
    return [int(text == charter.target.positive.strip(" ")) for text in stripped]


def _typed(texts: list[str | None], column: Column, missing_values: frozenset[str], reasons: list[str | None]) -> Array:
    numeric = column.type in NUMERIC_TYPES
    values: list[object] = []
    for index, text in enumerate(texts):
        try:
            values.append(parse_text(text, column, missing_values))
        except UnparsableError:
            values.append(math.nan if numeric else MISSING)
            reasons[index] = reasons[index] or f"{column.name} is not of type {column.type}"
    return array(values, "numeric" if numeric else "categorical")


def _arrow(values: Array) -> Any:
    if values.dtype == object:
        return pa.array(values, pa.string())
    return pa.array(values, pa.float32(), from_pandas=True)  # NaN becomes null
