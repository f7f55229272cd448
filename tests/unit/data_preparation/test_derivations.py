"""Derived features against pandas, numpy and the standard library."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crispstack.charter import ColumnType
from crispstack.data_preparation.categories import Categories
from crispstack.data_preparation.derivations import derive
from crispstack.preparation_plan import DatePart, Derivation

NAN = float("nan")
X = np.array([4, 0, -8, NAN, 0.5, 1e30, -1e-30], dtype=np.float32)
Y = np.array([2, 0, 3, 1, NAN, 1e-30, 1e30], dtype=np.float32)
with np.errstate(all="ignore"):
    RATIO, PRODUCT, DIFFERENCE = X.astype(float) / Y, X.astype(float) * Y, X.astype(float) - Y
TYPES: dict[str, ColumnType] = {"x": "number", "y": "number", "day": "date", "time": "timestamp", "text": "category"}
MOMENTS = pd.date_range("1899-12-30 23:59:59", "2104-03-01", periods=997)
SECONDS = MOMENTS.to_numpy().astype("datetime64[us]").astype(np.int64) / 1e6


def derived(derivation: Derivation, **columns: Any) -> Any:
    (found,) = derive({"x": X, "y": Y, **columns}, (derivation,), TYPES).values()
    return found.texts().tolist() if isinstance(found, Categories) else found


@pytest.mark.parametrize(
    ("derivation", "expected"),
    [
        (Derivation("d", "ratio", "x", other="y"), RATIO),
        (Derivation("d", "product", "x", other="y"), PRODUCT),
        (Derivation("d", "difference", "x", other="y"), DIFFERENCE),
        (Derivation("d", "difference", "x", value=0.5), X.astype(float) - 0.5),
        (Derivation("d", "log", "x"), [math.log(4), NAN, NAN, NAN, math.log(0.5), math.log(X[5]), NAN]),
        (Derivation("d", "log1p", "x"), [math.log(5), 0, 0, NAN, math.log(1.5), math.log1p(X[5]), 0]),
        (Derivation("d", "root", "x"), [2, 0, NAN, NAN, math.sqrt(0.5), math.sqrt(X[5]), NAN]),
        (Derivation("d", "root", "x", degree=3), [4 ** (1 / 3), 0, -2, NAN, 0.5 ** (1 / 3), 1e10, -1e-10]),
        (Derivation("d", "root", "x", degree=5), [4**0.2, 0, -(8**0.2), NAN, 0.5**0.2, 1e6, -1e-6]),
        (Derivation("d", "power", "x"), [16, 0, 64, NAN, 0.25, NAN, 0]),
        (Derivation("d", "power", "x", exponent=-1), [0.25, NAN, -0.125, NAN, 2, 1e-30, -1e30]),
        (Derivation("d", "sine", "x", period=8), [0, 0, 0, NAN, math.sin(math.pi / 8), None, 0]),
    ],
    ids=lambda value: f"{value.kind} {value.degree}" if isinstance(value, Derivation) else "",
)
def test_numbers_are_derived_as_on_paper_and_only_finite_ones(derivation: Derivation, expected: Any) -> None:
    with np.errstate(all="ignore"):
        wanted = np.array([NAN if value is None else value for value in expected]).astype(np.float32)
    wanted[~np.isfinite(wanted)] = np.nan
    found = derived(derivation)
    assert found.dtype == np.float32
    known = [value is not None for value in expected]
    np.testing.assert_allclose(found[known], wanted[known], rtol=2e-7, atol=1e-7)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("year", MOMENTS.year),
        ("quarter", MOMENTS.quarter),
        ("month", MOMENTS.month),
        ("day", MOMENTS.day),
        ("weekday", MOMENTS.dayofweek + 1),
        ("day_of_year", MOMENTS.dayofyear),
        ("hour", MOMENTS.hour),
        ("minute", MOMENTS.minute),
        ("is_weekend", MOMENTS.dayofweek >= 5),
    ],
)
def test_parts_of_times_are_those_of_pandas(part: DatePart, expected: Any) -> None:
    found = derived(Derivation("d", "date_part", "time", part=part), time=SECONDS)
    np.testing.assert_array_equal(found, np.asarray(expected, dtype=np.float32))
    if part not in ("hour", "minute"):
        days = np.floor(SECONDS / 86400).astype(np.float32)
        found = derived(Derivation("d", "date_part", "day", part=part), day=days)
        np.testing.assert_array_equal(found, np.asarray(expected, dtype=np.float32))


@pytest.mark.parametrize("part", ["year", "quarter", "month", "day", "weekday", "day_of_year", "is_weekend"])
def test_many_rows_of_few_days_have_the_parts_of_their_days(part: DatePart) -> None:
    moments = pd.date_range("1969-12-20", "1970-03-05").repeat(3)
    days = (moments - pd.Timestamp(0)).days.to_numpy(dtype=np.float32)
    expected = {
        "weekday": moments.dayofweek + 1,
        "day_of_year": moments.dayofyear,
        "is_weekend": moments.dayofweek >= 5,
    }.get(part)
    found = derived(Derivation("d", "date_part", "day", part=part), day=days)
    np.testing.assert_array_equal(found, getattr(moments, part) if expected is None else expected)


def test_a_missing_time_has_no_parts() -> None:
    assert math.isnan(derived(Derivation("d", "date_part", "time", part="hour"), time=np.array([NAN]))[0])


def test_cyclic_encodings_bring_the_end_of_a_period_next_to_its_beginning() -> None:
    hours = np.arange(24) * 3600.0
    sine = derived(Derivation("d", "sine", "time", part="hour"), time=hours)
    cosine = derived(Derivation("d", "cosine", "time", part="hour"), time=hours)
    np.testing.assert_allclose(sine**2 + cosine**2, 1, rtol=1e-6)
    steps = np.hypot(np.diff(np.append(sine, sine[0])), np.diff(np.append(cosine, cosine[0])))
    np.testing.assert_allclose(steps, steps[0], rtol=1e-5)


def test_differences_of_times_are_days() -> None:
    day, time = np.array([10, 0, NAN], dtype=np.float32), np.array([10.5 * 86400, -43200, 0])
    assert derived(Derivation("d", "difference", "time", other="day"), day=day, time=time).tolist()[:2] == [0.5, -0.5]
    found = derived(Derivation("d", "difference", "day", value="1970-01-04"), day=day)
    assert (found[0], found[1], math.isnan(found[2])) == (7, -3, True)
    found = derived(Derivation("d", "difference", "time", value="1970-01-02T12:00Z"), time=time)
    assert found.tolist() == [9, -2, -1.5]


def test_buckets_by_list_are_those_of_pandas() -> None:
    values = np.concatenate([X, np.float32([0.1, 0.7, -10, 99.9, 18])])
    edges = (-10.0, 0.1, 0.7, 18.0, 99.9)
    found = derived(Derivation("d", "bucket", "x", edges=edges), x=values)
    cuts = [-np.inf, *(np.float32(edge) for edge in edges), np.inf]
    labels = ["< -10", "[-10, 0.1)", "[0.1, 0.7)", "[0.7, 18)", "[18, 99.9)", ">= 99.9"]
    assert (
        found
        == pd.cut(pd.Series(values), cuts, right=False, labels=labels).astype(object).fillna("__missing__").tolist()
    )


def test_buckets_by_width_hold_values_that_are_written_like_their_bounds() -> None:
    values = np.array([0.7, 0.3, 0.29, -0.1, 0, NAN], dtype=np.float32)
    found = derived(Derivation("d", "bucket", "x", width=0.1), x=values)
    assert found == ["[0.7, 0.8)", "[0.3, 0.4)", "[0.2, 0.3)", "[-0.1, 0)", "[0, 0.1)", "__missing__"]


def test_texts_are_crossed_and_measured() -> None:
    text = Categories.of(["a", "__missing__", "\U0001f600b", "a"])
    other = Categories.of(["x", "x", "__missing__", "y"])
    crossed = derived(Derivation("d", "cross", "text", other="other"), text=text, other=other)
    assert crossed == ["a & x", "__missing__", "__missing__", "a & y"]
    length = derived(Derivation("d", "length", "text"), text=text)
    np.testing.assert_array_equal(length, np.float32([1, NAN, 2, 1]))


def test_indicators_compare_numbers_times_and_texts() -> None:
    assert derived(Derivation("d", "indicator", "x", operator=">=", value=0.5)).tolist()[:3] == [1, 0, 0]
    day = np.array([18262, 18263, NAN], dtype=np.float32)
    found = derived(Derivation("d", "indicator", "day", operator=">", value="2020-01-01"), day=day)
    np.testing.assert_array_equal(found, np.float32([0, 1, NAN]))
    text = Categories.of(["a", "b", "__missing__"])
    found = derived(Derivation("d", "indicator", "text", operator="!=", value="a"), text=text)
    np.testing.assert_array_equal(found, np.float32([0, 1, NAN]))


def test_a_derivation_reads_what_was_derived_before_it() -> None:
    chain = (Derivation("square", "power", "x"), Derivation("back", "root", "square"))
    found = derive({"x": X}, chain, TYPES)
    np.testing.assert_array_equal(found["back"][:3], [4, 0, 8])
