"""The pieces of SQL that a rule may hold: a filter of rows, and what CustomSql asks of them.

    where "age >= 18 and (job = 'cook' or job is null)"
    CustomSql "select count(distinct job) from primary where age >= 18" between 1 and 20
    CustomSql "select id from primary where balance > -10000" with threshold > 0.99

Only this much of SQL is understood, so that a rule reads the columns of its own source, in the same scan as all others,
and nothing else. Numbers compare as numbers, texts in single quotes as texts; a missing value is null.
"""

from __future__ import annotations

from crispstack.business_understanding.quality_rules.rule import Aggregate, Combination, Comparison, Filter
from crispstack.business_understanding.quality_rules.tokens import Tokens
from crispstack.errors import CharterError

AGGREGATES = ("count", "sum", "avg", "min", "max")
_COMPARISONS = ("=", "!=", "<>", "<", "<=", ">", ">=")
_RESERVED = {"and", "or", "not", "in", "between", "like", "is", "null", "select", "from", "where"}


def parse_filter(text: str) -> Filter:
    """Read the text behind ``where``.

    Raises:
        CharterError: this is no filter; the message says what was expected.
    """
    tokens = Tokens(text, sql=True)
    found = _any(tokens)
    tokens.end()
    return found


def parse_query(text: str) -> tuple[Aggregate | str, Filter | None]:
    """Read the query of CustomSql: the aggregate, or the column that it selects; and its filter.

    Raises:
        CharterError: this is no such query; the message says what was expected.
    """
    tokens = Tokens(text, sql=True)
    tokens.symbol("select")
    selected = _selected(tokens)
    tokens.symbol("from")
    tokens.symbol("primary")
    where = _any(tokens) if tokens.accept("where") else None
    if tokens.next.kind != "end":
        raise CharterError(
            f"cannot ask {tokens.next.value!r}: CustomSql takes one aggregate or one column of `primary`, "
            "and a filter; ask more with `crisp sql`"
        )
    return selected, where


def parse_aggregate(text: str) -> Aggregate:
    """Read ``sum(amount)`` or ``avg(reference.amount)``.

    Raises:
        CharterError: this is no aggregate.
    """
    tokens = Tokens(text, sql=True)
    function = tokens.word(("sum", "avg"))
    tokens.symbol("(")
    source, column = "", _column(tokens)
    if tokens.accept("."):
        source, column = column, _column(tokens)
    tokens.symbol(")")
    tokens.end()
    return Aggregate(function, column, source=source)


def _selected(tokens: Tokens) -> Aggregate | str:
    if not tokens.accept(*AGGREGATES):
        return _column(tokens)
    function = tokens.last
    if not tokens.accept("("):
        return function  # a column of that name
    if function == "count" and tokens.accept("*"):
        tokens.symbol(")")
        return Aggregate("count", "*")
    distinct = function == "count" and tokens.accept("distinct")
    column = _column(tokens)
    tokens.symbol(")")
    return Aggregate(function, column, distinct)


def _any(tokens: Tokens) -> Filter:
    parts = [_all(tokens)]
    while tokens.accept("or"):
        parts.append(_all(tokens))
    return parts[0] if len(parts) == 1 else Combination("or", tuple(parts))


def _all(tokens: Tokens) -> Filter:
    parts = [_not(tokens)]
    while tokens.accept("and"):
        parts.append(_not(tokens))
    return parts[0] if len(parts) == 1 else Combination("and", tuple(parts))


def _not(tokens: Tokens) -> Filter:
    if tokens.accept("not"):
        return Combination("not", (_not(tokens),))
    if tokens.accept("("):
        inner = _any(tokens)
        tokens.symbol(")")
        return inner
    return _comparison(tokens)


def _comparison(tokens: Tokens) -> Comparison:
    column = _column(tokens)
    if tokens.accept("is"):
        negated = tokens.accept("not")
        tokens.symbol("null")
        return Comparison(column, "is null", (), negated)
    if tokens.accept(*_COMPARISONS):
        operator = "!=" if tokens.last == "<>" else tokens.last
        return Comparison(column, operator, (_value(tokens),))
    negated = tokens.accept("not")
    if not tokens.accept("in", "between", "like"):
        raise tokens.error("a comparison, in, between, like or is null")
    operator = tokens.last
    if operator == "like":
        return Comparison(column, "like", (tokens.text("a text in single quotes", raw=True),), negated)
    if operator == "between":
        low = _value(tokens)
        tokens.symbol("and")
        return Comparison(column, "between", (low, _value(tokens)), negated)
    tokens.symbol("(")
    values = [_value(tokens)]
    while tokens.accept(","):
        values.append(_value(tokens))
    tokens.symbol(")")
    return Comparison(column, "in", tuple(values), negated)


def _column(tokens: Tokens) -> str:
    if tokens.next.value.lower() in _RESERVED:
        raise tokens.error("a column")
    return tokens.name("a column")


def _value(tokens: Tokens) -> float | str:
    if tokens.next.kind == "text":
        return tokens.text("a text", raw=True)
    return tokens.number()


def columns_of(found: Filter | None) -> frozenset[str]:
    """The columns that a filter reads."""
    if found is None:
        return frozenset()
    if isinstance(found, Comparison):
        return frozenset({found.column})
    return frozenset().union(*map(columns_of, found.parts))
