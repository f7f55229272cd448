"""What decisions are expected to be worth, and what a model is expected to say: the measure of a release."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Expectation
from crispstack.charter import Charter
from crispstack.modeling.stakes import Numbers
from crispstack.modeling.value import acting_and_leaving, best_classes, class_rates, class_values, decision_scores
from crispstack.money import Money


def expected_values(money: Money, probability: Numbers, act: NDArray[np.bool_], amount: Numbers | None) -> Numbers:
    """What each decision about a case of two classes earns on average at its probability, all of shape (n,)."""
    every = np.ones(len(probability), dtype=np.int64)
    if_positive, if_negative = (np.where(act, *acting_and_leaving(money, k * every, amount)) for k in (1, 0))
    expected: Numbers = probability * if_positive + (1 - probability) * if_negative
    return expected


def expected_class_values(
    values: Numbers, rates: Numbers, probabilities: Numbers, chosen: NDArray[np.int64], amount: Numbers | None
) -> Numbers:
    """What taking each case for the class of this index earns on average, shape (n,).

    Args:
        values: by actual class and the class it is taken for, shape (k, k).
        rates: value per unit of amount, likewise.
        probabilities: of each class, shape (n, k).
        chosen: the class that each case is taken for, shape (n,).
        amount: of each case, shape (n,).
    """
    earned = values[:, chosen].T
    if amount is not None:
        earned = earned + amount[:, None] * rates[:, chosen].T
    expected: Numbers = (probabilities * earned).sum(axis=1)
    return expected


def expectation(
    charter: Charter, classes: tuple[str, ...], threshold: float, scores: Numbers, amount: Numbers | None
) -> Expectation:
    """Mean and spread over rows that the model had not seen of what it says, and of what its decisions earn.

    Args:
        charter: says what decisions earn.
        classes: names, of several.
        threshold: from which on a case of two classes is acted on.
        scores: of shape (n,), or (n, k) for k classes.
        amount: what money depends on, shape (n,); it counts only where requests bring it.
    """
    money = charter.money
    if money.amount is None or money.amount.column not in {column.name for column in charter.feature_columns}:
        amount = None
    if charter.framing == "regression":
        return Expectation(float(scores.mean()), float(scores.std()))
    if charter.framing == "binary":
        said = scores
        act = decision_scores(charter, scores, amount) >= threshold
        worth = expected_values(money, scores, act, amount)
    else:
        values, rates = class_values(money, classes), class_rates(money, classes)
        chosen = best_classes(values, scores, rates, amount)
        said = scores[np.arange(len(scores)), chosen]
        worth = expected_class_values(values, rates, scores, chosen, amount)
    return Expectation(float(said.mean()), float(said.std()), float(worth.mean()), float(worth.std()))
