"""What the deployed prediction API says of itself, and how much it takes in one request."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from crispstack.artifacts import ModelPackage
from crispstack.deployment.routes import HEALTH, MODEL, OPENAPI
from tests.end_to_end.conftest import Checkout
from tests.end_to_end.signed_requests import ask, post
from tests.end_to_end.test_main_job import artifact, raw_rows, released

MOST_ROWS = 10_000


@pytest.fixture(scope="module")
def document(checkout: Checkout, run: str) -> dict[str, Any]:
    released(checkout, run)
    status, found = ask(checkout, checkout.keys, OPENAPI)
    assert status == 200, found
    return found


def test_the_document_describes_the_requests_that_the_api_takes(checkout: Checkout, document: dict[str, Any]) -> None:
    assert sorted(document["paths"]) == ["/healthz", "/v1/model", "/v1/openapi.json", "/v1/predict"]
    operation = document["paths"]["/v1/predict"]["post"]
    schema = {**operation["requestBody"]["content"]["application/json"]["schema"], "components": document["components"]}
    validator = Draft202012Validator(schema)
    (row,) = raw_rows(1)
    assert list(validator.iter_errors(row)) == []
    assert list(validator.iter_errors({"rows": [row]})) == []
    assert post(checkout, checkout.keys, json.dumps(row).encode())[0] == 200
    lacking = {name: value for name, value in row.items() if name != "job"}
    assert list(validator.iter_errors(lacking)) != []
    status, answer = post(checkout, checkout.keys, json.dumps(lacking).encode())
    assert (status, "job" in answer["message"]) == (400, True), answer


def test_it_says_which_model_serves_and_that_it_does(checkout: Checkout, run: str, document: dict[str, Any]) -> None:
    release, package = released(checkout, run), artifact(checkout, run, ModelPackage)
    status, model = ask(checkout, checkout.keys, MODEL)
    assert (status, model["model_version"], model["threshold"]) == (200, release.model_version, package.threshold)
    assert {field["name"] for field in model["fields"]} == set(package.golden_rows[0].row)
    status, health = ask(checkout, checkout.keys, HEALTH)
    assert (status, health["model_version"]) == (200, release.model_version)


def test_ten_thousand_rows_are_answered_each_as_if_it_came_alone(checkout: Checkout, run: str) -> None:
    released(checkout, run)
    rows = raw_rows(100)
    alone = [post(checkout, checkout.keys, json.dumps(row).encode())[1]["predictions"][0] for row in rows[:5]]
    many = list(itertools.islice(itertools.cycle(rows), MOST_ROWS))
    status, answer = post(checkout, checkout.keys, json.dumps({"rows": many}).encode())
    assert (status, len(answer["predictions"])) == (200, MOST_ROWS)
    for number, prediction in enumerate(answer["predictions"]):
        assert prediction["probability"] == answer["predictions"][number % len(rows)]["probability"]
    for prediction, expected in zip(answer["predictions"], alone, strict=False):
        assert prediction["probability"] == pytest.approx(expected["probability"], abs=1e-6)


def test_a_row_or_a_byte_too_many_is_refused_in_words(checkout: Checkout, run: str) -> None:
    released(checkout, run)
    (row,) = raw_rows(1)
    status, answer = post(checkout, checkout.keys, json.dumps({"rows": [row] * (MOST_ROWS + 1)}).encode())
    assert status == 400
    assert "10,000" in answer["message"], answer
    # More than Lambda takes of an event: the function is not even asked, and API Gateway has no better words.
    status, answer = post(checkout, checkout.keys, json.dumps({**row, "job": "x" * 6_500_000}).encode())
    assert (status, answer) == (500, {"message": "Internal Server Error"})
