"""Which rules can be written, and what is said about those that cannot."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from crispstack.business_understanding import quality_checks
from crispstack.business_understanding.charter_file import load
from crispstack.business_understanding.quality_rules import parse
from crispstack.business_understanding.quality_rules.grammar import TYPES
from crispstack.business_understanding.quality_rules.rule import (
    UNSUPPORTED,
    Aggregate,
    AnyRule,
    Combination,
    Comparison,
    Composite,
    Condition,
    Missing,
    Moment,
    Rule,
)
from crispstack.charter import QualityRule
from crispstack.errors import CharterError

OVER_20 = Comparison("age", ">", (20.0,))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('IsComplete "age"', Rule("IsComplete", ("age",))),
        ('IsUnique "id"', Rule("IsUnique", ("id",))),
        ('IsPrimaryKey "id" "day"', Rule("IsPrimaryKey", ("id", "day"))),
        ('Completeness "job" > 0.95', Rule("Completeness", ("job",), Condition(">", (0.95,)))),
        ('Uniqueness "id" = 1', Rule("Uniqueness", ("id",), Condition("=", (1,)))),
        ('Entropy "job" between 1e-2 and 3', Rule("Entropy", ("job",), Condition("between", (0.01, 3)))),
        ('ColumnCorrelation "a" "b" < 0.9', Rule("ColumnCorrelation", ("a", "b"), Condition("<", (0.9,)))),
        ("RowCount between 10 and 20", Rule("RowCount", (), Condition("between", (10, 20)))),
        ('DistinctValuesCount "m" <= 12', Rule("DistinctValuesCount", ("m",), Condition("<=", (12,)))),
        ('ColumnValues "age" between -1 and 121', Rule("ColumnValues", ("age",), Condition("between", (-1, 121)))),
        ('ColumnValues "age" not between 1 and 2', Rule("ColumnValues", ("age",), Condition("not between", (1, 2)))),
        ('ColumnValues "y" in ["yes", NULL]', Rule("ColumnValues", ("y",), Condition("in", ("yes", Missing())))),
        ('ColumnValues "n" not in [1, 2]', Rule("ColumnValues", ("n",), Condition("not in", (1, 2)))),
        ('ColumnValues "n" NOT IN [1, 2]', Rule("ColumnValues", ("n",), Condition("not in", (1, 2)))),
        ('ColumnValues "y" != "maybe"', Rule("ColumnValues", ("y",), Condition("!=", ("maybe",)))),
        (r'ColumnValues "z" matches "\d{5}"', Rule("ColumnValues", ("z",), Condition("matches", (r"\d{5}",)))),
        ('ColumnValues "z" not matches "x"', Rule("ColumnValues", ("z",), Condition("not matches", ("x",)))),
        ('ColumnValues "d" > (now() - 3 days)', Rule("ColumnValues", ("d",), Condition(">", (Moment(72),)))),
        ('ColumnValues "d" > now() -2 hours', Rule("ColumnValues", ("d",), Condition(">", (Moment(2),)))),
        ('ColumnValues "d" <= (now() + 90 minutes)', Rule("ColumnValues", ("d",), Condition("<=", (Moment(-1.5),)))),
        (
            'ColumnValues "d" < "2025-01-31"',
            Rule("ColumnValues", ("d",), Condition("<", ("2025-01-31 00:00:00",))),
        ),
        (
            'ColumnValues "y" in ["a"] with threshold > 0.9 where "age > 20"',
            Rule("ColumnValues", ("y",), Condition("in", ("a",)), Condition(">", (0.9,)), OVER_20),
        ),
        ('ColumnDataType "b" = "Long"', Rule("ColumnDataType", ("b",), Condition("=", ("Long",)))),
        ('DataFreshness "d" <= 36 hours', Rule("DataFreshness", ("d",), Condition("<=", (36,)))),
        ('DataFreshness "d" between 1 days and 2 days', Rule("DataFreshness", ("d",), Condition("between", (24, 48)))),
        ('ColumnNamesMatchPattern "[a-z]+"', Rule("ColumnNamesMatchPattern", pattern="[a-z]+")),
        (
            'ReferentialIntegrity "tail" "planes.tail" = 1.0',
            Rule("ReferentialIntegrity", ("tail",), Condition("=", (1,)), None, None, "", "planes", ("tail",)),
        ),
        (
            'ReferentialIntegrity "a, b" "planes.{c,d}" >= 0.9',
            Rule("ReferentialIntegrity", ("a", "b"), Condition(">=", (0.9,)), None, None, "", "planes", ("c", "d")),
        ),
        ('RowCountMatch "planes" >= 0.9', Rule("RowCountMatch", (), Condition(">=", (0.9,)), reference="planes")),
        (
            'AggregateMatch "sum(fare)" "SUM(tickets.fare)" = 1',
            Rule(
                "AggregateMatch",
                (),
                Condition("=", (1,)),
                aggregates=(Aggregate("sum", "fare"), Aggregate("sum", "fare", source="tickets")),
            ),
        ),
        (
            'CustomSql "select count(distinct job) from primary where age > 20" > 3',
            Rule("CustomSql", (), Condition(">", (3,)), where=OVER_20, aggregates=(Aggregate("count", "job", True),)),
        ),
        (
            'CustomSql "SELECT count(*) FROM primary" > 3',
            Rule("CustomSql", (), Condition(">", (3,)), aggregates=(Aggregate("count", "*"),)),
        ),
        (
            'CustomSql "select id from primary where age > 20" with threshold > 0.5',
            Rule("CustomSql", ("id",), None, Condition(">", (0.5,)), selected=OVER_20),
        ),
        (
            '(IsComplete "a") and (RowCount > 1)',
            Composite("and", (Rule("IsComplete", ("a",)), Rule("RowCount", (), Condition(">", (1,))))),
        ),
        (
            '(IsComplete "a") OR ((IsUnique "b") and (IsUnique "c"))',
            Composite(
                "or",
                (
                    Rule("IsComplete", ("a",)),
                    Composite("and", (Rule("IsUnique", ("b",)), Rule("IsUnique", ("c",)))),
                ),
            ),
        ),
    ],
)
def test_a_rule_is_read(text: str, rule: AnyRule) -> None:
    assert parse(text) == rule


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("age > 20 and job = 'it''s'", Combination("and", (OVER_20, Comparison("job", "=", ("it's",))))),
        (
            "not (age > 20) or job is not null and age > 20",
            Combination(
                "or",
                (
                    Combination("not", (OVER_20,)),
                    Combination("and", (Comparison("job", "is null", (), True), OVER_20)),
                ),
            ),
        ),
        ("age not in (1, 2)", Comparison("age", "in", (1, 2), True)),
        ("job like 'a%'", Comparison("job", "like", ("a%",))),
        ("age between -1 and 2", Comparison("age", "between", (-1, 2))),
        ("count <> 'many'", Comparison("count", "!=", ("many",))),
    ],
)
def test_a_filter_is_read(condition: str, found: object) -> None:
    rule = parse(f'IsComplete "age" where "{condition}"')
    assert isinstance(rule, Rule)
    assert rule.where == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected one of AggregateMatch"),
        ('iscomplete "age"', "expected one of AggregateMatch"),
        ("IsComplete age", "expected the column's name in double quotes, found 'age'"),
        ('IsComplete "age" > 1', "expected the end, found '>'"),
        ('Completeness "job" > "much"', "expected a number, found 'much'"),
        ('Completeness "job"', "expected one of = != < <= > >= or between, found the end"),
        ('Completeness "job" in [1]', "expected one of = != < <= > >= or between, found 'in'"),
        ('ColumnValues "y" in []', "expected a number, found ']'"),
        ('ColumnValues "y" > "a"', "expected a number, found 'a'"),
        ('ColumnValues "y" > "2025-02-30"', "'2025-02-30' is no date"),
        ('ColumnValues "y" > NULL', "expected a number, found 'NULL'"),
        ('ColumnValues "y" matches "("', "'(' is no regular expression"),
        ('ColumnValues "y" > 1e999', "a number is too large"),
        ('ColumnDataType "y" = "Decimal"', "unknown data type 'Decimal': use one of Boolean, Date"),
        ("RowCount > 5;", "cannot read ';'"),
        ('IsComplete "age', "cannot read"),
        ("RowCount > avg(last(10))", "dynamic rules (avg) need the figures of earlier runs: state a number"),
        ('IsComplete "a" with threshold > 0.5', "IsComplete takes no threshold"),
        ('RowCountMatch "a" > 1 where "b = 1"', "RowCountMatch takes no filter"),
        ('IsComplete "a" where "b = 1" where "c = 1"', "IsComplete takes no second filter"),
        ('IsComplete "a" where "b = 1; drop table c"', "cannot read '; drop table c'"),
        ('IsComplete "a" where "b"', "expected a comparison, in, between, like or is null, found the end"),
        ('IsComplete "a" where "b in (select c from d)"', "expected a number, found 'select'"),
        ('CustomSql "select * from primary" > 1', "expected a column, found '*'"),
        ('CustomSql "select a from secrets where a > 1"', "expected 'primary', found 'secrets'"),
        ('CustomSql "select a from primary"', "selects every row, so none can break it: add a filter"),
        ('CustomSql "select a from primary join b on a = b"', "cannot ask 'join': CustomSql takes one aggregate"),
        ('ColumnCorrelation "a" > 1', "expected the names of two columns, found 1"),
        ('ReferentialIntegrity "a" "b" = 1', "'b' names no column of another source: write \"source.column\""),
        ('ReferentialIntegrity "a,b" "c.{d}" = 1', "2 columns refer to 1: name as many"),
        ('(IsComplete "a") and (IsUnique "b") or (IsUnique "c")', "`and` and `or` side by side"),
        ('(IsComplete "a") and IsUnique "b"', "expected '(', found 'IsUnique'"),
    ],
)
def test_another_text_is_refused_with_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(CharterError) as caught:
        parse(text)
    assert message in str(caught.value)


def test_what_dqdl_has_and_cannot_be_asked_is_refused_by_name() -> None:
    for kind, reason in UNSUPPORTED.items():
        with pytest.raises(CharterError) as caught:
            parse(f'{kind} "a" > 1')
        assert str(caught.value) == f"{kind} cannot be asked here: {reason}"
    assert not UNSUPPORTED.keys() & set(TYPES)
    assert len(TYPES) == 25


@pytest.mark.parametrize(
    ("rule", "source", "message"),
    [
        ('IsComplete "wage"', "", "'wage' is not a column of clients; did you mean 'age'?"),
        ('IsComplete "age" where "wage > 1"', "", "'wage' is not a column of clients; did you mean 'age'?"),
        ('IsComplete "age"', "client", "'client' is no source of this charter; did you mean 'clients'?"),
        ('RowCountMatch "client" = 1', "", "'client' is no source of this charter; did you mean 'clients'?"),
        ('AggregateMatch "sum(age)" "sum(clients.wage)" = 1', "", "'wage' is not a column of clients"),
        ('Mean "job" > 1', "", "'job' is a category, the rule needs numbers"),
        ('(Mean "housing" > 1) and (IsComplete "age")', "", "'housing' is a boolean, the rule needs numbers"),
        ('(ColumnLength "job" > 1 with threshold > 0.5) or (IsComplete "age")', "", "a threshold within a composite"),
        ('Meen "age" > 1', "", "'Meen \"age\" > 1' is no rule that can be checked"),
    ],
)
def test_a_rule_about_what_is_not_there_is_a_problem_of_the_charter(rule: str, source: str, message: str) -> None:
    charter = load(Path("projects/bank_marketing/charter.yaml"))
    charter = dataclasses.replace(charter, quality=(QualityRule('IsComplete "y"'), QualityRule(rule, "warn", source)))
    (found,) = quality_checks.problems(charter)
    assert message in f"{found.cause}; {found.remedy}"
    assert found.path == ("quality", 1, "source" if source else "rule")


def test_between_leaves_out_both_bounds() -> None:
    condition = Condition("between", (1, 3))
    assert [condition.holds(figure) for figure in (1, 2, 3)] == [False, True, False]
    assert [Condition("not between", (1, 3)).holds(figure) for figure in (1, 2, 3)] == [True, False, True]
    assert Condition(">=", (3,)).holds(3)
    assert not Condition("!=", (3,)).holds(3)
