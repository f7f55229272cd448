"""What training sees in a file and what serving sees in a request are the same, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crispstack.charter import Column
from crispstack.data_preparation.categories import Categories
from crispstack.data_preparation.parsing import ColumnParser
from crispstack.data_preparation.requests import feature_arrays, prepared_arrays, request_row
from crispstack.data_preparation.row_wise import features
from crispstack.data_preparation.rows import REASON, prepare_batches
from crispstack.data_preparation.values import UnparsableError, parse_text, typed_numbers
from crispstack.data_understanding.column_types import NUMERIC_TYPES
from crispstack.errors import RequestError
from tests.unit.data_preparation.plan_of_everything import CHARTER, COLUMNS, PLAN, Cell, batch, request, rows

# The same examples each time, and nothing depends on the time that one takes.
UNHURRIED = settings(
    deadline=None,
    max_examples=25,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)


def bits(values: Any) -> list[Any]:
    """What tells any two results apart: bytes of numbers (one NaN), texts as they are."""
    array = np.asarray(values)
    if array.dtype == object:
        return [str(value) for value in array]
    assert array.dtype == np.float32
    return [None if np.isnan(value) else value.tobytes() for value in array]


def prepared(given_rows: list[dict[str, Cell]]) -> list[dict[str, Any]]:
    (routed,) = prepare_batches([batch(given_rows)], CHARTER)
    return [dict(row) for row in routed.to_pylist()]


@UNHURRIED
@given(rows())
def test_a_request_becomes_what_the_file_became(given_rows: list[dict[str, Cell]]) -> None:
    for trained, row in zip(prepared(given_rows), given_rows, strict=True):
        if trained[REASON] is not None:
            with pytest.raises(RequestError):
                feature_arrays([request(row)], CHARTER)
            continue
        served, expected = feature_arrays([request(row)], CHARTER), prepared_arrays([trained], features(CHARTER))
        assert list(served) == list(expected)
        for name, values in expected.items():
            assert bits(served[name]) == bits(values), name


@UNHURRIED
@given(rows())
def test_a_prepared_row_leads_back_to_a_request_that_becomes_it(given_rows: list[dict[str, Cell]]) -> None:
    trained = [row for row in prepared(given_rows) if row[REASON] is None]
    if trained:
        served = feature_arrays([request_row(row, CHARTER) for row in trained], CHARTER)
        for name, values in prepared_arrays(trained, features(CHARTER)).items():
            assert bits(served[name]) == bits(values), name


@UNHURRIED
@given(rows(least=2, most=30), st.randoms(use_true_random=False), st.integers(1, 7))
def test_neither_batches_nor_order_matter(given_rows: list[dict[str, Cell]], random: Any, size: int) -> None:
    whole = prepared(given_rows)
    order = list(range(len(given_rows)))
    random.shuffle(order)
    shuffled = batch([given_rows[index] for index in order])
    parts = [shuffled.slice(start, size) for start in range(0, len(order), size)]
    found = [row for part in prepare_batches(parts, CHARTER) for row in part.to_pylist()]
    assert found == [whole[index] for index in order]


_ODD = (
    "inf|-inf|nan|NaN|Infinity|1e400|1e-400|0x1F|0b1|1_000|5.|.5|.|-0|+7|-1| -1|-1.0|-01|999|1.234,5|1.2345|12.34.567|"
    "1'000|10'00|1,5|\uff11\uff12|2025-02-30|0000-01-01|20250102|2025-1-2|01/02/2025|1/2/2025|31/02/2025|1900-01-01|"
    "2025-01-02|2025-01-02T|2025-01-02 03|2025-01-02 03:04|2025-01-02T24:00|2025-01-02T23:59:60|2025-01-02T03:04:05Z|"
    "2025-01-02T03:04:05.123456+05:30|2025-01-02T03:04:05.1234567|0000-01-01 00:00|2025-01-02T03:04:05+0530|"
    "2025-01-02T03:04:05+24:00|2025-01-02T03:04-00:75|01.02.2025 03:04|YES"
)
_TEXTS = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.text("0123456789+-.,'eExX_ ", max_size=8),
    st.sampled_from(_ODD.split("|")),
)
_USUAL = {
    "integer": st.integers(-(10**12), 10**12).map(str),
    "number": st.floats(allow_nan=False, allow_infinity=False).map(repr),
    "boolean": st.sampled_from(["yes", "no", "TRUE", "0"]),
    "date": st.dates().map(str),
    "timestamp": st.datetimes().map(str) | st.datetimes().map(lambda t: f"{t.isoformat()}Z"),
}


@settings(UNHURRIED, max_examples=8)
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
@given(st.data())
def test_a_column_is_parsed_like_its_values_one_by_one(column: Column, data: st.DataObject) -> None:
    usual = _USUAL.get(column.type, st.text(max_size=3))
    texts = data.draw(st.lists(usual | st.none(), max_size=8)) + data.draw(st.lists(_TEXTS, max_size=3))
    check_column(column, texts)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_an_odd_text_alone_is_parsed_like_any_other(column: Column) -> None:
    for text in _ODD.split("|"):
        check_column(column, [text])


def check_column(column: Column, texts: list[str | None]) -> None:
    found, invalid = ColumnParser(column, PLAN).parse(pa.array(texts, pa.string()))
    words, cleaning = PLAN.missing_words(column.name), PLAN.cleaning(column.name)
    for index, text in enumerate(texts):
        try:
            expected = parse_text(text, column, words, cleaning)
        except UnparsableError:
            assert invalid[index], text
            continue
        assert not invalid[index], text
        if column.type in NUMERIC_TYPES:
            assert not isinstance(found, Categories)
            one = typed_numbers(np.array([expected], dtype=np.float64), column.type)
            assert (one.dtype, one.tobytes()) == (found.dtype, found[index : index + 1].tobytes()), text
        else:
            assert isinstance(found, Categories)
            assert found.texts()[index] == expected


def test_rows_that_the_plan_leaves_out_are_counted_under_their_reason() -> None:
    row: dict[str, Cell] = {"count": ("5", 5), "shop": ("open", "open"), "seen": ("2025-01-02", "2025-01-02")}
    changes: list[dict[str, Cell]] = [
        {},
        {"shop": (" CLOSED ", "CLOSED")},
        {"count": ("999", 999)},
        {"count": ("1000000001", 1000000001)},
        {"count": ("-2000000000000", -2000000000000)},
        {"seen": ("", None)},
        {"units": ("1.5", 1.5)},
        {"amount": ("much", "much")},
    ]
    assert [each[REASON] for each in prepared([row | change for change in changes])] == [
        None,
        "left out by the filter: shop != closed",
        "left out by the filter: count is present",
        "left out by the filter: count < 1e+09",
        "count is an outlier",
        "seen is missing",
        "units is not of type integer",
        None,
    ]


def test_arrow_values_become_what_their_text_becomes() -> None:
    typed = {
        "count": pa.array([5, None, 999, -1, 2**53 + 1], pa.int64()),
        "amount": pa.array([0.1, float("nan"), -1.0, float("inf"), 1e-45], pa.float64()),
        "price": pa.array([0.5, None, 1234.25, 99.9, 7.0], pa.float32()),
        "member": pa.array([True, False, None, True, False]),
        "born": pa.array([0, None, -719162, 2932896, 1], pa.int32()).cast(pa.date32()),
        "seen": pa.array([0, 1, 1_700_000_000_123_456, None, -5], pa.int64()).cast(pa.timestamp("us", "UTC")),
        "city": pa.array([5, None, 7, 5, -1], pa.int64()),
    }
    columns = {column.name: Column(column.name, column.type) for column in COLUMNS}
    for name, values in typed.items():
        found, invalid = ColumnParser(columns[name], PLAN).parse(values)
        texts = pa.array(
            [None if text == "nan" else text for text in values.cast(pa.string()).to_pylist()], pa.string()
        )
        expected, expected_invalid = ColumnParser(columns[name], PLAN).parse(texts)
        assert list(invalid) == list(expected_invalid), name
        if isinstance(found, Categories) and isinstance(expected, Categories):
            assert list(found.texts()) == list(expected.texts()) == ["5", "__missing__", "7", "5", "-1"]
        else:
            np.testing.assert_array_equal(found, expected, err_msg=name)
