"""What acting by the model earns against the policies anyone could follow without it, with its uncertainty.

Intervals are percentiles of a stratified bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap (1993),
chapters 8 and 13): cases are drawn with replacement within each class, so that the base rate stays what it is. Of
the n_c cases of a class a policy acts on a_c; how many of a resample's n_c cases it acts on is therefore binomial,
with n_c draws and probability a_c / n_c. Drawing these numbers is the same as drawing the cases, and takes no time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import PolicyValue
from crispstack.charter import Acceptance, Money

MODEL, EVERYONE, NO_ONE, RANDOM, FORESIGHT = "model", "everyone", "no_one", "random", "perfect_foresight"
SIMPLE = (EVERYONE, NO_ONE, RANDOM)
"""What anyone could do instead of asking the model. Perfect foresight is a yardstick, not a policy."""

Totals = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """Values of all policies on the test set, and the model's advantage over the best simple one."""

    policies: tuple[PolicyValue, ...]
    best_alternative: str
    advantage: float
    advantage_low: float
    advantage_high: float


def compare(
    money: Money, actual: NDArray[np.int64], acted: NDArray[np.bool_], acceptance: Acceptance, seed: int
) -> Comparison:
    """Compare the model's choice with every simple policy; the difference is paired, resample by resample.

    Args:
        money: value per outcome.
        actual: outcomes, 0 or 1, shape (n,).
        acted: whom the model would act on, shape (n,).
        acceptance: confidence and number of bootstrap samples.
        seed: of the resampling.
    """
    positives = int(actual.sum())
    negatives = len(actual) - positives
    true_positives = int(actual[acted].sum())
    false_positives = int(acted.sum()) - true_positives
    observed = _totals(money, positives, negatives, np.array([true_positives]), np.array([false_positives]))
    generator = np.random.default_rng(seed)
    samples = acceptance.bootstrap_samples
    resampled = _totals(
        money,
        positives,
        negatives,
        generator.binomial(positives, true_positives / positives, samples),
        generator.binomial(negatives, false_positives / negatives, samples),
    )
    acted_on = {
        MODEL: int(acted.sum()),
        EVERYONE: len(actual),
        NO_ONE: 0,
        RANDOM: int(acted.sum()),
        FORESIGHT: _worth_acting_on(money, positives, negatives),
    }
    values = tuple(
        PolicyValue(name, float(observed[name][0]), *_interval(resampled[name], acceptance.confidence), acted_on[name])
        for name in acted_on
    )
    best = max(SIMPLE, key=lambda name: float(observed[name][0]))
    low, high = _interval(resampled[MODEL] - resampled[best], acceptance.confidence)
    return Comparison(values, best, float(observed[MODEL][0] - observed[best][0]), low, high)


def _totals(
    money: Money, positives: int, negatives: int, true_positives: NDArray[np.int64], false_positives: NDArray[np.int64]
) -> dict[str, Totals]:
    """Total value of every policy, one entry per resample."""
    none = positives * money.false_negative + negatives * money.true_negative
    everyone = positives * money.true_positive + negatives * money.false_positive
    model = (
        none
        + true_positives * (money.true_positive - money.false_negative)
        + false_positives * (money.false_positive - money.true_negative)
    )
    # As many cases as the model acts on, drawn at random: in expectation the same share of either class.
    share = (true_positives + false_positives) / (positives + negatives)
    best_per_case = positives * max(money.true_positive, money.false_negative) + negatives * max(
        money.false_positive, money.true_negative
    )
    constant = np.ones(len(model))
    return {
        MODEL: model.astype(np.float64),
        EVERYONE: everyone * constant,
        NO_ONE: none * constant,
        RANDOM: share * everyone + (1 - share) * none,
        FORESIGHT: best_per_case * constant,
    }


def _worth_acting_on(money: Money, positives: int, negatives: int) -> int:
    acting_pays = money.true_positive > money.false_negative, money.false_positive > money.true_negative
    return positives * acting_pays[0] + negatives * acting_pays[1]


def _interval(values: Totals, confidence: float) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
