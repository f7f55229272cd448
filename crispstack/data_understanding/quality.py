"""Quality rules compiled to Athena's SQL, one scan of each source, and the report of what they found.

Rules are about whether the data can be used at all, so they look at every row, test rows included: they say nothing
that a model could learn from. Only counts leave Athena; the rows themselves are shown to who asks for them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crispstack.artifacts import Check, DataProfile, InputReference, QualityReport, RuleResult
from crispstack.business_understanding.data_review import enough_numbers, enough_of_each, enough_rows
from crispstack.business_understanding.quality_rules import parse
from crispstack.business_understanding.quality_rules.rule import SCHEMA, AnyRule, Rule, leaves
from crispstack.charter import Charter, QualityRule, Source
from crispstack.data_understanding import quality_joins
from crispstack.data_understanding.quality_figures import ROW_COUNT, Answers, figures, outcome, repeats
from crispstack.data_understanding.quality_figures import failing as failing_rows
from crispstack.data_understanding.quality_sql import LISTABLE, Scope, alias, missing, text
from crispstack.data_understanding.raw_table import RawTables, identifier
from crispstack.data_understanding.remedies import remedy
from crispstack.errors import CrispError, QualityError

_LONGEST = 150_000
"""Characters of aggregates in one statement; Athena takes 262,144 bytes in all."""
_MOST = 400
"""Aggregates in one statement."""


@dataclass(frozen=True)
class _Asked:
    """A rule, read; the names of its figures begin with `name`."""

    name: str
    declared: QualityRule
    rule: AnyRule
    source: Source


@dataclass(frozen=True)
class _Part:
    """An aggregate of a source's scan, with the rules whose columns it reads."""

    sql: str
    rules: tuple[Rule, ...]


def statements(charter: Charter, tables: RawTables, now: dt.datetime) -> Mapping[str, Callable[[], str]]:
    """What renders each statement: of a source ``quality/<source>``, and ``quality/<source>/2`` and on where long.

    Each answers one row: ``row_count``, and the figures of the rules.
    """
    found = {}
    for source in charter.sources:
        scope = Scope(charter, source, now)
        for number, parts in enumerate(_chunks(list(_parts(scope))), start=1):
            suffix = f"/{number}" if number > 1 else ""
            render = functools.partial(_statement, tables, parts, scope)
            found[f"quality/{source.name}{suffix}"] = render
    return found


def _statement(tables: RawTables, parts: Sequence[_Part], scope: Scope) -> str:
    scan = _scan(tables, [rule for part in parts for rule in part.rules], scope)
    columns = "".join(f",\n  {part.sql}" for part in parts)
    return f"{scan}\nSELECT\n  count(*) AS {ROW_COUNT}{columns}\nFROM texts"


def failing_statement(charter: Charter, tables: RawTables, number: int, limit: int, now: dt.datetime) -> str:
    """The rows that break a rule, with all declared columns of its source.

    Args:
        charter: holds the rule.
        tables: what to read.
        number: the rule's, from 1.
        limit: rows, at most.
        now: what `now()` means in a rule.

    Raises:
        CrispError: there is no such rule, or it is about the whole table, so that no row breaks it.
    """
    asked = _rules(charter)
    if not 1 <= number <= len(asked):
        raise CrispError(f"there is no rule {number}; the charter has {len(asked)}")
    chosen = asked[number - 1]
    scope = Scope(charter, chosen.source, now)
    if not _listable(chosen.rule):
        raise CrispError(f"{chosen.declared.rule} is about the whole table: no single row breaks it")
    columns = ", ".join(identifier(column.name) for column in chosen.source.columns)
    scan = _scan(tables, leaves(chosen.rule), scope)
    condition = failing_rows(chosen.rule, scope)
    return f"{scan}\nSELECT {columns}\nFROM texts\nWHERE {condition}\nLIMIT {limit}"


