"""What each quality rule counts, and when a run is stopped."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import sqlglot

from crispstack.artifacts import DataProfile, QualityReport, RuleResult
from crispstack.business_understanding.charter_file import load
from crispstack.charter import Charter, Column, Money, Preparation, QualityRule, Severity, Source, Target
from crispstack.data_understanding.quality import report, statement, stop_on_failure, with_enough_rows
from crispstack.data_understanding.raw_table import RawTables
from crispstack.errors import QualityError
from tests.unit.data_understanding.duckdb_table import run

ROWS = [
    ("1", "30", "cook", "2025-01-02", "yes"),
    ("2", " 40 ", "it's", "2025-02-30", "no"),
    ("2", "x", "unknown", "soon", "no"),
    ("4", "", "cook", "", "maybe"),
]


def check(*rules: str, severity: Severity = "warn") -> list[RuleResult]:
    names = ("id", "age", "job", "since", "y")
    charter = Charter(
        name="loans",
        question="Who?",
        owner="Ada",
        sources=(Source("clients", "c.csv", tuple(Column(name, "category") for name in names)),),
        target=Target("y", "yes"),
        money=Money("EUR", 10, -1),
        preparation=Preparation(missing_values=("", "unknown")),
        quality=tuple(QualityRule(rule, severity) for rule in rules),
    )
    sqlglot.parse_one(statement(charter, RawTables("lake")), read="athena")
    (row,) = run(statement(charter, RawTables("lake")), charter, ROWS)
    return list(report(row, charter, ()).results)


@pytest.mark.parametrize(
    ("rule", "failing"),
    [
        ('IsComplete "id"', 0),
        ('IsComplete "job"', 1),
        ('IsUnique "id"', 2),
        ('IsUnique "age"', 0),
        ('ColumnValues "age" between 29 and 41', 2),
        ('ColumnValues "age" between 30 and 41', 3),
        ('ColumnValues "age" = 40', 3),
        ('ColumnValues "age" != 40', 1),
        ('ColumnValues "age" >= 30', 2),
        ('ColumnValues "y" in ["yes", "no"]', 1),
        ('ColumnValues "job" in ["cook", "it\'s"]', 1),
        ('ColumnValues "job" not in ["cook"]', 2),
        ('ColumnValues "job" != "cook"', 2),
        ('ColumnValues "age" in [30, 40]', 2),
        ('ColumnValues "job" matches "[a-z]+"', 2),
        ('ColumnValues "job" matches "c"', 4),
        ('ColumnDataType "age" = "Integer"', 1),
        ('ColumnDataType "id" = "Double"', 0),
        ('ColumnDataType "since" = "Date"', 2),
        ('ColumnDataType "y" = "Boolean"', 1),
    ],
)
def test_a_rule_about_rows_counts_those_that_break_it(rule: str, failing: int) -> None:
    (result,) = check(rule)
    assert (result.checked, result.failing, result.passed) == (4, failing, failing == 0)
    assert bool(result.remedy) == (failing > 0)


@pytest.mark.parametrize(
    ("rule", "passed"),
    [
        ('Completeness "job" > 0.74', True),
        ('Completeness "job" > 0.75', False),
        ('Uniqueness "id" >= 0.5', True),
        ('Uniqueness "id" > 0.5', False),
        ("RowCount = 4", True),
        ("RowCount between 4 and 9", False),
        ('DistinctValuesCount "job" = 2', True),
        ('DistinctValuesCount "y" < 3', False),
    ],
)
def test_a_rule_about_a_figure_compares_it(rule: str, passed: bool) -> None:
    (result,) = check(rule)
    assert result.passed == passed


def test_only_a_failing_rule_that_stops_ends_the_run_and_says_why() -> None:
    charter = load(Path("projects/bank_marketing/charter.yaml"))
    (row,) = run(statement(charter, RawTables("lake")), charter, Path("projects/bank_marketing/clients.csv"))
    found = report(row, charter, ())
    assert {result.rule for result in found.results if not result.passed} == {'Completeness "contact" > 0.95'}
    stop_on_failure(found)
    broken = dataclasses.replace(found.results[0], passed=False, failing=7, remedy="fill it in")
    with pytest.raises(QualityError, match=r'IsComplete "y": 7 of 4521 failing; fill it in'):
        stop_on_failure(dataclasses.replace(found, results=(broken, *found.results[1:])))


@pytest.mark.parametrize(("positives", "passed"), [(49, False), (50, True), (51, False)])
def test_each_class_needs_enough_rows(positives: int, passed: bool) -> None:
    charter = load(Path("projects/bank_marketing/charter.yaml"))
    profile = DataProfile("lake.t", 100, 20, positives, (), 1)
    found = with_enough_rows(QualityReport(()), profile, charter)
    assert [result.passed for result in found.results] == [passed]
    if not passed:
        with pytest.raises(QualityError, match=r"enough rows of each class\? 100 rows, .*; collect more rows, or use"):
            stop_on_failure(found)


def test_several_rules_are_answered_by_one_statement_in_their_order() -> None:
    results = check('IsComplete "job"', "RowCount > 9", 'IsUnique "id"')
    assert [result.rule for result in results] == ['IsComplete "job"', "RowCount > 9", 'IsUnique "id"']
    assert [result.failing for result in results] == [1, 1, 2]


def test_a_charter_without_rules_is_counted_all_the_same() -> None:
    assert check() == []
