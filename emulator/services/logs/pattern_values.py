"""Comparisons in filter patterns: of a field's value with text, a number or a regular expression."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from moto.logs.exceptions import InvalidParameterException

# The signs, the longer ones first.
SIGN = r"!=|<=|>=|=|<|>"
LITERAL = r"\"(?:[^\"\\]|\\.)*\"|%[^%]+%|[^\s&|()\[\]{},=<>!\"%]+"
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


class PatternError(InvalidParameterException):
    """A filter pattern that CloudWatch Logs refuses."""

    def __init__(self, message: str) -> None:
        """The message says what is wrong with it."""
        super().__init__(message)


def comparison(sign: str, literal: str) -> Callable[[Any], bool]:
    """A test of a value: a text, a number, a boolean, or None where it is absent.

    Raises:
        PatternError: texts have no order, or the regular expression is none.
    """
    if sign in _ORDER:
        if not _NUMBER.fullmatch(literal):
            raise PatternError(f"Invalid filter pattern: {literal} is not a number")
        limit, compare = float(literal), _ORDER[sign]
        return lambda value: (number := _number(value)) is not None and compare(number, limit)
    equals = _equals(literal)
    if sign == "=":
        return lambda value: value is not None and equals(value)
    return lambda value: value is not None and not equals(value)


def _equals(literal: str) -> Callable[[Any], bool]:
    if _NUMBER.fullmatch(literal):
        wanted = float(literal)
        return lambda value: _number(value) == wanted
    if literal.startswith("%"):
        try:
            expression = re.compile(literal.strip("%"))
        except re.error:
            raise PatternError(f"Invalid regular expression {literal}") from None
        return lambda value: expression.search(_text(value)) is not None
    text = re.sub(r"\\(.)", r"\1", literal[1:-1]) if literal.startswith('"') else literal
    pattern = re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)
    return lambda value: pattern.fullmatch(_text(value)) is not None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else str(value)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
