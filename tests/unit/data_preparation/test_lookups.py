"""Requests gain what is looked up: by the keys of training, in few reads, never against what they say themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pytest

from crispstack.business_understanding import lookup_checks
from crispstack.charter import Charter, Column, Exclusion, Money, Preparation, Source, Target
from crispstack.data_preparation.lookups import ALL_ROWS, looked_up, lookups, request_key
from crispstack.data_preparation.row_completion import Row, Wanted, completed
from crispstack.errors import RequestError
from crispstack.joined_sources import Join, JoinedColumn, JoinKey, Window
from crispstack.privacy_plan import PrivacyTreatment

PLANES = Join("planes", (JoinKey("tail", "tail"),), (JoinedColumn("maker"), JoinedColumn("seats")), "lookup")
MAKERS = Join("makers", (JoinKey("maker", "name"),), (JoinedColumn("country"),), "lookup")
WEATHER = Join("weather", (JoinKey("origin", "origin"),), (JoinedColumn("wind"),), "request")
SHARE = Window("late_share", "mean", "time", "7 days", "lookup", ("origin",), "late")
COUNT = Window("flights", "count", "time", "7 days", "lookup", ("origin",))
CHARTER = Charter(
    name="flights",
    question="Late?",
    owner="Ada",
    sources=(
        Source(
            "flights",
            columns=(
                Column("tail", "category"),
                Column("origin", "category"),
                Column("time", "timestamp"),
                Column("late", "boolean"),
            ),
        ),
        Source("planes", columns=(Column("tail", "category"), Column("maker", "category"), Column("seats", "integer"))),
        Source("makers", columns=(Column("name", "category"), Column("country", "category"))),
        Source("weather", columns=(Column("origin", "category"), Column("wind", "number"))),
    ),
    target=Target("late", "yes"),
    money=Money("EUR", 10, -1),
    preparation=Preparation(
        missing_values=("", "NA"),
        exclude=(Exclusion("maker", "its country says enough"),),
        joins=(PLANES, MAKERS, WEATHER),
        windows=(SHARE, COUNT),
        derive_only=("tail",),
    ),
)
FOUND: dict[Wanted, Row] = {
    ("planes", "N1"): {"maker": "Airbus", "seats": 100},
    ("planes", "N2"): {"maker": "Nobody", "seats": 200},
    ("makers", "Airbus"): {"country": "France"},
    ("late_share", "JFK"): {"late_share": 0.25},
    ("flights", "JFK"): {"flights": 7},
}
GIVEN = {"tail": " N1 ", "origin": "JFK", "time": "2013-01-01T10:00:00Z", "wind": 3}


class Reader:
    """Keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[set[Wanted]] = []

    def read(self, wanted: set[Wanted]) -> Mapping[Wanted, Row]:
        self.asked.append(wanted)
        return {key: values for key, values in FOUND.items() if key in wanted}


def changed(charter: Charter = CHARTER, **plan: object) -> Charter:
    return dataclasses.replace(charter, preparation=dataclasses.replace(charter.preparation, **plan))  # type: ignore[arg-type]


def test_rows_gain_what_was_found_and_only_features() -> None:
    reader = Reader()
    (row,) = completed([GIVEN], CHARTER, reader)
    assert row == {**GIVEN, "seats": 100, "country": "France", "late_share": 0.25, "flights": 7}
    assert reader.asked == [{("planes", "N1"), ("late_share", "JFK"), ("flights", "JFK")}, {("makers", "Airbus")}]


def test_many_rows_are_read_at_once_and_equal_keys_once() -> None:
    reader = Reader()
    rows = completed([GIVEN, {**GIVEN, "tail": "N2"}, GIVEN], CHARTER, reader)
    assert [row["seats"] for row in rows] == [100, 200, 100]
    assert [row["country"] for row in rows] == ["France", None, "France"]
    assert [len(asked) for asked in reader.asked] == [4, 2]


def test_what_a_row_brings_wins_even_null() -> None:
    (row,) = completed([{**GIVEN, "seats": None, "country": "Spain", "late_share": 0.5}], CHARTER, Reader())
    assert (row["seats"], row["country"], row["late_share"], row["flights"]) == (None, "Spain", 0.5, 7)


