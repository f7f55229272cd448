"""Filter patterns of CloudWatch Logs: terms, selectors of JSON, and lists of space-delimited fields.

The syntax is that of https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from emulator.services.logs import field_patterns, json_patterns
from emulator.services.logs.pattern_values import PatternError

# From a message to the values that the pattern names, by their name ("$.latency", "$bytes"); None is no match.
Matcher = Callable[[str], dict[str, str] | None]

_TERM = re.compile(r"\s*(?P<sign>[?-]?)(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|%(?P<regex>[^%]+)%|(?P<word>[^\s\"%]+))")


@functools.lru_cache(maxsize=512)
def parse(pattern: str) -> Matcher:
    """The matcher of a filter pattern; an empty one matches every message.

    Raises:
        PatternError: CloudWatch Logs would refuse the pattern.
    """
    text = pattern.strip()
    if text.startswith("{"):
        return json_patterns.parse(text)
    if text.startswith("["):
        return field_patterns.parse(text)
    return _terms(text)


def _terms(text: str) -> Matcher:
    """Every plain term must be there and no ``-term``; of ``?terms``, where there are no others, one."""
    tests: dict[str, list[re.Pattern[str]]] = {"": [], "?": [], "-": []}
    position = 0
    while position < len(text):
        found = _TERM.match(text, position)
        if found is None:
            raise PatternError("Invalid filter pattern")
        position = found.end()
        tests[found["sign"]].append(_term(found))

    def matches(message: str) -> dict[str, str] | None:
        if any(term.search(message) for term in tests["-"]):
            return None
        if tests[""]:
            return {} if all(term.search(message) for term in tests[""]) else None
        return {} if not tests["?"] or any(term.search(message) for term in tests["?"]) else None

    return matches


def _term(found: re.Match[str]) -> re.Pattern[str]:
    if found["regex"]:
        return regular_expression(found["regex"])
    literal = found["word"] if found["word"] is not None else re.sub(r"\\(.)", r"\1", found["quoted"])
    if found["word"] and not re.fullmatch(r"[\w]+", literal):
        raise PatternError(f"Invalid character(s) in term '{literal}'")
    return re.compile(re.escape(literal))


def regular_expression(text: str) -> re.Pattern[str]:
    """A regular expression between percent signs.

    Raises:
        PatternError: it is none.
    """
    try:
        return re.compile(text)
    except re.error:
        raise PatternError(f"Invalid regular expression '{text}'") from None
