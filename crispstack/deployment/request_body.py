"""The body of a prediction request: its rows, and what it may hold at most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crispstack.deployment import json_bytes
from crispstack.errors import RequestError

MAXIMUM_ROWS = 10_000
MAXIMUM_BYTES = 6_291_456
"""What Lambda takes, and what it answers with at most."""
_EMPTY = 'the request is empty: send one row, or {"rows": [...]}'


class TooLargeError(RequestError):
    """More bytes than fit a request or an answer."""


def request_rows(body: bytes) -> list[Mapping[str, object]]:
    """The rows of a request: ``{"rows": [{...}, ...]}``, or one row by itself.

    Raises:
        TooLargeError: more bytes than Lambda takes.
        RequestError: not JSON, not an object, no rows or too many.
    """
    if len(body) > MAXIMUM_BYTES:
        raise TooLargeError(f"the request is larger than {MAXIMUM_BYTES:,} bytes: send fewer rows")
    if not body.strip():
        raise RequestError(_EMPTY)
    try:
        content: Any = json_bytes.loads(body)
    except ValueError as error:
        raise RequestError(f"the request is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise RequestError('the request must be an object: one row, or {"rows": [...]}')
    if not content:
        raise RequestError(_EMPTY)
    rows = content["rows"] if list(content) == ["rows"] else [content]
    if not isinstance(rows, list):
        raise RequestError(f'field "rows": expected a list of rows, found {type(rows).__name__}')
    if not rows:
        raise RequestError("the request holds no rows: send at least one")
    if len(rows) > MAXIMUM_ROWS:
        raise RequestError(f'field "rows": {len(rows):,} rows; at most {MAXIMUM_ROWS:,} fit one request')
    return rows
