"""Whether a service gave back what it was asked to keep."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Difference:
    """A property, as a dotted path, that was not kept."""

    path: str
    wanted: Any
    found: Any

    def __str__(self) -> str:
        return f"{self.path} (wanted {_shown(self.wanted)}, the service gives {_shown(self.found)})"


def differences(
    wanted: Mapping[str, Any], found: Mapping[str, Any], unordered: Callable[[tuple[str, ...]], bool]
) -> list[Difference]:
    """What of `wanted` is not in `found`; what the service has beyond it is its own affair.

    `unordered` says of a path whether the list there means the same in any order.
    """
    return list(_mapping(wanted, found, (), unordered))


def same(left: Any, right: Any) -> bool:
    """Whether two property values mean the same, in both directions."""
    return not [*_value(left, right, (), _never)] and not [*_value(right, left, (), _never)]


def _never(_path: tuple[str, ...]) -> bool:
    return False


def _mapping(
    wanted: Mapping[str, Any], found: Mapping[str, Any], path: tuple[str, ...], unordered: Callable[..., bool]
) -> Iterator[Difference]:
    for name, value in wanted.items():
        yield from _value(value, found.get(name), (*path, name), unordered)


def _value(wanted: Any, found: Any, path: tuple[str, ...], unordered: Callable[..., bool]) -> Iterator[Difference]:
    wanted, found = _parsed(wanted, found), _parsed(found, wanted)
    if wanted in ({}, []) and found in (None, {}, []):
        return
    if isinstance(wanted, dict) and isinstance(found, dict):
        yield from _mapping(wanted, found, path, unordered)
    elif isinstance(wanted, list) and isinstance(found, list):
        yield from _list(wanted, found, path, unordered)
    elif not _same_scalar(wanted, found):
        yield Difference(".".join(path), wanted, found)


def _list(
    wanted: list[Any], found: list[Any], path: tuple[str, ...], unordered: Callable[..., bool]
) -> Iterator[Difference]:
    if _tags(wanted) or unordered(path):
        found = _aligned(wanted, found, path, unordered)
        if _tags(wanted):
            # The service adds tags of its own; those asked for are what counts.
            found = found[: len(wanted)]
    if len(wanted) != len(found):
        yield Difference(".".join(path), wanted, found)
        return
    for left, right in zip(wanted, found, strict=True):
        yield from _value(left, right, path, unordered)


def _aligned(wanted: list[Any], found: list[Any], path: tuple[str, ...], unordered: Callable[..., bool]) -> list[Any]:
    """`found` with the elements that match `wanted` in its order, the others last."""
    rest, ordered = list(found), []
    for entry in wanted:
        match = next((other for other in rest if not [*_value(entry, other, path, unordered)]), None)
        if match is None:
            return found
        rest.remove(match)
        ordered.append(match)
    return ordered + rest


def _tags(value: list[Any]) -> bool:
    return bool(value) and all(isinstance(entry, dict) and {"Key", "Value"} <= set(entry) for entry in value)


def _parsed(value: Any, other: Any) -> Any:
    """JSON text as what it says, when it is compared with an object."""
    if isinstance(value, str) and isinstance(other, dict | list):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _same_scalar(left: Any, right: Any) -> bool:
    if left == right:
        return True
    if left is None or right is None or isinstance(left, dict | list) or isinstance(right, dict | list):
        return False
    if isinstance(left, bool) or isinstance(right, bool):
        return str(left).lower() == str(right).lower()
    try:
        return float(left) == float(right) and not (isinstance(left, str) and isinstance(right, str))
    except ValueError:
        return False


def _shown(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, default=str)
