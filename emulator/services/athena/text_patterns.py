"""Text read by a pattern: RegexSerDe, and the Grok SerDe with its library of named patterns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa

from emulator.services.athena.converted import lines
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.types import Type

Columns = Sequence[tuple[str, Type]]
_DEPTH = 20  # patterns within patterns


def regex_rows(table: Mapping[str, Any], path: Path, data: Columns) -> pa.Table:
    """A file's lines by the groups of ``input.regex``, as text; a line that does not match is a row of nulls.

    Raises:
        QueryError: HIVE_INVALID_METADATA, no pattern or not one; HIVE_BAD_DATA, other groups than columns.
    """
    pattern = _compiled(_property(table, "input.regex"))
    if pattern.groups != len(data):
        raise QueryError(
            "HIVE_CURSOR_ERROR", f"Number of matching groups {pattern.groups} doesn't match the {len(data)} columns"
        )
    found = [pattern.fullmatch(line) for line in lines(table, path)]
    return _columns(data, [match.groups() if match else None for match in found])


def grok_rows(table: Mapping[str, Any], path: Path, data: Columns) -> pa.Table:
    """A file's lines by the names in ``input.format``, as text, in the order in which they stand.

    Raises:
        QueryError: HIVE_INVALID_METADATA, no pattern or not one; NOT_SUPPORTED, a pattern that is not in the library.
    """
    library = dict(_library(resources.files(__package__).joinpath("grok_patterns.txt").read_text()))
    properties = table["StorageDescriptor"]["SerdeInfo"].get("Parameters", {})
    library |= _library(properties.get("input.grokCustomPatterns", ""))
    pattern = _compiled(_expanded(_property(table, "input.format"), library, 0))
    found = [pattern.search(line) for line in lines(table, path)]
    return _columns(data, [tuple(match.groupdict().values()) if match else None for match in found])


def _columns(data: Columns, rows: Sequence[Sequence[str | None] | None]) -> pa.Table:
    return pa.table({
        name: pa.array([row[place] if row and place < len(row) else None for row in rows], pa.string())
        for place, (name, _) in enumerate(data)
    })  # fmt: skip


def _property(table: Mapping[str, Any], name: str) -> str:
    found = table["StorageDescriptor"]["SerdeInfo"].get("Parameters", {}).get(name)
    if not found:
        raise QueryError("HIVE_INVALID_METADATA", f"This table does not have serde property '{name}'!")
    return str(found)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise QueryError("HIVE_INVALID_METADATA", f"Invalid pattern: {error}") from error


def _library(text: str) -> dict[str, str]:
    entries = (line.strip().partition(" ") for line in text.splitlines())
    return {name: pattern.strip() for name, _, pattern in entries if name and not name.startswith("#")}


def _expanded(text: str, library: Mapping[str, str], depth: int) -> str:
    """A Grok pattern as a regular expression; inner patterns capture what they name."""
    if depth > _DEPTH:
        raise QueryError("HIVE_INVALID_METADATA", "Grok patterns that contain each other")

    def one(found: re.Match[str]) -> str:
        name, label = found[1], found[2]
        if name not in library:
            raise not_supported(f"the Grok pattern {name}")
        inner = _expanded(library[name], library, depth + 1)
        return f"(?P<{label}>{inner})" if label else f"(?:{inner})"

    return re.sub(r"%\{(\w+)(?::(\w+))?(?::\w+)?\}", one, text)
