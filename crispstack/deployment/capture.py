"""What is kept of predictions: sampled rows with their inputs, treated as the charter's privacy section says.

Inputs are kept as text, written as files write them, so that whatever a request may hold can be kept, and statements
read it as they read the raw data. Columns of ours begin with an underscore, which no column of a charter does.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from crispstack.artifacts import ModelPackage
from crispstack.charter import Charter, Column
from crispstack.data_preparation.lookups import raw_text
from crispstack.data_preparation.privacy import treated_texts
from crispstack.deployment import json_bytes
from crispstack.deployment.predictions import Prediction, predicted_number
from crispstack.deployment.release import GOLDEN_REQUEST

REQUEST, ROW, TIME, VERSION = "_request_id", "_row", "_time", "_model_version"
PREDICTION, DECISION, VALUE = "_prediction", "_decision", "_expected_value"
OF_PREDICTIONS: Mapping[str, str] = {
    REQUEST: "string",
    ROW: "int",
    TIME: "timestamp",
    VERSION: "string",
    PREDICTION: "double",
    DECISION: "string",
    VALUE: "double",
}
"""Columns beside the features, with their types in the Glue catalog.

`PREDICTION` is the `predicted_number`; `DECISION` is true or false, the class, or the number to act on.
"""
MOST_ROWS = 500
"""Of one request: as many as one call of Firehose takes."""


class Predicted(NamedTuple):
    """A request that was answered: its id, its rows, and the prediction of each."""

    request_id: str
    rows: Sequence[Mapping[str, object]]
    predictions: Sequence[Prediction]


def columns(charter: Charter) -> tuple[Column, ...]:
    """The inputs that are kept: every field of a request, but for personal ones that the charter does not treat."""
    treated = {each.column for each in charter.row_treatments}
    return tuple(each for each in charter.feature_columns if not each.personal or each.name in treated)


class Capture:
    """Makes records of predictions and hands those sampled to `send`, which answers how many were not taken.

    Whatever goes wrong, the prediction stands: `lost` is told how many rows are not kept, and why.
    """

    def __init__(
        self,
        charter: Charter,
        package: ModelPackage,
        key: bytes,
        send: Callable[[Sequence[bytes]], int],
        lost: Callable[[int, str], None],
        clock: Callable[[], dt.datetime],
    ) -> None:
        """Take the charter and the champion's package, the project's secret, where records go, and a clock (UTC)."""
        self._charter, self._package, self._key = charter, package, key
        self._send, self._lost, self._clock = send, lost, clock
        # Requests write dates and numbers in one way, however files do.
        self._columns = [Column(column.name, column.type) for column in columns(charter)]
        self._names = [column.name for column in self._columns]
        named = set(self._names)
        self._treatments = [each for each in charter.row_treatments if each.column in named]

    def __call__(self, predicted: Sequence[Predicted]) -> None:
        """Send a record of each sampled row; never raise."""
        try:
            now = self._clock().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
            records = [record for each in predicted for record in self._records(each, now)]
            for start in range(0, len(records), MOST_ROWS):
                if lost := self._send(records[start : start + MOST_ROWS]):
                    self._lost(lost, "the delivery stream did not take them")
        except Exception as error:  # noqa: BLE001 (nobody is to wait for, or miss, a prediction for its record)
            # The message is left out: it may hold a row's values.
            self._lost(sum(len(each.rows) for each in predicted), type(error).__name__)

    def _records(self, predicted: Predicted, now: str) -> list[bytes]:
        if predicted.request_id.startswith(GOLDEN_REQUEST):
            return []
        chosen = sampled(predicted.request_id, len(predicted.rows), self._charter.monitoring.capture)
        return [self._record(predicted, row, now) for row in chosen]

    def _record(self, predicted: Predicted, row: int, now: str) -> bytes:
        given, prediction = predicted.rows[row], predicted.predictions[row]
        texts = {name: raw_text(given.get(name)) for name in self._names}
        if self._treatments:
            texts = treated_texts(texts, self._columns, self._treatments, self._charter, self._key)
        ours = {
            REQUEST: predicted.request_id,
            ROW: row,
            TIME: now,
            VERSION: self._package.model_version,
            PREDICTION: predicted_number(prediction),
            DECISION: _decision(prediction),
            VALUE: prediction.get("expected_value"),
        }
        return json_bytes.dumps({**ours, **texts})


def sampled(request_id: str, rows: int, share: float) -> list[int]:
    """Which rows of a request are kept: those whose hash lies lowest, so that it does not depend on their order.

    Each with the probability `share`, but never more than `MOST_ROWS` of one request.
    """
    limit = share * 2**64
    hashes = ((_hash(f"{request_id}/{row}"), row) for row in range(rows)) if share else ()
    return sorted(row for _, row in sorted(each for each in hashes if each[0] < limit)[:MOST_ROWS])


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def _decision(prediction: Prediction) -> str:
    if "probability" in prediction:
        return str(prediction["act"]).lower()
    return str(prediction["class"] if "class" in prediction else prediction["decision"])
