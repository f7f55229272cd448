"""What a model's scores mean, row by row: the decision, and what it is expected to be worth."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import ModelPackage
from crispstack.charter import Charter
from crispstack.errors import RequestError
from crispstack.modeling.expectation import expected_class_values, expected_values
from crispstack.modeling.value import (
    acting_and_leaving,
    best_classes,
    class_rates,
    class_values,
    decision_scores,
)

Prediction = dict[str, Any]
Numbers = NDArray[np.float64]


def predicted_number(prediction: Prediction) -> float:
    """The probability of the positive class, or of the class that is decided for; or the number."""
    if "probability" in prediction:
        found = prediction["probability"]
    elif "class" in prediction:
        found = prediction["probabilities"][prediction["class"]]
    else:
        found = prediction["prediction"]
    return float(found)


class Predictions:
    """Turns scores into predictions by a package's threshold, classes or shift and the charter's money."""

    def __init__(self, charter: Charter, package: ModelPackage) -> None:
        """Take what decides."""
        self._charter, self._package = charter, package
        self._of = {"binary": self._binary, "multiclass": self._multiclass, "regression": self._regression}
        if package.framing == "binary":
            self._if_positive, self._if_negative = (
                [float(value[0]) for value in acting_and_leaving(charter.money, np.array([actual]))]
                for actual in (1, 0)
            )
        if package.framing == "multiclass":
            self._values = class_values(charter.money, package.classes)
            self._rates = class_rates(charter.money, package.classes)

    def of(self, scores: NDArray[np.float32], amount: Numbers | None) -> list[Prediction]:
        """One per row.

        Of two classes: the probability, whether to act, which is where the score that decides reaches the threshold
        that earned most, and the expected value of doing so. Of several: the class of highest expected value, that
        value and the probability of each. Of a number: the number, and what to act on, which is shifted by what earned
        most on validation.

        Args:
            scores: of shape (n,), or (n, k) for k classes.
            amount: what money depends on, shape (n,); None where it depends on nothing that a request brings.

        Raises:
            RequestError: a row is so far from those of training that the model has no number for it.
        """
        if not np.isfinite(scores).all():
            row = int(np.argmin(np.isfinite(scores.reshape(len(scores), -1)).all(axis=1)))
            raise RequestError(f"row {row}: the model has no answer: its numbers are too far from those of training")
        return self._of[self._package.framing](scores, amount)

    def _regression(self, scores: NDArray[np.float32], _amount: Numbers | None) -> list[Prediction]:
        shift = self._package.shift
        return [{"prediction": value, "decision": value + shift} for value in scores.tolist()]

    def _binary(self, scores: NDArray[np.float32], amount: Numbers | None) -> list[Prediction]:
        threshold = self._package.threshold
        if amount is not None:
            return self._binary_by_amount(scores.astype(np.float64), amount)
        (acting, leaving), (acting_0, leaving_0) = self._if_positive, self._if_negative
        return [
            {
                "probability": value,
                "act": (act := value >= threshold),
                "expected_value": value * acting + (1 - value) * acting_0
                if act
                else value * leaving + (1 - value) * leaving_0,
            }
            for value in scores.tolist()
        ]

    def _binary_by_amount(self, probability: Numbers, amount: Numbers) -> list[Prediction]:
        act = decision_scores(self._charter, probability, amount) >= self._package.threshold
        expected = expected_values(self._charter.money, probability, act, amount)
        return [
            {"probability": value, "act": decided, "expected_value": worth}
            for value, decided, worth in zip(probability.tolist(), act.tolist(), expected.tolist(), strict=True)
        ]

    def _multiclass(self, scores: NDArray[np.float32], amount: Numbers | None) -> list[Prediction]:
        classes, probabilities = self._package.classes, scores.astype(np.float64)
        chosen = best_classes(self._values, probabilities, self._rates, amount)
        expected = expected_class_values(self._values, self._rates, probabilities, chosen, amount)
        return [
            {"class": classes[index], "expected_value": worth, "probabilities": dict(zip(classes, row, strict=True))}
            for index, worth, row in zip(chosen.tolist(), expected.tolist(), scores.tolist(), strict=True)
        ]
