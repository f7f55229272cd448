"""The expressions in queries of CloudWatch Logs Insights, read from tokens."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.services.logs import insights_functions as functions
from emulator.services.logs.insights_functions import QueryError, number, text
from emulator.services.logs.insights_tokens import Token, regular_expression, unquoted

Row = Mapping[str, Any]
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_COMPUTE: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "^": operator.pow,
}
_LEVELS = (("+", "-"), ("*", "/", "%"), ("^",))


@dataclass(frozen=True)
class Expression:
    """What is computed of a row, and how it was written."""

    compute: Callable[[Row], Any]
    written: str


@dataclass(frozen=True)
class Aggregate:
    """What is computed of a group of rows, and how it was written."""

    compute: Callable[[list[Row]], Any]
    written: str


class Reader:
    """Reads expressions from the tokens of one command."""

    def __init__(self, query: str, found: list[Token]) -> None:
        self._query = query
        self._tokens = found
        self._position = 0

    def peek(self) -> str:
        """The next token in lower case; empty at the end."""
        return self._tokens[self._position].value.lower() if self._position < len(self._tokens) else ""

    def take(self) -> Token:
        """The next token.

        Raises:
            QueryError: there is none.
        """
        if self._position >= len(self._tokens):
            raise QueryError("unexpected end of the query")
        self._position += 1
        return self._tokens[self._position - 1]

    def accept(self, word: str) -> bool:
        """Take the next token if it is this one."""
        if self.peek() != word:
            return False
        self._position += 1
        return True

    def expect(self, word: str) -> None:
        """Take the next token, which must be this one."""
        if not self.accept(word):
            raise QueryError(f"expected {word} but found {self.peek() or 'the end of the query'}")

    def name(self) -> str:
        """The name of a field."""
        token = self.take()
        if token.kind != "name":
            raise QueryError(f"expected a field but found {token.value}")
        return token.value.strip("`")

    def alias(self, written: str) -> str:
        """What ``as`` calls an expression, or the expression itself."""
        return self.name() if self.accept("as") else written

    def end(self) -> None:
        """Nothing may follow."""
        if self.peek():
            raise QueryError(f"unexpected symbol found {self.peek()}")

    def written(self, first: int) -> str:
        """The query's text from a token on, up to the last one taken."""
        return self._query[self._tokens[first].start : self._tokens[self._position - 1].end]

    def expression(self) -> Expression:
        """A condition, a comparison or a computation."""
        first = self._position
        compute = self._either()
        return Expression(compute, self.written(first))

    def aggregate(self) -> Aggregate:
        """A function of many rows, such as ``avg(latency)``."""
        first = self._position
        name = self.name().lower()
        self.expect("(")
        if name == "count" and (self.accept("*") or self.peek() == ")"):
            self.expect(")")
            return Aggregate(lambda rows: float(len(rows)), self.written(first))
        inner = self._either()
        if name == "pct":
            self.expect(",")
            percent = float(self.take().value)
            self.expect(")")
            return Aggregate(
                lambda rows: functions.percentile([inner(row) for row in rows], percent), self.written(first)
            )
        if name not in functions.AGGREGATES:
            raise QueryError(f"the function {name} of stats is not supported by this emulator")
        self.expect(")")
        combine = functions.AGGREGATES[name]
        return Aggregate(lambda rows: combine([inner(row) for row in rows]), self.written(first))

    def _either(self) -> Callable[[Row], Any]:
        left = self._both()
        while self.accept("or"):
            left = _any(left, self._both())
        return left

    def _both(self) -> Callable[[Row], Any]:
        left = self._condition()
        while self.accept("and"):
            left = _all(left, self._condition())
        return left

    def _condition(self) -> Callable[[Row], Any]:
        if self.accept("not"):
            inner = self._condition()
            return lambda row: not inner(row)
        left = self._sum(0)
        negated = self.accept("not")
        if self.accept("like") or self.accept("=~"):
            return _matching(left, self._pattern(), negated)
        if self.accept("in"):
            return _contained(left, self._list(), negated)
        if negated:
            raise QueryError("expected like or in after not")
        if self.peek() in _COMPARE:
            return _compared(self.take().value, left, self._sum(0))
        return left

    def _pattern(self) -> re.Pattern[str]:
        token = self.take()
        if token.kind not in ("regex", "text"):
            raise QueryError(f"expected a text or a regular expression but found {token.value}")
        return regular_expression(token.value if token.kind == "regex" else re.escape(unquoted(token)))

    def _list(self) -> list[Callable[[Row], Any]]:
        self.expect("[")
        items = [self._sum(0)]
        while self.accept(","):
            items.append(self._sum(0))
        self.expect("]")
        return items

    def _sum(self, level: int) -> Callable[[Row], Any]:
        if level == len(_LEVELS):
            return self._value()
        left = self._sum(level + 1)
        while self.peek() in _LEVELS[level]:
            left = _computed(self.take().value, left, self._sum(level + 1))
        return left

    def _value(self) -> Callable[[Row], Any]:
        token = self.take()
        if token.value == "(":
            inner = self._either()
            self.expect(")")
            return inner
        if token.value == "-":
            inner = self._value()
            return lambda row: None if (found := number(inner(row))) is None else -found
        if token.kind == "text":
            literal = unquoted(token)
            return lambda _row: literal
        if token.kind == "number":
            value = float(token.value)
            return lambda _row: value
        if token.kind != "name":
            raise QueryError(f"unexpected symbol found {token.value} at position {token.start}")
        if self.peek() == "(":
            return self._call(token.value.lower())
        field = token.value.strip("`")
        return lambda row: row.get(field)

    def _call(self, name: str) -> Callable[[Row], Any]:
        self.expect("(")
        if name in ("bin", "datefloor", "dateceil"):
            return self._of_time(name)
        if name not in functions.SCALAR:
            raise QueryError(f"the function {name} is not supported by this emulator")
        arguments: list[Callable[[Row], Any]] = []
        while not self.accept(")"):
            arguments.append(self._either())
            if self.peek() != ")":
                self.expect(",")
        compute = functions.SCALAR[name]
        return lambda row: compute(*(argument(row) for argument in arguments))

    def _of_time(self, name: str) -> Callable[[Row], Any]:
        time: Callable[[Row], Any] = lambda row: row.get("@timestamp")  # noqa: E731 (the default of what follows)
        if name != "bin":
            time = self._either()
            self.expect(",")
        step = functions.period(self.take().value)
        self.expect(")")
        if name == "dateceil":
            return lambda row: functions.floor_to((number(time(row)) or 0) + step - 1, step)
        return lambda row: functions.floor_to(time(row), step)


