"""The OpenAPI document is true: what it allows is answered as it says, what it does not allow is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator

from crispstack.deployment import openapi, request_body
from crispstack.deployment.http import Request, Service
from crispstack.deployment.openapi import document
from crispstack.deployment.serving import Champion
from tests.unit.data_preparation.test_request_reader import SOUND
from tests.unit.deployment.every_type import champion
from tests.unit.evaluation.framings import (
    GRADE_GRAPH,
    GRADE_PACKAGE,
    GRADES,
    PRICE_GRAPH,
    PRICE_PACKAGE,
    PRICES,
)

CHAMPION = champion()


def application(environ: dict[str, Any], start: Callable[[str, list[tuple[str, str]]], Any]) -> Iterable[bytes]:
    """The service as WSGI calls it."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    route = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
    # A service of its own, for which every key is new.
    service = Service(CHAMPION, lambda _: None)
    answer = service.answer(Request(route, "r", body, headers, environ.get("QUERY_STRING", "")))
    start(f"{answer.status} ", [("content-type", "application/json"), *answer.headers.items()])
    return [answer.body]


# Bodies of thousands of rows take long to draw.
MOST_ROWS = 20
with pytest.MonkeyPatch.context() as patch:
    patch.setattr(openapi, "MAXIMUM_ROWS", MOST_ROWS)
    schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", application)


@pytest.fixture
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi, "MAXIMUM_ROWS", MOST_ROWS)
    monkeypatch.setattr(request_body, "MAXIMUM_ROWS", MOST_ROWS)


@pytest.mark.usefixtures("few_rows")
@schema.parametrize()
@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_requests_drawn_from_the_document_are_answered_as_it_says(case: schemathesis.Case) -> None:
    case.call_and_validate()


def schema_of(of: Champion, name: str) -> Draft202012Validator:
    made = document(of)
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": made["components"]})


@pytest.mark.parametrize(
    ("of", "row"),
    [
        (champion(), SOUND),
        (Champion(GRADES, GRADE_PACKAGE, GRADE_GRAPH), {"acid": 1.5}),
        (Champion(PRICES, PRICE_PACKAGE, PRICE_GRAPH), {"acid": 1.5}),
    ],
    ids=["two classes", "classes", "number"],
)
def test_rows_and_answers_are_what_the_document_says(of: Champion, row: dict[str, Any]) -> None:
    service = Service(of, lambda _: None)
    schema_of(of, "Row").validate(row)
    for query in ("", "explain=true"):
        answer = service.answer(
            Request("POST /v1/predict", "r", json.dumps({"rows": [row, row]}).encode(), query=query)
        )
        assert answer.status == 200
        schema_of(of, "Answer").validate(json.loads(answer.body))
    told = document(of)
    assert (told["openapi"], told["info"]["title"], told["info"]["version"]) == ("3.1.0", of.charter.name, "v1")
    assert told["paths"]["/v1/predict"]["post"]["requestBody"]["content"]["application/json"]["example"]


def test_fields_that_are_looked_up_are_not_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Champion, "optional_fields", frozenset({"city"}))
    assert set(document(champion())["components"]["schemas"]["Row"]["required"]) == set(SOUND) - {"city"}
