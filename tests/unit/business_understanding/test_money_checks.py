"""Money beside the cost matrix: what contradicts itself is named with its line."""

from pathlib import Path

import pytest

from crispstack.business_understanding.charter_file import load
from crispstack.charter import Charter, Money, PerAmount, PerPeriod, Range
from crispstack.errors import CharterError

CHARTER = """\
name: loans
question: Which loans should be reviewed?
owner: Ada
sources:
  - name: loans
    file: loans.csv
    columns:
      - {{name: amount, type: number}}
      - {{name: area, type: category}}
      - {{name: late, type: category}}
      - {{name: days, type: number}}
target: {target}
money:
  currency: EUR
{money}
"""
BINARY = "{column: late, positive: 'yes'}"


def charter(tmp_path: Path, money: str, target: str = BINARY) -> Charter:
    path = tmp_path / "charter.yaml"
    lines = "\n".join(f"  {line}" for line in money.split("; "))
    path.write_text(CHARTER.format(target=target, money=lines))
    return load(path)


def test_amounts_capacity_volume_and_ranges_are_read(tmp_path: Path) -> None:
    found = charter(
        tmp_path,
        "true_positive: -5; false_positive: -5; amount: {column: amount, unit: EUR, true_positive: 0.5}; "
        "capacity: {cases: 500, period: week}; volume: {cases: 4000, period: week}; "
        "ranges: {true_positive: {low: -8, high: -4}, amount.true_positive: {low: 0.4, high: 0.6}}",
    ).money
    assert found == Money(
        "EUR",
        true_positive=-5.0,
        false_positive=-5.0,
        amount=PerAmount("amount", "EUR", true_positive=0.5),
        capacity=PerPeriod(500, "week"),
        volume=PerPeriod(4000, "week"),
        ranges={"true_positive": Range(-8.0, -4.0), "amount.true_positive": Range(0.4, 0.6)},
    )
    assert found.capacity is not None
    assert found.capacity.per_year == pytest.approx(500 * 365.25 / 7)


def test_errors_may_cost_to_one_side_only(tmp_path: Path) -> None:
    assert charter(tmp_path, "under_estimate: -3", "{column: days}").money.one_sided
    both = "over_estimate: -1; amount: {column: amount, under_estimate: -1}"
    assert not charter(tmp_path, both, "{column: days}").money.one_sided


@pytest.mark.parametrize(
    ("money", "expected"),
    [
        ("true_positive: 1; false_positive: -1; amount: {column: amounts, true_positive: 1}", "did you mean 'amount'?"),
        ("true_positive: 1; false_positive: -1; amount: {column: area, true_positive: 1}", ":17: 'area' is a category"),
        ("true_positive: 1; false_positive: -1; amount: {column: amount}", ":17: no outcome depends on 'amount'"),
        ("true_positive: 1; false_positive: -1; amount: {column: amount, right: 1}", "right is not an outcome where"),
        ("true_positive: -1; false_positive: -1; amount: {column: amount, false_positive: -1}", "acting never pays"),
        ("true_positive: 1; false_positive: -1; capacity: {cases: 5, period: week}", "give volume"),
        ("true_positive: 1; false_positive: -1; volume: {cases: 0, period: week}", ":17: 0 cases make no sense"),
        (
            "true_positive: 1; false_positive: -1; volume: {cases: 5, period: fortnight}",
            "'period' cannot be 'fortnight'",
        ),
        (
            "true_positive: 1; false_positive: -1; capacity: {cases: 5, period: day}; volume: {cases: 5, period: week}",
            ":17: there is capacity for more cases than there are",
        ),
        ("true_positive: 1; false_positive: -1; ranges: {right: {low: 0, high: 1}}", ":17: 'right' is no amount of"),
        (
            "true_positive: 1; false_positive: -1; ranges: {true_positive: {low: 2, high: 3}}",
            "1, as stated, is not within",
        ),
    ],
)
def test_what_contradicts_itself_is_named(tmp_path: Path, money: str, expected: str) -> None:
    with pytest.raises(CharterError) as caught:
        charter(tmp_path, money)
    assert expected in str(caught.value)


def test_numbers_have_no_capacity_and_classes_need_the_amount_in_time(tmp_path: Path) -> None:
    with pytest.raises(CharterError, match="here is nothing to act on"):
        charter(tmp_path, "over_estimate: -1; under_estimate: -1; capacity: {cases: 5, period: day}", "{column: days}")
    money = "right: 1; amount: {column: amount, wrong: -1}"
    hidden = money + "\npreparation: {exclude: [{column: amount, reason: known too late}]}"
    assert charter(tmp_path, money, "{column: area}").money.amount
    with pytest.raises(CharterError, match="'amount' is not known when a class is to be chosen"):
        charter(tmp_path, hidden, "{column: area}")
