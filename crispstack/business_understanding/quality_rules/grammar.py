"""A rule's text becomes a rule. Names are case sensitive, as in DQDL."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

from crispstack.business_understanding.quality_rules.filters import parse_aggregate, parse_filter, parse_query
from crispstack.business_understanding.quality_rules.rule import (
    COMPARISONS,
    DATA_TYPES,
    UNSUPPORTED,
    Aggregate,
    AnyRule,
    Composite,
    Condition,
    Filter,
    Missing,
    Moment,
    Rule,
    Value,
)
from crispstack.business_understanding.quality_rules.tokens import Tokens
from crispstack.errors import CharterError

_ONE_COLUMN = frozenset(
    {
        "ColumnDataType",
        "ColumnExists",
        "ColumnLength",
        "ColumnValues",
        "Completeness",
        "DataFreshness",
        "DistinctValuesCount",
        "Entropy",
        "IsComplete",
        "Mean",
        "StandardDeviation",
        "Sum",
        "UniqueValueRatio",
    }
)
_SEVERAL_COLUMNS = frozenset({"IsUnique", "IsPrimaryKey", "Uniqueness"})
_NO_CONDITION = frozenset({"IsComplete", "IsUnique", "IsPrimaryKey", "ColumnExists"})
_THRESHOLD = frozenset({"ColumnDataType", "ColumnLength", "ColumnValues", "CustomSql", "DataFreshness"})
_WHOLE_TABLE = frozenset(
    {"AggregateMatch", "ColumnCount", "ColumnExists", "ColumnNamesMatchPattern", "RowCountMatch", "SchemaMatch"}
)
_OTHERS = frozenset({"ColumnCorrelation", "CustomSql", "ReferentialIntegrity", "RowCount"})
TYPES = tuple(sorted(_ONE_COLUMN | _SEVERAL_COLUMNS | _WHOLE_TABLE | _OTHERS))
_COLUMN = "the column's name in double quotes"
_SECONDS = {"minute": 60, "minutes": 60, "hour": 3600, "hours": 3600, "day": 86400, "days": 86400}
_DYNAMIC = ("avg", "index", "last", "max", "min", "std", "sum")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse(text: str) -> AnyRule:
    """Read a rule.

    Raises:
        CharterError: this is no rule that can be checked; the message says what was expected.
    """
    tokens = Tokens(text)
    found = _rule(tokens)
    tokens.end()
    return found


def _rule(tokens: Tokens) -> AnyRule:
    if not tokens.accept("("):
        return _single(tokens)
    parts = [_rule(tokens)]
    tokens.symbol(")")
    operator: Literal["and", "or"] | None = None
    while tokens.accept("and", "or"):
        found: Literal["and", "or"] = "and" if tokens.last == "and" else "or"
        if operator and found != operator:
            raise CharterError("`and` and `or` side by side: put one of them in parentheses")
        operator = found
        tokens.symbol("(")
        parts.append(_rule(tokens))
        tokens.symbol(")")
    return Composite(operator, tuple(parts)) if operator else parts[0]


def _single(tokens: Tokens) -> Rule:
    kind = _type(tokens)
    reference, pattern = "", ""
    reference_columns: tuple[str, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    columns: tuple[str, ...] = ()
    if kind == "CustomSql":
        return _custom_sql(tokens)
    if kind in _ONE_COLUMN or kind in _SEVERAL_COLUMNS or kind == "ColumnCorrelation":
        columns = _columns(kind, tokens)
    elif kind == "ReferentialIntegrity":
        columns, reference, reference_columns = _references(tokens)
    elif kind in ("RowCountMatch", "SchemaMatch"):
        reference = tokens.text("the source's name in double quotes")
    elif kind == "ColumnNamesMatchPattern":
        pattern = _pattern(tokens)
    elif kind == "AggregateMatch":
        first = parse_aggregate(tokens.text("an aggregate in double quotes, sum(column) or avg(column)"))
        aggregates = (first, parse_aggregate(tokens.text("a second aggregate in double quotes")))
    condition = None if kind in _NO_CONDITION or pattern else _condition(kind, tokens)
    where, threshold = _clauses(kind, tokens)
    return Rule(kind, columns, condition, threshold, where, pattern, reference, reference_columns, aggregates)


def _type(tokens: Tokens) -> str:
    if tokens.next.value in UNSUPPORTED:
        raise CharterError(f"{tokens.next.value} cannot be asked here: {UNSUPPORTED[tokens.next.value]}")
    return tokens.word(TYPES)


def _columns(kind: str, tokens: Tokens) -> tuple[str, ...]:
    found = [tokens.text(_COLUMN)]
    while kind not in _ONE_COLUMN and tokens.next.kind == "text":
        found.append(tokens.text(_COLUMN))
    if kind == "ColumnCorrelation" and len(found) != 2:
        raise CharterError(f"expected the names of two columns, found {len(found)}")
    return tuple(found)


def _references(tokens: Tokens) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """Columns and those they refer to: ``"a" "planes.b"``, or ``"a,b" "planes.{a,b}"``."""
    columns = tuple(name.strip() for name in tokens.text(_COLUMN).split(","))
    found = tokens.text('what it refers to, "source.column"')
    match = re.fullmatch(r"([a-z][a-z0-9_]*)\.(?:([a-z][a-z0-9_]*)|\{([a-z0-9_, ]+)\})", found)
    if not match:
        raise CharterError(f'{found!r} names no column of another source: write "source.column"')
    names = tuple(name.strip() for name in (match.group(2) or match.group(3)).split(","))
    if len(names) != len(columns):
        raise CharterError(f"{len(columns)} columns refer to {len(names)}: name as many")
    return columns, match.group(1), names


def _pattern(tokens: Tokens) -> str:
    pattern = tokens.text("a regular expression in double quotes", raw=True)
    try:
        re.compile(pattern)
    except re.error as error:
        raise CharterError(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


def _custom_sql(tokens: Tokens) -> Rule:
    query = tokens.text("a query in double quotes")
    found, where = parse_query(query)
    if isinstance(found, Aggregate):
        return Rule("CustomSql", (), _condition("CustomSql", tokens), where=where, aggregates=(found,))
    if where is None:
        raise CharterError("selects every row, so none can break it: add a filter")
    _, threshold = _clauses("CustomSql", tokens)
    return Rule("CustomSql", (found,), threshold=threshold, selected=where)


def _clauses(kind: str, tokens: Tokens) -> tuple[Filter | None, Condition | None]:
    """The filter and the threshold, in either order."""
    where: Filter | None = None
    threshold: Condition | None = None
    while tokens.next.value.lower() in ("where", "with"):
        if tokens.accept("where"):
            if kind in _WHOLE_TABLE or where or kind == "CustomSql":
                raise CharterError(f"{kind} takes no second filter" if where else f"{kind} takes no filter")
            where = parse_filter(tokens.text("a filter in double quotes"))
        else:
            tokens.symbol("with")
            tokens.symbol("threshold")
            if kind not in _THRESHOLD:
                raise CharterError(f"{kind} takes no threshold")
            threshold = _condition("threshold", tokens)
    return where, threshold


def _condition(kind: str, tokens: Tokens) -> Condition:
    if kind == "ColumnDataType":
        return _data_type(tokens)
    if tokens.accept(*COMPARISONS):
        operator = tokens.last
        return Condition(operator, (_value(kind, operator, tokens),))
    negation = "not " if tokens.accept("not") else ""
    if tokens.accept("between"):
        low = _value(kind, "between", tokens)
        tokens.symbol("and")
        return Condition(f"{negation}between", (low, _value(kind, "between", tokens)))
    if kind not in ("ColumnValues", "ColumnLength"):
        raise tokens.error(f"one of {' '.join(COMPARISONS)} or between")
    if kind == "ColumnValues" and tokens.accept("matches"):
        return Condition(f"{negation}matches", (_pattern(tokens),))
    tokens.symbol("in")
    tokens.symbol("[")
    values = [_value(kind, "in", tokens)]
    while tokens.accept(","):
        values.append(_value(kind, "in", tokens))
    tokens.symbol("]")
    return Condition(f"{negation}in", tuple(values))


def _data_type(tokens: Tokens) -> Condition:
    tokens.symbol("=")
    data_type = tokens.text("a type in double quotes")
    if data_type not in DATA_TYPES:
        raise CharterError(f"unknown data type {data_type!r}: use one of {', '.join(DATA_TYPES)}")
    return Condition("=", (data_type,))


def _value(kind: str, operator: str, tokens: Tokens) -> Value:
    """What a figure or a column's value is compared with."""
    if tokens.next.kind == "word" and tokens.next.value in _DYNAMIC:
        cause = f"dynamic rules ({tokens.next.value}) need the figures of earlier runs"
        raise CharterError(f"{cause}: state a number")
    if kind == "ColumnValues":
        return _column_value(operator, tokens)
    return _hours(tokens) if kind == "DataFreshness" else tokens.number()


