"""The part of a charter that says how the project is done: what it needs, what it owes, what may go wrong, and when."""

from __future__ import annotations

from dataclasses import dataclass

from crispstack.phases import Phase


@dataclass(frozen=True)
class Comparable:
    """A solution to a like problem, what it reached, and where that is written."""

    solution: str
    result: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Resource:
    """Somebody or something that the project needs: `quantity` at a `price` each, in the money's currency."""

    resource: str
    quantity: float = 1.0
    unit: str = ""
    price: float = 0.0
    every_year: bool = False

    @property
    def cost(self) -> float:
        """In the money's currency: once, or every year."""
        return self.quantity * self.price


@dataclass(frozen=True)
class Duties:
    """What law and decency ask, each answered in a sentence; empty where nobody has answered yet.

    The first five are about people, and asked where data is personal: why it may be used for this purpose (GDPR,
    article 6), data of special categories (9), decisions without a human (22), what those concerned are told (13, 14),
    groups that must not be treated worse. The others are asked of every project.
    """

    legal_basis: str = ""
    special_categories: str = ""
    automated_decisions: str = ""
    transparency: str = ""
    protected_groups: str = ""
    retention: str = ""
    feedback: str = ""
    misuse: str = ""


@dataclass(frozen=True)
class Risk:
    """Something that may go wrong, and what is done then."""

    risk: str
    contingency: str = ""


@dataclass(frozen=True)
class Assumption:
    """Something taken for true, whether it has been verified, and who answers for it."""

    assumption: str
    verified: bool = False
    owner: str = ""


@dataclass(frozen=True)
class Stage:
    """One stage of the plan: a phase, or a part of one that has a name. `days` is working time.

    `after` names what it waits for: other stages, or phases with all of their stages.
    """

    phase: Phase
    days: float
    goal: str = ""
    after: tuple[str, ...] = ()
    name: str = ""

    @property
    def title(self) -> str:
        """Its name, or the phase's."""
        return self.name or self.phase.value