def report(
    results: Mapping[str, Sequence[Mapping[str, str | None]]], charter: Charter, inputs: tuple[InputReference, ...]
) -> QualityReport:
    """The report from the rows that statements answered, by the statement's name; of other statements none is read."""
    answers: dict[str, dict[str, float | None]] = {source.name: {} for source in charter.sources}
    for name, rows in results.items():
        kind, source = name.split("/")[:2]
        if kind == "quality":
            found = {key: None if value is None else float(value) for key, value in rows[0].items()}
            answers[source] = answers[source] | found
    judged = tuple(_result(asked, charter, answers) for asked in _rules(charter))
    return QualityReport(judged, quality_joins.checks(charter, answers), inputs=inputs)


def with_enough_rows(report: QualityReport, profile: DataProfile, charter: Charter) -> QualityReport:
    """The report with one more result that stops the run: whether each class has enough rows to compare models."""
    check = _enough_rows(profile, charter)
    rule, advice = f"{check.question} {check.answer}", "" if check.passed else "collect more rows, or use fewer folds"
    result = RuleResult(
        rule, "stop", check.passed, profile.rows, 0, advice, charter.source.name, figure=float(profile.rows)
    )
    return dataclasses.replace(report, results=(*report.results, result))


def _enough_rows(profile: DataProfile, charter: Charter) -> Check:
    if charter.framing == "binary":
        return enough_rows(profile.rows, profile.positives, charter)
    if charter.framing == "regression":
        return enough_numbers(profile.rows, charter)
    target = next(column for column in profile.columns if column.name == charter.target.column)
    counts = {each.value: each.count for each in target.top_values}
    # The profile lists the most frequent values: each of the others has at most as many rows as they share.
    others = target.distinct - len(counts)
    share = (profile.rows - target.nulls - sum(counts.values())) // others if others > 0 else 0
    return enough_of_each({**counts, **{f"(other {number + 1})": share for number in range(others)}}, charter)


def stop_on_failure(report: QualityReport, charter: Charter) -> None:
    """Let the run go on only if every rule of severity "stop" passed.

    Raises:
        QualityError: names each rule that stops the run, how many rows broke it, and how to go on.
    """
    broken = {
        number: result
        for number, result in enumerate(report.results, start=1)
        if result.severity == "stop" and not result.passed
    }
    if broken:
        lines = [line for number, result in broken.items() for line in _how_to_go_on(number, result, charter.name)]
        declared = {rule.rule for rule in charter.quality}
        # The platform's own rules cannot be made milder.
        milder = all(result.rule in declared for result in broken.values())
        otherwise = "; or, to go on as it is, give the rule `severity: warn`" if milder else ""
        closing = f"Then `crisp run {charter.name}` again{otherwise}."
        raise QualityError("\n".join(["the data is not good enough to go on:", *lines, closing]))


def found(result: RuleResult) -> str:
    """What a rule found, in words: rows that break it and their share, or the figure."""
    if result.figure is not None and not result.failing:
        return f"found {result.figure:g}"
    share = f" ({result.failing / result.checked:.2%})" if result.checked else ""
    return f"{result.failing} of {result.checked} {result.unit} failing{share}"


def _how_to_go_on(number: int, result: RuleResult, project: str) -> Iterator[str]:
    yield f"{result.source}: {result.rule}: {found(result)}; {result.remedy}"
    if result.listable and result.failing:
        yield f"  see the rows: `crisp data failing {project} {number}`"


def _result(asked: _Asked, charter: Charter, answers: Mapping[str, Answers]) -> RuleResult:
    schemas = {source.name: {column.name: column.type for column in source.columns} for source in charter.sources}
    result = outcome(asked.name, asked.rule, asked.source.name, answers, schemas)
    rules = leaves(asked.rule)
    return RuleResult(
        rule=asked.declared.rule,
        severity=asked.declared.severity,
        passed=result.passed,
        checked=result.checked,
        failing=result.failing,
        remedy="" if result.passed else remedy(asked.rule, asked.source, charter, result.checked),
        source=asked.source.name,
        columns=tuple(dict.fromkeys(column for rule in rules for column in rule.columns)),
        figure=result.figure,
        unit="columns" if all(rule.type in SCHEMA for rule in rules) else "rows",
        listable=_listable(asked.rule),
    )


