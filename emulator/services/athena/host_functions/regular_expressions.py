"""Java's regular expressions, which know more than DuckDB's: lookaround, back references, Unicode classes."""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Iterator
from typing import Any

from emulator.services.athena.host_functions.failures import invalid_argument


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    regex: Any = importlib.import_module("regex")  # only queries that need it pay for it
    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise invalid_argument(f"{error}") from None


def like(text: str, pattern: str) -> bool:
    """Whether the pattern is found somewhere."""
    return _compiled(pattern).search(text) is not None


def extract_all(text: str, pattern: str, group: int) -> list[str | None]:
    """What a group matched, each time."""
    return [_group(found, group) for found in _compiled(pattern).finditer(text)]


def extract(text: str, pattern: str, group: int) -> str | None:
    """What a group matched first, or None."""
    compiled = _compiled(pattern)
    found = compiled.search(text)
    _check_group(compiled, group)
    return _group(found, group) if found else None


def _group(found: Any, group: int) -> str | None:
    _check_group(found.re, group)
    matched: str | None = found.group(group)
    return matched


def _check_group(compiled: Any, group: int) -> None:
    if group < 0:
        raise invalid_argument("Group cannot be negative")
    if group > compiled.groups:
        raise invalid_argument(f"Pattern has {compiled.groups} groups. Cannot access group {group}")


def replace(text: str, pattern: str, replacement: str) -> str:
    """Every match replaced; ``$1`` and ``${name}`` are groups, a backslash takes the next letter as it is."""
    compiled = _compiled(pattern)
    parts = list(_replacement(replacement, compiled))

    def replaced(found: Any) -> str:
        return "".join(part if isinstance(part, str) else (found.group(part[0]) or "") for part in parts)

    result: str = compiled.sub(replaced, text)
    return result


def _replacement(replacement: str, compiled: Any) -> Iterator[str | tuple[int | str]]:
    for found in re.finditer(r"\\(.)|\$\{(\w+)\}|\$(\d+)|([^\\$]+)|(.)", replacement, re.DOTALL):
        literal, name, number, plain, wrong = found.groups()
        if wrong is not None:
            raise invalid_argument(f"Illegal replacement sequence: {replacement}")
        if number is not None:
            # As many digits as still name a group.
            digits = number[:1]
            while len(digits) < len(number) and int(number[: len(digits) + 1]) <= compiled.groups:
                digits = number[: len(digits) + 1]
            if int(digits) > compiled.groups:
                raise invalid_argument(f"Illegal replacement sequence: unknown group {digits}")
            yield (int(digits),)
            yield number[len(digits) :]
        elif name is not None:
            if name not in compiled.groupindex:
                raise invalid_argument(f"Illegal replacement sequence: unknown group {{ {name} }}")
            yield (name,)
        else:
            yield literal if literal is not None else plain


def split(text: str, pattern: str) -> list[str]:
    """The text between the matches."""
    pieces, start = [], 0
    for found in _compiled(pattern).finditer(text):
        pieces.append(text[start : found.start()])
        start = found.end()
    return [*pieces, text[start:]]


def count(text: str, pattern: str) -> int:
    """How often the pattern matches."""
    return sum(1 for _ in _compiled(pattern).finditer(text))


def position(text: str, pattern: str, start: int, occurrence: int) -> int:
    """Where the n-th match from `start` on begins, counted from one; -1 where there is none."""
    if start < 1:
        raise invalid_argument("start position cannot be smaller than 1")
    if occurrence < 1:
        raise invalid_argument("occurrence cannot be smaller than 1")
    for number, found in enumerate(_compiled(pattern).finditer(text, start - 1), 1):
        if number == occurrence:
            return int(found.start()) + 1
    return -1


def pieces(text: str, pattern: str) -> list[dict[str, Any]]:
    """The text cut at the matches: what stands before each, and the match's groups; the rest at the end."""
    cut: list[dict[str, Any]] = []
    start = 0
    for found in _compiled(pattern).finditer(text):
        cut.append({"before": text[start : found.start()], "groups": list(found.groups())})
        start = found.end()
    return [*cut, {"before": text[start:], "groups": None}]


_TWO = ["VARCHAR", "VARCHAR"]
FUNCTIONS = (
    ("trino_regexp_like", like, _TWO, "BOOLEAN"),
    ("trino_regexp_extract", extract, [*_TWO, "BIGINT"], "VARCHAR"),
    ("trino_regexp_extract_all", extract_all, [*_TWO, "BIGINT"], "VARCHAR[]"),
    ("trino_regexp_replace", replace, [*_TWO, "VARCHAR"], "VARCHAR"),
    ("trino_regexp_split", split, _TWO, "VARCHAR[]"),
    ("trino_regexp_count", count, _TWO, "BIGINT"),
    ("trino_regexp_position", position, [*_TWO, "BIGINT", "BIGINT"], "BIGINT"),
    ("trino_regexp_pieces", pieces, _TWO, "STRUCT(before VARCHAR, groups VARCHAR[])[]"),
)
