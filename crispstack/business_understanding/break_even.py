"""Where two decisions are worth the same: what money alone says about acting, before any model."""

from __future__ import annotations

from crispstack.charter import Money


def break_even_probability(money: Money) -> float:
    """The probability of a positive above which acting pays: where both decisions are worth the same.

    In [0, 1] for money that passed the charter's checks.
    """
    cost = money.true_negative - money.false_positive
    gain = money.true_positive - money.false_negative
    return cost / (cost + gain)


def best_quantile(money: Money) -> float:
    """The quantile of what may come true that costs least to predict: cost below / (cost below + cost above).

    Koenker and Bassett, Regression quantiles, Econometrica 46 (1978); in inventories, the critical ratio.
    """
    return money.under_estimate / (money.under_estimate + money.over_estimate)
