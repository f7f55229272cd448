"""The syntax of metric math: from text to a tree."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<text>'[^']*'|\"[^\"]*\")|(?P<operator>&&|\|\||[=!<>]=|[-+*/^<>(),\[\]]))"
)
# Binary operators by how closely they bind; the last one first.
_LEVELS = (("||", "OR"), ("&&", "AND"), ("==", "!=", "<", ">", "<=", ">="), ("+", "-"), ("*", "/"))


class ExpressionError(ValueError):
    """An expression that CloudWatch would refuse, or that this emulator does not support; the message says why."""


@dataclass(frozen=True)
class Number:
    """A literal number."""

    value: float


@dataclass(frozen=True)
class Text:
    """A literal in quotes."""

    value: str


@dataclass(frozen=True)
class Name:
    """The id of another query, or a keyword of a function."""

    value: str


@dataclass(frozen=True)
class Call:
    """A function of arguments; operators too are calls, named by their sign."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Listing:
    """Several series in brackets."""

    items: tuple[Node, ...]


Node = Number | Text | Name | Call | Listing


@functools.lru_cache(maxsize=512)
def parse(expression: str) -> Node:
    """The tree of an expression.

    Raises:
        ExpressionError: the syntax is not that of metric math.
    """
    parser = _Parser(_tokens(expression))
    tree = parser.binary(0)
    if parser.peek() is not None:
        raise ExpressionError("Invalid syntax")
    return tree


def names(node: Node) -> set[str]:
    """The ids that a tree may refer to."""
    if isinstance(node, Name):
        return {node.value}
    children = node.arguments if isinstance(node, Call) else node.items if isinstance(node, Listing) else ()
    return {name for child in children for name in names(child)}


def calls(node: Node) -> set[str]:
    """The functions that a tree calls."""
    children = node.arguments if isinstance(node, Call) else node.items if isinstance(node, Listing) else ()
    own = {node.function} if isinstance(node, Call) else set()
    return own | {name for child in children for name in calls(child)}


def _tokens(expression: str) -> list[tuple[str, str]]:
    tokens, position = [], 0
    text = expression.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ExpressionError("Invalid syntax")
        kind = str(found.lastgroup)
        tokens.append((kind, found.group(kind)))
        position = found.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._position = 0

    def peek(self) -> str | None:
        return self._tokens[self._position][1] if self._position < len(self._tokens) else None

    def _next(self) -> tuple[str, str]:
        if self._position >= len(self._tokens):
            raise ExpressionError("Invalid syntax")
        self._position += 1
        return self._tokens[self._position - 1]

    def _expect(self, sign: str) -> None:
        if self._next()[1] != sign:
            raise ExpressionError("Invalid syntax")

    def binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        left = self.binary(level + 1)
        while (sign := self.peek()) is not None and sign.upper() in _LEVELS[level]:
            self._next()
            name = {"AND": "&&", "OR": "||"}.get(sign.upper(), sign)
            left = Call(name, (left, self.binary(level + 1)))
        return left

    def _unary(self) -> Node:
        if self.peek() == "-":
            self._next()
            return Call("negative", (self._unary(),))
        left = self._primary()
        if self.peek() == "^":
            self._next()
            return Call("^", (left, self._unary()))
        return left

    def _primary(self) -> Node:
        kind, text = self._next()
        if kind == "number":
            return Number(float(text))
        if kind == "text":
            return Text(text[1:-1])
        if kind == "name" and self.peek() == "(":
            self._next()
            return Call(text.upper(), self._until(")"))
        if kind == "name":
            return Name(text)
        if text == "[":
            return Listing(self._until("]"))
        if text == "(":
            inner = self.binary(0)
            self._expect(")")
            return inner
        raise ExpressionError("Invalid syntax")

    def _until(self, end: str) -> tuple[Node, ...]:
        items: list[Node] = []
        if self.peek() == end:
            self._next()
            return ()
        while True:
            items.append(self.binary(0))
            sign = self._next()[1]
            if sign == end:
                return tuple(items)
            if sign != ",":
                raise ExpressionError("Invalid syntax")
