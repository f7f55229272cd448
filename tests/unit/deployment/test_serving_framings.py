"""What the prediction function answers where the target is one of several classes, or a number."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from crispstack.artifacts import GoldenRow
from crispstack.deployment.http import Service
from crispstack.deployment.lambda_event import to_request, to_response
from crispstack.deployment.release import golden_event, largest_difference
from crispstack.deployment.routes import MODEL
from crispstack.deployment.serving import Champion
from crispstack.errors import ReleaseError
from tests.unit.evaluation.framings import (
    CLASSES,
    GRADE_GRAPH,
    GRADE_PACKAGE,
    GRADES,
    PRICE_GRAPH,
    PRICE_PACKAGE,
    PRICES,
)

GRADING = Champion(GRADES, GRADE_PACKAGE, GRADE_GRAPH)
PRICING = Champion(PRICES, PRICE_PACKAGE, PRICE_GRAPH)


def response_to(champion: Champion, event: dict[str, Any]) -> dict[str, Any]:
    request = to_request(event)
    return to_response(Service(champion, lambda _: None).answer(request), request)


def answered(champion: Champion, event: dict[str, Any]) -> dict[str, Any]:
    response = response_to(champion, event)
    assert response["statusCode"] == 200, response
    content: dict[str, Any] = json.loads(response["body"])
    return content


def test_a_class_is_answered_with_the_probability_of_each() -> None:
    answer = GRADING.answer(GRADING.predict([{"acid": 1.0}, {"acid": -3.0}]))
    assert (answer["model_version"], answer["action"], answer["currency"]) == ("v1", "label it", "EUR")
    assert "threshold" not in answer
    logits = np.array([[-2.0, 0.5, 2.0], [6.0, 0.5, -6.0]])
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for prediction, probabilities in zip(answer["predictions"], expected, strict=True):
        assert list(prediction["probabilities"]) == list(CLASSES)
        np.testing.assert_allclose(list(prediction["probabilities"].values()), probabilities, rtol=1e-5)
    # Good is likeliest in the first row with 0.81, but 100 are lost where it is bad.
    assert [prediction["class"] for prediction in answer["predictions"]] == ["good", "bad"]
    costly = dataclasses.replace(GRADES.money, values={"bad": {"good": -1000}})
    careful = Champion(dataclasses.replace(GRADES, money=costly), GRADE_PACKAGE, GRADE_GRAPH)
    (prediction,) = careful.predict([{"acid": 1.0}])
    assert prediction["class"] == "fair"
    # 10 where it is fair indeed, and else 5 are lost.
    assert prediction["expected_value"] == pytest.approx(expected[0, 1] * 10 - 5 * (1 - expected[0, 1]))


def test_a_number_is_answered_with_what_to_act_on() -> None:
    (prediction,) = PRICING.predict([{"acid": 1.25}])
    assert prediction == {"prediction": 22.5, "decision": 23.0}


def test_the_model_is_described_by_what_decides() -> None:
    event = golden_event(GRADE_PACKAGE) | {"routeKey": MODEL}
    described = answered(GRADING, event)
    assert described["classes"] == list(CLASSES)
    assert "threshold" not in described
    assert answered(PRICING, event)["shift"] == 0.5
    assert answered(PRICING, event)["validation_explained_cost"] == 0.6


@pytest.mark.parametrize("champion", [GRADING, PRICING], ids=["classes", "numbers"])
def test_golden_rows_are_proven_whatever_is_predicted(champion: Champion) -> None:
    event = golden_event(champion.package)
    response = response_to(champion, event)
    assert largest_difference(champion.package, response) < 1e-6
    (golden,) = champion.package.golden_rows
    other = GoldenRow(golden.row, (*golden.scores[:-1], golden.scores[-1] * 1.0001))
    with pytest.raises(ReleaseError, match="the golden rows' answers differ by"):
        largest_difference(dataclasses.replace(champion.package, golden_rows=(other,)), response)


def test_a_large_number_may_differ_in_its_last_digits() -> None:
    large = GoldenRow({"acid": 0.0}, (1e6 + 0.1,))
    package = dataclasses.replace(PRICE_PACKAGE, golden_rows=(large,))
    body = json.dumps({"model_version": "v1", "predictions": [{"prediction": 1e6, "decision": 1e6}]})
    assert largest_difference(package, {"statusCode": 200, "body": body}) == pytest.approx(1e-7)
