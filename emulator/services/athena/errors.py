"""How a statement fails: Trino's error names and wording, which clients match on."""

from __future__ import annotations

import re
from typing import Any

import duckdb
from sqlglot import exp

# Runtime failures travel through DuckDB inside a failing cast, between these marks (see `failure`).
_OPEN, _CLOSE = "\x02", "\x03"

_TYPES = {"INT8": "tinyint", "INT16": "smallint", "INT32": "integer", "INT64": "bigint"}
_DUCKDB_CODES = (
    (r"[Dd]ivision by zero", "DIVISION_BY_ZERO: Division by zero"),
    (r"map key list does not align", "INVALID_FUNCTION_ARGUMENT: Key and value arrays must be the same length"),
    (r"Overflow in \w+ of DECIMAL", "NUMERIC_VALUE_OUT_OF_RANGE: Decimal overflow"),
    (r"Overflow in|Overflow on|out of range|Could not cast value|OUT_OF_RANGE", "NUMERIC_VALUE_OUT_OF_RANGE"),
    (r"must appear in the GROUP BY clause", "EXPRESSION_NOT_AGGREGATE"),
    (r"Map keys must be unique", "INVALID_FUNCTION_ARGUMENT: Duplicate map keys are not allowed"),
    (r"Map keys can not be NULL", "INVALID_FUNCTION_ARGUMENT: map key cannot be null"),
    (r"can only take parameters in the range", "INVALID_FUNCTION_ARGUMENT: Percentile must be between 0 and 1"),
    (
        r"GROUPING statement cannot be used without groups",
        "MISSING_GROUP_BY: A GROUPING() operation can only be used with a corresponding GROUPING SET/CUBE/ROLLUP/"
        "GROUP BY clause",
    ),
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
    found = _operator(node) or _cast(node)
    if found is not None:
        return found
    if isinstance(node, exp.Column):
        node = node.parts[0]
    for inner in node.walk() if node is not None else ():
        if "line" in inner.meta:
            column = inner.meta["col"] - (inner.meta["end"] - inner.meta["start"])
            return f"line {inner.meta['line']}:{column}: "
    return ""


def _operator(node: Any) -> str | None:
    """Where the operator of a comparison or of arithmetic stands: that is the place that Trino names."""
    if not isinstance(node, exp.Binary) or isinstance(node, (exp.Dot, exp.Connector)):
        return None
    text = node.root().meta.get("sql")
    ends = [inner.meta["end"] for inner in node.this.walk() if "end" in inner.meta]
    if text is None or not ends:
        return None
    place = max(ends) + 1
    while place < len(text) and (text[place].isspace() or text[place] == ")"):
        place += 1
    return _line_and_column(text, place)


def _cast(node: Any) -> str | None:
    """Where the word CAST stands."""
    text = node.root().meta.get("sql") if isinstance(node, exp.Cast) else None
    starts = [inner.meta["start"] for inner in node.this.walk() if "start" in inner.meta] if text else []
    if text is None or not starts:
        return None
    place, inner = min(starts), node
    while isinstance(inner, exp.Cast) and place > 0:
        place = max(text.lower().rfind("cast", 0, place), 0)
        place -= 4 * (text[place - 4 : place].lower() == "try_")
        inner = inner.this
    return _line_and_column(text, place)


def _line_and_column(text: str, place: int) -> str:
    return f"line {text.count(chr(10), 0, place) + 1}:{place - text.rfind(chr(10), 0, place)}: "


def failure(code: str, message_sql: str, duckdb_type: str) -> str:
    """SQL that fails when it is evaluated, and that TRY can catch, which DuckDB's own error() is not.

    `message_sql` is an expression of type varchar.
    """
    return f"CAST(CAST('{_OPEN}{code}: ' || {message_sql} || '{_CLOSE}' AS TINYINT) AS {duckdb_type})"


def _numeric(text: str) -> QueryError | None:
    """DuckDB's overflows in Trino's words."""
    overflow = re.search(r"Overflow in (\w+) of (INT\d+) \((.*?)\)!", text)
    if overflow and overflow[2] in _TYPES:
        return QueryError("NUMERIC_VALUE_OUT_OF_RANGE", f"{_TYPES[overflow[2]]} {overflow[1]} overflow: {overflow[3]}")
    cast = re.search(r"Type (\w+) with value (\S+) can't be cast .* destination type (INT\d+)", text, re.DOTALL)
    if cast and cast[1] == "INT128" and cast[3] == "INT64":
        return QueryError("NUMERIC_VALUE_OUT_OF_RANGE", f"bigint addition overflow: {cast[2]}")
    if cast and cast[3] in _TYPES:
        return QueryError("INVALID_CAST_ARGUMENT", f"Out of range for {_TYPES[cast[3]]}: {cast[2]}")
    moment = re.search(r'(date|time|timestamp) field value out of range: "(.*?)"', text)
    if moment:
        return QueryError("INVALID_CAST_ARGUMENT", f"Value cannot be cast to {moment[1]}: {moment[2]}")
    decimal = re.search(r"Could not cast value (\S+) to DECIMAL\((\d+),(\d+)\)", text)
    if decimal:
        to = f"DECIMAL({decimal[2]}, {decimal[3]})"
        return QueryError("INVALID_CAST_ARGUMENT", f"Cannot cast DECIMAL '{decimal[1]}' to {to}")
    return None


def translate(error: duckdb.Error) -> QueryError:
    """DuckDB's error in Trino's words."""
    text = str(error)
    numeric = _numeric(text)
    if numeric is not None:
        return numeric
    marked = re.search(f"{_OPEN}(.*?): (.*?){_CLOSE}", text, re.DOTALL)
    if marked:
        return QueryError(marked[1], marked[2])
    for pattern, code in _DUCKDB_CODES:
        if re.search(pattern, text):
            name, _, message = code.partition(": ")
            return QueryError(name, message or text.splitlines()[0])
    return QueryError("GENERIC_INTERNAL_ERROR", text.splitlines()[0])
