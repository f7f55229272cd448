"""Athena's SQL into sqlglot's tree, with every function call left as it was written.

sqlglot's own dialects translate functions while they parse; here a function is looked up once, by its Trino name, in
the tables of `functions`, so that nothing is translated that was not meant to be.
"""

from __future__ import annotations

import re
from typing import Any

import sqlglot
from sqlglot.dialects.trino import Trino
from sqlglot.errors import SqlglotError

from emulator.services.athena.errors import SyntaxRefused
from emulator.services.athena.expressions import json_syntax

_WORDED = {
    "LISTAGG": json_syntax.listagg,
    "JSON_EXISTS": json_syntax.path_call("json_exists"),
    "JSON_VALUE": json_syntax.path_call("json_value"),
    "JSON_QUERY": json_syntax.path_call("json_query"),
    "JSON_OBJECT": json_syntax.json_object,
    "JSON_ARRAY": json_syntax.json_array,
}
_SYNTACTIC = ("CAST", "TRY_CAST", "EXTRACT", "TRIM", "POSITION", "SUBSTRING")


class AthenaQueries(Trino):
    """Trino's grammar without its functions; subscripts count from one, as written."""

    INDEX_OFFSET = 0

    class Parser(Trino.Parser):  # type: ignore[misc, valid-type]
        """Only functions with a syntax of their own are parsed as such."""

        FUNCTIONS: dict[str, object] = {}  # noqa: RUF012 (sqlglot's way)
        FUNCTION_PARSERS = {name: Trino.Parser.FUNCTION_PARSERS[name] for name in _SYNTACTIC} | _WORDED


def parse(text: str) -> Any:
    """One statement.

    Raises:
        SyntaxRefused: it is not SQL; the text is Athena's.
    """
    if "\x00" in text:
        raise SyntaxRefused("line 1:1: mismatched input '\\u0000'")
    _refuse_foreign(tokenize(text))
    try:
        trees = sqlglot.parse(text, read=AthenaQueries)
    except SqlglotError as error:
        raise SyntaxRefused(_mismatch(error)) from error
    if len(trees) != 1 or trees[0] is None:
        raise SyntaxRefused("Only one sql statement is allowed. Got: " + text)
    trees[0].meta["sql"] = text
    return trees[0]


# What sqlglot reads for other dialects, and Trino's grammar does not have.
_FOREIGN = {
    "DCOLON", "ILIKE", "RLIKE", "GLOB", "DARROW", "HASH_ARROW", "COLON_EQ", "NULLSAFE_EQ", "TILDE", "AMP", "DLT", "DGT",
    "DIV", "LR_ARROW", "DAMP", "DSTAR", "QDCOLON", "PARAMETER",
}  # fmt: skip


def _refuse_foreign(tokens: list[Any]) -> None:
    for token in tokens:
        place = f"line {token.line}:{token.col - (token.end - token.start)}: "
        if token.text.startswith("`"):
            raise SyntaxRefused(
                place + "backquoted identifiers are not supported; use double quotes to quote identifiers"
            )
        if token.token_type.name in _FOREIGN or (token.token_type.name, token.text) in (("EQ", "=="), ("NOT", "!")):
            raise SyntaxRefused(f"{place}mismatched input '{token.text}'")


def tokenize(text: str) -> list[Any]:
    """The statement's tokens.

    Raises:
        SyntaxRefused: an unfinished literal or comment.
    """
    try:
        return list(AthenaQueries().tokenize(text))
    except SqlglotError as error:
        raise SyntaxRefused(_mismatch(error)) from error


def _mismatch(error: SqlglotError) -> str:
    details = getattr(error, "errors", None)
    if details:
        first = details[0]
        column = first["col"] - len(first["highlight"]) + 1
        return f"line {first['line']}:{column}: mismatched input '{first['highlight']}'. {first['description']}"
    return "line 1:1: " + re.sub(r"\x1b\[\d+m", "", str(error)).splitlines()[0]
