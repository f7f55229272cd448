"""What acting on cases earns, in money, and the threshold that earns most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.charter import Framing, Money

ACT_ON_NONE = 1.0 + 1e-6
"""A threshold above every probability."""


def case_values(money: Money, actual: NDArray[np.int64], acted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Value of each case, shape (n,): the entry of the cost matrix for its outcome (Elkan 2001, section 1)."""
    acting = np.where(actual == 1, money.true_positive, money.false_positive)
    leaving = np.where(actual == 1, money.false_negative, money.true_negative)
    return np.where(acted, acting, leaving).astype(np.float64)


@dataclass(frozen=True)
class ValueCurve:
    """What every possible threshold earns: point k acts on the `acted_on[k]` cases that rank highest.

    Arrays have one entry per distinct threshold, from acting on none to acting on all. Cases with equal
    probabilities are acted on together, because no threshold can tell them apart.
    """

    threshold: NDArray[np.float64]
    acted_on: NDArray[np.int64]
    true_positives: NDArray[np.int64]
    value: NDArray[np.float64]


def value_curve(money: Money, actual: NDArray[np.int64], predicted: NDArray[np.float64]) -> ValueCurve:
    """Total value at every threshold, from arrays of shape (n,)."""
    order = np.argsort(-predicted, kind="stable")
    scores = predicted[order]
    last_of_ties = np.flatnonzero(np.append(np.diff(scores) != 0, True))
    acted_on = np.concatenate([[0], last_of_ties + 1])
    true_positives = np.concatenate([[0], np.cumsum(actual[order])])[acted_on]
    false_positives = acted_on - true_positives
    positives = int(actual.sum())
    value = (
        true_positives * money.true_positive
        + false_positives * money.false_positive
        + (positives - true_positives) * money.false_negative
        + (len(actual) - positives - false_positives) * money.true_negative
    )
    # Halfway between two scores, so that a difference in the last digit does not flip a decision.
    between = (scores[last_of_ties[:-1]] + scores[last_of_ties[:-1] + 1]) / 2
    threshold = np.concatenate([[ACT_ON_NONE], between, [0.0]])
    return ValueCurve(threshold, acted_on, true_positives, value.astype(np.float64))


def best_threshold(money: Money, actual: NDArray[np.int64], predicted: NDArray[np.float64]) -> tuple[float, float]:
    """The threshold that earns most on these cases (act if probability >= threshold), and its value per case."""
    curve = value_curve(money, actual, predicted)
    best = int(np.argmax(curve.value))
    return float(curve.threshold[best]), float(curve.value[best]) / len(actual)


def class_values(money: Money, classes: tuple[str, ...]) -> NDArray[np.float64]:
    """Value of a case by its actual class (rows) and the class it is taken for (columns), shape (k, k)."""
    return np.array([[money.value(actual, taken) for taken in classes] for actual in classes], dtype=np.float64)


def best_classes(values: NDArray[np.float64], probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    """Per case the index of the class that it is best taken for: the one of highest expected value.

    Elkan, The foundations of cost-sensitive learning, IJCAI (2001), equation 1.

    Args:
        values: by actual class and the class it is taken for, shape (k, k).
        probabilities: of each class, shape (n, k).
    """
    chosen: NDArray[np.int64] = (probabilities @ values).argmax(axis=1)
    return chosen


def error_values(money: Money, actual: NDArray[np.float64], decided: NDArray[np.float64]) -> NDArray[np.float64]:
    """Value of each case, shape (n,), where a number was acted on and another came true, both of shape (n,)."""
    error = decided - actual
    return np.where(error > 0, error * money.over_estimate, -error * money.under_estimate).astype(np.float64)


def best_constant(money: Money, actual: NDArray[np.float64]) -> float:
    """The number that is best acted on in all of these cases: the quantile at which both costs are in balance.

    Koenker and Bassett, Regression quantiles, Econometrica 46 (1978).
    """
    share = money.under_estimate / (money.under_estimate + money.over_estimate)
    return float(np.quantile(actual, share, method="inverted_cdf"))


def best_shift(money: Money, actual: NDArray[np.float64], predicted: NDArray[np.float64]) -> tuple[float, float]:
    """What to add to each prediction so that acting on it earns most in these cases, and its value per case."""
    shift = best_constant(money, actual - predicted)
    return shift, float(error_values(money, actual, predicted + shift).mean())


def explained_cost(money: Money, actual: NDArray[np.float64], decided: NDArray[np.float64]) -> float:
    """Share of the cost of the best constant that is saved (D²): 1 is without error, 0 no better than the constant.

    Koenker and Machado, Goodness of fit and related inference processes for quantile regression, Journal of the
    American Statistical Association 94 (1999). NaN where all numbers are the same.
    """
    constant = error_values(money, actual, np.full(len(actual), best_constant(money, actual))).sum()
    return float(1 - error_values(money, actual, decided).sum() / constant) if constant else float("nan")


def constants(money: Money, actual: NDArray[np.float64]) -> dict[str, float]:
    """The numbers that anyone could predict for every case, from those of the training rows."""
    return {
        "mean": float(actual.mean()),
        "median": float(np.median(actual)),
        "best_constant": best_constant(money, actual),
    }


def value_per_case(
    framing: Framing, money: Money, classes: tuple[str, ...], actual: NDArray[np.float64], scores: NDArray[np.float64]
) -> tuple[float, float]:
    """What deciding by these scores earns per case, and of two classes the threshold with which it does: else 0.

    Args:
        framing: what scores are.
        money: for that framing; where it says nothing, the value is 0.
        classes: names, of several.
        actual: 0 or 1, indexes of classes, or numbers, shape (n,).
        scores: probabilities, shape (n,) or (n, k), or numbers, shape (n,).
    """
    if framing == "binary":
        return best_threshold(money, actual.astype(np.int64), scores)
    if framing == "multiclass":
        values = class_values(money, classes)
        return 0.0, float(values[actual.astype(np.int64), best_classes(values, scores)].mean())
    costs = money.over_estimate + money.under_estimate
    return 0.0, best_shift(money, actual, scores)[1] if costs else 0.0
