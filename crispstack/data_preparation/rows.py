"""Raw rows become prepared ones, or go to the quarantine with the reason: Arrow batches in, Arrow batches out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from crispstack.charter import Charter
from crispstack.data_preparation.categories import Array, Categories, Column
from crispstack.data_preparation.parsing import ColumnParser
from crispstack.data_preparation.privacy import treated_line, treated_raw
from crispstack.data_preparation.row_context import RowContext
from crispstack.data_preparation.row_wise import RowPreparation, features
from crispstack.data_preparation.split_rows import in_test_set
from crispstack.data_preparation.target_values import TargetValues

pc: Any = pyarrow.compute  # its functions are made when it is imported, so that types are not known

# No column can have these names: a column's begins with a letter.
MALFORMED, IS_TEST, REASON, RAW = "_malformed", "_is_test", "_reason", "_raw"


def prepare_batches(batches: Iterable[pa.RecordBatch], charter: Charter, key: bytes = b"") -> Iterator[pa.RecordBatch]:
    """One prepared row for each raw row.

    Columns: the features in the model's order, then what else a request holds (numbers float, timestamps double, null
    where missing; texts, "__missing__" where missing), the target (as `TargetValues` parses it), what `RowContext`
    finds, `IS_TEST`, and for rows that are not used `REASON` and `RAW`, the raw row.

    Args:
        batches: columns as the source declares them, as text or typed (those that decide the split, as text), and
            `MALFORMED`: the whole line where it has another number of fields, else null.
        charter: says what each column must be, what is derived and what is to be predicted.
        key: the project's secret, from which the pseudonyms of hashed columns are made.
    """
    preparation = _BatchPreparation(charter, key)
    for batch in batches:
        yield preparation.prepare(batch)


class _BatchPreparation:
    """What is the same for every batch."""

    def __init__(self, charter: Charter, key: bytes) -> None:
        self._charter = charter
        self._key = key
        self._row_wise = RowPreparation.of(charter, key)
        plan = charter.preparation
        self._kept = dict.fromkeys(
            [feature.name for feature in features(charter)] + [column.name for column in charter.feature_columns]
        )
        conditions = {condition.column for condition in plan.filter}
        parsed = dict.fromkeys(
            [*charter.feature_columns, *(column for column in charter.source.columns if column.name in conditions)]
        )
        self._parsers = {column.name: ColumnParser(column, plan) for column in parsed}
        self._target = TargetValues(charter)
        self._context = RowContext(charter, key)

    def prepare(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch's rows, prepared."""
        reasons = _Reasons(batch.num_rows)
        reasons.add("wrong number of fields", pc.is_valid(batch.column(MALFORMED)).to_numpy(zero_copy_only=False))
        target = self._target.parse(batch.column(self._charter.target.column), reasons.add)
        typed: dict[str, Column] = {}
        for name, parser in self._parsers.items():
            typed[name], invalid = parser.parse(batch.column(name))
            reasons.add(f"{name} is not of type {parser.type}", invalid)
        rows = self._row_wise.prepare(typed)
        for rejection in rows.rejections:
            reasons.add(rejection.reason, rejection.rows)
        prepared = {name: _arrow(rows.columns[name]) for name in self._kept}
        prepared[self._charter.target.column] = target
        prepared |= self._context.columns(batch, reasons.add)
        prepared[IS_TEST] = in_test_set(batch, self._charter)
        prepared[REASON] = reasons.arrow()
        prepared[RAW] = self._raw(batch, reasons.rows())
        return pa.RecordBatch.from_pydict(prepared)

    def _raw(self, batch: pa.RecordBatch, rows: Array) -> Any:
        """The raw row as JSON, or the malformed line, its personal data treated; null for all other rows."""
        if not len(rows):
            return pa.nulls(batch.num_rows, pa.string())
        rejected = batch.take(pa.array(rows))
        names = [column.name for column in self._charter.source.columns]
        texts = [pc.cast(rejected.column(name), pa.string()).to_pylist() for name in names]
        result = np.full(batch.num_rows, None, dtype=object)
        result[rows] = [
            treated_line(line, self._charter)
            if line
            else json.dumps(treated_raw(dict(zip(names, values, strict=True)), self._charter, self._key))
            for line, *values in zip(rejected.column(MALFORMED).to_pylist(), *texts, strict=True)
        ]
        return pa.array(result, pa.string())


class _Reasons:
    """Why rows are not used: the first reason found for each."""

    def __init__(self, rows: int) -> None:
        self._codes = np.zeros(rows, dtype=np.int32)
        self._texts: list[str | None] = [None]

    def add(self, reason: str, rows: Array) -> None:
        """Give the reason to these rows (bool, (n,)) that have none yet."""
        if rows.any():
            self._codes[rows & (self._codes == 0)] = len(self._texts)
            self._texts.append(reason)

    def rows(self) -> Array:
        """Positions of the rows that have a reason."""
        return np.flatnonzero(self._codes)

    def arrow(self) -> Any:
        """The reason of each row, or null."""
        return pa.array(self._texts, pa.string()).take(pa.array(self._codes))


def _arrow(values: Column) -> Any:
    if isinstance(values, Categories):
        return pa.array(values.values, pa.string()).take(pa.array(values.codes))
    missing = np.isnan(values)
    return pa.array(values, mask=missing) if missing.any() else pa.array(values)
