"""What a prediction request may hold, and the arrays it becomes."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from crispstack.artifacts import Feature
from crispstack.charter import Charter, Column, Derivation, Exclusion, Money, Preparation, Source, Target
from crispstack.data_preparation.privacy import pseudonym
from crispstack.data_preparation.requests import feature_arrays, features, prepared_arrays, request_row, request_value
from crispstack.errors import RequestError
from crispstack.preparation_plan import Cleaning
from crispstack.privacy_plan import PrivacyTreatment

CHARTER = Charter(
    name="loans",
    question="Who?",
    owner="Ada",
    sources=(
        Source(
            "clients",
            "clients.csv",
            (
                Column("id", "integer"),
                Column("age", "integer"),
                Column("income", "number"),
                Column("job", "category"),
                Column("married", "boolean"),
                Column("since", "date"),
                Column("y", "category"),
            ),
        ),
    ),
    target=Target("y", "yes"),
    money=Money("EUR", 10, -1),
    preparation=Preparation(
        missing_values=("", "unknown", "-1"),
        exclude=(Exclusion("id", "a row number"),),
        derive=(
            Derivation("is_admin", "indicator", "job", "==", "admin"),
            Derivation("adult", "indicator", "age", ">=", 18),
            Derivation("income_per_year", "ratio", "income", other="age"),
            Derivation("log_income", "log1p", "income"),
        ),
    ),
)
ROW: dict[str, Any] = {"age": 40, "income": 100.5, "job": "admin", "married": True, "since": "1970-01-11"}


SINCE = ["since_year", "since_month", "since_day", "since_weekday", "since_day_of_year"]
"""Parts of the date, derived without being told."""


def arrays(**changes: object) -> dict[str, Any]:
    return {name: values[0] for name, values in feature_arrays([ROW | changes], CHARTER).items()}


def test_features_are_source_columns_then_derived_ones_without_target_and_excluded() -> None:
    kinds = {feature.name: feature.kind for feature in features(CHARTER)}
    assert list(kinds) == [
        "age",
        "income",
        "job",
        "married",
        "since",
        "is_admin",
        "adult",
        "income_per_year",
        "log_income",
        *SINCE,
    ]
    assert [name for name, kind in kinds.items() if kind == "categorical"] == ["job"]


def test_arrays_are_float32_or_objects_in_the_order_of_the_features() -> None:
    found = feature_arrays([ROW, ROW], CHARTER)
    assert list(found) == [feature.name for feature in features(CHARTER)]
    assert {name: values.dtype for name, values in found.items() if name != "job"} == {
        name: np.float32 for name in found if name != "job"
    }
    assert found["job"].dtype == object
    assert {values.shape for values in found.values()} == {(2,)}


def test_values_are_typed_and_derived() -> None:
    found = arrays()
    assert (found["age"], found["married"], found["since"], found["job"]) == (40, 1, 10, "admin")
    assert (found["is_admin"], found["adult"]) == (1, 1)
    assert found["income_per_year"] == np.float32(100.5) / np.float32(40)
    assert found["log_income"] == pytest.approx(math.log1p(100.5))


def test_a_date_becomes_its_parts_unless_they_are_derived_by_name_or_only_derived_from() -> None:
    found = arrays(since="2024-12-31")
    assert [float(found[name]) for name in SINCE] == [2024, 12, 31, 2, 366]
    assert math.isnan(arrays(since=None)["since_year"])
    plan = CHARTER.preparation
    asked = Derivation("born", "date_part", "since", part="year")
    other = dataclasses.replace(CHARTER, preparation=dataclasses.replace(plan, derive=(asked,)))
    names = [feature.name for feature in features(other)]
    assert "born" in names
    assert "since_year" not in names
    assert "since_month" in names
    only = dataclasses.replace(CHARTER, preparation=dataclasses.replace(plan, derive=(asked,), derive_only=("since",)))
    assert not {"since", *SINCE} & {feature.name for feature in features(only)}


def test_a_timestamp_has_an_hour_and_a_free_text_is_passed_as_it_was_normalized() -> None:
    columns = (*CHARTER.source.columns, Column("seen", "timestamp"), Column("note", "text"))
    source = dataclasses.replace(CHARTER.source, columns=columns)
    plan = dataclasses.replace(CHARTER.preparation, clean=(Cleaning("note", text=("collapse_whitespace", "lower")),))
    charter = dataclasses.replace(CHARTER, sources=(source,), preparation=plan)
    row = ROW | {"seen": "2024-02-29T23:30:00+02:00", "note": " Not  AT home "}
    found = feature_arrays([row, row | {"seen": None, "note": None}], charter)
    assert found["seen_hour"][0] == 21
    assert math.isnan(found["seen_hour"][1])
    assert list(found["note"]) == ["not at home", "__missing__"]
    assert {feature.name: feature.kind for feature in features(charter)}["note"] == "text"


@pytest.mark.parametrize("value", [None, -1, -1.0, "unknown", ""])
def test_null_and_every_missing_value_are_missing_and_so_is_what_is_derived(value: object) -> None:
    found = arrays(age=value)
    assert math.isnan(found["age"])
    assert math.isnan(found["adult"])
    assert math.isnan(found["income_per_year"])


def test_missing_category_is_marked_and_its_indicator_is_missing() -> None:
    found = arrays(job="unknown")
    assert found["job"] == "__missing__"
    assert math.isnan(found["is_admin"])


def test_ratio_by_zero_is_missing_and_log_of_a_negative_is_zero() -> None:
    found = arrays(age=0, income=-5)
    assert math.isnan(found["income_per_year"])
    assert found["log_income"] == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"age": "41"}, "row 0, field 'age': expected a whole number, found the text '41'"),
        ({"age": 41.5}, "row 0, field 'age': expected a whole number, found '41.5'"),
        ({"age": True}, "row 0, field 'age': expected a whole number, found true"),
        ({"age": [1]}, "row 0, field 'age': expected a whole number, found a list"),
        ({"income": math.nan}, "row 0, field 'income': expected a number, found nan"),
        ({"income": 10**400}, "row 0, field 'income': expected a number up to 3.4e+38"),
        ({"job": 3}, "row 0, field 'job': expected a text, found 3"),
        ({"married": "perhaps"}, "row 0, field 'married': expected true or false, found 'perhaps'"),
        ({"since": "11.01.1970"}, "row 0, field 'since': expected a date as YYYY-MM-DD, found '11.01.1970'"),
        ({"since": "2025-02-30"}, "row 0, field 'since': expected a date as YYYY-MM-DD, found '2025-02-30'"),
        ({"jbo": "admin"}, "row 0: unknown field 'jbo'; did you mean 'job'?"),
        ({"id": 7}, "row 0: unknown field 'id'; it is not used (a row number): leave it out"),
        ({"y": "no"}, "row 0: unknown field 'y'; it is what is to be predicted: leave it out"),
    ],
)
def test_a_wrong_field_is_named_with_its_row_and_a_remedy(changes: dict[str, object], message: str) -> None:
    with pytest.raises(RequestError) as caught:
        feature_arrays([ROW | changes], CHARTER)
    assert str(caught.value).startswith(message)


def test_a_missing_field_names_the_row() -> None:
    with pytest.raises(RequestError, match="row 1: field 'job' is missing"):
        feature_arrays([ROW, {name: value for name, value in ROW.items() if name != "job"}], CHARTER)


def test_an_empty_request_and_a_row_that_is_no_object_are_refused() -> None:
    with pytest.raises(RequestError, match="no rows"):
        feature_arrays([], CHARTER)
    with pytest.raises(RequestError, match="row 0: expected an object"):
        feature_arrays(["age"], CHARTER)  # type: ignore[list-item]


def test_a_prepared_number_is_told_as_it_was_written() -> None:
    column = Column("bmi", "number")
    for written in (32.1, 1.0399999618530273, 1e-7, 123456.7, 1e10):
        told = request_value(float(np.float32(written)), column)
        assert np.float32(told) == np.float32(written)
        assert len(repr(told)) <= len(repr(written))


def test_a_prepared_row_leads_back_to_the_request_that_made_it() -> None:
    request = ROW | {"income": None, "married": False}
    first = feature_arrays([request], CHARTER)
    prepared = {name: values[0] for name, values in first.items()}
    assert request_row(prepared, CHARTER) == request
    again = feature_arrays([request_row(prepared, CHARTER)], CHARTER)
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])


def test_prepared_rows_become_the_same_arrays() -> None:
    names = (Feature("age", "numeric"), Feature("job", "categorical"))
    found = prepared_arrays([{"age": 40.0, "job": "admin"}, {"age": None, "job": "__missing__"}], names)
    np.testing.assert_array_equal(found["age"], np.array([40, np.nan], dtype=np.float32))
    assert list(found["job"]) == ["admin", "__missing__"]


def test_a_charter_without_derivations_needs_none() -> None:
    plain = dataclasses.replace(CHARTER, preparation=Preparation(exclude=CHARTER.preparation.exclude))
    assert list(feature_arrays([ROW], plain)) == ["age", "income", "job", "married", "since", *SINCE]


PRIVATE = dataclasses.replace(
    CHARTER,
    privacy=(
        PrivacyTreatment("job", "hash", "joins"),
        PrivacyTreatment("age", "generalize", "bands do", to="band", size=10),
        PrivacyTreatment("income", "drop", "not needed"),
    ),
    preparation=dataclasses.replace(
        CHARTER.preparation, derive=(Derivation("adult", "indicator", "age", operator=">=", value=38),)
    ),
)
KEY = b"an example's key, long enough"


def test_personal_columns_are_treated_before_anything_is_derived() -> None:
    row = {name: value for name, value in ROW.items() if name != "income"} | {"age": 39}
    found = {name: values[0] for name, values in feature_arrays([row], PRIVATE, KEY).items()}
    assert list(found) == ["age", "job", "married", "since", "adult", *SINCE]
    assert (found["age"], found["adult"], found["job"]) == (30, 0, pseudonym("admin", KEY, 16))


def test_a_request_made_of_a_prepared_row_holds_pseudonyms_and_leads_to_the_same_row() -> None:
    row = {name: value for name, value in ROW.items() if name != "income"}
    first = feature_arrays([row], PRIVATE, KEY)
    request = request_row({name: values[0] for name, values in first.items()}, PRIVATE)
    assert request["job"] == pseudonym("admin", KEY, 16)
    assert {name: values[0] for name, values in feature_arrays([request], PRIVATE, KEY).items()} == {
        name: values[0] for name, values in first.items()
    }


def test_a_dropped_column_is_refused_and_no_personal_value_is_repeated() -> None:
    row = {name: value for name, value in ROW.items() if name != "income"}
    with pytest.raises(RequestError, match="unknown field 'income'; it is personal and not used: leave it out"):
        feature_arrays([ROW], PRIVATE, KEY)
    with pytest.raises(RequestError) as caught:
        feature_arrays([row | {"age": "Ada Lovelace"}], PRIVATE, KEY)
    assert str(caught.value) == "row 0, field 'age': expected a whole number"
