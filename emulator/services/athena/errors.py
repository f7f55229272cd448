"""How a statement fails: Trino's error names and wording, which clients match on."""

from __future__ import annotations

import re
from typing import Any

import duckdb

# Runtime failures travel through DuckDB inside a failing cast, between these marks (see `failure`).
_OPEN, _CLOSE = "\x02", "\x03"

_DUCKDB_CODES = (
    (r"[Dd]ivision by zero", "DIVISION_BY_ZERO: Division by zero"),
    (r"Overflow in|out of range|Could not cast value|OUT_OF_RANGE", "NUMERIC_VALUE_OUT_OF_RANGE"),
    (r"must appear in the GROUP BY clause", "EXPRESSION_NOT_AGGREGATE"),
    (r"Out of Memory", "EXCEEDED_LOCAL_MEMORY_LIMIT"),
    (
        r"More than one row returned by a subquery",
        "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows",
    ),
    (r"missing closing|invalid perl operator|invalid escape|no argument for repetition", "INVALID_FUNCTION_ARGUMENT"),
)


class QueryError(Exception):
    """A statement that fails; the text is its StateChangeReason: ``CODE: message``."""

    def __init__(self, code: str, message: str, node: Any = None):
        place = _place(node)
        super().__init__(f"{code}: {place}{message}")
        self.code = code


class SyntaxRefused(Exception):  # noqa: N818 (Athena calls it so: the request is refused, no query is made)
    """A statement that Athena refuses at once with InvalidRequestException."""


def not_supported(what: str, node: Any = None) -> QueryError:
    """The error of a construct that this engine does not execute."""
    return QueryError("NOT_SUPPORTED", what, node)


def _place(node: Any) -> str:
    for inner in node.walk() if node is not None else ():
        if "line" in inner.meta:
            column = inner.meta["col"] - (inner.meta["end"] - inner.meta["start"])
            return f"line {inner.meta['line']}:{column}: "
    return ""


def failure(code: str, message_sql: str, duckdb_type: str) -> str:
    """SQL that fails when it is evaluated, and that TRY can catch, which DuckDB's own error() is not.

    `message_sql` is an expression of type varchar.
    """
    return f"CAST(CAST('{_OPEN}{code}: ' || {message_sql} || '{_CLOSE}' AS TINYINT) AS {duckdb_type})"


def translate(error: duckdb.Error) -> QueryError:
    """DuckDB's error in Trino's words."""
    text = str(error)
    marked = re.search(f"{_OPEN}(.*?): (.*?){_CLOSE}", text, re.DOTALL)
    if marked:
        return QueryError(marked[1], marked[2])
    for pattern, code in _DUCKDB_CODES:
        if re.search(pattern, text):
            name, _, message = code.partition(": ")
            return QueryError(name, message or text.splitlines()[0])
    return QueryError("GENERIC_INTERNAL_ERROR", text.splitlines()[0])
