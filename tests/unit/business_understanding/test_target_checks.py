"""Target and money: what is predicted follows from them, and what does not fit is named with its line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from crispstack.business_understanding.break_even import best_quantile
from crispstack.business_understanding.charter_file import load
from crispstack.business_understanding.data_file import check_data
from crispstack.business_understanding.data_review import enough_of_each
from crispstack.business_understanding.feasibility import review
from crispstack.charter import Charter, Framing, Money
from crispstack.errors import CharterError

CHARTER = """\
name: wine
question: How good is it?
owner: Ada
sources:
  - name: wines
    file: wines.csv
    columns:
      - {name: acid, type: number}
      - {name: grade, type: category}
      - {name: stars, type: integer}
      - {name: price, type: number}
      - {name: bottled, type: date}
      - {name: guess, type: category}
target: TARGET
money: {currency: EUR, MONEY}
"""


def charter(tmp_path: Path, target: str, money: str, more: str = "") -> Charter:
    path = tmp_path / "charter.yaml"
    path.write_text(CHARTER.replace("TARGET", target).replace("MONEY", money) + more)
    return load(path)


@pytest.mark.parametrize(
    ("target", "money", "framing"),
    [
        ("{column: grade, positive: good}", "true_positive: 5, false_positive: -1", "binary"),
        ("{column: price, at_least: 20}", "true_positive: 5, false_positive: -1", "binary"),
        ("{column: grade}", "right: 1", "multiclass"),
        ("{column: stars}", "right: 1", "multiclass"),
        ("{column: stars}", "over_estimate: -1, under_estimate: -2", "regression"),
        ("{column: price}", "over_estimate: -1, under_estimate: -2", "regression"),
        ("{column: price, framing: multiclass}", "right: 1", "multiclass"),
    ],
)
def test_the_framing_follows_from_target_column_and_money(
    tmp_path: Path, target: str, money: str, framing: Framing
) -> None:
    assert charter(tmp_path, target, money).framing == framing


@pytest.mark.parametrize(
    ("target", "money", "expected"),
    [
        ("{column: grades}", "right: 1", ":14: 'grades' is not a column of the source; did you mean 'grade'?"),
        ("{column: grade, classes: [good]}", "right: 1", ":14: 1 classes cannot be told apart; name 2 to 100"),
        ("{column: grade, classes: [a, a]}", "right: 1", ":14: a class is named twice"),
        ("{column: grade, classes: [a, '']}", "right: 1", ":14: '' means missing and is no class"),
        ("{column: grade}", "true_positive: 5, right: 1", "true_positive is for a target that is one of two classes"),
        ("{column: grade}", "wrong: 0", ":15: taking every case for 'any other class' earns at least as much"),
        ("{column: grade}", "values: {a: {b: -2}}", "taking every case for 'a' earns at least as much"),
        ("{column: grade, classes: [a, b]}", "right: 1, values: {a: {c: 1}}", "'c' is no class of the target; the"),
        ("{column: grade, classes: [a, b]}", "right: 1, values: {a: {a: 0, b: 1}, b: {b: 2}}", "every case for 'b'"),
        ("{column: grade, positive: a, framing: multiclass}", "right: 1", ":14: positive divides 'grade' into two"),
        ("{column: grade, positive: a, classes: [a, b]}", "true_positive: 1, false_positive: -1", "remove classes"),
        ("{column: bottled}", "right: 1", ":14: 'bottled' is a date, which cannot be predicted"),
        ("{column: grade, framing: regression}", "over_estimate: -1", "'grade' is a category, and regression"),
        ("{column: price}", "over_estimate: 0", "no error costs anything"),
        ("{column: price}", "over_estimate: 1, under_estimate: -1", "too high earns something (+1 per unit)"),
        ("{column: price, classes: [a, b]}", "over_estimate: -1, under_estimate: -1", "a number has no classes"),
        ("{column: grade, today: guessed}", "right: 1", ":14: 'guessed' is not a column of the source; did you mean"),
        ("{column: grade, framing: ranking}", "right: 1", ":14: 'framing' cannot be 'ranking'"),
    ],
)
def test_what_contradicts_itself_is_named(tmp_path: Path, target: str, money: str, expected: str) -> None:
    with pytest.raises(CharterError) as caught:
        charter(tmp_path, target, money)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        ("weigth", "'weigth' is not a column of the source"),
        ("grade", "this is the target itself"),
        ("guess", "'guess' is a category, and weights are numbers"),
    ],
)
def test_a_column_of_weights_holds_numbers(tmp_path: Path, weight: str, expected: str) -> None:
    with pytest.raises(CharterError) as caught:
        charter(tmp_path, "{column: grade}", "right: 1", f"modeling: {{weight: {weight}}}\n")
    assert expected in str(caught.value)


def test_weights_and_todays_predictions_are_no_features(tmp_path: Path) -> None:
    found = charter(tmp_path, "{column: grade, today: guess}", "right: 1", "modeling: {weight: stars}\n")
    assert [column.name for column in found.feature_columns] == ["acid", "price", "bottled"]


def test_money_of_classes_is_right_or_wrong_unless_a_pair_says_otherwise() -> None:
    money = Money("EUR", right=3, wrong=-1, values={"good": {"bad": -9}})
    assert (money.value("good", "good"), money.value("bad", "good"), money.value("good", "bad")) == (3, -1, -9)


def test_the_best_number_to_act_on_balances_both_costs() -> None:
    assert best_quantile(Money("EUR", over_estimate=-1, under_estimate=-3)) == 0.75


def test_rows_are_counted_by_class_and_the_rarest_decides(tmp_path: Path) -> None:
    found = charter(tmp_path, "{column: grade}", "right: 1", "preparation: {missing_values: ['', '?']}\n")
    grades = ["a"] * 60 + ["b"] * 55 + ["c"] * 4 + ["?"] * 3 + [" a "]
    (tmp_path / "wines.csv").write_text(
        "acid,grade,stars,price,bottled,guess\n" + "".join(f"1,{grade},1,1,2020-01-01,x\n" for grade in grades)
    )
    counts = check_data(found, tmp_path)
    assert dict(counts.classes) == {"a": 61, "b": 55, "c": 4, "?": 3}
    check = enough_of_each(counts.classes, found)
    assert not check.passed
    assert "120 rows of 3 classes, fewest of 'c': 4; 50 of each are needed" in check.answer
    assert check in review(found, counts)
    only = charter(tmp_path, "{column: grade, classes: [a, b]}", "right: 1")
    assert enough_of_each(counts.classes, only).passed


def test_the_review_says_what_is_implied(tmp_path: Path) -> None:
    answers = {
        check.question: check.answer
        for check in review(charter(tmp_path, "{column: price}", "over_estimate: -1, under_estimate: -3"))
    }
    assert answers["Is it said what is to be predicted?"].startswith("the number in price (follows from its type")
    assert "-1 per unit too high, -3 per unit too low (EUR)" in answers["What does an error earn, and why that much?"]
