"""Reading all values of a request together finds what reading each by itself finds, and leaves it what does not fit."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crispstack.charter import Charter, Column, Money, Preparation, Source, Target
from crispstack.data_preparation import request_reader
from crispstack.data_preparation.request_reader import RequestReader
from crispstack.data_preparation.request_values import checked_columns
from crispstack.errors import RequestError
from crispstack.preparation_plan import Cleaning, Derivation, Outliers
from crispstack.privacy_plan import PrivacyTreatment

COLUMNS = (
    Column("whole", "integer"),
    Column("size", "number"),
    Column("code", "number"),
    Column("city", "category"),
    Column("member", "boolean"),
    Column("day", "date"),
    Column("moment", "timestamp"),
    Column("note", "text"),
    Column("y", "category"),
)
PLAIN = Charter(
    "shop", "?", "Ada", (Source("rows", "rows.csv", COLUMNS),), Target("y", "yes"), Money("EUR", 1, -1),
    preparation=Preparation(
        missing_values=("", "unknown", "-1"),
        clean=(Cleaning("city", text=("lower",)), Cleaning("code", missing_values=("9.5",), invalid="missing")),
    ),
)  # fmt: skip
PREPARED = dataclasses.replace(
    PLAIN,
    preparation=dataclasses.replace(
        PLAIN.preparation,
        clean=(
            Cleaning("size", round_to=0.5, outliers=(Outliers("flag", lower=0, upper=9), Outliers("clip", upper=20))),
            Cleaning("city", missing="constant", constant="nowhere"),
        ),
        derive=(Derivation("is_bonn", "indicator", "city", "==", "bonn"), Derivation("root", "root", "size")),
    ),
)
SOUND: dict[str, Any] = {
    "whole": 3, "size": 2.25, "code": 7, "city": "Bonn", "member": True, "day": "2024-02-29",
    "moment": "2024-02-29T12:30:00Z", "note": "fine",
}  # fmt: skip
VALUES: Mapping[str, tuple[Any, ...]] = {
    "whole": (3, -1, 41.0, 41.5, 2**53, 2.0**53, 2**70, 10**400, -0.0),
    "size": (2.25, -1, -1.0, 10**39, 3.4e38, float("nan"), float("inf"), 0.1, -0.0),
    "code": (7, 9.5, -1.0, "9.5", "x"),
    "city": ("Bonn", " BONN ", "unknown", "-1", "\ud800", "ä" * 200),
    "member": (True, False, "yes", "no", "maybe", 1, 0.0),
    "day": ("2024-02-29", "2023-02-29", "20240229", ""),
    "moment": ("2024-02-29T12:30:00.123456+02:00", "2024-02-29", "then"),
    "note": ("fine", "", " two  words "),
}
ANY = (None, True, 1, 0.5, "text", [], {}, [1], {"a": 1})


def rows() -> st.SearchStrategy[list[Any]]:
    fields = {name: st.sampled_from((*([SOUND[name]] * 12), *VALUES[name], *ANY)) for name in SOUND}
    row = st.fixed_dictionaries(fields)
    short = row.map(lambda found: {name: value for name, value in found.items() if name != "code"})
    return st.lists(
        st.one_of(*[row] * 8, row.map(lambda found: found | {"more": 1}), short, st.none()), min_size=1, max_size=3
    )


def expected(found: list[Any], reader: RequestReader) -> tuple[Any, Any] | str:
    try:
        return reader._one_by_one(found)
    except RequestError as error:
        return str(error)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(rows())
def test_values_together_are_what_each_is_by_itself(found: list[Any]) -> None:
    reader = RequestReader(PLAIN)
    one_by_one, together = expected(found, reader), reader._together(found)
    if isinstance(one_by_one, str):
        assert together is None
        with pytest.raises(RequestError) as caught:
            reader.read(found)
        assert str(caught.value) == one_by_one
    elif together is not None:
        # Numbers other than times are rounded to float32 where they become a model's.
        np.testing.assert_array_equal(together[0].astype(np.float32), one_by_one[0].astype(np.float32))
        np.testing.assert_array_equal(together[1], one_by_one[1])


def test_sound_rows_are_read_together() -> None:
    reader = RequestReader(PLAIN)
    assert reader._together([SOUND, SOUND | {"whole": None, "city": None, "member": None, "day": None}]) is not None
    assert reader._together([SOUND | {"whole": 41.0}]) is not None
    for change in (
        {"member": "yes"},
        {"size": 1e39},
        {"size": float("nan")},
        {"size": float("inf")},
        {"whole": 10**400},
    ):
        assert reader._together([SOUND, SOUND | change]) is None


@pytest.mark.parametrize("charter", [PLAIN, PREPARED])
def test_the_inputs_are_the_features_in_order(charter: Charter) -> None:
    reader = RequestReader(charter)
    found = [SOUND | {"size": size, "city": city} for size, city in ((2.3, "Bonn"), (50, None), (None, "bonn"))]
    inputs = reader.read(found)
    numbers, texts = inputs.numbers, inputs.texts
    assert numbers is not None
    assert texts is not None
    assert (numbers.dtype, numbers.flags.c_contiguous, texts.flags.c_contiguous) == (np.float32, True, True)
    by_name = dict(zip(reader.numbers, numbers.T, strict=True)) | dict(zip(reader.texts, texts.T, strict=True))
    assert by_name["whole"].tolist() == [3, 3, 3]
    assert by_name["day_year"].tolist() == [2024, 2024, 2024]
    assert by_name["moment"].tolist() == [np.float32(1_709_209_800)] * 3
    if charter is PLAIN:
        np.testing.assert_array_equal(by_name["size"], np.array([2.3, 50, np.nan], np.float32))
        assert by_name["city"].tolist() == ["bonn", "__missing__", "bonn"]
    else:
        np.testing.assert_array_equal(by_name["size"], np.array([2.5, 20, np.nan], np.float32))
        assert by_name["size_outlier"].tolist() == [0, 1, 0]
        assert by_name["city"].tolist() == ["Bonn", "nowhere", "bonn"]
        assert by_name["is_bonn"].tolist() == [0, 0, 1]
    untouched = dataclasses.replace(charter, preparation=Preparation())
    plain = RequestReader(untouched).read(found)
    assert all(values is not None and values.flags.c_contiguous for values in (plain.numbers, plain.texts))
    columns = checked_columns(found, charter)
    assert set(columns) == set(SOUND)


def test_texts_that_are_kept_do_not_grow_without_end_nor_hold_personal_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_reader, "_REMEMBERED", 10)
    treated = dataclasses.replace(PLAIN, privacy=(PrivacyTreatment("note", "hash", "personal"),))
    reader = RequestReader(treated, b"an example's key, long enough")
    for number in range(25):
        reader.read([SOUND | {"city": f"city {number}", "note": f"name {number}"}])
    kept = {text for texts in reader._parsed for text in texts}
    assert len([text for text in kept if text and text.startswith("city")]) == 5
    assert not [text for text in kept if text and text.startswith("name")]
