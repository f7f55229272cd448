"""What each quality rule asks of a source, as aggregates of one scan, and what the answers say of the rule."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crispstack.business_understanding.quality_rules.rule import SCHEMA, Aggregate, AnyRule, Composite, Condition, Rule
from crispstack.data_understanding.quality_sql import Scope, alias, breaks, missing, number, text, where
from crispstack.data_understanding.raw_table import identifier

SHARES = frozenset({"Completeness", "ReferentialIntegrity", "Uniqueness"})
"""Types whose figure is the share of rows that do not break them."""
_REPEATS = frozenset({"Entropy", "IsPrimaryKey", "IsUnique", "UniqueValueRatio", "Uniqueness"})
_OF_VALUES = frozenset({"Entropy", "UniqueValueRatio", "Uniqueness"})
_ONE_NUMBER = {"Mean": "avg", "StandardDeviation": "stddev_pop", "Sum": "sum"}
ROW_COUNT = "row_count"

Answers = Mapping[str, float | None]
"""Of one source: from a figure's name to what Athena answered."""
Schemas = Mapping[str, Mapping[str, str]]
"""Of every source: from a column's name to its type."""


@dataclass(frozen=True)
class Figure:
    """An aggregate that a source's statement computes. `source` is empty for the rule's own."""

    name: str
    expression: str
    source: str = ""


@dataclass(frozen=True)
class Outcome:
    """Whether a rule is kept; how many rows (or columns) it looked at, and how many of these break it.

    `figure` is what a rule about the whole table found, None where there is nothing to compute it from.
    """

    passed: bool
    checked: int
    failing: int
    figure: float | None = None


def figures(name: str, rule: AnyRule, scope: Scope) -> Iterator[Figure]:
    """The aggregates that decide a rule; their names begin with `name`."""
    if rule.judges_rows:
        yield Figure(f"{name}_checked", f"count_if({looked_at(rule, scope)})")
        yield Figure(f"{name}_failing", f"count_if({failing(rule, scope)})")
    elif isinstance(rule, Composite):
        for index, part in enumerate(rule.parts):
            yield from figures(f"{name}_{index}", part, scope)
    elif rule.type in SHARES:
        yield Figure(f"{name}_checked", f"count_if({_counted(rule, scope)})")
        yield Figure(f"{name}_failing", f"count_if({failing(rule, scope)})")
    elif rule.type == "AggregateMatch":
        for index, aggregate in enumerate(rule.aggregates):
            yield Figure(f"{name}_{index}", _aggregate(aggregate, "true", scope), aggregate.source)
    elif rule.asks_a_figure and rule.type not in ("RowCountMatch", *SCHEMA):
        yield Figure(f"{name}_checked", f"count_if({_counted(rule, scope)})")
        yield Figure(f"{name}_figure", _figure(rule, scope))


def looked_at(rule: AnyRule, scope: Scope) -> str:
    """Whether a rule that judges rows looks at this one."""
    if isinstance(rule, Rule):
        return where(rule.where, scope)
    return f"({' OR '.join(looked_at(part, scope) for part in rule.parts)})"


def failing(rule: AnyRule, scope: Scope) -> str:
    """Whether the row is looked at and breaks the rule. Composites of rules about rows are judged row by row."""
    if isinstance(rule, Rule):
        return f"({where(rule.where, scope)} AND {breaks(rule, scope)})"
    sign = " AND " if rule.operator == "or" else " OR "
    return f"({sign.join(failing(part, scope) for part in rule.parts)})"


def repeats(rule: Rule, scope: Scope) -> tuple[str, str] | None:
    """A column that the rule needs, name and expression: how many of the rows looked at share its value."""
    if rule.type not in _REPEATS:
        return None
    keys = ", ".join(text(column, scope) for column in rule.columns)
    return alias("repeats", rule), f"count(*) OVER (PARTITION BY {keys}, {where(rule.where, scope)})"


def _counted(rule: Rule, scope: Scope) -> str:
    """Whether the row enters the figure."""
    applies = where(rule.where, scope)
    if rule.type in _OF_VALUES:
        absent = " AND ".join(missing(column, scope) for column in rule.columns)
        return f"({applies} AND NOT ({absent}))"
    if rule.type in ("ColumnCorrelation", *_ONE_NUMBER):
        present = " AND ".join(f"({number(column, scope)}) IS NOT NULL" for column in rule.columns)
        return f"({applies} AND {present})"
    return applies


