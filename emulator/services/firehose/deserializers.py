"""Firehose's two deserializers: which key of a JSON record is which column, and how times are written.

Source: "Choose the JSON deserializer" of the Firehose guide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

OPENX, HIVE = "OpenXJsonSerDe", "HiveJsonSerDe"
Times = Callable[[Any], datetime]
_MILLIS = "millis"
# A number of so many or more is of milliseconds, a smaller one of seconds (until the year 5138).
_LEAST_MILLISECONDS = 100_000_000_000


class ConversionError(ValueError):
    """A record does not fit the table."""


def fault(deserializer: Mapping[str, Any]) -> str:
    """What is wrong with a stream's deserializer; empty when nothing is."""
    if len(deserializer) != 1 or next(iter(deserializer)) not in (OPENX, HIVE):
        return f"InputFormatConfiguration needs a Deserializer: {OPENX} or {HIVE}."
    formats = (deserializer.get(HIVE) or {}).get("TimestampFormats") or []
    if formats not in ([], [_MILLIS]):
        return f"TimestampFormats {', '.join(formats)} is not supported by this emulator: use {_MILLIS}, or none."
    return ""


def by_column(data: bytes, columns: Sequence[str], deserializer: Mapping[str, Any]) -> dict[str, Any]:
    """A record's values by the columns that they are for.

    Raises:
        ConversionError: it is no JSON object.
    """
    try:
        found = json.loads(data)
    except ValueError as error:
        raise ConversionError(f"The record is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ConversionError("The record is no JSON object")
    options = deserializer.get(OPENX) or {}
    folded = options.get("CaseInsensitive", True)
    if options.get("ConvertDotsInJsonKeysToUnderscores"):
        found = {name.replace(".", "_"): value for name, value in found.items()}
    if folded:
        found = {name.lower(): value for name, value in found.items()}
    keys = {column: (options.get("ColumnToJsonKeyMappings") or {}).get(column, column) for column in columns}
    return {column: found.get(key.lower() if folded else key) for column, key in keys.items()}


def times(deserializer: Mapping[str, Any]) -> Times:
    """How the deserializer reads a time."""
    if HIVE not in deserializer:
        return _openx_time
    formats = (deserializer[HIVE] or {}).get("TimestampFormats")
    return _milliseconds if formats else _written


def text(value: Any) -> str:
    """What a column of text holds of a value that is none."""
    return json.dumps(value)


def _openx_time(value: Any) -> datetime:
    """Text, or a number of seconds or milliseconds since 1970."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _since_1970(value / 1000 if abs(value) >= _LEAST_MILLISECONDS else value)
    return datetime.fromisoformat(value.replace("Z", "+00:00")).replace(tzinfo=None)


def _milliseconds(value: Any) -> datetime:
    return _since_1970(int(value) / 1000)


def _written(value: Any) -> datetime:
    """Text such as ``2026-01-02 03:04:05.6``, and nothing else."""
    if not isinstance(value, str) or "T" in value or "Z" in value:
        raise ConversionError(f"{value!r} is not written as yyyy-mm-dd hh:mm:ss")
    return datetime.fromisoformat(value)


def _since_1970(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
