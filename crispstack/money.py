"""The part of a charter that says what decisions earn: per outcome, per unit of an amount, and within which limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Period = Literal["day", "week", "month", "quarter", "year"]
DAYS: dict[Period, float] = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "quarter": 365.25 / 4, "year": 365.25}


@dataclass(frozen=True)
class PerPeriod:
    """So many cases in every period."""

    cases: int
    period: Period

    @property
    def per_year(self) -> float:
        """Cases in a year of 365.25 days."""
        return self.cases * DAYS["year"] / DAYS[self.period]


@dataclass(frozen=True)
class Range:
    """Bounds between which an amount of money is believed to lie."""

    low: float
    high: float


@dataclass(frozen=True)
class PerAmount:
    """What each outcome earns per unit of a row's `column`, beside what it earns per case: names as in `Money`.

    `unit` is what the column counts. For a number the rates are per unit of the column and of the error.
    """

    column: str
    unit: str = ""
    true_positive: float = 0.0
    false_positive: float = 0.0
    true_negative: float = 0.0
    false_negative: float = 0.0
    right: float = 0.0
    wrong: float = 0.0
    over_estimate: float = 0.0
    under_estimate: float = 0.0


@dataclass(frozen=True)
class Money:
    """Value in `currency` of one case per outcome; costs are negative.

    Two classes: "positive" is the decision to act; a true positive is an action taken on a case that turns out
    positive. Several classes: a case that is taken for what it is earns `right`, any other `wrong`; `values` says
    otherwise of single pairs, by the actual class and then the predicted one. A number: what one unit earns by which
    the prediction is above the truth (`over_estimate`) or below it (`under_estimate`).

    `amount` adds what depends on a row's own amount. `capacity` is how many cases can be acted on at most, `volume` how
    many there are to choose from; without it every period of the data is taken as complete. `ranges` say of outcomes,
    ``true_positive`` or ``amount.true_positive``, between which bounds their value is believed to lie.
    """

    currency: str
    true_positive: float = 0.0
    false_positive: float = 0.0
    true_negative: float = 0.0
    false_negative: float = 0.0
    reasoning: str = ""
    right: float = 0.0
    wrong: float = 0.0
    values: dict[str, dict[str, float]] = field(default_factory=dict)
    over_estimate: float = 0.0
    under_estimate: float = 0.0
    amount: PerAmount | None = None
    capacity: PerPeriod | None = None
    volume: PerPeriod | None = None
    ranges: dict[str, Range] = field(default_factory=dict)

    def value(self, actual: str, predicted: str) -> float:
        """Value of a case of one class that was taken for one of another, or of the same."""
        return self.values.get(actual, {}).get(predicted, self.right if actual == predicted else self.wrong)

    @property
    def costs_per_unit(self) -> bool:
        """Whether a unit of a number's error costs anything."""
        return any(self._costs("over_estimate") + self._costs("under_estimate"))

    @property
    def one_sided(self) -> bool:
        """Whether a number's errors cost to one side only, so that any number far enough to the other costs nothing."""
        return any(self._costs("over_estimate")) != any(self._costs("under_estimate"))

    def _costs(self, name: str) -> tuple[float, float]:
        """Per unit of the error, and per unit of it and of the amount."""
        return getattr(self, name), getattr(self.amount, name) if self.amount else 0.0