def _any(left: Callable[[Row], Any], right: Callable[[Row], Any]) -> Callable[[Row], Any]:
    return lambda row: bool(left(row)) or bool(right(row))


def _all(left: Callable[[Row], Any], right: Callable[[Row], Any]) -> Callable[[Row], Any]:
    return lambda row: bool(left(row)) and bool(right(row))


def _matching(left: Callable[[Row], Any], pattern: re.Pattern[str], negated: bool) -> Callable[[Row], Any]:
    def test(row: Row) -> bool:
        value = left(row)
        return value is not None and (pattern.search(text(value)) is None) == negated

    return test


def _contained(left: Callable[[Row], Any], items: list[Callable[[Row], Any]], negated: bool) -> Callable[[Row], Any]:
    def test(row: Row) -> bool:
        value = left(row)
        return value is not None and any(_order(value, item(row), operator.eq) for item in items) != negated

    return test


def _compared(sign: str, left: Callable[[Row], Any], right: Callable[[Row], Any]) -> Callable[[Row], Any]:
    compare = _COMPARE[sign]

    def test(row: Row) -> bool:
        one, other = left(row), right(row)
        return one is not None and other is not None and _order(one, other, compare)

    return test


def _order(one: Any, other: Any, compare: Callable[[Any, Any], bool]) -> bool:
    """Numbers compare as numbers, everything else as text."""
    numbers = number(one), number(other)
    if None not in numbers:
        return compare(*numbers)
    return compare(text(one), text(other))


def _computed(sign: str, left: Callable[[Row], Any], right: Callable[[Row], Any]) -> Callable[[Row], Any]:
    compute = _COMPUTE[sign]

    def result(row: Row) -> float | None:
        one, other = number(left(row)), number(right(row))
        if one is None or other is None:
            return None
        try:
            return float(compute(one, other))
        except (ZeroDivisionError, OverflowError):
            return None

    return result
