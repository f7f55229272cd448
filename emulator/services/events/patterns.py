"""EventBridge's event patterns: which events a rule wants, and whether a pattern is one.

Source: "Comparison operators for use in event patterns" of the Amazon EventBridge user guide.
"""

from __future__ import annotations

import ipaddress
import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from moto.events.exceptions import InvalidEventPatternException

_NUMERIC: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
_TEXT_IN_ANYTHING_BUT = ("prefix", "suffix", "equals-ignore-case", "wildcard")
_LARGEST = 5_000_000_000


def parse(text: str | None) -> dict[str, Any]:
    """A pattern from its JSON text; no text is the pattern that every event matches.

    Raises:
        InvalidEventPatternException: it is not JSON, or uses what the pattern language does not have.
    """
    try:
        pattern = json.loads(text) if text else {}
    except ValueError:
        raise _invalid("Event pattern is not valid JSON") from None
    if not isinstance(pattern, dict):
        raise _invalid("Filter is not an object")
    if text and not pattern:
        raise _invalid("Empty objects are not allowed")
    _check(pattern)
    return pattern


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """Whether an event, or an object within it, has what every field of the pattern asks for."""
    return all(_field_matches(name, wanted, event) for name, wanted in pattern.items())


def _field_matches(name: str, wanted: Any, event: Any) -> bool:
    if name == "$or" and isinstance(wanted, list):
        return any(matches(alternative, event) for alternative in wanted)
    if isinstance(event, list):  # an array of objects: one of them
        return any(_field_matches(name, wanted, element) for element in event)
    present = isinstance(event, Mapping) and name in event
    value = event[name] if present else None
    if isinstance(wanted, Mapping):
        return matches(wanted, value) if present else _wants_absence(wanted)
    leaves = list(_leaves(value)) if present else []
    return any(_condition_holds(condition, leaves, present) for condition in wanted)


def _wants_absence(pattern: Mapping[str, Any]) -> bool:
    return matches(pattern, {})


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for element in value:
            yield from _leaves(element)
    else:
        yield value


def _condition_holds(condition: Any, leaves: list[Any], present: bool) -> bool:
    if isinstance(condition, Mapping):
        ((name, operand),) = condition.items()
        if name == "exists":
            found = present and not any(isinstance(leaf, Mapping) for leaf in leaves)
            return found is operand
        if name == "anything-but":
            return bool(leaves) and all(not _excluded(operand, leaf) for leaf in leaves)
        return any(_OPERATORS[name](operand, leaf) for leaf in leaves)
    return any(_equal(condition, leaf) for leaf in leaves)


def _equal(wanted: Any, value: Any) -> bool:
    # JSON's true is no number, which Python's is.
    return isinstance(wanted, bool) is isinstance(value, bool) and bool(wanted == value)


def _excluded(operand: Any, value: Any) -> bool:
    if isinstance(operand, Mapping):
        ((name, inner),) = operand.items()
        return any(_OPERATORS[name](each, value) for each in _many(inner))
    return any(_equal(each, value) for each in _many(operand))


def _prefix(operand: Any, value: Any) -> bool:
    wanted, found = _folded(operand, value)
    return isinstance(found, str) and found.startswith(wanted)


def _suffix(operand: Any, value: Any) -> bool:
    wanted, found = _folded(operand, value)
    return isinstance(found, str) and found.endswith(wanted)


def _folded(operand: Any, value: Any) -> tuple[str, Any]:
    """Operand and value, in lower case where the operand is ``{"equals-ignore-case": ...}``."""
    if isinstance(operand, Mapping):
        return operand["equals-ignore-case"].lower(), value.lower() if isinstance(value, str) else value
    return operand, value


def _equals_ignore_case(operand: Any, value: Any) -> bool:
    return isinstance(value, str) and value.lower() == operand.lower()


