"""Quality rules compiled to one Athena statement, and what it found.

Rules are about whether the data can be used at all, so they look at every row, test rows included: they say nothing
that a model could learn from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crispstack.artifacts import DataProfile, InputReference, QualityReport, RuleResult
from crispstack.business_understanding.feasibility import enough_rows
from crispstack.business_understanding.quality_rules import Condition, Rule, parse
from crispstack.charter import Charter
from crispstack.data_understanding.column_types import (
    DATE_PATTERN,
    FALSE,
    INTEGER_PATTERN,
    NUMBER_PATTERN,
    TRUE,
)
from crispstack.data_understanding.raw_table import RawTables, identifier, literal, missing
from crispstack.errors import QualityError

_REMEDIES = {
    "IsComplete": "fill in or remove the rows without a value, or declare what is missing in the charter",
    "Completeness": "ask the source why values are missing; exclude the column if they stay away",
    "IsUnique": "remove the repeated rows, or name another key",
    "Uniqueness": "find out why values repeat",
    "ColumnValues": "correct the values at the source, or widen the rule if they are right",
    "ColumnDataType": "correct the values at the source; rows that cannot be parsed go to the quarantine",
    "DistinctValuesCount": "look for misspelled values among the profile's top values",
    "RowCount": "check that the export is whole",
}


def statement(charter: Charter, tables: RawTables) -> str:
    """The statement: one result row with ``row_count`` and, per rule, ``figure_<index>``.

    The figure is the number of failing rows, or the number of distinct values for DistinctValuesCount.
    """
    rules = [parse(rule.rule) for rule in charter.quality]
    keys = sorted({rule.column for rule in rules if rule.type in ("IsUnique", "Uniqueness")})
    repeats = "".join(
        f",\n    count(*) OVER (PARTITION BY {identifier(key)}) AS {identifier('repeats of ' + key)}" for key in keys
    )
    figures = "".join(f",\n  {_figure(rule, charter)} AS figure_{index}" for index, rule in enumerate(rules))
    return f"""\
WITH texts AS (
  SELECT {", ".join(identifier(column.name) for column in charter.source.columns)}{repeats}
  FROM {tables.relation(charter, charter.source)}
)
SELECT
  count(*) AS row_count{figures}
FROM texts"""  # noqa: S608 (identifiers and literals are quoted)


def report(row: Mapping[str, str | None], charter: Charter, inputs: tuple[InputReference, ...]) -> QualityReport:
    """The report from the statement's one result row."""
    rows = int(row["row_count"] or 0)
    results = []
    for index, declared in enumerate(charter.quality):
        rule, figure = parse(declared.rule), int(row[f"figure_{index}"] or 0)
        passed = _passed(rule, rows, figure)
        # These two ask one question of the whole table: either nothing fails or the answer does.
        failing = int(not passed) if rule.type in ("RowCount", "DistinctValuesCount") else figure
        remedy = "" if passed else _REMEDIES[rule.type]
        results.append(RuleResult(declared.rule, declared.severity, passed, rows, failing, remedy))
    return QualityReport(tuple(results), inputs)


def with_enough_rows(report: QualityReport, profile: DataProfile, charter: Charter) -> QualityReport:
    """The report with one more result that stops the run: whether each class has enough rows to compare models."""
    check = enough_rows(profile.rows, profile.positives, charter)
    rule, remedy = f"{check.question} {check.answer}", "" if check.passed else "collect more rows, or use fewer folds"
    failing = 0 if check.passed else profile.rows
    result = RuleResult(rule, "stop", check.passed, profile.rows, failing, remedy)
    return QualityReport((*report.results, result), report.inputs)


def stop_on_failure(report: QualityReport) -> None:
    """Let the run go on only if every rule of severity "stop" passed.

    Raises:
        QualityError: names each rule that stops the run, how many rows broke it, and the remedy.
    """
    stopping = [result for result in report.results if result.severity == "stop" and not result.passed]
    if stopping:
        lines = [f"{item.rule}: {item.failing} of {item.checked} failing; {item.remedy}" for item in stopping]
        raise QualityError("the data is not good enough to go on:\n" + "\n".join(lines))


def _passed(rule: Rule, rows: int, figure: int) -> bool:
    if rule.type == "RowCount" and rule.condition:
        return rule.condition.holds(rows)
    if rule.type == "DistinctValuesCount" and rule.condition:
        return rule.condition.holds(figure)
    if rule.type in ("Completeness", "Uniqueness") and rule.condition:
        return rows > 0 and rule.condition.holds(1 - figure / rows)
    return figure == 0


def _figure(rule: Rule, charter: Charter) -> str:
    column = identifier(rule.column)
    absent = missing(column, charter)
    if rule.type == "RowCount":
        return "0"
    if rule.type == "DistinctValuesCount":
        return f"count(DISTINCT CASE WHEN NOT ({absent}) THEN {column} END)"
    if rule.type in ("IsUnique", "Uniqueness"):
        return f"count_if({identifier('repeats of ' + rule.column)} > 1)"
    if rule.type in ("IsComplete", "Completeness") or not rule.condition:
        return f"count_if({absent})"
    if rule.type == "ColumnDataType":
        return f"count_if(NOT ({absent}) AND NOT ({_DATA_TYPES[str(rule.condition.values[0])](column)}))"
    # A missing value breaks every condition but the negative ones.
    fails_if_missing = "false" if rule.condition.operator in ("!=", "not in") else "true"
    return f"count_if(CASE WHEN {absent} THEN {fails_if_missing} ELSE NOT ({_holds(column, rule.condition)}) END)"


def _holds(column: str, condition: Condition) -> str:
    """A boolean expression, never null, of a text that is not missing."""
    if condition.operator == "matches":
        # DQDL matches the whole value.
        return f"regexp_like({column}, {literal(f'^(?:{condition.values[0]})$')})"
    if condition.operator in ("in", "not in"):
        equal = " OR ".join(_compare(column, "=", value) for value in condition.values)
        return f"NOT ({equal})" if condition.operator == "not in" else equal
    if condition.operator == "between":
        low, high = condition.values
        return f"{_compare(column, '>', low)} AND {_compare(column, '<', high)}"
    return _compare(column, condition.operator, condition.values[0])


def _compare(column: str, operator: str, value: float | str) -> str:
    sql_operator = "<>" if operator == "!=" else operator
    if isinstance(value, str):
        return f"{column} {sql_operator} {literal(value)}"
    # What is no number is unequal to every number, and neither above nor below it.
    otherwise = "true" if operator == "!=" else "false"
    return f"coalesce(try_cast({column} AS double) {sql_operator} {value!r}e0, {otherwise})"


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(map(literal, words))


_DATA_TYPES: dict[str, Callable[[str], str]] = {
    "Integer": lambda column: f"regexp_like({column}, {literal(INTEGER_PATTERN)})",
    "Double": lambda column: f"regexp_like({column}, {literal(NUMBER_PATTERN)})",
    "Boolean": lambda column: f"lower({column}) IN ({_words(TRUE + FALSE)})",
    "Date": lambda column: (
        f"(regexp_like({column}, {literal(DATE_PATTERN)}) AND try_cast({column} AS date) IS NOT NULL)"
    ),
}
