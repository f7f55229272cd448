"""What each quality rule counts, and when a run is stopped."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import scipy.stats
import sqlglot

from crispstack.artifacts import DataProfile, QualityReport, RuleResult
from crispstack.business_understanding.charter_file import load
from crispstack.charter import Charter, Column, Money, Preparation, QualityRule, Severity, Source, Target
from crispstack.data_understanding import quality
from crispstack.data_understanding.quality import report, statements, stop_on_failure, with_enough_rows
from crispstack.data_understanding.raw_table import RawTables
from crispstack.data_understanding.rule_drafts import of_joins
from crispstack.errors import CrispError, QualityError
from crispstack.joined_sources import Join, JoinedColumn, JoinKey

NOW = dt.datetime(2025, 1, 10, 12)
Rows = Sequence[tuple[str | None, ...]]
ROWS = [
    ("1", "30", "cook", "2025-01-02", "yes"),
    ("2", " 40 ", "it's", "2025-02-30", "no"),
    ("2", "x", "unknown", "soon", "no"),
    ("4", "", "cook", "", "maybe"),
]
JOBS = [("cook", "10"), ("cook", "12"), ("baker", "8"), ("", "30")]
CLIENTS = Source("clients", "c.csv", tuple(Column(name, "category") for name in ("id", "age", "job", "since", "y")))


def charter(*rules: str, severity: Severity = "warn", sources: tuple[Source, ...] = ()) -> Charter:
    jobs = Source("jobs", "j.csv", (Column("job", "category"), Column("pay", "integer")))
    return Charter(
        name="loans",
        question="Who?",
        owner="Ada",
        sources=sources or (CLIENTS, jobs),
        target=Target("y", "yes"),
        money=Money("EUR", 10, -1),
        preparation=Preparation(missing_values=("", "unknown")),
        quality=tuple(QualityRule(rule, severity) for rule in rules),
    )


def connect(declared: Charter, data: Mapping[str, Rows]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA lake")
    for source in declared.sources:
        columns = ", ".join(f'"{column.name}" VARCHAR' for column in source.columns)
        connection.execute(f'CREATE TABLE lake."{declared.name}_{source.name}" ({columns})')
        marks = ", ".join("?" * len(source.columns))
        if data[source.name]:
            statement = f'INSERT INTO lake."{declared.name}_{source.name}" VALUES ({marks})'  # noqa: S608 (our own)
            connection.executemany(statement, [list(row) for row in data[source.name]])
    return connection


def query(connection: duckdb.DuckDBPyConnection, statement: str) -> list[dict[str, str | None]]:
    result = connection.execute(sqlglot.transpile(statement, read="athena", write="duckdb")[0])
    names = [item[0] for item in result.description]
    return [
        dict(zip(names, (None if value is None else str(value) for value in row), strict=True))
        for row in result.fetchall()
    ]


def answers(declared: Charter, data: Mapping[str, Rows]) -> dict[str, list[dict[str, str | None]]]:
    connection = connect(declared, data)
    rendered = statements(declared, RawTables("lake"), NOW)
    return {name: query(connection, render()) for name, render in rendered.items()}


def check(*rules: str, rows: Rows = ROWS, severity: Severity = "warn") -> list[RuleResult]:
    declared = charter(*rules, severity=severity)
    return list(report(answers(declared, {"clients": rows, "jobs": JOBS}), declared, ()).results)


BREAKING = {
    'IsComplete "id"': 0,
    'IsComplete "job"': 1,
    'IsUnique "id"': 2,
    'IsUnique "age"': 0,
    'IsUnique "id" "age"': 0,
    'IsUnique "job" where "id = 1 or id = 2"': 0,
    'IsPrimaryKey "id"': 2,
    'IsPrimaryKey "id" "job"': 1,
    'ColumnValues "age" between 29 and 41': 2,
    'ColumnValues "age" between 30 and 41': 3,
    'ColumnValues "age" not between 30 and 40': 2,
    'ColumnValues "age" not between 29 and 40': 3,
    'ColumnValues "age" = 40': 3,
    'ColumnValues "age" != 40': 1,
    'ColumnValues "age" >= 30': 2,
    'ColumnValues "age" > 1e-5': 2,
    'ColumnValues "age" = NULL': 3,
    'ColumnValues "age" != NULL': 1,
    'ColumnValues "age" != EMPTY': 1,
    'ColumnValues "y" in ["yes", "no"]': 1,
    'ColumnValues "job" in ["cook", "it\'s"]': 1,
    'ColumnValues "job" in ["cook", "it\'s", NULL]': 0,
    'ColumnValues "job" not in ["cook"]': 2,
    'ColumnValues "job" not in ["cook", WHITESPACES_ONLY]': 3,
    'ColumnValues "job" != "cook"': 2,
    'ColumnValues "age" in [30, 40]': 2,
    'ColumnValues "job" matches "[a-z]+"': 2,
    'ColumnValues "job" not matches "[a-z]+"': 3,
    'ColumnValues "job" matches "c"': 4,
    'ColumnValues "since" > "2025-01-01"': 3,
    'ColumnValues "since" between "2025-01-01" and "2025-01-02"': 4,
    'ColumnValues "since" > (now() - 9 days)': 3,
    'ColumnValues "since" > (now() - 8 days)': 4,
    'ColumnValues "since" < now()': 3,
    'ColumnValues "since" = "2025-01-02"': 3,
    'ColumnLength "job" = 4': 1,
    'ColumnLength "job" < 4': 3,
    'ColumnLength "job" in [0, 4]': 0,
    'ColumnLength "job" not between 3 and 5': 3,
    'ColumnDataType "age" = "Integer"': 1,
    'ColumnDataType "id" = "Double"': 0,
    'ColumnDataType "since" = "Date"': 2,
    'ColumnDataType "since" = "Timestamp"': 2,
    'ColumnDataType "y" = "Boolean"': 1,
    'DataFreshness "since" <= 9 days': 3,
    'DataFreshness "since" < 204 hours': 4,
    'DataFreshness "since" between 8 days and 9 days': 3,
    "CustomSql \"select id from primary where age < 35 or job = 'it''s'\"": 2,
    '(ColumnValues "age" > 35) or (ColumnValues "age" = NULL)': 2,
    '(ColumnValues "age" > 35) AND (ColumnValues "job" = "it\'s")': 3,
    '(IsComplete "job") and ((IsUnique "id") or (IsComplete "age"))': 1,
}


@pytest.fixture(scope="module")
def judged() -> dict[str, RuleResult]:
    return {result.rule: result for result in check(*BREAKING)}


@pytest.mark.parametrize(("rule", "failing"), BREAKING.items())
def test_a_rule_about_rows_counts_those_that_break_it(judged: dict[str, RuleResult], rule: str, failing: int) -> None:
    result = judged[rule]
    looked_at = 3 if "where" in rule and "CustomSql" not in rule else 4
    assert (result.checked, result.failing, result.passed) == (looked_at, failing, failing == 0)
    assert bool(result.remedy) == (failing > 0)
    assert (result.source, result.figure, result.listable) == ("clients", None, True)


@pytest.mark.parametrize(
    ("condition", "checked"),
    [
        ("id = 2", 2),
        ("id > 1 and not age = 30", 1),
        ("age is null", 1),
        ("age is not null", 3),
        ("job like 'c%'", 2),
        ("job not like 'c%'", 1),
        ("job = 'it''s' or y in ('yes', 'maybe')", 3),
        ("since between '2025-01-01' and '2025-01-31'", 1),
        ("age between 30 and 40", 2),
        ("age not between 30 and 35", 1),
        ("\"job\" <> 'cook'", 1),
        ("not (id = 1 or id = 4)", 2),
    ],
)
def test_a_filter_says_which_rows_are_looked_at(condition: str, checked: int) -> None:
    escaped = condition.replace('"', '\\"')
    rows, count = check(f'ColumnLength "id" = 1 where "{escaped}"', f'RowCount = {checked} where "{escaped}"')
    assert (rows.checked, rows.passed) == (checked, True)
    assert (count.figure, count.passed) == (checked, True)


def test_a_rule_that_looks_at_no_row_does_not_pass() -> None:
    (result,) = check('IsComplete "id" where "id = 7"')
    assert (result.passed, result.checked, result.failing) == (False, 0, 0)
    assert result.remedy == "no row was looked at: correct the rule's filter, or fetch the data again"


@pytest.mark.parametrize(("threshold", "passed"), [("> 0.49", True), ("> 0.5", False), ("between 0.4 and 0.6", True)])
def test_a_threshold_is_about_the_share_of_rows_that_pass(threshold: str, passed: bool) -> None:
    (result,) = check(f'ColumnValues "age" >= 30 with threshold {threshold}')
    assert (result.failing, result.passed) == (2, passed)


FIGURES = [
    ('Completeness "job" > 0.74', True, 0.75),
    ('Completeness "job" > 0.75', False, 0.75),
    ('Completeness "job" = 1 where "id = 1"', True, 1),
    ('Uniqueness "id" >= 0.5', True, 0.5),
    ('Uniqueness "id" > 0.5', False, 0.5),
    ('Uniqueness "job" > 0.3', True, 1 / 3),
    ('UniqueValueRatio "id" > 0.6', True, 2 / 3),
    ("RowCount = 4", True, 4),
    ("RowCount between 4 and 9", False, 4),
    ('DistinctValuesCount "job" = 2', True, 2),
    ('DistinctValuesCount "y" < 3', False, 3),
    ('ReferentialIntegrity "job" "jobs.job" >= 0.5', True, 0.5),
    ('RowCountMatch "jobs" = 1', True, 1),
    ('AggregateMatch "sum(age)" "sum(jobs.pay)" > 1', True, 70 / 60),
    ('AggregateMatch "avg(age)" "avg(age)" = 1', True, 1),
    ("ColumnCount = 5", True, 5),
    ('SchemaMatch "jobs" > 0.1', True, 1 / 5),
    ("CustomSql \"select count(*) from primary where y = 'no'\" = 2", True, 2),
    ('CustomSql "select count(distinct job) from primary" = 2', True, 2),
    ('CustomSql "select max(age) from primary where id > 1" <= 40', True, 40),
]


@pytest.fixture(scope="module")
def measured() -> dict[str, RuleResult]:
    return {result.rule: result for result in check(*(rule for rule, _, _ in FIGURES))}


@pytest.mark.parametrize(("rule", "passed", "figure"), FIGURES)
def test_a_rule_about_a_figure_compares_it(
    measured: dict[str, RuleResult], rule: str, passed: bool, figure: float
) -> None:
    result = measured[rule]
    assert result.passed == passed
    assert result.figure == pytest.approx(figure)


def test_statistics_are_those_of_numpy_and_scipy() -> None:
    generator = np.random.default_rng(1)
    numbers = generator.normal(50, 9, 200).round(3)
    other = (numbers * 0.7 + generator.normal(0, 5, 200)).round(3)
    jobs = generator.choice(["cook", "baker", "clerk", "unknown"], 200, p=[0.5, 0.3, 0.1, 0.1])
    rows = [
        (str(number), str(second), str(job), "", "yes")
        for number, second, job in zip(numbers, other, jobs, strict=True)
    ]
    rows += [("", "3", "cook", "", "no"), ("none", "", "cook", "", "no")]
    kinds = ('Mean "id"', 'Sum "id"', 'StandardDeviation "id"', 'ColumnCorrelation "id" "age"', 'Entropy "job"')
    found = check(*(f"{kind} > 0" for kind in kinds), rows=rows)
    counts = pd.Series([*jobs, "cook", "cook"])[lambda series: series != "unknown"].value_counts()
    expected = [
        np.mean(numbers),
        np.sum(numbers),
        np.std(numbers),
        scipy.stats.pearsonr(numbers, other).statistic,
        scipy.stats.entropy(counts),
    ]
    assert [result.figure for result in found] == pytest.approx(expected, rel=1e-9)
    assert [result.checked for result in found] == [200, 200, 200, 200, counts.sum()]


def test_a_figure_of_nothing_breaks_its_rule() -> None:
    rows = [("", "x", "", "", "yes")]
    kinds = ('Mean "id"', 'Entropy "id"', 'UniqueValueRatio "id"', 'ColumnCorrelation "id" "age"', 'Uniqueness "id"')
    for result in check(*(f"{kind} >= 0" for kind in kinds), rows=rows):
        assert (result.passed, result.figure) == (False, None), result.rule
        assert result.remedy.startswith("no row was looked at")


def test_a_composite_of_whole_table_rules_combines_their_answers() -> None:
    found = check(
        '(RowCount = 4) and (IsComplete "id")',
        '(RowCount = 5) and (IsComplete "id")',
        '(RowCount = 5) or (IsComplete "id")',
        '(RowCount = 5) or ((RowCountMatch "jobs" = 1) and (Completeness "job" > 0.9))',
    )
    assert [result.passed for result in found] == [True, False, True, False]
    assert {result.listable for result in found} == {False}


def test_rules_about_columns_look_at_their_names() -> None:
    found = check(
        'ColumnExists "age"', 'ColumnExists "wage"', 'ColumnNamesMatchPattern "[a-z]{2,}"', 'SchemaMatch "jobs" = 1'
    )
    assert [(result.passed, result.checked, result.failing, result.unit) for result in found] == [
        (True, 5, 0, "columns"),
        (False, 5, 1, "columns"),
        (False, 5, 1, "columns"),
        (False, 5, 4, "columns"),
    ]


def test_rows_refer_to_keys_of_another_source_by_several_columns() -> None:
    declared = dataclasses.replace(charter('ReferentialIntegrity "job,age" "jobs.{job,pay}" = 1'))
    rows = [("1", "10", "cook", "", "yes"), ("2", "11", "cook", "", "yes"), ("3", "10", "", "", "no")]
    (result,) = report(answers(declared, {"clients": rows, "jobs": JOBS}), declared, ()).results
    assert (result.checked, result.failing, result.passed) == (3, 2, False)


def test_the_keys_of_a_join_are_checked_without_a_rule() -> None:
    join = Join("jobs", (JoinKey("job", "job"),), (JoinedColumn("pay"),), "request")
    declared = charter()
    declared = dataclasses.replace(declared, preparation=dataclasses.replace(declared.preparation, joins=(join,)))
    (found,) = report(answers(declared, {"clients": ROWS, "jobs": JOBS}), declared, ()).joins
    assert (found.checked, found.unmatched, found.repeated) == (3, 1, 2)
    assert found.remedy.startswith("rows that meet none stay, with missing values (`preparation.joins.unmatched`)")
    assert found.remedy.endswith("remove them, or name `preparation.joins.latest_by`")
    assert of_joins((found,)) == ()
    rules = [draft.rule for draft in of_joins((dataclasses.replace(found, checked=400, unmatched=40, repeated=0),))]
    assert rules == [
        'ReferentialIntegrity "job" "jobs.job" >= 0.85 where "job is not null"',
        'IsUnique "job"',
    ]
    assert check(rules[0])[0].figure == pytest.approx(2 / 3)


def test_a_rule_may_be_about_another_source() -> None:
    declared = dataclasses.replace(charter(), quality=(QualityRule('IsComplete "job"', "stop", "jobs"),))
    (result,) = report(answers(declared, {"clients": ROWS, "jobs": JOBS}), declared, ()).results
    assert (result.source, result.checked, result.failing, result.columns) == ("jobs", 4, 1, ("job",))


@pytest.mark.parametrize(
    ("rule", "ids"),
    [
        ('IsComplete "job"', {"2"}),
        ('IsUnique "id"', {"2"}),
        ('ColumnValues "age" between 29 and 31', {"2", "4"}),
        ('ReferentialIntegrity "job" "jobs.job" > 0.9', {"2"}),
        ('(ColumnValues "age" > 35) or (ColumnValues "age" = NULL)', {"1", "2"}),
    ],
)
def test_failing_rows_are_listed_as_many_as_were_counted(rule: str, ids: set[str]) -> None:
    declared = charter("RowCount > 1", rule)
    (_, counted) = check("RowCount > 1", rule)
    connection = connect(declared, {"clients": ROWS, "jobs": JOBS})
    listed = query(connection, quality.failing_statement(declared, RawTables("lake"), 2, 100, NOW))
    assert len(listed) == counted.failing
    assert {row["id"] for row in listed} == ids
    assert list(listed[0]) == ["id", "age", "job", "since", "y"]
    limited = query(connection, quality.failing_statement(declared, RawTables("lake"), 2, 1, NOW))
    assert len(limited) == 1


def test_what_no_row_breaks_cannot_be_listed() -> None:
    declared = charter("RowCount > 1")
    with pytest.raises(CrispError, match="RowCount > 1 is about the whole table: no single row breaks it"):
        quality.failing_statement(declared, RawTables("lake"), 1, 10, NOW)
    with pytest.raises(CrispError, match="there is no rule 2; the charter has 1"):
        quality.failing_statement(declared, RawTables("lake"), 2, 10, NOW)


def test_many_rules_are_asked_in_several_statements() -> None:
    rules = [f"RowCount > {number}" for number in range(201)]
    declared = charter(*rules)
    rendered = answers(declared, {"clients": ROWS, "jobs": JOBS})
    assert list(rendered) == ["quality/clients", "quality/clients/2", "quality/jobs"]
    found = report(rendered, declared, ()).results
    assert [result.passed for result in found] == [number < 4 for number in range(201)]


def test_a_statement_is_no_longer_than_athena_takes() -> None:
    words = ", ".join(f'"{number:05}"' for number in range(3000))
    declared = charter(*[f'ColumnValues "age" in [{words}]'] * 20)
    sizes = [len(render().encode()) for render in statements(declared, RawTables("lake"), NOW).values()]
    assert len(sizes) > 2
    assert max(sizes) < 262_144


def test_only_a_failing_rule_that_stops_ends_the_run_and_says_why() -> None:
    folder = Path("projects/bank_marketing")
    declared = load(folder / "charter.yaml")
    texts = pd.read_csv(folder / "clients.csv", dtype=str, keep_default_na=False)
    rows = list(texts.itertuples(index=False, name=None))[:400]
    found = report(answers(declared, {"clients": rows}), declared, ())
    assert {result.rule for result in found.results if not result.passed} == {
        'Completeness "contact" > 0.95',
        "RowCount >= 500",
    }
    by_hand = (texts["contact"][:400] == "unknown").sum()
    (contact,) = (result for result in found.results if '"contact"' in result.rule)
    assert (contact.failing, contact.figure) == (by_hand, pytest.approx(1 - by_hand / 400))
    with pytest.raises(QualityError) as caught:
        stop_on_failure(found, declared)
    assert str(caught.value).splitlines()[1:] == [
        "clients: RowCount >= 500: found 400; check that the export is whole",
        "Then `crisp run bank_marketing` again; or, to go on as it is, give the rule `severity: warn`.",
    ]
    rest = tuple(result for result in found.results if result.rule != "RowCount >= 500")
    stop_on_failure(dataclasses.replace(found, results=rest), declared)


def test_the_error_says_how_to_see_the_rows() -> None:
    results = (*check("RowCount > 1", severity="stop"), *check('IsComplete "job"', severity="stop"))
    with pytest.raises(QualityError) as caught:
        stop_on_failure(QualityReport(results), charter())
    lines = str(caught.value).splitlines()
    assert lines[1].startswith('clients: IsComplete "job": 1 of 4 rows failing (25.00%); add what stands for missing')
    assert lines[2] == "  see the rows: `crisp data failing loans 2`"


@pytest.mark.parametrize(("positives", "passed"), [(49, False), (50, True), (51, False)])
def test_each_class_needs_enough_rows(positives: int, passed: bool) -> None:
    declared = load(Path("projects/bank_marketing/charter.yaml"))
    profile = DataProfile("lake.t", 100, 20, positives, (), 1)
    found = with_enough_rows(QualityReport(()), profile, declared)
    assert [result.passed for result in found.results] == [passed]
    if not passed:
        with pytest.raises(
            QualityError, match=r"enough rows of each class\? 100 rows, .*; collect more rows, or use"
        ) as it:
            stop_on_failure(found, declared)
        assert "failing" not in str(it.value)
        # No rule of the charter, so none whose severity could be changed.
        assert str(it.value).endswith("Then `crisp run bank_marketing` again.")


def test_a_charter_without_rules_is_counted_all_the_same() -> None:
    declared = charter()
    found = answers(declared, {"clients": ROWS, "jobs": JOBS})
    assert found == {"quality/clients": [{"row_count": "4"}], "quality/jobs": [{"row_count": "4"}]}
    assert report(found, declared, ()).results == ()
