"""What one column alone earns, in money: figures worked by hand."""

from __future__ import annotations

import dataclasses
import random

import pytest

from crispstack.charter import Charter, Column, Exclusion, Money, PerAmount, Preparation, Source, Split, Target
from crispstack.data_understanding.simple_rules import evidence

COLUMNS = (Column("color", "category"), Column("size", "number", decimal=","), Column("worth", "number"))


def charter(kind: str, target: Target, money: Money, **changes: object) -> Charter:
    columns = (*COLUMNS, Column("y", kind))  # type: ignore[arg-type]
    split = Split(test_share=0.05, key="none")
    base = Charter("demo", "Which?", "Ada", (Source("rows", "rows.csv", columns),), target, money, "call", split=split)
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def rows(count: int, outcome: object) -> list[dict[str, str | None]]:
    """Red and blue in turn, sizes from 0,0 to 9,9, worth 1 and 3; outcomes by color and size."""
    found = []
    for number in range(count):
        color, size = ("red", "blue")[number // 2 % 2], number % 100 / 10
        values = {"color": color, "size": f"{size}".replace(".", ","), "worth": str(1 + 2 * (number // 4 % 2))}
        found.append({**values, "y": outcome(color, size)})  # type: ignore[operator]
    return found


YES = charter("category", Target("y", "yes"), Money("EUR", 10, -10))


def test_a_column_that_tells_the_outcome_is_named() -> None:
    found = evidence(rows(400, lambda color, _: "yes" if color == "red" else "no"), YES)
    assert found
    assert found.rule
    assert (found.rule.column, found.rule.share) == ("color", 1.0)
    assert "color red: call" in found.rule.words or "color blue: do not call" in found.rule.words
    assert found.positives == pytest.approx(0.5, abs=0.03)
    assert (found.gain_if_positive, found.gain_if_negative) == (10, -10)
    assert found.perfect == pytest.approx(10 * found.positives)


def test_a_range_of_numbers_is_a_rule_too() -> None:
    found = evidence(rows(800, lambda _, size: "yes" if size >= 5 else "no"), YES)
    assert found
    assert found.rule
    assert found.rule.column == "size"
    assert found.rule.share > 0.9


def test_an_excluded_column_makes_no_rule() -> None:
    told = rows(400, lambda color, _: "yes" if color == "red" else "no")
    without = dataclasses.replace(YES, preparation=Preparation(exclude=(Exclusion("color", "tells it"),)))
    found = evidence(told, without)
    assert found
    assert found.rule
    assert found.rule.column != "color"
    assert found.rule.share < 0.2


def test_chance_is_no_rule() -> None:
    draw = random.Random(3)  # noqa: S311 (no secret)
    drawn = rows(2000, lambda *_: draw.choice(["yes", "no"]))
    # A rule of many values knows the rows by heart that it was made from.
    found = evidence([{**row, "color": f"{place // 2 % 49}"} for place, row in enumerate(drawn)], YES)
    assert found
    assert found.rule
    assert abs(found.rule.share) < 0.1


def test_amounts_of_cases_count() -> None:
    money = Money("EUR", amount=PerAmount("worth", "EUR", true_positive=10, false_positive=-1))
    found = evidence(
        rows(400, lambda color, _: "yes" if color == "red" else "no"), dataclasses.replace(YES, money=money)
    )
    assert found
    assert found.gain_if_positive == pytest.approx(20, abs=1.5), "worth 1 or 3, as often, ten a unit"
    assert found.gain_if_negative == pytest.approx(-2, abs=0.15)


def test_of_a_number_the_best_constant_and_the_best_of_each_part_are_compared() -> None:
    money = Money("EUR", over_estimate=-1, under_estimate=-3)
    number = charter("number", Target("y"), money)
    found = evidence(rows(400, lambda color, _: "10" if color == "red" else "2"), number)
    assert found
    assert found.rule
    assert (found.perfect, found.rule.column, found.rule.share) == (0, "color", 1.0)
    # The constant is 10, not exceeded in three of four cases: half of them are 8 too high.
    assert found.constant == pytest.approx(-4, abs=0.3)


def test_errors_of_a_number_may_cost_by_an_amount_alone() -> None:
    money = Money("EUR", amount=PerAmount("worth", "EUR", over_estimate=-1, under_estimate=-3))
    number = charter("number", Target("y", framing="regression"), money)
    found = evidence(rows(400, lambda color, _: "10" if color == "red" else "2"), number)
    assert found
    # As before, for every case is worth 1 or 3, as often: 2 on average.
    assert found.constant == pytest.approx(-8, abs=0.8)


def test_of_several_classes_the_most_valuable_is_compared() -> None:
    several = charter("category", Target("y"), Money("EUR", right=1, wrong=-1, values={"c": {"a": -9}}))
    colors = {"red": "a", "blue": "b"}
    found = evidence(rows(400, lambda color, size: "c" if size > 9.5 else colors[color]), several)
    assert found
    assert found.rule
    assert found.rule.column == "color"
    assert 0.5 < found.rule.share < 1


def test_few_rows_say_nothing() -> None:
    assert evidence(rows(30, lambda *_: "yes"), YES) is None
    assert evidence([], YES) is None