def _figure(rule: Rule, scope: Scope) -> str:
    counted = _counted(rule, scope)
    if rule.type == "CustomSql":
        return _aggregate(rule.aggregates[0], counted, scope)
    if rule.type == "RowCount":
        return f"count_if({counted})"
    if rule.type == "ColumnCorrelation":
        first, second = (f"CASE WHEN {counted} THEN {number(column, scope)} END" for column in rule.columns)
        return f"corr({first}, {second})"
    if rule.type in _ONE_NUMBER:
        return f"{_ONE_NUMBER[rule.type]}(CASE WHEN {counted} THEN {number(rule.columns[0], scope)} END)"
    return _of_values(rule, counted, scope)


def _of_values(rule: Rule, counted: str, scope: Scope) -> str:
    distinct = f"count(DISTINCT CASE WHEN {counted} THEN {text(rule.columns[0], scope)} END)"
    if rule.type == "DistinctValuesCount":
        return distinct
    count = identifier(alias("repeats", rule))
    if rule.type == "UniqueValueRatio":
        return f"CAST(count_if({counted} AND {count} = 1) AS double) / nullif({distinct}, 0)"
    # Shannon's, in nats: each of the n equal values among N adds -(1 / N) ln(n / N).
    return f"ln(nullif(count_if({counted}), 0)) - avg(CASE WHEN {counted} THEN ln({count}) END)"


def _aggregate(aggregate: Aggregate, counted: str, scope: Scope) -> str:
    if aggregate.column == "*":
        return f"count_if({counted})"
    value = text if aggregate.function == "count" else number
    distinct = "DISTINCT " if aggregate.distinct else ""
    return f"{aggregate.function}({distinct}CASE WHEN {counted} THEN {value(aggregate.column, scope)} END)"


def outcome(name: str, rule: AnyRule, source: str, answers: Mapping[str, Answers], schemas: Schemas) -> Outcome:
    """What the answers say of the rule.

    Args:
        name: with which the names of the rule's figures begin.
        rule: any.
        source: the rule's own.
        answers: of every source.
        schemas: of every source.
    """
    own = answers[source]
    if rule.judges_rows:
        checked, broken = _count(own, f"{name}_checked"), _count(own, f"{name}_failing")
        threshold = rule.threshold if isinstance(rule, Rule) else None
        # A rule that looked at no row says nothing, and what says nothing must not let a run go on.
        passed = checked > 0 and (threshold.holds(1 - broken / checked) if threshold else broken == 0)
        return Outcome(passed, checked, broken)
    if isinstance(rule, Composite):
        parts = [outcome(f"{name}_{index}", part, source, answers, schemas) for index, part in enumerate(rule.parts)]
        passed = (all if rule.operator == "and" else any)(part.passed for part in parts)
        return Outcome(passed, max(part.checked for part in parts), 0)
    if rule.type in SCHEMA:
        return _schema_outcome(rule, source, schemas)
    condition = rule.condition or Condition("=", (1.0,))
    if rule.type in SHARES:
        checked, broken = _count(own, f"{name}_checked"), _count(own, f"{name}_failing")
        share = 1 - broken / checked if checked else None
        return Outcome(share is not None and condition.holds(share), checked, broken, share)
    figure, checked = _found(name, rule, source, answers)
    return Outcome(figure is not None and condition.holds(figure), checked, 0, figure)


def _schema_outcome(rule: Rule, source: str, schemas: Schemas) -> Outcome:
    columns = schemas[source]
    if rule.type == "ColumnExists":
        found = rule.columns[0] in columns
        return Outcome(found, len(columns), int(not found))
    if rule.type == "ColumnNamesMatchPattern":
        odd = sum(not re.fullmatch(rule.pattern, name) for name in columns)
        return Outcome(odd == 0, len(columns), odd)
    condition = rule.condition or Condition("=", (1.0,))
    if rule.type == "ColumnCount":
        return Outcome(condition.holds(len(columns)), len(columns), 0, len(columns))
    others = schemas[rule.reference]
    equal = sum(others.get(name) == kind for name, kind in columns.items())
    share = equal / max(len(columns), len(others))
    return Outcome(condition.holds(share), len(columns), len(columns) - equal, share)


def _found(name: str, rule: Rule, source: str, answers: Mapping[str, Answers]) -> tuple[float | None, int]:
    """The figure, and from how many rows."""
    own = answers[source]
    rows = _count(own, ROW_COUNT)
    if rule.type == "RowCountMatch":
        return _ratio(rows, answers[rule.reference][ROW_COUNT]), rows
    if rule.type == "AggregateMatch":
        first, second = (
            answers[aggregate.source or source][f"{name}_{index}"] for index, aggregate in enumerate(rule.aggregates)
        )
        return _ratio(first, second), rows
    figure = own[f"{name}_figure"]
    return None if figure is None or math.isnan(figure) else figure, _count(own, f"{name}_checked")


def _ratio(first: float | None, second: float | None) -> float | None:
    return first / second if first is not None and second else None


def _count(answers: Answers, name: str) -> int:
    return int(answers[name] or 0)
