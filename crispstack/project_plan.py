"""The part of a charter that says how the project is done: assumptions, risks and stages."""

from __future__ import annotations

from dataclasses import dataclass

from crispstack.phases import Phase


@dataclass(frozen=True)
class Risk:
    """Something that may go wrong, and what is done then."""

    risk: str
    contingency: str = ""


@dataclass(frozen=True)
class Assumption:
    """Something taken for true, and whether it has been verified."""

    assumption: str
    verified: bool = False


@dataclass(frozen=True)
class Stage:
    """One stage of the plan. `days` is working time; `after` names the phases it waits for."""

    phase: Phase
    days: float
    goal: str = ""
    after: tuple[Phase, ...] = ()