def _wildcard(operand: Any, value: Any) -> bool:
    if not isinstance(value, str):
        return False
    parts = re.findall(r"\\.|\*|[^\\*]+|\\", operand)
    expression = "".join(
        ".*" if part == "*" else re.escape(part[1:] if len(part) == 2 and part[0] == "\\" else part) for part in parts
    )
    return re.fullmatch(expression, value, re.DOTALL) is not None


def _numeric(operand: Any, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return all(_NUMERIC[name](value, bound) for name, bound in zip(operand[::2], operand[1::2], strict=True))


def _cidr(operand: Any, value: Any) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "numeric": _numeric,
    "cidr": _cidr,
}


def _check(pattern: Mapping[str, Any]) -> None:
    for name, wanted in pattern.items():
        if name == "$or" and isinstance(wanted, list):
            _check_alternatives(wanted)
        elif isinstance(wanted, Mapping):
            if not wanted:
                raise _invalid("Empty objects are not allowed")
            _check(wanted)
        elif isinstance(wanted, list):
            _check_conditions(wanted)
        else:
            raise _invalid(f'"{name}" must be an object or an array')


def _check_alternatives(alternatives: list[Any]) -> None:
    if len(alternatives) < 2 or not all(isinstance(each, Mapping) and each for each in alternatives):
        raise _invalid("There must have at least 2 Objects in $or relationship")
    for alternative in alternatives:
        _check(alternative)


def _check_conditions(conditions: list[Any]) -> None:
    if not conditions:
        raise _invalid("Empty arrays are not allowed")
    for condition in conditions:
        if isinstance(condition, list):
            raise _invalid("Match value must be String, number, true, false, or null")
        if isinstance(condition, Mapping):
            if len(condition) != 1:
                raise _invalid("Only one key allowed in match expression")
            ((name, operand),) = condition.items()
            _check_operand(name, operand)


def _check_operand(name: str, operand: Any) -> None:
    if name == "exists":
        _demand(isinstance(operand, bool), "exists match pattern must be either true or false.")
    elif name == "anything-but":
        _check_anything_but(operand)
    elif name == "numeric":
        _check_numeric(operand)
    elif name in ("prefix", "suffix") and isinstance(operand, Mapping):
        _demand(list(operand) == ["equals-ignore-case"], f"Unsupported {name} pattern: {', '.join(operand)}")
    elif name in _OPERATORS:
        _demand(isinstance(operand, str), f"{name} match pattern must be a string")
        if name == "cidr":
            _demand(_is_network(operand), f"Malformed CIDR, {operand}")
        if name == "wildcard":
            _demand("**" not in operand, "Consecutive wildcard characters are not allowed")
    else:
        raise _invalid(f"Unrecognized match type {name}")


def _check_anything_but(operand: Any) -> None:
    if not isinstance(operand, Mapping):
        values = _many(operand)
        plain = all(isinstance(each, str | int | float) and not isinstance(each, bool) for each in values)
        _demand(bool(values) and plain, "Inside anything but list, start|null|boolean is not supported.")
        return
    names = list(operand)
    _demand(
        len(names) == 1 and names[0] in _TEXT_IN_ANYTHING_BUT, f"Unsupported anything-but pattern: {', '.join(names)}"
    )
    inner = _many(operand[names[0]])
    _demand(bool(inner) and all(isinstance(each, str) for each in inner), f"{names[0]} match pattern must be a string")


def _check_numeric(operand: Any) -> None:
    _demand(isinstance(operand, list) and len(operand) in (2, 4), "Value of numeric must be an array of 2 or 4.")
    for name, bound in zip(operand[::2], operand[1::2], strict=True):
        _demand(name in _NUMERIC, f"Unrecognized numeric range operator: {name}")
        _demand(isinstance(bound, int | float) and not isinstance(bound, bool), f"Value of {name} must be numeric")
        _demand(abs(bound) <= _LARGEST, "Value must be between -5000000000 and 5000000000, inclusive")


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _demand(condition: bool, reason: str) -> None:
    if not condition:
        raise _invalid(reason)


def _invalid(reason: str) -> InvalidEventPatternException:
    return InvalidEventPatternException(reason=reason)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
