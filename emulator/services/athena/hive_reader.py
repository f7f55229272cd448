"""Reads Hive's DDL word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from emulator.services.athena.errors import SyntaxRefused
from emulator.services.athena.session import Session

_TOKEN = re.compile(r"\s+|--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|[\w$]+|.", re.DOTALL)
# Words that end a column's type.
_AFTER_TYPE = (",", ")", "COMMENT", "FIRST", "AFTER")
Column = dict[str, str]


@dataclass(frozen=True)
class Name:
    """A table's name as it was written."""

    parts: tuple[str, ...]

    def of(self, session: Session) -> tuple[str, str]:
        """Database and table."""
        return (self.parts[-2] if len(self.parts) > 1 else session.database), self.parts[-1]


class HiveReader:
    """The words of one statement and a place in them."""

    def __init__(self, text: str) -> None:
        self.text = text
        skipped = re.compile(r"\s+|--.*|/\*.*", re.DOTALL)
        self._tokens = [m for m in _TOKEN.finditer(text) if not skipped.fullmatch(m[0])]
        self._at = 0

    def peek(self, *words: str) -> bool:
        """Whether these words come next."""
        coming = [m[0].upper() for m in self._tokens[self._at : self._at + len(words)]]
        return coming == list(words)

    def accept(self, *words: str) -> bool:
        """Go past these words, if they come next."""
        found = self.peek(*words)
        self._at += len(words) if found else 0
        return found

    def expect(self, *words: str) -> None:
        """Go past these words.

        Raises:
            SyntaxRefused: something else comes next.
        """
        if not self.accept(*words):
            raise SyntaxRefused(f"{self.mismatch()} Expecting: '{' '.join(words)}'")

    def at_end(self) -> bool:
        """Whether nothing comes."""
        return self._at >= len(self._tokens)

    def end(self) -> None:
        """Nothing more may come.

        Raises:
            SyntaxRefused: something does.
        """
        if not self.at_end():
            raise SyntaxRefused(self.mismatch())

    def unexpected(self) -> None:
        """Refuse what comes next.

        Raises:
            SyntaxRefused: always.
        """
        raise SyntaxRefused(self.mismatch())

    def mismatch(self) -> str:
        """Athena's complaint about what comes next."""
        if self.at_end():
            return "line 1:1: mismatched input '<EOF>'."
        found = self._tokens[self._at]
        before = self.text[: found.start()]
        column = len(before) - (before.rfind("\n") + 1)
        return f"line {before.count(chr(10)) + 1}:{column}: mismatched input '{found[0]}'."

    def rest(self) -> str:
        """All that comes, as it was written."""
        text = self.text[self._tokens[self._at].start() :] if not self.at_end() else ""
        self._at = len(self._tokens)
        return text

    def parenthesized(self) -> str:
        """What stands between the parenthesis that comes next and the one that closes it.

        Raises:
            SyntaxRefused: there is none, or it is not closed.
        """
        self.expect("(")
        first, depth = self._at, 1
        while depth:
            word = self.word()
            depth += (word == "(") - (word == ")")
        if self._at - 1 == first:
            self.unexpected()
        return self.text[self._tokens[first].start() : self._tokens[self._at - 1].start()]

    def mark(self) -> int:
        """The place, to come back to."""
        return self._at

    def reset(self, mark: int) -> None:
        """Go back to a place."""
        self._at = mark

    def word(self) -> str:
        """The next word.

        Raises:
            SyntaxRefused: there is none.
        """
        if self.at_end():
            self.unexpected()
        self._at += 1
        return str(self._tokens[self._at - 1][0])

    def identifier(self) -> str:
        """A name without its quotes, in lower case."""
        found = self.word()
        if found[0] in "`\"'":
            found = found[1:-1]
        elif not re.fullmatch(r"[\w$]+", found):
            self._at -= 1
            self.unexpected()
        return found.lower()

    def name(self) -> Name:
        """A dotted name."""
        parts = [self.identifier()]
        while self.accept("."):
            parts.append(self.identifier())
        return Name(tuple(parts))

    def string(self) -> str:
        """A string literal's value.

        Raises:
            SyntaxRefused: it is not one.
        """
        found = self.word()
        if found[0] not in "'\"":
            self._at -= 1
            self.unexpected()
        return re.sub(r"\\(.)", _unescaped, found[1:-1].replace("''", "'") if found[0] == "'" else found[1:-1])

    def properties(self) -> dict[str, str]:
        """``('key' = 'value', ...)``; values may be words or numbers."""
        self.expect("(")
        found: dict[str, str] = {}
        while not self.accept(")"):
            key = self.string() if self._next()[0] in "'\"" else self.identifier()
            self.expect("=")
            negative = "-" if self.accept("-") else ""
            found[key] = self.string() if self._next()[0] in "'\"" else negative + self.word()
            self.accept(",")
        return found

    def options(self) -> dict[str, Any]:
        """``(key = 'value', key = ARRAY['a', 'b'], ...)`` of Trino's statements."""
        self.expect("(")
        found: dict[str, Any] = {}
        while not self.accept(")"):
            key = self.identifier()
            self.expect("=")
            if self.accept("ARRAY", "["):
                items = []
                while not self.accept("]"):
                    items.append(self.string())
                    self.accept(",")
                found[key] = items
            else:
                found[key] = self.string() if self._next()[0] == "'" else self.word()
            self.accept(",")
        return found

    def _next(self) -> str:
        if self.at_end():
            self.unexpected()
        return str(self._tokens[self._at][0])

    def columns(self) -> list[Column]:
        """``(name type [COMMENT '...'], ...)`` as Glue describes columns."""
        self.expect("(")
        found: list[Column] = []
        while not self.accept(")"):
            found.append(self.column())
            self.accept(",")
        return found

    def column(self) -> Column:
        """``name type [COMMENT '...']`` as Glue describes a column."""
        column = {"Name": self.identifier(), "Type": self._type()}
        if self.accept("COMMENT"):
            column["Comment"] = self.string()
        return column

    def _type(self) -> str:
        text, depth = "", 0
        while depth or not (self.at_end() or self._next().upper() in _AFTER_TYPE):
            word = self.word()
            depth += (word in "<(") - (word in ">)")
            text += word.lower().strip("`")
        return text


def _unescaped(found: re.Match[str]) -> str:
    return {"t": "\t", "n": "\n", "r": "\r", "\\": "\\", "'": "'", '"': '"'}.get(found[1], found[0])
