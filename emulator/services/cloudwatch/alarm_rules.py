"""The rule of a composite alarm: states of other alarms, joined with AND, OR and NOT."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from emulator.services.cloudwatch.alarm import STATES

_TOKEN = re.compile(r"\s*(?:(?P<text>\"(?:[^\"\\]|\\.)*\"|'[^']*')|(?P<sign>[(),])|(?P<word>[^\s(),\"']+))")


class RuleError(ValueError):
    """A rule that CloudWatch would refuse; the message says why."""


@dataclass(frozen=True)
class Rule:
    """`alarms` are the names (or ARNs) that the rule refers to; `holds` takes their states by these names."""

    alarms: tuple[str, ...]
    holds: Callable[[Mapping[str, str]], bool]


@functools.lru_cache(maxsize=256)
def parse(text: str) -> Rule:
    """Read a rule.

    Raises:
        RuleError: the syntax is wrong, or AT_LEAST is used, which is not supported here.
    """
    parser = _Parser(_tokens(text))
    rule = parser.either()
    if parser.peek() is not None:
        raise RuleError(f"AlarmRule must not contain leftover text: {parser.peek()}")
    return rule


def _tokens(text: str) -> list[str]:
    tokens, position, text = [], 0, text.strip()
    if not text or len(text) > 10_240:
        raise RuleError("AlarmRule must have between 1 and 10240 characters")
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise RuleError(f"AlarmRule contains invalid text at position {position}")
        tokens.append(found.group(str(found.lastgroup)))
        position = found.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._position = 0

    def peek(self) -> str | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _next(self) -> str:
        found = self.peek()
        if found is None:
            raise RuleError("AlarmRule ends too early")
        self._position += 1
        return found

    def _expect(self, sign: str) -> None:
        if self._next() != sign:
            raise RuleError(f"AlarmRule misses a '{sign}'")

    def either(self) -> Rule:
        left = self._both()
        while (self.peek() or "").upper() == "OR":
            self._next()
            left = _joined(left, self._both(), any)
        return left

    def _both(self) -> Rule:
        left = self._one()
        while (self.peek() or "").upper() == "AND":
            self._next()
            left = _joined(left, self._one(), all)
        return left

    def _one(self) -> Rule:
        word = self._next()
        if word == "(":
            inner = self.either()
            self._expect(")")
            return inner
        if word.upper() == "NOT":
            inner = self._one()
            return Rule(inner.alarms, lambda states: not inner.holds(states))
        if word.upper() in ("TRUE", "FALSE"):
            return Rule((), lambda _states: word.upper() == "TRUE")
        if word.upper() == "AT_LEAST":
            raise RuleError("AT_LEAST in AlarmRule is not supported by this emulator")
        if word.upper() not in STATES:
            raise RuleError(f"AlarmRule contains an unknown function: {word}")
        self._expect("(")
        name = self._next().strip("\"'")
        self._expect(")")
        return Rule((name,), lambda states: states.get(name) == word.upper())


def _joined(left: Rule, right: Rule, how: Callable[[tuple[bool, bool]], bool]) -> Rule:
    names = tuple(dict.fromkeys((*left.alarms, *right.alarms)))
    return Rule(names, lambda states: how((left.holds(states), right.holds(states))))
