"""Which stage and route of an HTTP API a request is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT = "$default"
_Fit = tuple[tuple[int, ...], dict[str, str]]


@dataclass(frozen=True)
class Match:
    """A route that fits, and what its path's variables hold."""

    route: Any
    parameters: Mapping[str, str]


def stage(api: Any, path: str) -> tuple[Any, str] | None:
    """The stage that a path names, else the default one, and the path within it; None when there is neither."""
    first, _, rest = path.removeprefix("/").partition("/")
    named = api.stages.get(first) if first != DEFAULT else None
    if named is not None:
        return named, f"/{rest}"
    default = api.stages.get(DEFAULT)
    return None if default is None else (default, path)


def match(routes: Iterable[Any], method: str, path: str) -> Match | None:
    """The most specific route.

    Paths are compared from the left (text before a variable before the rest of the path), then methods (one before
    ANY); $default comes last.
    """
    best: tuple[tuple[tuple[int, ...], bool], Match] | None = None
    for route in routes:
        verb, _, pattern = route.route_key.partition(" ")
        found: _Fit | None = ((3,), {}) if verb == DEFAULT else _fit(pattern, path) if verb in (method, "ANY") else None
        if found is None:
            continue
        rank = (found[0], verb == "ANY")
        if best is None or rank < best[0]:
            best = rank, Match(route, found[1])
    return best[1] if best else None


def _fit(pattern: str, path: str) -> _Fit | None:
    """How specific a pattern is for a path, and its variables; None when it does not fit."""
    kinds: list[int] = []
    parameters: dict[str, str] = {}
    left = path.split("/")
    for part in pattern.split("/"):
        if part.endswith("+}"):
            if not any(left):
                return None
            parameters[part[1:-2]] = "/".join(left)
            return (*kinds, 2), parameters
        if not left:
            return None
        actual = left.pop(0)
        if part.startswith("{") and part.endswith("}"):
            if not actual:
                return None
            parameters[part[1:-1]] = actual
            kinds.append(1)
        elif part == actual:
            kinds.append(0)
        else:
            return None
    return None if left else (tuple(kinds), parameters)
