"""The amount that money depends on is kept beside each row; a row without one cannot be valued."""

import dataclasses
from typing import Any

import numpy as np
import pyarrow as pa

from crispstack.charter import PerAmount
from crispstack.data_preparation.row_context import RowContext
from crispstack.data_preparation.values import AMOUNT
from crispstack.data_preparation.version import prepared_part
from tests.unit.modeling import bank

PLAIN = bank.charter()
MONEY = dataclasses.replace(PLAIN.money, amount=PerAmount("duration", "seconds", true_positive=1.0))
CHARTER = dataclasses.replace(PLAIN, money=MONEY)


def test_amounts_are_read_even_of_a_column_that_is_excluded_and_bad_ones_rejected_with_the_reason() -> None:
    reasons: dict[str, list[int]] = {}

    def reject(reason: str, rows: Any) -> None:
        if rows.any():
            reasons[reason] = np.flatnonzero(rows).tolist()

    batch = pa.RecordBatch.from_pydict({"duration": ["12", "0", "unknown", "-3", "long"]})
    found = RowContext(CHARTER).columns(batch, reject)
    assert list(found) == [AMOUNT]
    assert found[AMOUNT].to_pylist()[:2] == [12.0, 0.0]
    assert reasons == {
        "duration is not of type integer": [4],
        "duration is missing, and money depends on it": [2, 4],
        "duration is negative, and money depends on it": [3],
    }


def test_another_column_of_amounts_is_another_version_and_another_rate_is_not() -> None:
    dearer = dataclasses.replace(MONEY, amount=PerAmount("duration", "seconds", true_positive=2.0))
    assert prepared_part(CHARTER, ["a"]) == prepared_part(dataclasses.replace(PLAIN, money=dearer), ["a"])
    assert prepared_part(CHARTER, ["a"]) != prepared_part(PLAIN, ["a"])