def _rules(charter: Charter) -> tuple[_Asked, ...]:
    sources = {source.name: source for source in charter.sources}
    return tuple(
        _Asked(f"rule_{index}", declared, parse(declared.rule), sources[declared.source or charter.source.name])
        for index, declared in enumerate(charter.quality, start=1)
    )


def _listable(rule: AnyRule) -> bool:
    """Whether single rows break the rule."""
    if isinstance(rule, Rule):
        return rule.type in LISTABLE and not rule.aggregates
    return rule.judges_rows


def _parts(scope: Scope) -> Iterator[_Part]:
    """The aggregates that the source is asked for, also by rules of other sources."""
    implied = ((name, rule, source) for pair in quality_joins.implied(scope.charter) for name, rule, source in pair)
    declared = ((asked.name, asked.rule, asked.source.name) for asked in _rules(scope.charter))
    for name, rule, source in (*declared, *implied):
        for figure in figures(name, rule, scope):
            if (figure.source or source) == scope.source.name:
                rules = () if figure.source else leaves(rule)
                yield _Part(f"{figure.expression} AS {figure.name}", rules)


def _chunks(parts: list[_Part]) -> Iterator[list[_Part]]:
    """As few lists as statements may be long; one even where there is no part, to count the rows."""
    chunk: list[_Part] = []
    size = 0
    for part in parts:
        if chunk and (size + len(part.sql) > _LONGEST or len(chunk) == _MOST):
            yield chunk
            chunk, size = [], 0
        chunk.append(part)
        size += len(part.sql)
    yield chunk


def _scan(tables: RawTables, rules: Sequence[Rule], scope: Scope) -> str:
    """The common table expression ``texts``: the source's texts, and what these rules need beside them."""
    columns = [f"own.{identifier(column.name)}" for column in scope.source.columns]
    windows = dict(filter(None, (repeats(rule, scope) for rule in rules)))
    references = {alias("found", rule): rule for rule in rules if rule.type == "ReferentialIntegrity"}
    joins = []
    for name, rule in references.items():
        columns.append(f"{identifier(name)}.key_1 IS NOT NULL AS {identifier(name)}")
        joins.append(_join(name, rule, tables, scope))
    columns += [f"{window} AS {identifier(name)}" for name, window in windows.items()]
    listed = ",\n    ".join(columns)
    relation = tables.relation(scope.charter, scope.source)
    return f"WITH texts AS (\n  SELECT\n    {listed}\n  FROM {relation} AS own{''.join(joins)}\n)"


def _join(name: str, rule: Rule, tables: RawTables, scope: Scope) -> str:
    """The distinct keys of the other source, so that no row is joined twice; a missing key is found nowhere."""
    reference = next(source for source in scope.charter.sources if source.name == rule.reference)
    other = dataclasses.replace(scope, source=reference)
    keys = ", ".join(
        f"{text(column, other)} AS key_{number}" for number, column in enumerate(rule.reference_columns, start=1)
    )
    present = " AND ".join(f"NOT {missing(column, other)}" for column in rule.reference_columns)
    equal = " AND ".join(
        f"own.{identifier(column)} = {identifier(name)}.key_{number}" for number, column in enumerate(rule.columns, 1)
    )
    relation = tables.relation(scope.charter, reference)
    distinct = f"SELECT DISTINCT {keys} FROM {relation} AS other WHERE {present}"  # noqa: S608 (quoted)
    return f"\n  LEFT JOIN ({distinct}) AS {identifier(name)} ON {equal}"
