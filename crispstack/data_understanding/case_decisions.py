"""What deciding alike for a group of cases earns, in the charter's money: by framing, with amounts of their own."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from crispstack.charter import Charter, Money
from crispstack.data_understanding.column_types import NUMBER_PATTERN, plain_number

Row = Mapping[str, str | None]
_DIRECTIONS = ("over_estimate", "under_estimate")
Choice = bool | str | float
"""To act or not, a class, a number."""


@dataclass(frozen=True)
class Case:
    """A row's outcome (positive or not, a class, a number), and the amount on which its money depends."""

    outcome: Choice
    amount: float = 0.0


class Decisions(Protocol):
    """How cases are decided, and what that earns."""

    def best(self, cases: Sequence[Case]) -> Choice:
        """The one decision that earns most on these cases."""

    def value(self, case: Case, choice: Choice) -> float:
        """What the decision earns on the case."""

    def perfect(self, case: Case) -> float:
        """What the best decision for this very case earns."""

    def words(self, choice: Choice) -> str:
        """The decision in words."""


@dataclass(frozen=True)
class Acting:
    """Two classes: to act, or to leave."""

    money: Money
    action: str

    def best(self, cases: Sequence[Case]) -> Choice:
        """Whether acting on all earns more than leaving all."""
        return math.fsum(self.value(case, True) - self.value(case, False) for case in cases) > 0

    def value(self, case: Case, choice: Choice) -> float:
        """The entry of the cost matrix."""
        names = ("true_positive", "false_negative") if case.outcome else ("false_positive", "true_negative")
        name, amount = names[not choice], self.money.amount
        per_case: float = getattr(self.money, name)
        return per_case + (getattr(amount, name) * case.amount if amount else 0.0)

    def perfect(self, case: Case) -> float:
        """The better of the two."""
        return max(self.value(case, True), self.value(case, False))

    def words(self, choice: Choice) -> str:
        """As the charter calls it."""
        return self.action if choice else f"do not {self.action}"


@dataclass(frozen=True)
class Classifying:
    """Several classes: which one a case is taken for."""

    money: Money
    classes: tuple[str, ...]

    def best(self, cases: Sequence[Case]) -> Choice:
        """The class that earns most if all are taken for it."""
        return max(self.classes, key=lambda name: math.fsum(self.value(case, name) for case in cases))

    def value(self, case: Case, choice: Choice) -> float:
        """The entry of the cost matrix."""
        amount, right = self.money.amount, case.outcome == choice
        per_unit = (amount.right if right else amount.wrong) if amount else 0.0
        return self.money.value(str(case.outcome), str(choice)) + per_unit * case.amount

    def perfect(self, case: Case) -> float:
        """The best class to take it for, which need not be its own."""
        return max(self.value(case, name) for name in self.classes)

    def words(self, choice: Choice) -> str:
        """The class."""
        return str(choice)


@dataclass(frozen=True)
class Estimating:
    """A number."""

    money: Money

    def best(self, cases: Sequence[Case]) -> Choice:
        """The quantile that costs least (Koenker and Bassett 1978), by the rates that cases have on average."""
        ordered = sorted(float(case.outcome) for case in cases)
        above, below = (math.fsum(self._rate(name, case) for case in cases) for name in _DIRECTIONS)
        share = below / (below + above) if below + above else 0.5
        place = math.ceil(share * len(ordered)) - 1
        return ordered[min(max(place, 0), len(ordered) - 1)]

    def value(self, case: Case, choice: Choice) -> float:
        """What the error earns, by unit."""
        error = float(choice) - float(case.outcome)
        return abs(error) * self._rate(_DIRECTIONS[error <= 0], case)

    def _rate(self, name: str, case: Case) -> float:
        rate: float = getattr(self.money, name)
        return rate + (getattr(self.money.amount, name) * case.amount if self.money.amount else 0.0)

    def perfect(self, case: Case) -> float:  # noqa: ARG002 (as of the others)
        """No error costs nothing."""
        return 0.0

    def words(self, choice: Choice) -> str:
        """The number."""
        return f"{float(choice):g}"


def cases(rows: Sequence[Row], charter: Charter) -> list[tuple[Row, Case]]:
    """Rows that have an outcome, each with it."""
    missing, target = charter.preparation.missing_words(charter.target.column), charter.target
    amount = charter.money.amount.column if charter.money.amount else ""
    found = []
    for row in rows:
        text = (row.get(target.column) or "").strip(" ")
        outcome = None if text in missing else _outcome(text, charter)
        if outcome is not None:
            found.append((row, Case(outcome, number(row, amount, charter) or 0.0)))
    return found


def _outcome(text: str, charter: Charter) -> Choice | None:
    if charter.framing == "binary":
        return charter.target.is_positive(text)
    if charter.framing == "regression":
        column = next(each for each in charter.source.columns if each.name == charter.target.column)
        return _parsed(text, column.decimal, column.thousands)
    return text if not charter.target.classes or text in charter.target.classes else None


def decisions(charter: Charter, found: Sequence[tuple[Row, Case]]) -> Decisions:
    """How cases of this charter are decided."""
    if charter.framing == "binary":
        return Acting(charter.money, charter.action)
    if charter.framing == "regression":
        return Estimating(charter.money)
    classes = charter.target.classes or tuple(sorted({str(case.outcome) for _, case in found}))
    return Classifying(charter.money, classes)


def number(row: Row, name: str, charter: Charter) -> float | None:
    """The row's value in a column of numbers; None where it has none."""
    column = next((each for each in charter.source.columns if each.name == name), None)
    text = (row.get(name) or "").strip(" ")
    if column is None or text in charter.preparation.missing_words(name):
        return None
    return _parsed(text, column.decimal, column.thousands)


def _parsed(text: str, decimal: str, thousands: str) -> float | None:
    plain = plain_number(text, decimal, thousands)
    return float(plain) if plain is not None and re.fullmatch(NUMBER_PATTERN, plain) else None
