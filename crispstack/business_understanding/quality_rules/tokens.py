"""The words, texts, numbers and symbols of a rule, read from left to right."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from crispstack.errors import CharterError

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_KINDS = ("text", "text", "number", "word", "symbol")


class Token(NamedTuple):
    """`kind` is text, number, word, symbol or end."""

    kind: str
    value: str


class Tokens:
    """A rule's tokens. A text is in double quotes; in a filter it is in single quotes, and names may be in double."""

    def __init__(self, text: str, *, sql: bool = False) -> None:
        """Split the text; `sql`: read it as a piece of SQL.

        Raises:
            CharterError: something that is no token.
        """
        double = r'"((?:[^"\\]|\\.)*)"'
        texts = (r"'((?:[^']|'')*)'", '"([a-z][a-z0-9_]*)"') if sql else (double, "(?!)(x)")
        token = re.compile(
            rf"\s*(?:{texts[0]}|{texts[1]}|({_NUMBER})(?![A-Za-z_])|([A-Za-z_][A-Za-z0-9_]*)|(<=|>=|!=|<>|[=<>,\[\]()*+.-]))"
        )
        self._tokens: list[Token] = []
        position = 0
        while position < len(text.rstrip()):
            match = token.match(text, position)
            if not match or match.lastindex is None:
                raise CharterError(f"cannot read {text[position:].strip()!r}")
            kind, value = _KINDS[match.lastindex - 1], match.group(match.lastindex)
            if sql and match.lastindex == 2:
                kind = "word"
            elif kind == "text":
                value = value.replace("''", "'") if sql else value
            self._tokens.append(Token(kind, value))
            position = match.end()
        self._position = 0
        self.last = ""

    @property
    def next(self) -> Token:
        """What comes next; kind "end" where nothing does."""
        return self._tokens[self._position] if self._position < len(self._tokens) else Token("end", "")

    def error(self, expected: str) -> CharterError:
        """The error that something else was expected here."""
        kind, found = self.next
        return CharterError(f"expected {expected}, found {'the end' if kind == 'end' else repr(found)}")

    def accept(self, *expected: str) -> bool:
        """Step over a word or symbol if it is one of these. Words of lower-case letters may be in capitals."""
        kind, value = self.next
        found = next((each for each in expected if value == each or (each.islower() and value.lower() == each)), None)
        if kind not in ("word", "symbol") or found is None:
            return False
        self._position += 1
        self.last = found
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

    def name(self, expected: str) -> str:
        """Any word."""
        return self._take("word", expected)

    def text(self, expected: str, *, raw: bool = False) -> str:
        """A text in quotes, with backslashes undone unless it is to stay `raw`."""
        value = self._take("text", expected)
        return value if raw else re.sub(r"\\(.)", r"\1", value)

    def number(self) -> float:
        """A number."""
        value = float(self._take("number", "a number"))
        if not math.isfinite(value):
            raise CharterError("a number is too large")
        return value

    def end(self) -> None:
        """Nothing more."""
        if self.next.kind != "end":
            raise self.error("the end")

    def _take(self, kind: str, expected: str) -> str:
        found = self.next
        if found.kind != kind:
            raise self.error(expected)
        self._position += 1
        return found.value
