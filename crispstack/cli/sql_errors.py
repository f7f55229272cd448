"""Athena's error message with the line it is about, and what may have been meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

_POSITION = re.compile(r"line (\d+):(\d+)")
_TABLE = re.compile(r"[Tt]able '?(?:\w+\.)*\"?([\w$-]+)\"?'? (?:does not exist|not found)")
_COLUMN = re.compile(r"[Cc]olumn '([^']+)' cannot be resolved")
_SHOWN = 8


def explain(message: str, sql: str, tables: Mapping[str, Sequence[str]], project: str) -> str:
    """The message, the line with the place marked, and a hint where a table or a column is not known.

    Args:
        message: Athena's own.
        sql: what was asked.
        tables: the columns of every table that there is.
        project: whose tables to name first; empty for all.
    """
    parts = [message, *_marked(message, sql)]
    if found := _TABLE.search(message):
        known = [name for name in tables if name.startswith(project)] or list(tables)
        parts.append(_hint(found[1], known, "the tables are"))
    elif found := _COLUMN.search(message):
        used = [columns for name, columns in tables.items() if re.search(rf"\b{re.escape(name)}\b", sql)]
        known = list(dict.fromkeys(column for columns in used for column in columns))
        if known:
            parts.append(_hint(found[1].rpartition(".")[2], known, "the columns are"))
    return "\n".join(parts)


def _marked(message: str, sql: str) -> list[str]:
    found = _POSITION.search(message)
    lines = sql.splitlines()
    if not found or not 0 < int(found[1]) <= len(lines):
        return []
    line, column = lines[int(found[1]) - 1], int(found[2])
    return [f"  {line}", f"  {' ' * (column - 1)}^"]


def _hint(name: str, known: Sequence[str], otherwise: str) -> str:
    close = difflib.get_close_matches(name.lower(), known, n=3)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    shown = ", ".join(sorted(known)[:_SHOWN])
    rest = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"{otherwise} {shown}{rest}" if known else "there are none yet: run `crisp run` first"
