"""Treatments of personal data that contradict the charter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crispstack.business_understanding.privacy_checks import problems
from crispstack.charter import Charter, Column, Money, Source, Target
from crispstack.privacy_plan import PrivacyTreatment

CHARTER = Charter(
    name="loans",
    question="Who?",
    owner="Ada",
    sources=(
        Source("clients", "c.csv", (Column("email", "category"), Column("age", "integer"), Column("y", "category"))),
        Source("visits", "v.csv", (Column("day", "date"), Column("paid", "boolean"))),
    ),
    target=Target("y", "yes"),
    money=Money("EUR", 10, -1),
)


def found(*treatments: PrivacyTreatment) -> list[str]:
    return [f"{each.path[-1]}: {each.cause}" for each in problems(replace(CHARTER, privacy=treatments))]


def test_treatments_that_fit_are_no_problem() -> None:
    fitting = (
        PrivacyTreatment("email", "hash", "joins"),
        PrivacyTreatment("age", "generalize", "bands do", to="band", size=5),
        PrivacyTreatment("day", "generalize", "months do", source="visits", to="month"),
        PrivacyTreatment("paid", "drop", "not needed", source="visits"),
        PrivacyTreatment("y", "keep", "the target"),
    )
    assert found(*fitting) == []


@pytest.mark.parametrize(
    ("treatment", "problem"),
    [
        (PrivacyTreatment("emial", "drop", "x"), "column: 'emial' is not a column of clients"),
        (PrivacyTreatment("day", "drop", "x"), "column: 'day' is not a column of clients"),
        (PrivacyTreatment("day", "drop", "x", "visit"), "source: there is no source 'visit'"),
        (PrivacyTreatment("age", "keep", " "), "reason: no reason for what becomes of 'age'"),
        (PrivacyTreatment("y", "drop", "x"), "treatment: the target must stay as it is"),
        (PrivacyTreatment("age", "hash", "x"), "treatment: a integer cannot be hashed"),
        (PrivacyTreatment("email", "hash", "x", digits=4), "digits: a hash of 4 digits"),
        (PrivacyTreatment("email", "hash", "x", digits=65), "digits: a hash of 65 digits"),
        (PrivacyTreatment("email", "generalize", "x"), "to: it is not said to what to generalize"),
        (PrivacyTreatment("email", "keep", "x", to="domain"), "to: keep knows no `to`"),
        (PrivacyTreatment("email", "generalize", "x", to="band", size=1), "to: a category has no band"),
        (PrivacyTreatment("paid", "generalize", "x", "visits", to="year"), "to: a boolean has no year"),
        (PrivacyTreatment("age", "generalize", "x", to="band"), "size: a band needs a size above 0"),
        (PrivacyTreatment("age", "generalize", "x", to="band", size=2.5), "size: bands of 2.5 between whole numbers"),
        (PrivacyTreatment("email", "generalize", "x", to="prefix", size=1.5), "size: 1.5 characters"),
        (PrivacyTreatment("email", "generalize", "x", to="domain", size=2), "size: only a band or a prefix has a size"),
    ],
)
def test_a_treatment_that_does_not_fit_is_told(treatment: PrivacyTreatment, problem: str) -> None:
    assert found(treatment) == [problem]


def test_a_column_is_treated_once() -> None:
    twice = PrivacyTreatment("email", "drop", "x")
    assert found(twice, replace(twice, source="clients")) == ["column: 'email' is treated twice"]
