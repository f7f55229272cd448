"""Filter patterns of JSON messages: ``{ $.status = 5* && ($.latency > 100 || $.user NOT EXISTS) }``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from emulator.services.logs.pattern_values import LITERAL, SIGN, PatternError, comparison

_SELECTOR = r"\$(?:\.[\w@:/-]+|\.\*|\[\d+\]|\[\*\]|\['[^']+'\])*"
_CONDITION = re.compile(
    rf"\s*(?P<selector>{_SELECTOR})\s*(?:(?P<sign>{SIGN})\s*(?P<literal>{LITERAL})"
    r"|(?P<test>IS\s+(?:NULL|TRUE|FALSE)|NOT\s+EXISTS|EXISTS))",
    re.IGNORECASE,
)
_STEP = re.compile(r"\.([\w@:/-]+|\*)|\[(\d+|\*)\]|\['([^']+)'\]")
_ABSENT = object()
Test = Callable[[Any], bool]


def parse(text: str) -> Callable[[str], dict[str, str] | None]:
    """The matcher of a pattern in braces.

    Raises:
        PatternError: the syntax is wrong.
    """
    if not text.endswith("}"):
        raise PatternError("Invalid filter pattern: a '}' is missing")
    parser = _Parser(text[1:-1])
    test = parser.either()
    parser.end()

    def matches(message: str) -> dict[str, str] | None:
        document = _document(message)
        if document is None or not test(document):
            return None
        found = {selector: select(document, selector) for selector in parser.selectors}
        return {selector: text for selector, text in found.items() if text is not None}

    return matches


def _document(message: str) -> Any:
    if not message.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(message)
    except ValueError:
        return None


def select(document: Any, selector: str) -> str | None:
    """The value at a selector such as ``$.a.b[0]`` as text; None where there is none."""
    found = _values(document, selector)[0]
    if found is _ABSENT:
        return None
    return found if isinstance(found, str) else json.dumps(found)


def select_in(message: str, selector: str) -> str | None:
    """The same of a message, which is JSON or has no values."""
    document = _document(message)
    return None if document is None else select(document, selector)


def _values(document: Any, selector: str) -> list[Any]:
    """All values at a selector: several with ``[*]``, one `_ABSENT` where there are none."""
    found = [document]
    for name, index, quoted in _STEP.findall(selector):
        found = [value for each in found for value in _step(each, name or quoted, index)]
    return found or [_ABSENT]


def _step(value: Any, name: str, index: str) -> list[Any]:
    if index == "*" or name == "*":
        return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if index:
        return [value[int(index)]] if isinstance(value, list) and int(index) < len(value) else []
    return [value[name]] if isinstance(value, dict) and name in value else []


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self.selectors: list[str] = []

    def _take(self, sign: str) -> bool:
        rest = self._text[self._position :]
        if not rest.lstrip().startswith(sign):
            return False
        self._position += len(rest) - len(rest.lstrip()) + len(sign)
        return True

    def end(self) -> None:
        if self._text[self._position :].strip():
            raise PatternError("Invalid filter pattern: " + self._text[self._position :].strip())

    def either(self) -> Test:
        tests = [self._both()]
        while self._take("||"):
            tests.append(self._both())
        return lambda document: any(test(document) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._take("&&"):
            tests.append(self._one())
        return lambda document: all(test(document) for test in tests)

    def _one(self) -> Test:
        if self._take("("):
            inner = self.either()
            if not self._take(")"):
                raise PatternError("Invalid filter pattern: a ')' is missing")
            return inner
        found = _CONDITION.match(self._text, self._position)
        if found is None:
            raise PatternError("Invalid filter pattern: " + self._text[self._position :].strip())
        self._position = found.end()
        self.selectors.append(found["selector"])
        return _condition(found)


def _condition(found: re.Match[str]) -> Test:
    selector = found["selector"]
    if found["test"]:
        kind = " ".join(found["test"].upper().split())
        return lambda document: any(_holds(kind, value) for value in _values(document, selector))
    compare = comparison(found["sign"], found["literal"])

    def test(document: Any) -> bool:
        values = [value for value in _values(document, selector) if not isinstance(value, dict | list)]
        return any(value is not _ABSENT and compare(value) for value in values)

    return test


def _holds(kind: str, value: Any) -> bool:
    if kind == "NOT EXISTS":
        return value is _ABSENT
    if kind == "EXISTS":
        return value is not _ABSENT
    return value is {"IS NULL": None, "IS TRUE": True, "IS FALSE": False}[kind]
