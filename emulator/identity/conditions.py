"""The condition operators of IAM policies."""

from __future__ import annotations

import functools
import ipaddress
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# What is known of a request: condition key in lower case -> its values. A key that is absent is unknown.
Context = Mapping[str, tuple[str, ...]]

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_LITERALS = {"*": "\x00", "?": "\x01", "$": "$"}


class UnresolvedVariableError(LookupError):
    """A policy variable names a key that the request does not have, and has no default."""


def substitute(text: str, context: Context) -> str:
    """Replace the policy variables of a pattern; ``${*}`` and ``${?}`` become characters that only match themselves.

    Raises:
        UnresolvedVariableError: a variable has neither a value nor a default.
    """

    def value(found: re.Match[str]) -> str:
        name, _, default = (part.strip() for part in found.group(1).partition(","))
        if name in _LITERALS:
            return _LITERALS[name]
        known = context.get(name.lower())
        if known is not None and len(known) == 1:
            return _literal(known[0])
        if default:
            return _literal(default.strip("'"))
        raise UnresolvedVariableError(name)

    return _VARIABLE.sub(value, text) if "${" in text else text


def _literal(text: str) -> str:
    # A value taken from the request must not act as a wildcard.
    return text.replace("*", "\x00").replace("?", "\x01")


def _translated(pattern: str, character: str) -> str:
    """A pattern as a regular expression whose wildcards stand for this kind of character."""
    special = {"*": f"{character}*", "?": character, "\x00": r"\*", "\x01": r"\?"}
    return "".join(special.get(each) or re.escape(each) for each in pattern)


@functools.lru_cache(maxsize=4096)
def _expression(pattern: str, *, ignore_case: bool) -> re.Pattern[str]:
    return re.compile(_translated(pattern, "."), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def like(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """Whether the whole value matches a pattern of ``*`` (any text) and ``?`` (any character)."""
    if pattern == "*":
        return True
    return _expression(pattern, ignore_case=ignore_case).fullmatch(value) is not None


def arn_like(pattern: str, value: str) -> bool:
    """Whether an ARN matches a pattern, each of its six parts alone: a wildcard does not reach over a colon."""
    return pattern == "*" or _arn_expression(pattern).fullmatch(value) is not None


@functools.lru_cache(maxsize=4096)
def _arn_expression(pattern: str) -> re.Pattern[str]:
    if ":" not in pattern:
        return _expression(pattern, ignore_case=False)
    parts = pattern.split(":", 5)
    parts += ["*"] * (6 - len(parts))  # IAM completes an ARN that ends early with wildcards
    *heads, last = parts
    expressions = [*(_translated(part, "[^:]") for part in heads), _translated(last, ".")]
    return re.compile(":".join(expressions), re.DOTALL)


def _moment(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _compare(read: Callable[[str], float], relation: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def test(wanted: str, found: str) -> bool:
        try:
            return relation(read(found), read(wanted))
        except ValueError:
            return False

    return test


def _address(wanted: str, found: str) -> bool:
    try:
        return ipaddress.ip_address(found) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _literally(wanted: str, found: str) -> bool:
    return wanted.replace("\x00", "*").replace("\x01", "?") == found


def _ignoring_case(wanted: str, found: str) -> bool:
    return _literally(wanted.lower(), found.lower())


# Operator -> (test of one wanted against one found value, whether the operator is its negation).
_OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "stringequals": (_literally, False),
    "stringnotequals": (_literally, True),
    "stringequalsignorecase": (_ignoring_case, False),
    "stringnotequalsignorecase": (_ignoring_case, True),
    "stringlike": (like, False),
    "stringnotlike": (like, True),
    "arnequals": (arn_like, False),
    "arnnotequals": (arn_like, True),
    "arnlike": (arn_like, False),
    "arnnotlike": (arn_like, True),
    "bool": (_ignoring_case, False),
    "binaryequals": (_literally, False),
    "ipaddress": (_address, False),
    "notipaddress": (_address, True),
}
for _name, _relation, _negated in (
    ("equals", operator.eq, False),
    ("notequals", operator.eq, True),
    ("lessthan", operator.lt, False),
    ("lessthanequals", operator.le, False),
    ("greaterthan", operator.gt, False),
    ("greaterthanequals", operator.ge, False),
):
    _OPERATORS[f"numeric{_name}"] = (_compare(float, _relation), _negated)
    _OPERATORS[f"date{_name}"] = (_compare(_moment, _relation), _negated)


@dataclass(frozen=True)
class Condition:
    """One key of one operator: ``{"StringLike": {"s3:prefix": ["a/*"]}}``."""

    operator: str
    quantifier: str
    if_exists: bool
    key: str
    values: tuple[str, ...]

    def holds(self, context: Context) -> bool:
        """Whether a request with this context meets the condition."""
        found = context.get(self.key)
        if self.operator == "null":
            return any((found is None) == (value.lower() == "true") for value in self.values)
        test, negated = _OPERATORS[self.operator]
        if found is None:
            return self._without_the_key(negated)
        wanted = self._wanted(context)

        def meets(value: str) -> bool:
            return any(test(pattern, value) for pattern in wanted) != negated

        if self.quantifier == "forallvalues" or (negated and self.quantifier != "foranyvalue"):
            return all(meets(value) for value in found)
        return any(meets(value) for value in found)

    def _without_the_key(self, negated: bool) -> bool:
        if self.if_exists or self.quantifier == "forallvalues":
            return True
        return negated and self.quantifier != "foranyvalue"

    def _wanted(self, context: Context) -> list[str]:
        wanted = []
        for value in self.values:
            try:
                wanted.append(substitute(value, context))
            except UnresolvedVariableError:
                continue  # nothing equals an unknown value
        return wanted


def parse(element: Mapping[str, Mapping[str, Any]]) -> tuple[Condition, ...]:
    """Read a statement's Condition element.

    Raises:
        ValueError: an operator does not exist.
    """
    found = []
    for written, keys in element.items():
        quantifier, _, name = written.lower().rpartition(":")
        if_exists = name.endswith("ifexists")
        name = name.removesuffix("ifexists")
        if (name != "null" and name not in _OPERATORS) or quantifier not in ("", "foranyvalue", "forallvalues"):
            raise ValueError(f"Invalid condition operator: {written}")
        found += [Condition(name, quantifier, if_exists, key.lower(), _texts(values)) for key, values in keys.items()]
    return tuple(found)


def _texts(values: Any) -> tuple[str, ...]:
    many: Iterable[Any] = values if isinstance(values, list) else [values]
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in many)
