"""What becomes of personal columns."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crispstack.charter import Charter, Column, Money, Preparation, Source, Target
from crispstack.data_preparation.account import JoinAccount
from crispstack.data_preparation.categories import Categories
from crispstack.data_preparation.joins import met, met_key
from crispstack.data_preparation.met_rows import join_accounts
from crispstack.data_preparation.privacy import (
    collision_probability,
    key_fingerprint,
    pseudonym,
    treat,
    treated_line,
    treated_raw,
)
from crispstack.data_preparation.row_wise import RowPreparation
from crispstack.data_preparation.values import MISSING
from crispstack.errors import DataError
from crispstack.joined_sources import Join, JoinedColumn, JoinKey
from crispstack.privacy_plan import PrivacyTreatment

KEY = b"an example's key, long enough"
EPOCH = dt.date(1970, 1, 1)


def texts(*values: str) -> Any:
    return Categories.of(values)


def one(values: Any, **treatment: Any) -> list[Any]:
    return listed(treat({"c": values}, [PrivacyTreatment("c", **treatment)], KEY)["c"])


def listed(values: Any) -> list[Any]:
    return list((values.texts() if isinstance(values, Categories) else values).tolist())


def test_a_dropped_column_is_gone_and_the_others_are_untouched() -> None:
    columns = {"a": texts("x"), "b": np.float32([1])}
    found = treat(
        columns, [PrivacyTreatment("a", "drop"), PrivacyTreatment("b", "keep"), PrivacyTreatment("z", "drop")]
    )
    assert list(found) == ["b"]
    assert found["b"] is columns["b"]


def test_a_hash_is_the_beginning_of_an_hmac_under_the_projects_key() -> None:
    expected = hmac.new(KEY, "Åsa".encode(), hashlib.sha256).hexdigest()
    assert one(texts("Åsa", MISSING, "Åsa"), treatment="hash", digits=20) == [
        f"hmac:{expected[:20]}",
        MISSING,
        f"hmac:{expected[:20]}",
    ]
    assert pseudonym("Åsa", b"another key, long enough", 20) != f"hmac:{expected[:20]}"
    assert key_fingerprint(KEY) != key_fingerprint(KEY + b"!")
    assert key_fingerprint(b"") == ""


@pytest.mark.parametrize("key", [b"", b"short"])
def test_nothing_is_hashed_without_a_proper_key(key: bytes) -> None:
    with pytest.raises(DataError, match="key of 16 bytes"):
        treat({"c": texts("x")}, [PrivacyTreatment("c", "hash")], key)


def test_the_collision_probability_is_that_of_birthdays() -> None:
    def exactly(values: int, buckets: int) -> float:
        return 1 - math.prod((buckets - index) / buckets for index in range(values))

    assert collision_probability(300, 4) == pytest.approx(exactly(300, 16**4), rel=0.01)
    assert collision_probability(10_000_000, 16) == pytest.approx(2.7e-6, rel=0.01)
    assert collision_probability(1, 8) == 0


def test_generalizations() -> None:
    ages = np.float32([17, 20, 29.9, -3, np.nan])
    np.testing.assert_array_equal(one(ages, treatment="generalize", to="band", size=10), [10, 20, 20, -10, np.nan])
    days = np.float32([(dt.date(2024, 2, 29) - EPOCH).days, (dt.date(1969, 12, 31) - EPOCH).days, np.nan])
    months = [(dt.date(2024, 2, 1) - EPOCH).days, (dt.date(1969, 12, 1) - EPOCH).days, np.nan]
    years = [(dt.date(2024, 1, 1) - EPOCH).days, (dt.date(1969, 1, 1) - EPOCH).days, np.nan]
    np.testing.assert_array_equal(one(days, treatment="generalize", to="month"), months)
    np.testing.assert_array_equal(one(days, treatment="generalize", to="year"), years)
    assert one(texts("80331", "8", MISSING), treatment="generalize", to="prefix", size=2) == ["80", "8", MISSING]
    addresses = texts("Ada@Example.ORG", "a@b@c.de", "no address", "x@", MISSING)
    assert one(addresses, treatment="generalize", to="domain") == ["@example.org", "@c.de", MISSING, MISSING, MISSING]


@given(
    st.sampled_from([("hash", "", 0), ("generalize", "prefix", 3), ("generalize", "domain", 0)]),
    st.lists(st.text(st.characters(exclude_categories=[])), max_size=5),
)
def test_treating_texts_twice_changes_nothing(kind: tuple[Any, Any, float], values: list[str]) -> None:
    treatment = [PrivacyTreatment("c", kind[0], to=kind[1], size=kind[2])]
    once = treat({"c": texts(*values)}, treatment, KEY)
    assert listed(treat(once, treatment, KEY)["c"]) == listed(once["c"])


@given(st.floats(0.0625, 1000), st.lists(st.floats(-(2.0**127), 2.0**127, width=32), max_size=5))
def test_treating_numbers_twice_changes_nothing_and_a_band_lies_below_its_values(
    size: float, values: list[float]
) -> None:
    treatment = [PrivacyTreatment("c", "generalize", to="band", size=size)]
    once = treat({"c": np.array(values, np.float32)}, treatment)
    np.testing.assert_array_equal(treat(once, treatment)["c"], once["c"])
    for value, bound in zip(values, listed(once["c"]), strict=True):
        # Bounds are float32, which has 24 bits.
        slack = 2**-23 * abs(value) + 1e-6 * size
        assert bound - slack <= value <= bound + size + slack


@given(st.lists(st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31)), max_size=5), st.sampled_from(["month", "year"]))
def test_dates_become_the_first_day_of_their_period_once_and_for_all(dates: list[dt.date], to: Any) -> None:
    treatment = [PrivacyTreatment("c", "generalize", to=to)]
    days = np.array([(date - EPOCH).days for date in dates], np.float32)
    once = treat({"c": days}, treatment)
    expected = [date.replace(day=1, month=date.month if to == "month" else 1) for date in dates]
    assert [EPOCH + dt.timedelta(days=day) for day in listed(once["c"])] == expected
    np.testing.assert_array_equal(treat(once, treatment)["c"], once["c"])


CHARTER = Charter(
    name="loans",
    question="Who?",
    owner="Ada",
    sources=(
        Source(
            "clients",
            "clients.csv",
            (
                Column("email", "category"),
                Column("card", "category"),
                Column("age", "integer"),
                Column("born", "date"),
                Column("job", "category"),
                Column("y", "category"),
            ),
        ),
    ),
    target=Target("y", "yes"),
    money=Money("EUR", 10, -1),
    privacy=(
        PrivacyTreatment("email", "hash", "joins"),
        PrivacyTreatment("card", "drop", "not needed"),
        PrivacyTreatment("age", "generalize", "bands do", to="band", size=10),
        PrivacyTreatment("born", "generalize", "years do", to="year"),
        PrivacyTreatment("job", "keep", "needed"),
    ),
)


def test_a_dropped_column_is_no_feature() -> None:
    assert [column.name for column in CHARTER.feature_columns] == ["email", "age", "born", "job"]


def test_a_raw_row_for_people_holds_nothing_that_is_treated() -> None:
    row = {"email": "a@b.de ", "card": "4111", "age": "38", "born": "1984-05-06", "job": " cook", "y": None}
    assert treated_raw(row, CHARTER, KEY) == {
        "email": pseudonym("a@b.de", KEY, 16),
        "age": "30",
        "born": "1984-01-01",
        "job": " cook",
        "y": None,
    }
    spoiled = treated_raw(row | {"age": "38 years", "born": "06.05.1984", "email": ""}, CHARTER, KEY)
    assert spoiled == {"email": "", "age": "(withheld)", "born": "(withheld)", "job": " cook", "y": None}
    assert "38" not in json.dumps(spoiled)


def test_a_line_that_cannot_be_told_into_columns_is_withheld_where_any_is_treated() -> None:
    assert treated_line("a@b.de,4111", CHARTER) == "(withheld: 11 characters that may hold email, card, age, born)"
    assert (
        treated_line("a@b.de,4111", replace(CHARTER, privacy=(PrivacyTreatment("job", "keep", "x"),))) == "a@b.de,4111"
    )


JOINED = replace(
    CHARTER,
    sources=(
        *CHARTER.sources,
        Source("cards", "cards.csv", (Column("card", "category"), Column("holder", "category"))),
    ),
    privacy=(*CHARTER.privacy[2:], PrivacyTreatment("holder", "hash", "tells them apart", source="cards")),
    preparation=Preparation(
        joins=(Join("cards", (JoinKey("card", "card"),), (JoinedColumn("holder", "card_holder"),), "request"),)
    ),
)


def test_a_column_that_a_join_brings_is_treated_by_its_name_in_the_row() -> None:
    typed = {column.name: texts("x") for column in JOINED.feature_columns if column.type == "category"}
    typed |= {"age": np.float32([38]), "born": np.float32([0])}
    prepared = RowPreparation.of(JOINED, KEY).prepare(typed).columns
    assert listed(prepared["card_holder"]) == [pseudonym("x", KEY, 16)]
    dropped = replace(JOINED, privacy=(PrivacyTreatment("holder", "drop", "not needed", source="cards"),))
    assert "card_holder" not in [column.name for column in dropped.feature_columns]


@pytest.mark.parametrize(("treatment", "told"), [("keep", ("4111",)), ("drop", ())])
def test_keys_that_met_several_rows_are_told_unless_they_are_personal(treatment: Any, told: tuple[str, ...]) -> None:
    charter = replace(JOINED, privacy=(PrivacyTreatment("card", treatment, "an example"),))
    (join,) = charter.preparation.joins
    raw = pa.RecordBatch.from_pydict({met(join): [1, 2], met_key(join): [None, "4111"]})
    assert join_accounts(raw, charter) == {"cards": JoinAccount(0, 1, told)}
