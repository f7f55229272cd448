"""Athena's SQL into sqlglot's tree, with every function call left as it was written.

sqlglot's own dialects translate functions while they parse; here a function is looked up once, by its Trino name, in
the tables of `functions`, so that nothing is translated that was not meant to be.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

import sqlglot
from sqlglot import exp
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
    _refuse_forms(trees[0])
    trees[0].meta["sql"] = text
    return trees[0]


# What sqlglot reads for other dialects, and Trino's grammar does not have.
_FOREIGN = {
    "DCOLON", "ILIKE", "RLIKE", "GLOB", "DARROW", "HASH_ARROW", "COLON_EQ", "NULLSAFE_EQ", "TILDE", "AMP", "DLT", "DGT",
    "DIV", "LR_ARROW", "DAMP", "DSTAR", "QDCOLON", "PARAMETER", "ISNULL", "NOTNULL",
}  # fmt: skip
_AFTER_A_LIST = {"FROM", "R_PAREN", "WHERE", "GROUP_BY", "ORDER_BY", "HAVING", "LIMIT", "UNION"}


def _refuse_foreign(tokens: list[Any]) -> None:
    for first, _, third in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if (first.token_type.name, third.token_type.name) == ("LIMIT", "COMMA"):
            raise SyntaxRefused(f"{_place(third)}mismatched input ','")
    for token, following in zip_longest(tokens, tokens[1:]):
        if token.token_type.name == "COMMA" and (following is None or following.token_type.name in _AFTER_A_LIST):
            token = following or token  # noqa: PLW2901 (the place that Trino names)
            raise SyntaxRefused(f"{_place(token)}mismatched input '{token.text if following else '<EOF>'}'")
        place = _place(token)
        if token.text.startswith("`"):
            raise SyntaxRefused(
                place + "backquoted identifiers are not supported; use double quotes to quote identifiers"
            )
        if token.token_type.name in _FOREIGN or (token.token_type.name, token.text) in (("EQ", "=="), ("NOT", "!")):
            raise SyntaxRefused(f"{place}mismatched input '{token.text}'")


def _place(token: Any) -> str:
    return f"line {token.line}:{token.col - (token.end - token.start)}: "


def _refuse_forms(tree: Any) -> None:
    """Clauses of other dialects that are made of words which Trino knows too."""
    for star in tree.find_all(exp.Star):
        if any(star.args.values()):
            raise SyntaxRefused(f"line 1:1: mismatched input after '*': {star.sql()}")


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
