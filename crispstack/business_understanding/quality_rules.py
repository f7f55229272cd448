"""Quality rules as text: a part of DQDL, the vocabulary of AWS Glue Data Quality.

    IsComplete "age"                          Completeness "job" > 0.95
    IsUnique "id"                             Uniqueness "id" >= 0.99
    ColumnValues "age" between 17 and 121     ColumnValues "y" in ["yes", "no"]
    ColumnValues "zip" matches "[0-9]{5}"     ColumnDataType "balance" = "Integer"
    DistinctValuesCount "month" <= 12         RowCount > 1000

As in DQDL, names are case sensitive, `between` leaves out both bounds, and a missing value breaks every ColumnValues
rule but `!=` and `not in`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from crispstack.errors import CharterError

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
DATA_TYPES = ("Boolean", "Date", "Double", "Integer")
_FIGURES = {"Completeness", "Uniqueness", "DistinctValuesCount", "RowCount"}
_TYPES = ("IsComplete", "IsUnique", "ColumnValues", "ColumnDataType", *sorted(_FIGURES))
_TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([+-]?[0-9]+(?:\.[0-9]+)?)|([A-Za-z]+)|(<=|>=|!=|[=<>,\[\]]))')


@dataclass(frozen=True)
class Condition:
    """What is asked of a figure or of a value: an operator and what it compares with."""

    operator: str
    values: tuple[float | str, ...]

    def holds(self, figure: float) -> bool:
        """Whether the figure meets the condition; the operands are numbers."""
        first, *rest = (float(value) for value in self.values)
        if self.operator == "between":
            return first < figure < rest[0]
        return {
            "=": figure == first,
            "!=": figure != first,
            "<": figure < first,
            "<=": figure <= first,
            ">": figure > first,
            ">=": figure >= first,
        }[self.operator]


@dataclass(frozen=True)
class Rule:
    """A parsed rule. `column` is empty for RowCount; `condition` is None for IsComplete and IsUnique."""

    type: str
    column: str
    condition: Condition | None


def parse(text: str) -> Rule:
    """Read a rule.

    Raises:
        CharterError: this is no rule that can be checked; the message says what was expected.
    """
    tokens = _Tokens(text)
    kind = tokens.word(_TYPES)
    column = "" if kind == "RowCount" else tokens.text("the column's name in double quotes")
    condition = None if kind in ("IsComplete", "IsUnique") else _condition(kind, tokens)
    tokens.end()
    return Rule(kind, column, condition)


def _condition(kind: str, tokens: _Tokens) -> Condition:
    if kind == "ColumnDataType":
        tokens.symbol("=")
        data_type = tokens.text("a type in double quotes")
        if data_type not in DATA_TYPES:
            raise CharterError(f"unknown data type {data_type!r}: use one of {', '.join(DATA_TYPES)}")
        return Condition("=", (data_type,))
    if tokens.accept(*COMPARISONS):
        operator = tokens.last
        return Condition(operator, (tokens.number() if kind in _FIGURES else tokens.value(operator),))
    if tokens.accept("between"):
        low = tokens.number()
        tokens.symbol("and")
        return Condition("between", (low, tokens.number()))
    if kind in _FIGURES:
        raise tokens.error(f"one of {' '.join(COMPARISONS)} or between")
    return _value_condition(tokens)


def _value_condition(tokens: _Tokens) -> Condition:
    if tokens.accept("matches"):
        pattern = tokens.text("a regular expression in double quotes")
        try:
            re.compile(pattern)
        except re.error as error:
            raise CharterError(f"{pattern!r} is no regular expression: {error}") from error
        return Condition("matches", (pattern,))
    operator = "not in" if tokens.accept("not") else "in"
    tokens.symbol("in")
    tokens.symbol("[")
    values = [tokens.value("in")]
    while tokens.accept(","):
        values.append(tokens.value("in"))
    tokens.symbol("]")
    return Condition(operator, tuple(values))


class _Tokens:
    """The words, texts, numbers and symbols of a rule, read from left to right."""

    def __init__(self, text: str) -> None:
        self._source, self._tokens, position = text, [], 0
        while position < len(text.rstrip()):
            match = _TOKEN.match(text, position)
            if not match:
                raise CharterError(f"cannot read {text[position:]!r}")
            kind = ("text", "number", "word", "symbol")[(match.lastindex or 1) - 1]
            self._tokens.append((kind, match.group(match.lastindex or 1)))
            position = match.end()
        self._position = 0
        self.last = ""

    def error(self, expected: str) -> CharterError:
        """The error that something else was expected here."""
        kind, found = self._peek()
        return CharterError(f"expected {expected}, found {'the end' if kind == 'end' else repr(found)}")

    def accept(self, *expected: str) -> bool:
        """Step over a word or symbol if it is one of these."""
        kind, value = self._peek()
        if kind not in ("word", "symbol") or value not in expected:
            return False
        self._position += 1
        self.last = value
        return True

    def word(self, expected: tuple[str, ...]) -> str:
        """One of these words."""
        if not self.accept(*expected):
            raise self.error(f"one of {', '.join(expected)}")
        return self.last

    def symbol(self, expected: str) -> None:
        """This word or symbol."""
        if not self.accept(expected):
            raise self.error(repr(expected))

    def text(self, expected: str) -> str:
        """A text in double quotes."""
        kind, value = self._peek()
        if kind != "text":
            raise self.error(expected)
        self._position += 1
        return re.sub(r"\\(.)", r"\1", value) if "regular" not in expected else value

    def number(self) -> float:
        """A number."""
        kind, value = self._peek()
        if kind != "number":
            raise self.error("a number")
        self._position += 1
        return float(value)

    def value(self, operator: str) -> float | str:
        """A number, or a text where the operator can compare texts."""
        if self._peek()[0] == "text" and operator in ("=", "!=", "in"):
            return self.text("a text")
        return self.number()

    def end(self) -> None:
        """Nothing more."""
        if self._position < len(self._tokens):
            raise self.error("the end")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._position] if self._position < len(self._tokens) else ("end", "")