def test_nothing_is_asked_for_a_row_that_brings_everything() -> None:
    charter, reader = changed(joins=(PLANES, WEATHER), exclude=()), Reader()
    given = {**GIVEN, "maker": "Airbus", "seats": 1, "late_share": 0.5, "flights": 3}
    assert completed([given], charter, reader) == [given]
    assert reader.asked == [set()]


@pytest.mark.parametrize("tail", ["N9", "NA", "", None])
def test_a_row_that_meets_none_misses_the_values_as_in_training(tail: str | None) -> None:
    (row,) = completed([{**GIVEN, "tail": tail, "origin": "LGA"}], CHARTER, Reader())
    assert (row["seats"], row["country"], row["late_share"]) == (None, None, None)
    assert row["flights"] == 0
    (unknown,) = completed([{**GIVEN, "origin": None}], CHARTER, Reader())
    assert unknown["flights"] is None


def test_a_row_that_training_had_quarantined_is_refused() -> None:
    charter = changed(joins=(dataclasses.replace(PLANES, unmatched="quarantine"), MAKERS, WEATHER))
    with pytest.raises(RequestError, match="row 1: no row of planes matches its tail; no such row was used"):
        completed([GIVEN, {**GIVEN, "tail": "N9"}], charter, Reader())


def test_keys_are_texts_as_files_write_them() -> None:
    hourly = dataclasses.replace(WEATHER, keys=(JoinKey("time", "time", "hour"),), at_prediction="lookup")
    (lookup,) = lookups(changed(joins=(hourly,), windows=()))
    for time in ("2013-01-01T10:30:00Z", "2013-01-01 10:59", "2013-01-01T10:00:00+00:00"):
        assert request_key(CHARTER, lookup, {"time": time}) == "2013-01-01T10"
    (planes,) = lookups(changed(joins=(PLANES,), windows=()))
    assert [request_key(CHARTER, planes, {"tail": tail}) for tail in (5, 5.0, True, None)] == ["5", "5", "true", None]
    (all_rows,) = lookups(changed(joins=(), windows=(dataclasses.replace(COUNT, by=()),)))
    assert request_key(CHARTER, all_rows, {}) == ALL_ROWS


def test_what_is_looked_up_need_not_be_in_a_request() -> None:
    assert looked_up(CHARTER) == {"maker", "seats", "country", "late_share", "flights"}
    hidden = dataclasses.replace(CHARTER, privacy=(PrivacyTreatment("seats", "drop", "private", source="planes"),))
    assert "seats" not in looked_up(hidden)


def test_a_charter_whose_keys_requests_hold_is_as_it_should_be() -> None:
    assert list(lookup_checks.problems(CHARTER)) == []


def test_a_key_that_no_request_holds_is_refused_with_a_remedy() -> None:
    charter = changed(exclude=(Exclusion("tail", "too many"), Exclusion("origin", "unused")), derive_only=())
    found = list(lookup_checks.problems(charter))
    assert [problem.path for problem in found] == [
        ("preparation", "joins", 0, "keys", 0, "left"),
        ("preparation", "windows", 0, "by"),
        ("preparation", "windows", 1, "by"),
    ]
    assert found[0].cause == "'tail' is in no request, so that nothing can be looked up by it"
    assert "derive_only" in found[0].remedy
    (target,) = lookup_checks.problems(changed(joins=(), windows=(dataclasses.replace(COUNT, by=("late",)),)))
    assert "at_prediction: request" in target.remedy


@pytest.mark.parametrize(("source", "side"), [("", "left"), ("planes", "right")])
def test_a_key_of_personal_data_that_is_not_kept_is_refused(source: str, side: str) -> None:
    charter = dataclasses.replace(CHARTER, privacy=(PrivacyTreatment("tail", "hash", "private", source=source),))
    (problem,) = lookup_checks.problems(charter)
    assert problem.path == ("preparation", "joins", 0, "keys", 0, side)
    assert "personal data" in problem.cause
