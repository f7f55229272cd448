"""The tokens of CloudWatch Logs Insights' query language.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from emulator.services.logs.insights_functions import QueryError

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<period>\d+\s*(?:ms|[smhdw])[a-z]*\b)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[@A-Za-z_][\w@]*(?:\.[\w@]+|\[\d+\])*|`[^`]+`)
    |(?P<sign>=~|!=|<=|>=|[=<>+*%^(),\[\]|-])
    |(?P<slash>/)
    )""",
    re.VERBOSE,
)
_REGEX = re.compile(r"/((?:[^/\\]|\\.)+)/(i?)")
# After these a slash begins a regular expression; elsewhere it divides.
_BEFORE_REGEX = ("like", "=~", "parse", ",", "(", "not")


@dataclass(frozen=True)
class Token:
    """`kind` is text, period, number, name, sign or regex; `start` and `end` are where it is in the query."""

    kind: str
    value: str
    start: int
    end: int


def tokens(query: str) -> list[Token]:
    """The tokens of a query, without comments.

    Raises:
        QueryError: there is something that is no token.
    """
    query = re.sub(r"(?m)^\s*#.*$", lambda found: " " * len(found[0]), query)
    found: list[Token] = []
    position, end = 0, len(query.rstrip())
    while position < end:
        match = _TOKEN.match(query, position)
        if match is None:
            raise QueryError(f"unexpected symbol found {query[position:].strip()[:1]} at position {position}")
        kind, start = str(match.lastgroup), match.start(str(match.lastgroup))
        if kind == "slash" and _begins_regex(found):
            match = _REGEX.match(query, start)
            if match is None:
                raise QueryError(f"unterminated regular expression at position {start}")
            found.append(Token("regex", f"(?i){match[1]}" if match[2] else match[1], start, match.end()))
        else:
            found.append(Token("sign" if kind == "slash" else kind, match.group(kind), start, match.end()))
        position = match.end()
    return found


def _begins_regex(before: list[Token]) -> bool:
    if not before:
        return True
    last = before[-1].value.lower()
    parsing = len(before) > 1 and before[-2].value.lower() == "parse"
    return last in _BEFORE_REGEX or parsing


def unquoted(token: Token) -> str:
    """The text between the quotes."""
    return re.sub(r"\\(.)", r"\1", token.value[1:-1])


def regular_expression(source: str) -> re.Pattern[str]:
    """A regular expression as Insights writes it; named groups are ``(?<name>...)``.

    Raises:
        QueryError: it is none.
    """
    try:
        return re.compile(re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", source))
    except re.error as error:
        raise QueryError(f"Invalid regular expression: {error}") from None
