"""Cleaning, text normalization and the record filter."""

from __future__ import annotations

import numpy as np
import pytest

from crispstack.charter import Column
from crispstack.data_preparation.categories import Categories
from crispstack.data_preparation.categories import Column as Values
from crispstack.data_preparation.cleaning import Cleaned, clean
from crispstack.data_preparation.record_filter import left_out
from crispstack.data_preparation.text_normalization import normalized
from crispstack.data_preparation.values import UnparsableError, parse_json, parse_text
from crispstack.errors import DataError
from crispstack.preparation_plan import Cleaning, Condition, Outliers, TextStep

NAN = float("nan")
X = np.array([-5, 0, 9.9, 10, NAN, 1000], dtype=np.float32)


def cleaned(cleaning: Cleaning, values: Values = X) -> Cleaned:
    return clean({"x": values}, (cleaning,))


@pytest.mark.parametrize(
    ("outliers", "expected"),
    [
        (Outliers("clip", lower=0, upper=9.9), [0, 0, 9.9, 9.9, NAN, 9.9]),
        (Outliers("missing", lower=0, upper=9.9), [NAN, 0, 9.9, NAN, NAN, NAN]),
        (Outliers("flag", lower=0, upper=9.9), X),
        (Outliers("quarantine", upper=9.9), X),
    ],
    ids=lambda value: value.action if isinstance(value, Outliers) else "",
)
def test_what_lies_beyond_the_bounds_is_treated(outliers: Outliers, expected: list[float]) -> None:
    found = cleaned(Cleaning("x", outliers=(outliers,)))
    np.testing.assert_array_equal(found.columns["x"], np.float32(expected))
    assert [(each.reason, each.rows.tolist()) for each in found.rejections] == (
        [("x is an outlier", [False, False, False, True, False, True])] if outliers.action == "quarantine" else []
    )
    flags = {name: values.tolist() for name, values in found.flags.items()}
    assert flags == ({"x_outlier": [1, 0, 0, 1, 0, 1]} if outliers.action == "flag" else {})


def test_bounds_that_were_not_taken_from_the_profile_are_refused() -> None:
    with pytest.raises(DataError, match="the bounds of x are not known"):
        cleaned(Cleaning("x", outliers=(Outliers("clip", "iqr"),)))


def test_numbers_are_rounded_before_outliers_are_looked_for() -> None:
    found = cleaned(Cleaning("x", round_to=10, outliers=(Outliers("missing", upper=10),)))
    np.testing.assert_array_equal(found.columns["x"], np.float32([0, 0, 10, 10, NAN, NAN]))
    assert not np.signbit(found.columns["x"][0])


def test_missing_values_are_filled_or_reasons_to_leave_a_row_out() -> None:
    np.testing.assert_array_equal(
        cleaned(Cleaning("x", missing="constant", constant=7)).columns["x"], np.float32([-5, 0, 9.9, 10, 7, 1000])
    )
    found = cleaned(Cleaning("x", missing="quarantine"))
    assert [(each.reason, np.flatnonzero(each.rows).tolist()) for each in found.rejections] == [("x is missing", [4])]
    texts = cleaned(Cleaning("x", missing="constant", constant="none"), Categories.of(["a", "__missing__"])).columns[
        "x"
    ]
    assert isinstance(texts, Categories)
    assert texts.texts().tolist() == ["a", "none"]


def test_what_is_given_is_not_changed() -> None:
    before = X.copy()
    cleaned(Cleaning("x", round_to=10, outliers=(Outliers("clip", lower=0),), missing="constant", constant=1))
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize(
    ("steps", "text", "expected"),
    [
        (("nfc",), "Zu\u0308rich", "Z\u00fcrich"),
        (("nfkc",), "\uff22\uff45\uff52\uff4e \u2460 \ufb01", "Bern 1 fi"),
        (("strip_controls",), "a\u200bb\ufeffc\x00d\te", "abcd e"),
        (("collapse_whitespace",), "a \u00a0 b\u3000\tc", "a b c"),
        (("fold_accents",), "\u00c5ngstr\u00f6m \u0141\u00f3d\u017a \u00d8re Stra\u00dfe", "Angstrom Lodz Ore Strasse"),
        (("lower",), "\u00c4B", "\u00e4b"),
        (("upper",), "\u00e4b", "\u00c4B"),
        (("casefold",), "STRA\u00dfE", "strasse"),
        (("ascii",), "Z\u00fcrich \u4e2d \uff21", "Zurich ? A"),
        (("nfkc", "fold_accents", "casefold"), "\uff3a\u00dcRICH", "zurich"),
    ],
)
def test_texts_are_made_alike(steps: tuple[TextStep, ...], text: str, expected: str) -> None:
    assert normalized(text, Cleaning("x", text=steps)) == expected
    assert normalized(expected, Cleaning("x", text=steps)) == expected


def test_a_text_is_cut_and_may_mean_missing_after_it_was_normalized() -> None:
    column, cleaning = Column("x", "category"), Cleaning("x", text=("lower",), maximum_length=7)
    assert parse_text(" ABCDEFGHIJ ", column, frozenset({"unknown"}), cleaning) == "abcdefg"
    assert parse_text("UNKNOWN", column, frozenset({"unknown"}), cleaning) == "__missing__"


def test_an_invalid_value_is_missing_where_the_plan_says_so() -> None:
    column, cleaning = Column("x", "integer"), Cleaning("x", invalid="missing")
    assert np.isnan(parse_text("n/a", column, frozenset(), cleaning))
    with pytest.raises(UnparsableError):
        parse_text("n/a", column, frozenset())


def test_half_written_groups_of_thousands_are_refused() -> None:
    column = Column("x", "number", decimal=",", thousands=".")
    assert parse_text("1.234.567,5", column, frozenset()) == 1234567.5
    for text in ("1.5", "1234.567", "1,234,5", "12.34"):
        with pytest.raises(UnparsableError):
            parse_text(text, column, frozenset())


def test_half_of_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(UnparsableError, match="surrogate"):
        parse_json("\ud800", Column("x", "category"), frozenset())


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        (Condition("x", "<", 10), [False, False, False, True, True, True]),
        (Condition("x", "!=", 0), [False, True, False, False, True, False]),
        (Condition("x", "in", values=(0, 9.9)), [True, False, False, True, True, True]),
        (Condition("x", "not_in", values=(0, 9.9)), [False, True, True, False, True, False]),
        (Condition("x", "is_missing"), [True, True, True, True, False, True]),
        (Condition("x", "is_present"), [False, False, False, False, True, False]),
    ],
)
def test_rows_that_do_not_meet_a_condition_are_left_out(condition: Condition, left: list[bool]) -> None:
    (found,) = left_out({"x": X}, (condition,), {"x": "number"})
    assert found.rows.tolist() == left
    assert found.reason.startswith("left out by the filter: x ")


def test_a_condition_on_a_column_that_is_not_there_is_not_asked() -> None:
    assert list(left_out({"x": X}, (Condition("y", "is_present"),), {})) == []
