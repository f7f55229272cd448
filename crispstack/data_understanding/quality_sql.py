"""Conditions of quality rules as Athena SQL, over a row's stripped texts. What they answer is never null."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crispstack.business_understanding.quality_rules.rule import (
    Comparison,
    Condition,
    Filter,
    Missing,
    Moment,
    Rule,
    Value,
)
from crispstack.charter import Charter, Source
from crispstack.data_understanding.column_types import DATE_PATTERN, FALSE, INTEGER_PATTERN, NUMBER_PATTERN, TRUE
from crispstack.data_understanding.raw_table import identifier, literal

_MOMENT_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?$"


@dataclass(frozen=True)
class Scope:
    """What expressions depend on beside the rule: the source whose texts they read; `now` is UTC, without a zone."""

    charter: Charter
    source: Source
    now: dt.datetime


def missing(column: str, scope: Scope) -> str:
    """Whether there is no value."""
    preparation = scope.charter.preparation
    own = scope.source.name == scope.charter.source.name
    words = preparation.missing_words(column) if own else {"", *preparation.missing_values}
    return f"({identifier(column)} IN ({_words(sorted(words))}))"


def text(column: str, scope: Scope) -> str:
    """The value, null where it is missing."""
    return f"CASE WHEN NOT {missing(column, scope)} THEN {identifier(column)} END"


def number(column: str, scope: Scope) -> str:
    """The value as a double, null where it is missing or no number."""
    name = identifier(column)
    condition = f"NOT {missing(column, scope)} AND regexp_like({name}, {literal(NUMBER_PATTERN)})"
    return f"CASE WHEN {condition} THEN try_cast({name} AS double) END"


def moment(column: str) -> str:
    """The value as a timestamp, null where it is no date or time of ISO 8601; a date begins at midnight."""
    name = identifier(column)
    whole = f"replace({name}, 'T', ' ') || substr(' 00:00:00', greatest(length({name}), 10) - 9)"
    condition = f"regexp_like({name}, {literal(_MOMENT_PATTERN)})"
    return f"CASE WHEN {condition} THEN try_cast(substr({whole}, 1, 19) AS timestamp) END"


def where(found: Filter | None, scope: Scope) -> str:
    """Whether the row is looked at."""
    return "true" if found is None else f"coalesce({_filter(found, scope)}, false)"


def alias(prefix: str, rule: Rule) -> str:
    """A name, the same for rules about the same columns and rows, that no declared column can have."""
    parts = repr((rule.columns, rule.where, rule.reference, rule.reference_columns))
    return f"{prefix} {hashlib.sha256(parts.encode()).hexdigest()[:12]}"


def breaks(rule: Rule, scope: Scope) -> str:
    """Whether a row breaks the rule, be it one about rows or one whose figure is a share of rows."""
    return _BREAKS[rule.type](rule, scope)


def _values(rule: Rule, scope: Scope) -> str:
    column, condition = rule.columns[0], rule.condition or Condition("=", ())
    if condition.operator.endswith("matches"):
        # DQDL matches the whole value.
        (pattern,) = condition.values
        matches = f"regexp_like({identifier(column)}, {literal(f'^(?:{pattern})$')})"
        breaks_it = matches if condition.operator.startswith("not") else f"NOT {matches}"
        return f"({missing(column, scope)} OR {breaks_it})"
    if condition.operator in ("=", "in", "!=", "not in"):
        equal = _equals_any(column, condition.values, scope)
        return equal if condition.operator in ("!=", "not in") else f"NOT {equal}"
    first = condition.values[0]
    found = moment(column) if isinstance(first, str | Moment) else number(column, scope)
    return f"NOT coalesce(NOT {missing(column, scope)} AND {_holds(found, condition, scope)}, false)"


def _equals_any(column: str, values: Sequence[Value], scope: Scope) -> str:
    """Whether the value is one of these. What is no number is unequal to every number."""
    texts = ", ".join(literal(value) for value in values if isinstance(value, str))
    numbers = ", ".join(_number(value) for value in values if isinstance(value, int | float))
    moments = ", ".join(_operand(value, scope) for value in values if isinstance(value, Moment))
    found = [
        missing(column, scope) if any(isinstance(value, Missing) for value in values) else "",
        f"(NOT {missing(column, scope)} AND {identifier(column)} IN ({texts}))" if texts else "",
        f"coalesce({number(column, scope)} IN ({numbers}), false)" if numbers else "",
        f"coalesce({moment(column)} IN ({moments}), false)" if moments else "",
    ]
    return f"({' OR '.join(filter(None, found))})"


def _holds(expression: str, condition: Condition, scope: Scope) -> str:
    """The condition of an expression, null where that is null."""
    operands = [_operand(value, scope) for value in condition.values]
    if condition.operator.endswith("between"):
        low, high = operands
        inside = f"({expression} > {low} AND {expression} < {high})"
        return f"NOT {inside}" if condition.operator.startswith("not") else inside
    if condition.operator.endswith("in"):
        inside = f"{expression} IN ({', '.join(operands)})"
        return f"NOT ({inside})" if condition.operator.startswith("not") else inside
    operator = "<>" if condition.operator == "!=" else condition.operator
    return f"{expression} {operator} {operands[0]}"


def _operand(value: object, scope: Scope) -> str:
    if isinstance(value, Moment):
        value = (scope.now - dt.timedelta(hours=value.hours)).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, str):
        return f"TIMESTAMP {literal(value)}"
    return _number(float(str(value)))


def _number(value: float) -> str:
    written = repr(value)
    return written if "e" in written else f"{written}e0"


def _length(rule: Rule, scope: Scope) -> str:
    """As in DQDL, a missing value has length 0."""
    column = rule.columns[0]
    length = f"CASE WHEN {missing(column, scope)} THEN 0 ELSE length({identifier(column)}) END"
    return f"NOT {_holds(length, rule.condition or Condition('=', ()), scope)}"


def _data_type(rule: Rule, scope: Scope) -> str:
    column, (data_type,) = rule.columns[0], (rule.condition or Condition("=", ("Double",))).values
    return f"(NOT {missing(column, scope)} AND NOT {_DATA_TYPES[str(data_type)](column)})"


def _stale(rule: Rule, scope: Scope) -> str:
    column = rule.columns[0]
    now = f"TIMESTAMP {literal(scope.now.isoformat(sep=' ', timespec='seconds'))}"
    hours = f"date_diff('second', {moment(column)}, {now}) / 3600e0"
    return f"NOT coalesce({_holds(hours, rule.condition or Condition('=', ()), scope)}, false)"


def _repeated(rule: Rule, scope: Scope) -> str:
    absent = " AND ".join(missing(column, scope) for column in rule.columns)
    return f"(NOT ({absent}) AND {identifier(alias('repeats', rule))} > 1)"


def _no_key(rule: Rule, scope: Scope) -> str:
    absent = " OR ".join(missing(column, scope) for column in rule.columns)
    return f"({absent} OR {identifier(alias('repeats', rule))} > 1)"


def _filter(found: Filter, scope: Scope) -> str:
    if isinstance(found, Comparison):
        return _comparison(found, scope)
    parts = [_filter(part, scope) for part in found.parts]
    if found.operator == "not":
        return f"NOT ({parts[0]})"
    return f"({f' {found.operator.upper()} '.join(parts)})"


def _comparison(found: Comparison, scope: Scope) -> str:
    column, values = found.column, found.values
    if found.operator == "is null":
        inside = missing(column, scope)
    elif found.operator == "in":
        inside = f"({' OR '.join(_compare(column, '=', value, scope) for value in values)})"
    elif found.operator == "between":
        low, high = (_compare(column, sign, value, scope) for sign, value in zip((">=", "<="), values, strict=True))
        inside = f"({low} AND {high})"
    elif found.operator == "like":
        inside = f"({text(column, scope)} LIKE {literal(str(values[0]))})"
    else:
        inside = _compare(column, found.operator, values[0], scope)
    return f"NOT {inside}" if found.negated else inside


def _compare(column: str, operator: str, value: float | str, scope: Scope) -> str:
    sign = "<>" if operator == "!=" else operator
    if isinstance(value, str):
        return f"({text(column, scope)} {sign} {literal(value)})"
    return f"({number(column, scope)} {sign} {_number(value)})"


def _words(words: Sequence[str]) -> str:
    return ", ".join(map(literal, words))


_BREAKS: dict[str, Callable[[Rule, Scope], str]] = {
    "ColumnDataType": _data_type,
    "ColumnLength": _length,
    "ColumnValues": _values,
    "Completeness": lambda rule, scope: missing(rule.columns[0], scope),
    "CustomSql": lambda rule, scope: f"NOT {where(rule.selected, scope)}",
    "DataFreshness": _stale,
    "IsComplete": lambda rule, scope: missing(rule.columns[0], scope),
    "IsPrimaryKey": _no_key,
    "IsUnique": _repeated,
    "ReferentialIntegrity": lambda rule, _: f"NOT {identifier(alias('found', rule))}",
    "UniqueValueRatio": _repeated,
    "Uniqueness": _repeated,
}
LISTABLE = frozenset(_BREAKS)
"""Types whose failing rows can be listed."""

_DATA_TYPES: dict[str, Callable[[str], str]] = {
    "Integer": lambda column: f"regexp_like({identifier(column)}, {literal(INTEGER_PATTERN)})",
    "Long": lambda column: f"regexp_like({identifier(column)}, {literal(INTEGER_PATTERN)})",
    "Double": lambda column: f"regexp_like({identifier(column)}, {literal(NUMBER_PATTERN)})",
    "Boolean": lambda column: f"(lower({identifier(column)}) IN ({_words(TRUE + FALSE)}))",
    "Date": lambda column: (
        f"(regexp_like({identifier(column)}, {literal(DATE_PATTERN)})"
        f" AND try_cast({identifier(column)} AS date) IS NOT NULL)"
    ),
    "Timestamp": lambda column: f"({moment(column)} IS NOT NULL)",
}
