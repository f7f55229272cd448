"""Which rules can be written, and what is said about those that cannot."""

from __future__ import annotations

import pytest

from crispstack.business_understanding.quality_rules import Condition, Rule, parse
from crispstack.errors import CharterError


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('IsComplete "age"', Rule("IsComplete", "age", None)),
        ('IsUnique "id"', Rule("IsUnique", "id", None)),
        ('Completeness "job" > 0.95', Rule("Completeness", "job", Condition(">", (0.95,)))),
        ('Uniqueness "id" = 1', Rule("Uniqueness", "id", Condition("=", (1,)))),
        ("RowCount between 10 and 20", Rule("RowCount", "", Condition("between", (10, 20)))),
        ('DistinctValuesCount "m" <= 12', Rule("DistinctValuesCount", "m", Condition("<=", (12,)))),
        ('ColumnValues "age" between -1 and 121', Rule("ColumnValues", "age", Condition("between", (-1, 121)))),
        ('ColumnValues "y" in ["yes", "no"]', Rule("ColumnValues", "y", Condition("in", ("yes", "no")))),
        ('ColumnValues "n" not in [1, 2]', Rule("ColumnValues", "n", Condition("not in", (1, 2)))),
        ('ColumnValues "y" != "maybe"', Rule("ColumnValues", "y", Condition("!=", ("maybe",)))),
        (r'ColumnValues "z" matches "\d{5}"', Rule("ColumnValues", "z", Condition("matches", (r"\d{5}",)))),
        ('ColumnDataType "b" = "Integer"', Rule("ColumnDataType", "b", Condition("=", ("Integer",)))),
    ],
)
def test_a_rule_is_read(text: str, rule: Rule) -> None:
    assert parse(text) == rule


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected one of IsComplete"),
        ('iscomplete "age"', "expected one of IsComplete"),
        ("IsComplete age", "expected the column's name in double quotes, found 'age'"),
        ('IsComplete "age" > 1', "expected the end, found '>'"),
        ('Completeness "job" > "much"', "expected a number, found 'much'"),
        ('Completeness "job"', "expected one of = != < <= > >= or between, found the end"),
        ('ColumnValues "y" in []', "expected a number, found ']'"),
        ('ColumnValues "y" > "a"', "expected a number, found 'a'"),
        ('ColumnValues "y" matches "("', "'(' is no regular expression"),
        ('ColumnDataType "y" = "Decimal"', "unknown data type 'Decimal': use one of Boolean, Date"),
        ("RowCount > 5;", "cannot read ';'"),
        ('IsComplete "age', "cannot read"),
    ],
)
def test_another_text_is_refused_with_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(CharterError) as caught:
        parse(text)
    assert message in str(caught.value)


def test_between_leaves_out_both_bounds() -> None:
    condition = Condition("between", (1, 3))
    assert [condition.holds(figure) for figure in (1, 2, 3)] == [False, True, False]
    assert Condition(">=", (3,)).holds(3)
    assert not Condition("!=", (3,)).holds(3)
