"""Contradictions in the plan of data preparation, each with where it is and what to do."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from crispstack.business_understanding import consistency
from crispstack.charter import Charter, Column, Exclusion, Money, Source, Target
from crispstack.preparation_plan import Cleaning, Condition, Derivation, Outliers, Preparation

COLUMNS = (
    Column("age", "integer"),
    Column("paid", "number", decimal=",", thousands="."),
    Column("city", "category"),
    Column("born", "date", formats=("%d/%m/%Y", "%Y-%m-%d")),
    Column("seen", "timestamp"),
    Column("note", "text"),
    Column("id", "integer"),
    Column("y", "category"),
)
SOURCE = Source("clients", "clients.csv", COLUMNS)
PLAN = Preparation(
    exclude=(Exclusion("id", "a row number"),),
    derive_only=("note", "seen"),
    filter=(Condition("age", ">", 17), Condition("y", "not_in", values=("pending",)), Condition("id", "is_present")),
    clean=(
        Cleaning("age", outliers=(Outliers("flag", upper=120), Outliers("clip", "iqr"))),
        Cleaning("city", text=("nfkc",), missing="constant", constant="none"),
    ),
    derive=(
        Derivation("hour", "sine", "seen", part="hour"),
        Derivation("length", "length", "note"),
        Derivation("band", "bucket", "age", quantiles=4),
        Derivation("where", "cross", "city", other="band"),
        Derivation("days", "difference", "seen", other="born"),
    ),
)
CHARTER = Charter("loans", "Who?", "Ada", (SOURCE,), Target("y", "yes"), Money("EUR", 10, -1), preparation=PLAN)


def found(**changes: Any) -> list[str]:
    plan = dataclasses.replace(PLAN, **changes)
    problems = consistency.problems(dataclasses.replace(CHARTER, preparation=plan))
    return [f"{'.'.join(map(str, problem.path))}: {problem.cause}; {problem.remedy}" for problem in problems]


def with_derivation(derivation: Derivation) -> list[str]:
    return found(derive=(*PLAN.derive, derivation))


def test_a_sound_plan_has_no_problems() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("derivation", "message"),
    [
        (Derivation("a", "log", "city"), "column: log needs a number, 'city' is of type category"),
        (Derivation("a", "date_part", "age", part="month"), "column: date_part needs a time, 'age' is of type integer"),
        (Derivation("a", "date_part", "born"), "part: no part of the date is named"),
        (Derivation("a", "ratio", "age"), "other: ratio takes two columns"),
        (Derivation("a", "log", "age", other="paid"), "other: log takes one column"),
        (Derivation("a", "difference", "born", other="age"), "other: a time minus a number is nothing"),
        (Derivation("a", "difference", "born", value="2020-02-30"), "value: '2020-02-30' is no date"),
        (Derivation("a", "indicator", "age", value="old"), "value: 'age' is compared with the text 'old'"),
        (Derivation("a", "indicator", "city", value=""), "value: '' means missing"),
        (
            Derivation("a", "product", "later", other="age"),
            "column: 'later' is neither a column nor derived before 'a'",
        ),
        (Derivation("a", "log", "id"), "column: 'id' is excluded or the target"),
        (Derivation("age", "log", "paid"), "name: 'age' exists already"),
        (Derivation("age_outlier", "log", "paid"), "name: 'age_outlier' exists already"),
        (Derivation("A", "log", "age"), "name: 'A' cannot name a feature"),
        (Derivation("a", "bucket", "age"), "buckets need edges, a width or a number of quantiles"),
        (Derivation("a", "bucket", "age", width=1, quantiles=4), "buckets need edges"),
        (Derivation("a", "bucket", "age", edges=(3, 1)), "edges: the edges do not rise"),
        (Derivation("a", "bucket", "age", width=0), "width: 0 is no width"),
        (Derivation("a", "bucket", "age", quantiles=1), "quantiles: 1 quantiles"),
        (Derivation("a", "bucket", "length", quantiles=4), "quantiles: the profile knows no 'length'"),
        (Derivation("a", "root", "age", degree=1), "degree: 1 is no degree of a root"),
        (Derivation("a", "sine", "age"), "period: nothing says when it begins anew"),
        (Derivation("a", "sine", "seen"), "part: 'seen' is a time; name the `part`"),
        (Derivation("a", "cosine", "born", part="year"), "period: nothing says when it begins anew"),
        (Derivation("a", "cosine", "age", period=-1), "period: -1 is no period"),
        (Derivation("a", "length", "age"), "column: length needs a text, 'age' is of type integer"),
    ],
)
def test_a_derivation_that_cannot_be_computed_is_named(derivation: Derivation, message: str) -> None:
    (problem,) = with_derivation(derivation)
    assert problem.startswith(f"preparation.derive.{len(PLAN.derive)}")
    assert message in problem


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"include": ("aeg",)}, "include.0: 'aeg' is no column that may be used here; did you mean 'age'?"),
        ({"include": ("age", "city", "born", "seen", "note", "y")}, "include.5: the target is included"),
        ({"include": ("age", "city", "born", "seen", "note", "id")}, "include.5: 'id' is included and excluded"),
        ({"derive_only": ("note", "seen", "paid")}, "derive_only.2: nothing is derived from 'paid'"),
        ({"derive_only": ("note", "seen", "id")}, "derive_only.2: 'id' is no column that may be used here"),
        ({"filter": (Condition("ages", ">", 17),)}, "filter.0.column: 'ages' is no column that may be used here"),
        ({"filter": (Condition("age", "in"),)}, "filter.0.values: no `values` to compare with"),
        ({"filter": (Condition("age", ">", values=(1,)),)}, "filter.0.values: `values` are given to '>'"),
        ({"filter": (Condition("born", ">", "1.2.2020"),)}, "filter.0.value: '1.2.2020' is no date"),
        ({"filter": (Condition("age", "in", values=("old",)),)}, "filter.0.values: 'age' is compared with the text"),
        ({"clean": (Cleaning("id"),)}, "clean.0.column: 'id' is no column that may be used here"),
        ({"clean": (Cleaning("age"), Cleaning("age"))}, "clean.1.column: 'age' is cleaned twice"),
        (
            {"clean": (Cleaning("age", text=("lower",)),)},
            "clean.0.text: 'text' means nothing for 'age', of type integer",
        ),
        ({"clean": (Cleaning("city", round_to=1),)}, "clean.0.round_to: 'round_to' means nothing for 'city'"),
        ({"clean": (Cleaning("city", invalid="missing"),)}, "clean.0.invalid: 'invalid' means nothing for 'city'"),
        ({"clean": (Cleaning("age", round_to=0),)}, "clean.0.round_to: 'round_to' is 0"),
        ({"clean": (Cleaning("age", missing="constant"),)}, "clean.0.constant: 'age' has one of the two alone"),
        ({"clean": (Cleaning("age", constant=1),)}, "clean.0.constant: 'age' has one of the two alone"),
        (
            {"clean": (Cleaning("age", missing="constant", constant="x"),)},
            "clean.0.constant: 'x' is not of type integer",
        ),
        ({"clean": (Cleaning("city", missing="constant", constant=""),)}, "clean.0.constant: '' means missing"),
        ({"clean": (Cleaning("born", missing="constant", constant=1),)}, "clean.0.constant: a date has no constant"),
        (
            {"clean": (Cleaning("age", outliers=(Outliers("clip"),)),)},
            "outliers.0: bounds are fixed, and none is given",
        ),
        ({"clean": (Cleaning("age", outliers=(Outliers("clip", "iqr", 1),)),)}, "bounds are iqr, and some are given"),
        ({"clean": (Cleaning("age", outliers=(Outliers("clip", "fixed", 2, 1),)),)}, "nothing lies between 2 and 1"),
        (
            {"clean": (Cleaning("age", outliers=(Outliers("clip", "quantiles", lower_quantile=0.99),)),)},
            "0.99 to 0.99 are no quantiles",
        ),
        ({"clean": (Cleaning("age", outliers=(Outliers("clip", "iqr", factor=0),)),)}, "factor: 0 bounds nothing"),
    ],
)
def test_what_contradicts_the_columns_is_named(changes: dict[str, Any], message: str) -> None:
    problems = found(**changes)
    assert any(message in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (Column("a", "date", formats=("%d/%m/%Y", "%m/%d/%Y")), "is one day as '%d/%m/%Y' and another as '%m/%d/%Y'"),
        (Column("a", "date", formats=("%d.%m.%y", "%y.%m.%d")), "is one day as"),
        (Column("a", "date", formats=("%d.%m.",)), "'%d.%m.' is no format of a date"),
        (Column("a", "date", formats=("%d %b %Y",)), "'%d %b %Y' is no format of a date"),
        (Column("a", "timestamp", formats=("%d.%m.%Y",)), "'%d.%m.%Y' is no format of a timestamp"),
        (Column("a", "integer", formats=("%Y",)), "'a' is of type integer, which has no formats"),
        (Column("a", "category", decimal=","), "'a' is of type category, which has no separators"),
        (Column("a", "number", decimal=",", thousands=","), "',' cannot separate thousands"),
        (Column("a", "number", thousands="' "), '"\' " cannot separate thousands'),
    ],
)
def test_formats_that_can_be_read_in_two_ways_or_in_none_are_named(column: Column, message: str) -> None:
    source = dataclasses.replace(SOURCE, columns=(*COLUMNS, column))
    (problem,) = consistency.problems(dataclasses.replace(CHARTER, sources=(source,)))
    assert problem.path[:4] == ("sources", 0, "columns", len(COLUMNS))
    assert message in problem.cause
