"""What acting on cases earns, in money, and the threshold that earns most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.charter import Charter, Framing
from crispstack.modeling.stakes import Numbers, Stakes
from crispstack.money import Money

ACT_ON_NONE = 1.0 + 1e-6
"""A threshold above every probability."""
NOTHING_ELSE = Stakes()
"""The cost matrix alone: no amounts, no capacity."""


def outcome_value(money: Money, outcome: str, amount: Numbers | None) -> float | Numbers:
    """What the outcome earns per case, and per unit of its amount: a number, or with amounts one per row."""
    of_case: float = getattr(money, outcome)
    if money.amount is None or amount is None:
        return of_case
    per_unit: float = getattr(money.amount, outcome)
    return of_case + per_unit * amount


def acting_and_leaving(
    money: Money, actual: NDArray[np.int64], amount: Numbers | None = None
) -> tuple[Numbers, Numbers]:
    """What each case earns if it is acted on, and if it is left, both of shape (n,) (Elkan 2001, section 1)."""
    positive = actual == 1
    acting = np.where(
        positive, outcome_value(money, "true_positive", amount), outcome_value(money, "false_positive", amount)
    )
    leaving = np.where(
        positive, outcome_value(money, "false_negative", amount), outcome_value(money, "true_negative", amount)
    )
    return acting.astype(np.float64), leaving.astype(np.float64)


def case_values(
    money: Money, actual: NDArray[np.int64], acted: NDArray[np.bool_], amount: Numbers | None = None
) -> Numbers:
    """Value of each case, shape (n,): the entry of the cost matrix for its outcome."""
    return np.where(acted, *acting_and_leaving(money, actual, amount))


def expected_gain(money: Money, probability: Numbers, amount: Numbers) -> Numbers:
    """What acting on each case is expected to earn more than leaving it, in money, shape (n,).

    With amounts of its own each case has another threshold, and is best acted on where this is above zero (Elkan 2001;
    Bahnsen, Aouada and Ottersten, Example-dependent cost-sensitive decision trees, Expert Systems 42 (2015)).
    """
    everywhere = np.ones(len(probability), dtype=np.int64)
    if_positive, if_negative = (np.subtract(*acting_and_leaving(money, k * everywhere, amount)) for k in (1, 0))
    gain: Numbers = probability * if_positive + (1 - probability) * if_negative
    return gain


def decision_scores(charter: Charter, probability: Numbers, amount: Numbers | None) -> Numbers:
    """What cases of two classes are ranked and decided by, shape (n,): see `Charter.decides_by`."""
    if charter.decides_by == "probability" or amount is None:
        return probability
    return expected_gain(charter.money, probability, amount)


@dataclass(frozen=True)
class ValueCurve:
    """What every possible threshold earns: point k acts on the `acted_on[k]` cases that rank highest.

    Arrays have one entry per distinct threshold, from acting on none to acting on all that capacity allows. Cases with
    equal scores are acted on together, because no threshold can tell them apart.
    """

    threshold: Numbers
    acted_on: NDArray[np.int64]
    true_positives: NDArray[np.int64]
    value: Numbers


def value_curve(money: Money, actual: NDArray[np.int64], scores: Numbers, stakes: Stakes = NOTHING_ELSE) -> ValueCurve:
    """Total value at every threshold of scores of shape (n,), probabilities or expected gains."""
    acting, leaving = acting_and_leaving(money, actual, stakes.amount)
    eligible = np.flatnonzero(stakes.within_capacity(scores))
    order = eligible[np.argsort(-scores[eligible], kind="stable")]
    ranked = scores[order]
    last_of_ties = np.flatnonzero(np.append(np.diff(ranked) != 0, True))[: len(ranked)]
    acted_on = np.concatenate([[0], last_of_ties + 1])
    true_positives = np.concatenate([[0], np.cumsum(actual[order])])[acted_on]
    gained = np.concatenate([[0.0], np.cumsum((acting - leaving)[order])])[acted_on]
    # Halfway between two scores, so that a difference in the last digit does not flip a decision.
    between = (ranked[last_of_ties[:-1]] + ranked[last_of_ties[:-1] + 1]) / 2
    highest = max(ACT_ON_NONE, float(np.nextafter(ranked[0], np.inf)) if len(ranked) else ACT_ON_NONE)
    lowest = [min(0.0, float(ranked[-1]))] if len(ranked) else []
    threshold = np.concatenate([[highest], between, lowest])
    return ValueCurve(threshold, acted_on, true_positives, leaving.sum() + gained)


def best_threshold(
    money: Money, actual: NDArray[np.int64], scores: Numbers, stakes: Stakes = NOTHING_ELSE
) -> tuple[float, float]:
    """The threshold that earns most on these cases (act if score >= threshold), and its value per case."""
    curve = value_curve(money, actual, scores, stakes)
    best = int(np.argmax(curve.value))
    return float(curve.threshold[best]), float(curve.value[best]) / len(actual)


def class_values(money: Money, classes: tuple[str, ...]) -> Numbers:
    """Value of a case by its actual class (rows) and the class it is taken for (columns), shape (k, k)."""
    return np.array([[money.value(actual, taken) for taken in classes] for actual in classes], dtype=np.float64)


def class_rates(money: Money, classes: tuple[str, ...]) -> Numbers:
    """Value per unit of a case's amount, by actual class (rows) and the class it is taken for (columns)."""
    right, wrong = (money.amount.right, money.amount.wrong) if money.amount else (0.0, 0.0)
    return np.where(np.eye(len(classes), dtype=bool), right, wrong)


