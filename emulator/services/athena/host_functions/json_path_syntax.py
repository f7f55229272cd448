"""The grammar of SQL/JSON paths: ``lax $.children[*]?(@ > 10)`` as a tree of tuples, its first element the kind."""

from __future__ import annotations

import functools
import json
import re
from decimal import Decimal
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"
    r'|(?P<string>"(?:[^"\\]|\\.)*")|(?P<variable>\$[A-Za-z_]\w*|\$|@)|(?P<name>[A-Za-z_]\w*)'
    r"|(?P<symbol>\.\.|&&|\|\||==|!=|<>|<=|>=|[-+*/%.,\[\]()?!<>]))"
)
_COMPARISONS = ("==", "!=", "<>", "<", ">", "<=", ">=")
_METHODS = ("double", "ceiling", "floor", "abs", "keyvalue", "type", "size")
Node = tuple[Any, ...]


class PathError(ValueError):
    """A path that is not one, or that cannot be evaluated on an input."""


@functools.lru_cache(maxsize=256)
def parse(text: str) -> tuple[bool, Node]:
    """Whether a path is lax, and its tree.

    Raises:
        PathError: it is not a path.
    """
    tokens = _tokens(text)
    if not tokens or tokens[0][1] not in ("lax", "strict"):
        raise PathError(f"mismatched input '{text[:10]}' expecting {{'lax', 'strict'}}")
    parser = _Parser(tokens[1:])
    tree = parser.sum()
    if parser.tokens:
        raise PathError(f"mismatched input '{parser.tokens[0][1]}'")
    return tokens[0][1] == "lax", tree


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, place = [], 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise PathError(f"token recognition error at: '{text[place:]}'")
        tokens.append((found.lastgroup, found[found.lastgroup]))
        place = found.end()
    return tokens


class _Parser:
    """Recursive descent; `tokens` are those that were not read yet."""

    def __init__(self, tokens: list[tuple[str, str]]):
        self.tokens = tokens

    def accept(self, *texts: str) -> str | None:
        if self.tokens and self.tokens[0][1] in texts and self.tokens[0][0] != "string":
            return self.tokens.pop(0)[1]
        return None

    def expect(self, text: str) -> None:
        if self.accept(text) is None:
            raise PathError(f"mismatched input '{self.tokens[0][1] if self.tokens else '<EOF>'}' expecting '{text}'")

    def take(self, *kinds: str) -> str:
        if not self.tokens or self.tokens[0][0] not in kinds:
            raise PathError(f"mismatched input '{self.tokens[0][1] if self.tokens else '<EOF>'}'")
        return self.tokens.pop(0)[1]

    def sum(self) -> Node:
        node = self.product()
        while sign := self.accept("+", "-"):
            node = ("arithmetic", sign, node, self.product())
        return node

    def product(self) -> Node:
        node = self.signed()
        while sign := self.accept("*", "/", "%"):
            node = ("arithmetic", sign, node, self.signed())
        return node

    def signed(self) -> Node:
        sign = self.accept("+", "-")
        return ("sign", sign, self.signed()) if sign else self.accessors(self.primary())

    def primary(self) -> Node:
        if self.accept("("):
            node = self.sum()
            self.expect(")")
            return node
        kind, text = self.tokens.pop(0) if self.tokens else ("", "<EOF>")
        words = {"true": True, "false": False, "null": None}
        if kind == "number":
            return ("value", float(text) if "e" in text.lower() else Decimal(text) if "." in text else int(text))
        if kind == "string":
            return ("value", json.loads(text))
        if kind == "variable":
            return ("variable", text)
        if kind == "name" and text in words:
            return ("value", words[text])
        if text == "last":
            return ("last",)
        raise PathError(f"mismatched input '{text}'")

    def accessors(self, node: Node) -> Node:
        while step := self.accept(".", "..", "[", "?"):
            if step == "[":
                node = self.subscript(node)
            elif step == "?":
                self.expect("(")
                node = ("filter", node, self.disjunction())
                self.expect(")")
            elif step == "..":
                node = ("descendants", node, self.key())
            else:
                node = self.member(node)
        return node

    def key(self) -> str:
        text = self.take("name", "string")
        return str(json.loads(text)) if text.startswith('"') else text

    def member(self, node: Node) -> Node:
        if self.accept("*"):
            return ("members", node)
        quoted = bool(self.tokens) and self.tokens[0][0] == "string"
        name = self.key()
        if quoted or not self.accept("("):
            return ("member", node, name)
        self.expect(")")
        if name not in _METHODS:
            raise PathError(f"unsupported method {name}()")
        return ("method", node, name)

    def subscript(self, node: Node) -> Node:
        if self.accept("*"):
            self.expect("]")
            return ("elements", node)
        ranges = [self.range()]
        while self.accept(","):
            ranges.append(self.range())
        self.expect("]")
        return ("subscript", node, ranges)

    def range(self) -> tuple[Node, Node | None]:
        start = self.sum()
        return start, self.sum() if self.accept("to") else None

    def disjunction(self) -> Node:
        node = self.conjunction()
        while self.accept("||"):
            node = ("or", node, self.conjunction())
        return node

    def conjunction(self) -> Node:
        node = self.predicate()
        while self.accept("&&"):
            node = ("and", node, self.predicate())
        return node

    def predicate(self) -> Node:
        if self.accept("!"):
            return ("not", self.predicate())
        if self.accept("exists"):
            self.expect("(")
            node: Node = ("exists", self.sum())
            self.expect(")")
            return node
        if self.tokens and self.tokens[0][1] == "(":
            return self.parenthesized()
        return self.comparison()

    def parenthesized(self) -> Node:
        """A predicate in parentheses, or a comparison whose left side starts with one."""
        saved = list(self.tokens)
        try:
            self.expect("(")
            node = self.disjunction()
            self.expect(")")
        except PathError:
            self.tokens = saved
            return self.comparison()
        if self.accept("is"):
            self.expect("unknown")
            return ("unknown", node)
        return node

    def comparison(self) -> Node:
        left = self.sum()
        if self.accept("starts"):
            self.expect("with")
            return ("starts", left, self.sum())
        operator = self.accept(*_COMPARISONS)
        if operator is None:
            raise PathError(f"mismatched input '{self.tokens[0][1] if self.tokens else '<EOF>'}'")
        return ("compare", operator, left, self.sum())