def _column_value(operator: str, tokens: Tokens) -> Value:
    by_equality = operator in ("=", "!=", "in")
    if by_equality and tokens.accept("NULL", "EMPTY", "WHITESPACES_ONLY"):
        return Missing()
    if tokens.next.value in ("now", "("):
        return _moment(tokens)
    if tokens.next.kind == "text" and by_equality:
        return tokens.text("a text")
    if tokens.next.kind == "text" and _DATE.match(tokens.next.value):
        return _date(tokens.text("a date"))
    return tokens.number()


def _date(text: str) -> str:
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
    except ValueError as error:
        raise CharterError(f"{text!r} is no date: write YYYY-MM-DD or YYYY-MM-DD HH:MM:SS") from error


def _moment(tokens: Tokens) -> Moment:
    """``now()``, ``(now() - 3 days)``."""
    enclosed = tokens.accept("(")
    for step in ("now", "(", ")"):
        tokens.symbol(step)
    sign, hours = 0, 0.0
    if tokens.next.kind == "number" and tokens.next.value[0] in "+-":
        hours = -_hours(tokens)
    elif tokens.accept("-", "+"):
        sign = 1 if tokens.last == "-" else -1
        hours = sign * _hours(tokens)
    if enclosed:
        tokens.symbol(")")
    return Moment(hours)


def _hours(tokens: Tokens) -> float:
    count = tokens.number()
    return count * _SECONDS[tokens.word(tuple(_SECONDS))] / 3600
