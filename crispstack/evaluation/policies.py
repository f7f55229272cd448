"""What acting by the model earns against the policies anyone could follow without it, with its uncertainty.

Intervals are percentiles of a stratified bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap (1993),
chapters 8 and 13): cases are drawn with replacement within each class, so that the base rate stays what it is. Of
the n_c cases of a class a policy acts on a_c; how many of a resample's n_c cases it acts on is therefore binomial,
with n_c draws and probability a_c / n_c. Drawing these numbers is the same as drawing the cases, and takes no time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import PolicyValue
from crispstack.charter import Acceptance, Money
from crispstack.evaluation.comparison import FORESIGHT, MODEL, RANDOM, TODAY, Comparison, compared, interval, kind_of
from crispstack.modeling.value import case_values

EVERYONE, NO_ONE = "everyone", "no_one"
SIMPLE = (EVERYONE, NO_ONE, RANDOM)
"""What anyone could do instead of asking the model."""

Totals = NDArray[np.float64]


def compare(
    money: Money,
    actual: NDArray[np.int64],
    acted: NDArray[np.bool_],
    acceptance: Acceptance,
    seed: int,
    today: NDArray[np.float64] | None = None,
) -> Comparison:
    """Compare the model's choice with every simple policy; the difference is paired, resample by resample.

    Args:
        money: value per outcome.
        actual: outcomes, 0 or 1, shape (n,).
        acted: whom the model would act on, shape (n,).
        acceptance: confidence and number of bootstrap samples.
        seed: of the resampling.
        today: 1 for who is acted on today, 0 for who is not, NaN where that is not known: it is not acted on then.
    """
    if today is not None:
        return _with_today(money, actual, acted, acceptance, seed, today == 1)
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
        PolicyValue(
            name,
            float(observed[name][0]),
            *interval(resampled[name], acceptance.confidence),
            acted_on[name],
            kind_of(name),
            float(observed[MODEL][0] - observed[name][0]),
            *interval(resampled[MODEL] - resampled[name], acceptance.confidence),
        )
        for name in acted_on
    )
    best = max(SIMPLE, key=lambda name: float(observed[name][0]))
    low, high = interval(resampled[MODEL] - resampled[best], acceptance.confidence)
    return Comparison(values, best, float(observed[MODEL][0] - observed[best][0]), low, high)


def _with_today(
    money: Money,
    actual: NDArray[np.int64],
    acted: NDArray[np.bool_],
    acceptance: Acceptance,
    seed: int,
    today: NDArray[np.bool_],
) -> Comparison:
    """With a policy of whom else is acted on, counts of outcomes do not tell enough: cases themselves are drawn."""
    everyone, none = np.ones(len(actual), dtype=bool), np.zeros(len(actual), dtype=bool)
    acting, leaving = case_values(money, actual, everyone), case_values(money, actual, none)
    share = acted.mean()
    earned = {
        MODEL: case_values(money, actual, acted),
        EVERYONE: acting,
        NO_ONE: leaving,
        RANDOM: share * acting + (1 - share) * leaving,
        TODAY: case_values(money, actual, today),
        FORESIGHT: np.maximum(acting, leaving),
    }
    counted = {MODEL: acted, EVERYONE: everyone, NO_ONE: none, RANDOM: acted, TODAY: today, FORESIGHT: acting > leaving}
    acted_on = {name: int(chosen.sum()) for name, chosen in counted.items()}
    return compared(earned, (*SIMPLE, TODAY), acceptance, seed, strata=actual, acted_on=acted_on)


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
