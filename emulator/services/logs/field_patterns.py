"""Filter patterns of space-delimited messages: ``[ip, user, ..., status=5*, bytes>1000]``."""

from __future__ import annotations

import re
from collections.abc import Callable

from emulator.services.logs.pattern_values import LITERAL, SIGN, PatternError, comparison

_FIELD = re.compile(r"\[([^\]]*)\]|\"([^\"]*)\"|(\S+)")
_NAME = re.compile(r"\w+")
_CONDITION = re.compile(rf"\s*(?P<name>\w+)\s*(?P<sign>{SIGN})\s*(?P<literal>{LITERAL})\s*")
_ELLIPSIS = "..."
Test = Callable[[str], bool]


def parse(text: str) -> Callable[[str], dict[str, str] | None]:
    """The matcher of a pattern in brackets.

    Raises:
        PatternError: the syntax is wrong, or there is more than one ``...``.
    """
    if not text.endswith("]"):
        raise PatternError("Invalid filter pattern: a ']' is missing")
    names, tests = [], {}
    for index, part in enumerate(_parts(text[1:-1]), start=1):
        name, test = _field(part, index)
        names.append(name)
        tests[name] = test
    if names.count(_ELLIPSIS) > 1:
        raise PatternError("Invalid filter pattern: more than one '...'")

    def matches(message: str) -> dict[str, str] | None:
        values = _named(names, fields(message))
        if values is None or not all(tests[name](value) for name, value in values.items()):
            return None
        return {f"${name}": value for name, value in values.items()}

    return matches


def fields(message: str) -> list[str]:
    """The fields of a message: what is in brackets or quotes is one."""
    return [next((part for part in found if part), "") for found in _FIELD.findall(message)]


def _parts(inner: str) -> list[str]:
    """The fields' descriptions; a comma within quotes does not end one."""
    return [part.strip() for part in re.findall(r"(?:\"[^\"]*\"|%[^%]*%|[^,\"%])+", inner)]


def _field(part: str, index: int) -> tuple[str, Test]:
    if part == _ELLIPSIS or not part:
        return part or str(index), lambda _value: True
    if _NAME.fullmatch(part):
        return part, lambda _value: True
    alternatives = [[_condition(each) for each in both.split("&&")] for both in part.split("||")]
    names = {name for both in alternatives for name, _ in both}
    if len(names) != 1:
        raise PatternError(f"Invalid filter pattern: {part} names several fields")

    def test(value: str) -> bool:
        return any(all(compare(value) for _, compare in both) for both in alternatives)

    return names.pop(), test


def _condition(text: str) -> tuple[str, Test]:
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise PatternError(f"Invalid filter pattern: {text.strip()}")
    return found["name"], comparison(found["sign"], found["literal"])


def _named(names: list[str], values: list[str]) -> dict[str, str] | None:
    """The values by the fields' names; ``...`` takes any number of them."""
    if _ELLIPSIS not in names:
        return dict(zip(names, values, strict=True)) if len(names) == len(values) else None
    split = names.index(_ELLIPSIS)
    before, after = names[:split], names[split + 1 :]
    if len(values) < len(before) + len(after):
        return None
    last = values[len(values) - len(after) :] if after else []
    return {**dict(zip(before, values, strict=False)), **dict(zip(after, last, strict=True))}
