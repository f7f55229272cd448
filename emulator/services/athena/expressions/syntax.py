"""Functions that SQL gives a syntax of their own, such as EXTRACT and TRIM."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emulator.services.athena.casts import Typed
from emulator.services.athena.functions import calls, zones

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions


def extract(self: Expressions, node: Any) -> Typed:
    """``EXTRACT(unit FROM value)``."""
    name = node.this.name.lower()
    return calls.call(self, name, [node.expression], node)


def renamed(name: str, *arguments: str) -> Callable[[Expressions, Any], Typed]:
    """The rule of a syntax whose `arguments` are those of the function `name`."""

    def rule(self: Expressions, node: Any) -> Typed:
        given = [node.args[argument] for argument in arguments if node.args.get(argument) is not None]
        return calls.call(self, name, given, node)

    return rule


def trim(self: Expressions, node: Any) -> Typed:
    """``TRIM(BOTH x FROM y)`` and its like."""
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or ""), "trim")
    extra = [node.expression] if node.args.get("expression") is not None else []
    return calls.call(self, name, [node.this, *extra], node)


def named(self: Expressions, node: Any) -> Typed:
    """A call as it was written."""
    return calls.call(self, node.name.lower(), node.expressions, node)


def json(self: Expressions, node: Any) -> Typed:
    """``JSON '..'``."""
    return calls.call(self, "json_parse", [node.this], node)


def at_zone(self: Expressions, node: Any) -> Typed:
    """``value AT TIME ZONE 'zone'``."""
    return zones.at_zone(self, node.this, node.args["zone"])
