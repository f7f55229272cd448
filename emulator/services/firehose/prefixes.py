"""Where Firehose puts an object: prefixes with expressions, and the keys that partition records.

Source: "Understand custom prefixes for Amazon S3 objects" and "Enable dynamic partitioning" of the Firehose guide.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

_EXPRESSION = re.compile(r"!\{([^:{}]+):([^{}]*)\}")
_JAVA = (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"), ("'", ""))
# One entry of a JQ object such as {year: .at|strftime("%Y"), kind: .meta.kind}
_ENTRY = re.compile(r'\s*"?(\w+)"?\s*:\s*((?:\.\w+)+)\s*(?:\|\s*(tostring|strftime\("([^"]+)"\)))?\s*(?:,|$)')


class ExtractionError(ValueError):
    """A record has not the keys that it is partitioned by."""


def fill(
    prefix: str, when: datetime, keys: Mapping[str, str] | None = None, *, zone: str = "UTC", error: str = ""
) -> str:
    """A prefix with its expressions filled in; without one of time, ``yyyy/MM/dd/HH/`` follows.

    Args:
        prefix: as configured.
        when: when the first record of the object arrived.
        keys: what ``partitionKeyFromQuery`` and ``partitionKeyFromLambda`` stand for.
        zone: time zone of the expressions.
        error: what ``firehose:error-output-type`` stands for.
    """
    local = when.astimezone(ZoneInfo(zone))

    def text(found: re.Match[str]) -> str:
        kind, what = found[1], found[2]
        if kind == "timestamp":
            return local.strftime(_pattern(what))
        if kind == "firehose":
            return secrets.token_hex(6)[:11] if what == "random-string" else error
        return (keys or {})[what]

    filled = _EXPRESSION.sub(text, prefix)
    return filled if _has_expressions(prefix) else filled + when.astimezone(UTC).strftime("%Y/%m/%d/%H/")


def _has_expressions(prefix: str) -> bool:
    return any(found[1] == "timestamp" or found[1].startswith("partition") for found in _EXPRESSION.finditer(prefix))


def fault(prefix: str, error_prefix: str, partitioned: bool) -> str:
    """What is wrong with the two prefixes of a stream; empty when nothing is."""
    for name, text in (("Prefix", prefix), ("ErrorOutputPrefix", error_prefix)):
        for found in _EXPRESSION.finditer(text):
            if wrong := _expression_fault(found[1], found[2], partitioned and name == "Prefix"):
                return f"{name} contains {wrong}"
    if "!{" in _EXPRESSION.sub("", prefix + error_prefix):
        return "a prefix contains an expression that does not end"
    if "error-output-type" in prefix:
        return "Prefix must not contain !{firehose:error-output-type}"
    if _EXPRESSION.search(prefix) and "!{firehose:error-output-type}" not in error_prefix:
        return "ErrorOutputPrefix must contain !{firehose:error-output-type} when Prefix contains expressions"
    return ""


def _expression_fault(namespace: str, what: str, partitioned: bool) -> str:
    if namespace not in ("timestamp", "firehose", "partitionKeyFromQuery", "partitionKeyFromLambda"):
        return f"the unknown namespace {namespace}"
    if namespace == "firehose" and what not in ("random-string", "error-output-type"):
        return f"the unknown expression firehose:{what}"
    if namespace.startswith("partition") and not partitioned:
        return f"{namespace} without dynamic partitioning"
    return ""


def query(text: str) -> Callable[[bytes], dict[str, str]] | None:
    """The keys that a JQ query takes from a record; None for queries other than objects of plain paths."""
    inner = text.strip()
    if not inner.startswith("{") or not inner.endswith("}"):
        return None
    inner, entries, place = inner[1:-1], list[tuple[str, str, str, str]](), 0
    while place < len(inner):
        found = _ENTRY.match(inner, place)
        if not found:
            return None
        entries.append((found[1], found[2], found[3] or "", found[4] or ""))
        place = found.end()

    def extract(data: bytes) -> dict[str, str]:
        try:
            document = json.loads(data)
        except ValueError as error:
            raise ExtractionError(f"Non JSON record provided: {error}") from None
        return {name: _key(document, path, shown, pattern) for name, path, shown, pattern in entries}

    return extract


def _key(document: Any, path: str, shown: str, pattern: str) -> str:
    value = document
    for step in path.strip(".").split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if value is None or value == "" or isinstance(value, dict | list):
        raise ExtractionError(f"partitionKeys values must not be null or empty: {path}")
    if shown.startswith("strftime"):
        if not isinstance(value, int | float):
            raise ExtractionError(f"strftime/1 requires parsed datetime inputs: {path}")
        return datetime.fromtimestamp(value, UTC).strftime(pattern)
    return value if isinstance(value, str) else json.dumps(value)


def _pattern(java: str) -> str:
    for letters, code in _JAVA:
        java = java.replace(letters, code)
    return java