def best_classes(
    values: Numbers, probabilities: Numbers, rates: Numbers | None = None, amount: Numbers | None = None
) -> NDArray[np.int64]:
    """Per case the index of the class that it is best taken for: the one of highest expected value.

    Elkan, The foundations of cost-sensitive learning, IJCAI (2001), equation 1.

    Args:
        values: by actual class and the class it is taken for, shape (k, k).
        probabilities: of each class, shape (n, k).
        rates: value per unit of amount, likewise.
        amount: of each case, shape (n,).
    """
    expected = probabilities @ values
    if rates is not None and amount is not None:
        expected = expected + amount[:, None] * (probabilities @ rates)
    chosen: NDArray[np.int64] = expected.argmax(axis=1)
    return chosen


def error_values(money: Money, actual: Numbers, decided: Numbers, amount: Numbers | None = None) -> Numbers:
    """Value of each case, shape (n,), where a number was acted on and another came true, both of shape (n,)."""
    error = decided - actual
    over, under = (outcome_value(money, name, amount) for name in ("over_estimate", "under_estimate"))
    return np.where(error > 0, error * over, -error * under).astype(np.float64)


def best_constant(money: Money, actual: Numbers, amount: Numbers | None = None) -> float:
    """The number that is best acted on in all of these cases: the quantile at which both costs are in balance.

    Koenker and Bassett, Regression quantiles, Econometrica 46 (1978); with amounts, the weighted quantile: the smallest
    number with which cases that are not above it outweigh the cost of those above. Where errors to one side cost
    nothing there is no best one, as any number far enough to that side is as good: the median then.
    """
    if money.one_sided:
        return float(np.quantile(actual, 0.5, method="inverted_cdf"))
    over, under = (np.abs(outcome_value(money, name, amount)) for name in ("over_estimate", "under_estimate"))
    if money.amount is None or amount is None:
        return float(np.quantile(actual, float(under / (under + over)), method="inverted_cdf"))
    order = np.argsort(actual, kind="stable")
    reached = np.cumsum((over + under)[order]) >= under.sum() * (1 - 1e-12)
    return float(actual[order][np.argmax(reached)])


def best_shift(money: Money, actual: Numbers, predicted: Numbers, amount: Numbers | None = None) -> tuple[float, float]:
    """What to add to each prediction so that acting on it earns most in these cases, and its value per case.

    Nothing is added where errors to one side cost nothing: what is earned by telling an absurd number is not meant.
    """
    shift = 0.0 if money.one_sided else best_constant(money, actual - predicted, amount)
    return shift, float(error_values(money, actual, predicted + shift, amount).mean())


def explained_cost(money: Money, actual: Numbers, decided: Numbers, amount: Numbers | None = None) -> float:
    """Share of the cost of the best constant that is saved (D²): 1 is without error, 0 no better than the constant.

    Koenker and Machado, Goodness of fit and related inference processes for quantile regression, Journal of the
    American Statistical Association 94 (1999). NaN where all numbers are the same.
    """
    alike = np.full(len(actual), best_constant(money, actual, amount))
    constant = error_values(money, actual, alike, amount).sum()
    return float(1 - error_values(money, actual, decided, amount).sum() / constant) if constant else float("nan")


def constants(money: Money, actual: Numbers, amount: Numbers | None = None) -> dict[str, float]:
    """The numbers that anyone could predict for every case, from those of the training rows."""
    found = {"mean": float(actual.mean()), "median": float(np.median(actual))}
    return found if money.one_sided else {**found, "best_constant": best_constant(money, actual, amount)}


def value_per_case(
    framing: Framing,
    money: Money,
    classes: tuple[str, ...],
    actual: Numbers,
    scores: Numbers,
    stakes: Stakes = NOTHING_ELSE,
) -> tuple[float, float]:
    """What deciding by these scores earns per case, and of two classes the threshold with which it does: else 0.

    Args:
        framing: what scores are.
        money: for that framing; where it says nothing, the value is 0.
        classes: names, of several.
        actual: 0 or 1, indexes of classes, or numbers, shape (n,).
        scores: of two classes probabilities or expected gains, shape (n,), of several probabilities, shape (n, k), or
            numbers, shape (n,).
        stakes: amounts and capacity.
    """
    if framing == "binary":
        return best_threshold(money, actual.astype(np.int64), scores, stakes)
    if framing == "multiclass":
        values, rates = class_values(money, classes), class_rates(money, classes)
        was, taken = actual.astype(np.int64), best_classes(values, scores, rates, stakes.amount)
        amount = 0.0 if stakes.amount is None else stakes.amount
        return 0.0, float((values[was, taken] + amount * rates[was, taken]).mean())
    return 0.0, best_shift(money, actual, scores, stakes.amount)[1] if money.costs_per_unit else 0.0
