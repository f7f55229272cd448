"""The metrics in the lines that are logged: what CloudWatch reads of a request, by project and model version."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import pytest

from crispstack.artifacts import ModelPackage
from crispstack.deployment import request_metrics
from crispstack.deployment.http import Request, Service
from crispstack.deployment.predictions import predicted_number
from crispstack.deployment.release import GOLDEN_REQUEST
from crispstack.deployment.serving import Champion
from crispstack.errors import ArtifactError
from tests.unit.deployment.test_serving import package
from tests.unit.modeling import mocked_s3

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, 250_000, tzinfo=dt.UTC)
OF_REQUESTS = ["Requests", "Refused", "Faults", "Rows", "Acted", "TotalExpectedValue", "Latency"]


@pytest.fixture(scope="module")
def trained() -> ModelPackage:
    return package()


@pytest.fixture
def champion(trained: ModelPackage) -> Champion:
    charter, _, training = mocked_s3.trained()
    return Champion(charter, trained, training.graph)


def rows(number: int) -> list[dict[str, Any]]:
    return [dict(golden.row) for golden in mocked_s3.trained()[2].golden_rows[:number]]


def logged(champion: Champion | None, *bodies: Any, name: str = "r", key: str = "") -> Mapping[str, Any]:
    """The line about the last of these requests, as it is written."""
    lines: list[Mapping[str, Any]] = []
    service = Service(champion, request_metrics.with_metrics("bank", lines.extend, lambda: NOW))
    headers = {"idempotency-key": key} if key else {}
    for body in bodies:
        service.answer(Request("POST /v1/predict", name, json.dumps(body).encode(), headers))
    return lines[-1]


def metrics(line: Mapping[str, Any]) -> dict[str, float]:
    """What CloudWatch makes of a line."""
    (asked,) = line["_aws"]["CloudWatchMetrics"]
    assert (asked["Namespace"], asked["Dimensions"]) == ("crispstack", [["Project"], ["Project", "ModelVersion"]])
    assert (line["Project"], line["_aws"]["Timestamp"]) == ("bank", int(NOW.timestamp() * 1000))
    return {each["Name"]: line[each["Name"]] for each in asked["Metrics"]}


def test_a_prediction_counts_its_rows_and_carries_what_the_model_says_of_them_on_average(champion: Champion) -> None:
    asked = rows(20)
    line, predictions = logged(champion, {"rows": asked}), champion.predict(asked)
    found = metrics(line)
    worth = sum(each["expected_value"] for each in predictions)
    assert list(found) == [*OF_REQUESTS, "Prediction", "ExpectedValue"]
    assert line["ModelVersion"] == champion.package.model_version
    assert found.pop("Latency") == line["milliseconds"] > 0
    acted = sum(each["act"] for each in predictions)
    assert 0 < acted < 20
    assert found == pytest.approx(
        {
            "Requests": 1,
            "Refused": 0,
            "Faults": 0,
            "Rows": 20,
            "Acted": acted,
            "TotalExpectedValue": worth,
            "Prediction": sum(each["probability"] for each in predictions) / 20,
            "ExpectedValue": worth / 20,
        }
    )


def test_what_is_refused_says_nothing_of_the_model(champion: Champion) -> None:
    found = metrics(logged(champion, {"age": "x"}))
    assert list(found) == OF_REQUESTS
    assert (found["Requests"], found["Refused"], found["Faults"], found["Rows"], found["Acted"]) == (1, 1, 0, 0, 0)


def test_an_answer_that_is_repeated_counts_as_a_request_and_not_as_a_prediction(champion: Champion) -> None:
    found = metrics(logged(champion, rows(1)[0], rows(1)[0], key="k"))
    assert list(found) == OF_REQUESTS
    assert (found["Requests"], found["Rows"], found["TotalExpectedValue"]) == (1, 0, 0)


def test_nobody_asked_the_golden_rows_of_a_release(champion: Champion) -> None:
    assert "_aws" not in logged(champion, rows(1)[0], name=f"{GOLDEN_REQUEST}v1")


def test_a_fault_of_ours_is_counted(champion: Champion, monkeypatch: pytest.MonkeyPatch) -> None:
    def unable(rows: Any) -> Any:
        raise ArtifactError("the look-ups are gone")

    monkeypatch.setattr(champion, "predict", unable)
    found = metrics(logged(champion, rows(1)[0]))
    assert (found["Faults"], found["Refused"], "Prediction" in found) == (1, 0, False)


def test_before_the_first_release_there_is_no_version_to_count_for() -> None:
    line = logged(None, rows(1)[0])
    assert (line["ModelVersion"], metrics(line)["Faults"]) == ("none", 1)


@pytest.mark.parametrize(
    ("prediction", "number"),
    [
        ({"probability": 0.3, "act": True, "expected_value": 1.0}, 0.3),
        ({"class": "fair", "expected_value": 6.0, "probabilities": {"bad": 0.1, "fair": 0.7, "good": 0.2}}, 0.7),
        ({"prediction": 4.0, "decision": 5.0}, 4.0),
    ],
)
def test_of_several_classes_and_of_numbers_it_is_what_is_decided_for(prediction: Any, number: float) -> None:
    assert predicted_number(prediction) == number
