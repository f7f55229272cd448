"""How good a model must be to bring back what the project costs: solved for, before anything is built.

Two classes: the scores of positive and negative cases are taken for normally distributed with equal spread, so that the
ROC AUC says everything (the binormal model: Hanley, The robustness of the "binormal" assumptions, Medical Decision
Making 8 (1988)). Then what the best threshold earns follows from the AUC, and grows with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from crispstack.business_understanding.evidence import Evidence
from crispstack.charter import Charter

_NORMAL = NormalDist()
_MOST_SEPARATION = 20.0
"""Standard deviations between the two classes at which they are told apart without error."""
_STEPS = 60
"""Of bisection: each halves what is not known."""


@dataclass(frozen=True)
class Costs:
    """What the project costs in its money's currency, for how many years and cases its answer is used."""

    once: float
    yearly: float
    years: float
    cases: float

    @property
    def total(self) -> float:
        """Over all years."""
        return self.once + self.yearly * self.years

    @property
    def per_case(self) -> float:
        """What each case must bring beyond the best simple policy."""
        return self.total / self.cases


def costs(charter: Charter) -> Costs | None:
    """What the charter's resources cost; None where it names none, or not how many cases there are."""
    if not charter.money.volume or not charter.resources:
        return None
    once = math.fsum(each.cost for each in charter.resources if not each.every_year)
    yearly = math.fsum(each.cost for each in charter.resources if each.every_year)
    return Costs(once, yearly, charter.years_of_use, charter.money.volume.per_year * charter.years_of_use)


@dataclass(frozen=True)
class Stake:
    """A decision between acting and leaving: the share of positive cases, what acting gains, how many can be acted on.

    `gain_if_positive` is above 0 and `gain_if_negative` below: what acting is worth more than leaving.
    `most` is the share of cases that there is capacity for.
    """

    positives: float
    gain_if_positive: float
    gain_if_negative: float
    most: float = 1.0

    def constant(self) -> float:
        """Value per case, beyond leaving all, of the best without a model: acting on as many as can be, or on none."""
        on_any = self.positives * self.gain_if_positive + (1 - self.positives) * self.gain_if_negative
        return max(0.0, self.most * on_any)

    def perfect(self) -> float:
        """Value per case, beyond leaving all, of acting on positive cases alone."""
        return min(self.positives, self.most) * self.gain_if_positive

    def with_auc(self, auc: float) -> float:
        """Value per case, beyond leaving all, at the best threshold of a model that ranks this well.

        Args:
            auc: its ROC AUC, from 0.5 to 1.
        """
        if auc <= 0.5 or not 0 < self.positives < 1 or self.gain_if_negative >= 0 or self.gain_if_positive <= 0:
            return self.constant()
        apart = math.sqrt(2) * _NORMAL.inv_cdf(min(auc, 1 - 1e-15))
        cost = -(1 - self.positives) * self.gain_if_negative
        # Acting pays while the likelihood ratio exp(apart t - apart²/2) is above cost / gain.
        threshold = apart / 2 + math.log(cost / (self.positives * self.gain_if_positive)) / apart
        if self._acted(threshold, apart) > self.most:
            threshold = self._at_capacity(apart)
        hits, alarms = _NORMAL.cdf(apart - threshold), _NORMAL.cdf(-threshold)
        return self.positives * hits * self.gain_if_positive - cost * alarms

    def _acted(self, threshold: float, apart: float) -> float:
        return self.positives * _NORMAL.cdf(apart - threshold) + (1 - self.positives) * _NORMAL.cdf(-threshold)

    def _at_capacity(self, apart: float) -> float:
        """The threshold above which there are as many cases as can be acted on."""
        low, high = -_MOST_SEPARATION, 2 * _MOST_SEPARATION
        for _ in range(_STEPS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._acted(middle, apart) > self.most else (low, middle)
        return high


def stake(charter: Charter, evidence: Evidence) -> Stake:
    """The decision that the charter's money and capacity and the data's outcomes make."""
    money = charter.money
    most = min(1.0, money.capacity.per_year / money.volume.per_year) if money.capacity and money.volume else 1.0
    return Stake(evidence.positives, evidence.gain_if_positive, evidence.gain_if_negative, most)


def minimum_auc(decision: Stake, needed: float) -> float | None:
    """The ROC AUC from which a model earns so much per case beyond the best simple policy; None where none does.

    Args:
        decision: what is decided; acting pays on positive cases and costs on negative ones.
        needed: money per case, above 0.
    """
    wanted = decision.constant() + needed
    if decision.perfect() < wanted:
        return None
    low, high = 0.5, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if decision.with_auc(middle) < wanted else (low, middle)
    return high


def minimum_share(evidence: Evidence, needed: float) -> float | None:
    """Which share of what foresight would earn must be earned; None where even all of it is too little."""
    possible = evidence.perfect - evidence.constant
    return needed / possible if 0 < needed <= possible else None
