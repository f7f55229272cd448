"""Policies on the same test cases: what each earns, how uncertain that is, and what the model earns more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import PolicyValue
from crispstack.artifacts.decision import PolicyKind
from crispstack.charter import Acceptance

MODEL, RANDOM, TODAY, FORESIGHT = "model", "random", "today", "perfect_foresight"
"""Perfect foresight is a yardstick, not a policy: nobody can follow it."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """Values of all policies on the test set, and the model's advantage over the best simple one."""

    policies: tuple[PolicyValue, ...]
    best_alternative: str
    advantage: float
    advantage_low: float
    advantage_high: float


def compared(
    values: Mapping[str, Values],
    simple: tuple[str, ...],
    acceptance: Acceptance,
    seed: int,
    strata: NDArray[np.int64] | None = None,
    acted_on: Mapping[str, int] | None = None,
) -> Comparison:
    """Totals of all policies with percentile intervals, and the model's advantage over the best simple one.

    Cases are drawn with replacement (Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapters 8 and 13),
    the same ones for all policies, so that differences are paired.

    Args:
        values: per policy what each case earned, shape (n,); one of them is `MODEL`.
        simple: the policies that anyone could follow without the model.
        acceptance: confidence and number of resamples.
        seed: of the resampling.
        strata: if given, int of shape (n,): cases are drawn within each stratum, so that their shares stay.
        acted_on: per policy how many cases are acted on, where that means something.
    """
    names = list(values)
    totals = _resampled(np.stack([values[name] for name in names]), acceptance.bootstrap_samples, seed, strata)
    resampled = dict(zip(names, totals, strict=True))
    observed = {name: float(values[name].sum()) for name in names}
    best = max(simple, key=lambda name: observed[name])
    low, high = interval(resampled[MODEL] - resampled[best], acceptance.confidence)
    policies = tuple(
        PolicyValue(
            name,
            observed[name],
            *interval(resampled[name], acceptance.confidence),
            (acted_on or {}).get(name),
            kind_of(name),
            observed[MODEL] - observed[name],
            *interval(resampled[MODEL] - resampled[name], acceptance.confidence),
        )
        for name in names
    )
    return Comparison(policies, best, observed[MODEL] - observed[best], low, high)


def kind_of(policy: str) -> PolicyKind:
    """Who could follow the policy."""
    return {MODEL: "model", FORESIGHT: "foresight"}.get(policy, "simple")  # type: ignore[return-value]


def _resampled(values: Values, samples: int, seed: int, strata: NDArray[np.int64] | None) -> Values:
    """Totals of every resample, shape (policies, samples), from values of shape (policies, n)."""
    generator = np.random.default_rng(seed)
    groups = (
        [np.arange(values.shape[1])] if strata is None else [np.flatnonzero(strata == k) for k in np.unique(strata)]
    )
    totals = np.zeros((len(values), samples))
    for group in groups:
        of_group = values[:, group]
        # What every case of a stratum earns alike, no resample changes.
        varies = np.ptp(of_group, axis=1) > 0
        totals[~varies] += of_group[~varies].sum(axis=1, keepdims=True)
        drawn_from, size = of_group[varies], of_group.shape[1]
        for sample in range(samples if varies.any() else 0):
            totals[varies, sample] += drawn_from[:, generator.integers(0, size, size)].sum(axis=1)
    return totals


def interval(values: Values, confidence: float) -> tuple[float, float]:
    """The percentiles between which resamples lie with this probability."""
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
