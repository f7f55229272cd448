"""What is known of a row beside its features: its group, its time, its weight, its amount, and what is predicted today.

A model never sees these columns. Validation keeps groups together and goes forward in time, fits use the weights, and
evaluation compares with today's predictions and counts the money that depends on amounts.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from crispstack.charter import Charter
from crispstack.data_preparation.categories import Array
from crispstack.data_preparation.date_parts import SECONDS_PER_DAY
from crispstack.data_preparation.parsing import ColumnParser
from crispstack.data_preparation.target_values import Reject, TargetValues
from crispstack.data_preparation.values import AMOUNT, GROUP, TIME, TODAY, WEIGHT

pc: Any = pyarrow.compute  # its functions are made when it is imported, so that types are not known

_SEPARATOR = "\x1f"


class RowContext:
    """Reads these columns of raw batches, as far as the charter names them."""

    def __init__(self, charter: Charter, key: bytes = b"") -> None:
        """Say what the charter names, and the project's secret, so that a group cannot be found out by trying."""
        self._charter, self._key = charter, key
        self._time = self._parser(charter.split.time)
        self._weight = self._parser(charter.modeling.weight)
        self._amount_name = charter.money.amount.column if charter.money.amount else ""
        self._amount = self._parser(self._amount_name)
        self._today = TargetValues(charter, charter.target.today) if charter.target.today else None

    def _parser(self, name: str) -> ColumnParser | None:
        column = next((column for column in self._charter.row_columns if column.name == name), None)
        return ColumnParser(column, self._charter.preparation, double=True) if column else None

    def columns(self, batch: pa.RecordBatch, reject: Reject) -> dict[str, Any]:
        """Arrow arrays: `GROUP` int64, `TIME`, `WEIGHT`, `AMOUNT` float64, `TODAY` as the target.

        Times are seconds since 1970. Where it is not known, a time and today's prediction are null; a row whose weight
        or amount is missing or negative is rejected.
        """
        found: dict[str, Any] = {}
        if self._charter.split.group:
            found[GROUP] = self._groups(batch)
        if self._time:
            found[TIME] = _times(self._time, batch.column(self._charter.split.time))
        if self._weight:
            found[WEIGHT] = _not_negative(
                self._weight, batch, self._charter.modeling.weight, "rows are weighted by it", reject
            )
        if self._amount:
            found[AMOUNT] = _not_negative(self._amount, batch, self._amount_name, "money depends on it", reject)
        if self._today:
            found[TODAY] = self._predicted_today(self._today, batch)
        return found

    def _groups(self, batch: pa.RecordBatch) -> Any:
        """The first eight bytes of SHA-256 over the secret and the group's values: equal for equal values, anywhere."""
        names = self._charter.split.group
        texts = [pc.utf8_trim(pc.fill_null(pc.cast(batch.column(name), pa.string()), ""), " ") for name in names]
        joined = pc.binary_join_element_wise(*texts, _SEPARATOR).dictionary_encode()
        hashes = np.array([self._hash(text) for text in joined.dictionary.to_pylist()], dtype=np.int64)
        return pa.array(hashes[joined.indices.to_numpy()])

    def _hash(self, text: str) -> int:
        return int.from_bytes(hashlib.sha256(self._key + text.encode()).digest()[:8], "big", signed=True)

    def _predicted_today(self, values: TargetValues, batch: pa.RecordBatch) -> Any:
        unknown = np.zeros(batch.num_rows, dtype=bool)

        def forget(_: str, rows: Array) -> None:
            unknown[rows] = True

        predicted = values.parse(batch.column(self._charter.target.today), forget)
        return pc.if_else(pa.array(unknown), pa.scalar(None, predicted.type), predicted)


def _not_negative(parser: ColumnParser, batch: pa.RecordBatch, name: str, why: str, reject: Reject) -> Any:
    numbers, invalid = parser.numbers(batch.column(name))
    reject(f"{name} is not of type {parser.type}", invalid)
    reject(f"{name} is missing, and {why}", np.isnan(numbers))
    reject(f"{name} is negative, and {why}", numbers < 0)
    return pa.array(np.nan_to_num(numbers), pa.float64())


def _times(parser: ColumnParser, values: Any) -> Any:
    times = parser.numbers(values)[0] * (SECONDS_PER_DAY if parser.type == "date" else 1)
    return pa.array(times, pa.float64(), mask=np.isnan(times))
