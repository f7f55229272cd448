"""Which files, and which parts of them, can hold rows that a statement asks for, by the least and greatest values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emulator.services.athena import engine
from emulator.services.athena.scope import Condition


@dataclass(frozen=True)
class Bound:
    """A condition whose constants are Python values."""

    column: str
    operator: str
    constants: tuple[Any, ...]

    def may_hold(self, least: Any, greatest: Any) -> bool:
        """Whether a value between two can satisfy it. What cannot be compared may."""
        try:
            if self.operator == "=":
                return any(least <= constant <= greatest for constant in self.constants)
            (constant,) = self.constants
            if self.operator in ("<", "<="):
                return bool(least < constant if self.operator == "<" else least <= constant)
            return bool(greatest > constant if self.operator == ">" else greatest >= constant)
        except TypeError:
            return True


def bounds(conditions: Sequence[Condition]) -> tuple[Bound, ...]:
    """Conditions with their constants evaluated; one with a null among them is left out."""
    if not conditions:
        return ()
    listed = ", ".join(constant for condition in conditions for constant in condition.constants)
    values = list(engine.cursor().execute(f"SELECT {listed}").fetchall()[0])
    found = []
    for condition in conditions:
        constants = tuple(values.pop(0) for _ in condition.constants)
        if None not in constants:
            found.append(Bound(condition.column, condition.operator, constants))
    return tuple(found)
