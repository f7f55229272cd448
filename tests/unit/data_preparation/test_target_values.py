"""Targets of every framing, and what is kept of a row beside its features."""

from __future__ import annotations

import dataclasses
from typing import Any

import pyarrow as pa
import pytest

from crispstack.charter import Charter, Column, Modeling, Money, Preparation, Source, Split, Target
from crispstack.data_preparation.account import Account
from crispstack.data_preparation.classes import check_classes, ordered
from crispstack.data_preparation.rows import MALFORMED, REASON, prepare_batches
from crispstack.data_preparation.values import GROUP, TIME, TODAY, WEIGHT
from crispstack.errors import DataError

COLUMNS = (
    Column("size", "number"),
    Column("grade", "category"),
    Column("price", "number", decimal=",", thousands="."),
    Column("guess", "number"),
    Column("owner", "category"),
    Column("day", "date"),
    Column("counts", "number"),
)
CHARTER = Charter(
    name="wine",
    question="How good?",
    owner="Ada",
    sources=(Source("wines", "w.csv", COLUMNS),),
    target=Target("grade", classes=("bad", "fair", "good")),
    money=Money("EUR", right=1),
    preparation=Preparation(missing_values=("", "?")),
)
PRICE = dataclasses.replace(
    CHARTER, target=Target("price", today="guess"), money=Money("EUR", over_estimate=-1, under_estimate=-1)
)
ROW = {"size": "1", "grade": "bad", "price": "1", "guess": "1", "owner": "a", "day": "2020-01-02", "counts": "1"}


def prepared(charter: Charter, *changes: dict[str, str | None], key: bytes = b"") -> list[dict[str, Any]]:
    rows = [ROW | change for change in changes]
    columns = {column.name: pa.array([row[column.name] for row in rows], pa.string()) for column in COLUMNS}
    columns[MALFORMED] = pa.nulls(len(rows), pa.string())
    (routed,) = prepare_batches([pa.RecordBatch.from_pydict(columns)], charter, key)
    return [dict(row) for row in routed.to_pylist()]


def test_a_class_becomes_its_index_and_what_is_none_is_rejected() -> None:
    grades = ["bad", " good ", "fair", "?", "", None, "excellent"]
    found = prepared(CHARTER, *({"grade": grade} for grade in grades))
    assert [row["grade"] for row in found if not row[REASON]] == [0, 2, 1]
    assert [row[REASON] for row in found[3:]] == [*["grade is missing"] * 3, "grade is none of the classes"]


def test_a_number_keeps_all_its_digits_and_what_is_none_is_rejected() -> None:
    prices = ["1.234,5678901", "16777217", "-3", "?", "nan", "inf", "1e400", "dear"]
    found = prepared(PRICE, *({"price": price} for price in prices))
    assert [row["price"] for row in found if not row[REASON]] == [1234.5678901, 16777217.0, -3.0]
    assert [row[REASON] for row in found[3:]] == ["price is missing", *["price is no number"] * 4]


def test_groups_are_equal_where_their_values_are_and_need_the_key_to_be_found_out() -> None:
    charter = dataclasses.replace(CHARTER, split=Split("grouped", group=("owner", "day")))
    owners: list[dict[str, str | None]] = [{"owner": "a"}, {"owner": " a "}, {"owner": "b"}, {"owner": None}]
    plain, secret = ([row[GROUP] for row in prepared(charter, *owners, key=key)] for key in (b"", b"key"))
    assert plain[0] == plain[1]
    assert len(set(plain)) == 3
    assert plain == [row[GROUP] for row in prepared(charter, *owners)]
    assert not set(plain) & set(secret)


def test_time_is_in_seconds_and_unknown_where_it_is_none() -> None:
    charter = dataclasses.replace(
        CHARTER,
        split=Split("time", time="day", test_from="2021-01-01"),
        preparation=dataclasses.replace(CHARTER.preparation, derive_only=("day",)),
    )
    assert [row[TIME] for row in prepared(charter, {}, {"day": ""})] == [18263 * 86_400.0, None]


def test_weights_are_numbers_from_zero_on() -> None:
    charter = dataclasses.replace(CHARTER, modeling=Modeling(weight="counts"))
    found = prepared(charter, {"counts": "0.1"}, {"counts": "0"}, {"counts": "-1"}, {"counts": ""}, {"counts": "x"})
    assert [row[WEIGHT] for row in found[:2]] == [0.1, 0.0]
    assert [row[REASON] for row in found] == [
        None,
        None,
        "counts is negative, and rows are weighted by it",
        "counts is missing, and rows are weighted by it",
        "counts is not of type number",
    ]
    assert "counts" not in found[0]


def test_what_is_predicted_today_is_kept_but_no_feature() -> None:
    found = prepared(PRICE, {"guess": "0.1"}, {"guess": "?"}, {"guess": "x"})
    assert [(row[TODAY], row[REASON]) for row in found] == [(0.1, None), (None, None), (None, None)]
    assert "guess" not in found[0]


def test_classes_that_are_numbers_are_ordered_by_size() -> None:
    assert ordered({"10", "9", "-1"}) == ("-1", "9", "10")
    assert ordered({"b", "a", "10"}) == ("10", "a", "b")


def test_a_class_without_a_training_row_is_named() -> None:
    account = Account(classes={"train": {"bad": 3, "good": 2}, "test": {"fair": 1}})
    with pytest.raises(DataError, match=r"no training row of class 'fair' .* target.classes: \['bad', 'good'\]"):
        check_classes(CHARTER, account)


def test_accounts_of_classes_add_up() -> None:
    one = Account(classes={"train": {"bad": 3}})
    both = one.plus(Account(classes={"train": {"bad": 1, "good": 2}, "test": {"good": 1}}))
    assert both.classes == {"train": {"bad": 4, "good": 2}, "test": {"good": 1}}
    assert Account.from_json(both.to_json()) == both
