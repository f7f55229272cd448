"""Policies on the same test cases: what each earns, how uncertain that is, and what the model earns more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import PolicyValue
from crispstack.artifacts.decision import PolicyKind
from crispstack.evaluation.exposure import Amounts
from crispstack.evaluation.resampling import Resampling

MODEL, RANDOM, TODAY, CHAMPION, FORESIGHT = "model", "random", "today", "champion", "perfect_foresight"
"""Perfect foresight is a yardstick, not a policy: nobody can follow it."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Policy:
    """What a policy exposes each case to, shape (n, m), and on how many it acts where that means something."""

    name: str
    kind: PolicyKind
    exposures: Numbers
    acted_on: int | None = None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Values of all policies on the test set, and the model's advantage over the best simple one.

    `observed` are the exposures of each policy in total, shape (p, m), `resampled` those of every resample, shape
    (samples, p, m); both in the order of `policies`.
    """

    policies: tuple[PolicyValue, ...]
    best_alternative: str
    advantage: float
    advantage_low: float
    advantage_high: float
    observed: Numbers
    resampled: Numbers

    def at(self, policy: str) -> int:
        """Position of the policy."""
        return next(number for number, each in enumerate(self.policies) if each.policy == policy)

    def of_kind(self, kind: PolicyKind) -> list[PolicyValue]:
        """The policies that this kind of people could follow."""
        return [each for each in self.policies if each.kind == kind]


def compared(policies: Sequence[Policy], amounts: Amounts, resampling: Resampling, confidence: float) -> Comparison:
    """Totals of all policies with intervals, and the model's advantage over the best simple one.

    Cases are drawn with replacement (Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapters 8 and 13),
    the same ones for all policies, so that differences are paired.

    Args:
        policies: one of them is `MODEL`; at least one is simple.
        amounts: what an exposure earns.
        resampling: of the cases.
        confidence: of all intervals.
    """
    names = [policy.name for policy in policies]
    model, count = names.index(MODEL), len(policies)
    exposures = np.concatenate([policy.exposures for policy in policies], axis=1)
    values = np.stack([policy.exposures @ amounts.stated for policy in policies], axis=1)
    sums = resampling.sums(np.concatenate([exposures, values, values[:, [model]] - values], axis=1))
    first = exposures.shape[1]
    found = tuple(
        PolicyValue(
            policy.name,
            float(sums.observed[at]),
            *sums.interval(at, confidence),
            policy.acted_on,
            policy.kind,
            float(sums.observed[at + count]),
            *sums.interval(at + count, confidence),
        )
        for at, policy in enumerate(policies, first)
    )
    best = max((each for each in found if each.kind == "simple"), key=lambda each: each.value)
    return Comparison(
        found,
        best.policy,
        best.difference,
        best.difference_low,
        best.difference_high,
        sums.observed[:first].reshape(count, -1),
        sums.drawn[:, :first].reshape(resampling.samples, count, -1),
    )
