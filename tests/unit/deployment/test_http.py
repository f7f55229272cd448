"""What the prediction API promises beside predictions: together or alone, twice or once, too much, too little."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from crispstack.deployment import http, json_bytes, repeated_requests, request_body
from crispstack.deployment.http import Answer, Request, Service
from crispstack.deployment.serving import Champion
from crispstack.errors import ArtifactError
from crispstack.modeling.value import case_values
from crispstack.money import Money, PerAmount
from tests.unit.deployment.test_serving import package
from tests.unit.evaluation.framings import GRADE_GRAPH, GRADE_PACKAGE, GRADES
from tests.unit.modeling import mocked_s3


def silent(lines: Any) -> None:
    """Log nothing."""


@pytest.fixture(scope="module")
def champion() -> Champion:
    charter, _, training = mocked_s3.trained()
    return Champion(charter, package(), training.graph)


def row(number: int = 0) -> dict[str, Any]:
    return dict(mocked_s3.trained()[2].golden_rows[number].row)


def ask(body: Any, name: str = "r", query: str = "", **headers: str) -> Request:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request("POST /v1/predict", name, content, {key.replace("_", "-"): v for key, v in headers.items()}, query)


def told(answer: Answer) -> Any:
    return json.loads(answer.body)


def test_requests_that_are_there_together_are_answered_as_each_would_be_alone(
    champion: Champion, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(champion, silent)
    sound = [ask(row(0)), ask({"rows": [row(1), row(2)]}), ask({"rows": [row(3)] * 150}), ask(row(4))]
    alone = [service.answer(each) for each in sound]
    runs: list[int] = []
    predict = champion.predict

    def counted(rows: Sequence[Any]) -> Any:
        runs.append(len(rows))
        return predict(rows)

    monkeypatch.setattr(champion, "predict", counted)
    assert service.answer_all(sound) == alone
    assert runs == [4, 150]
    unsound = [ask(row(0) | {"age": "x"}), ask(b"{"), ask({"rows": []}), ask({"rows": [3]})]
    mixed = service.answer_all([sound[0], *unsound, sound[1]])
    assert [each.status for each in mixed] == [200, 400, 400, 400, 400, 200]
    assert [mixed[0], mixed[-1]] == alone[:2]
    assert told(mixed[1])["message"].startswith("row 0, field 'age': expected a whole number")


def test_the_expected_value_is_what_the_decision_earns_by_the_probability(champion: Champion) -> None:
    golden = mocked_s3.trained()[2].golden_rows
    middle = sorted(each.scores[0] for each in golden)[10]
    deciding = Champion(champion.charter, package(threshold=middle), mocked_s3.trained()[2].graph)
    found = deciding.predict([each.row for each in golden])
    assert {each["act"] for each in found} == {True, False}
    for each in found:
        # A call costs 10, and who says yes brings 100; whoever is not called brings nothing.
        expected = each["probability"] * 90 - (1 - each["probability"]) * 10 if each["act"] else 0.0
        assert each["expected_value"] == pytest.approx(expected)


def test_money_that_depends_on_an_amount_decides_by_what_acting_is_expected_to_gain(champion: Champion) -> None:
    money = Money("EUR", true_positive=5, false_positive=-10, amount=PerAmount("balance", true_positive=0.1))
    charter = dataclasses.replace(champion.charter, money=money)
    deciding = Champion(charter, package(threshold=0.0, decides_by="expected_gain"), mocked_s3.trained()[2].graph)
    balances = [0, 150, 5_000, 100_000]
    found = deciding.predict([row() | {"balance": balance} for balance in balances])
    probability = np.array([each["probability"] for each in found])
    acts = np.array([each["act"] for each in found])
    gain = probability * (5 + 0.1 * np.array(balances)) - (1 - probability) * 10
    assert acts.tolist() == (gain >= 0).tolist()
    assert set(acts.tolist()) == {True, False}
    of = [case_values(money, np.full(4, k), acts, np.array(balances, np.float64)) for k in (1, 0)]
    expected = probability * of[0] + (1 - probability) * of[1]
    assert [each["expected_value"] for each in found] == pytest.approx(expected.tolist())
    answer = Service(deciding, silent).answer(ask({"rows": [row(), row() | {"balance": -1}]}))
    assert answer.status == 400
    assert told(answer)["message"].startswith("row 1: balance is missing or negative, and money depends on it")


def test_a_repeated_request_is_answered_as_before_by_another_model_too(champion: Champion) -> None:
    service = Service(champion, silent)
    first = service.answer(ask(row(), idempotency_key="k1"))
    service._champion = Champion(champion.charter, package(model_version="v2"), mocked_s3.trained()[2].graph)
    again = service.answer(ask(row(), idempotency_key="k1"))
    assert (again.body, again.headers) == (first.body, {"idempotent-replayed": "true"})
    assert told(service.answer(ask(row())))["model_version"] == "v2"
    other = service.answer(ask(row(1), idempotency_key="k1"))
    assert (other.status, told(other)["error"]) == (422, "ReusedKey")
    assert service.answer(ask(row(), idempotency_key="ä" * 3)).status == 400


def test_answers_are_kept_within_a_bound(champion: Champion, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(champion, silent)
    size = len(service.answer(ask(row())).body)
    monkeypatch.setattr(repeated_requests, "MAXIMUM_BYTES", 3 * size + 50)
    for number in range(9):
        service.answer(ask(row(), idempotency_key=f"k{number}"))
    replayed = [service.answer(ask(row(), idempotency_key=f"k{number}")).headers for number in (8, 7, 6)]
    assert replayed == [{"idempotent-replayed": "true"}] * 3
    assert service.answer(ask(row(), idempotency_key="k0")).headers == {}


def test_an_explanation_tells_how_far_each_field_moved_the_answer(champion: Champion) -> None:
    service = Service(champion, silent)
    (prediction,) = told(service.answer(ask(row(), query="explain=true")))["predictions"]
    assert {name: prediction[name] for name in ("probability", "act")} == {
        name: value for name, value in champion.predict([row()])[0].items() if name in ("probability", "act")
    }
    effects = {each["field"]: each["effect"] for each in prediction["explanation"]}
    assert len(effects) == 10
    assert list(map(abs, effects.values())) == sorted(map(abs, effects.values()), reverse=True)
    name = next(iter(effects))
    others = [row() | {name: golden.row[name]} for golden in champion.package.golden_rows]
    mean = np.mean([each["probability"] for each in champion.predict(others)])
    assert effects[name] == pytest.approx(prediction["probability"] - mean)
    many = told(service.answer(ask({"rows": [row()] * 12}, query="explain=true")))["predictions"]
    assert ["explanation" in each for each in many] == [True] * 10 + [False] * 2
    for query in ("explain=maybe", "explained=true", "&&", "explain=true&x=1"):
        assert service.answer(ask(row(), query=query)).status == 400


def test_the_class_that_is_told_is_what_is_explained() -> None:
    grading = Champion(GRADES, GRADE_PACKAGE, GRADE_GRAPH)
    (prediction,) = grading.explain([{"acid": 3.0}])
    (at_zero,) = grading.predict([{"acid": 0.0}])
    told = prediction["class"]
    effect = prediction["probabilities"][told] - at_zero["probabilities"][told]
    assert prediction["explanation"] == [{"field": "acid", "effect": pytest.approx(effect)}]


def test_what_is_no_json_or_too_large_or_elsewhere_has_its_own_status(
    champion: Champion, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(champion, silent)
    assert service.answer(ask(row(), content_type="text/csv")).status == 415
    assert service.answer(ask(row(), content_type="Application/JSON; charset=utf-8")).status == 200
    wrong = service.answer(Request("GET /v1/predict", "r"))
    assert (wrong.status, wrong.headers) == (405, {"allow": "POST"})
    assert service.answer(Request("POST /", "r")).status == 404
    large = service.answer(ask(b" " * (request_body.MAXIMUM_BYTES + 1)))
    assert (large.status, told(large)["error"]) == (413, "TooLarge")
    monkeypatch.setattr(http, "MAXIMUM_BYTES", 1_000)
    too_much = service.answer(ask({"rows": [row()] * 50}))
    assert (too_much.status, "the answer would be larger" in told(too_much)["message"]) == (413, True)


def test_a_refusal_is_short_whatever_it_refuses(champion: Champion) -> None:
    service = Service(champion, silent)
    for body in ({"x" * 500_000: 1}, row() | {"age": "x" * 500_000}, row() | {"job": [[[]] * 100_000]}):
        answer = service.answer(ask(body))
        assert answer.status == 400
        assert len(answer.body) < 3_000


def test_a_fault_of_ours_tells_its_caller_nothing_and_its_owner_where(
    champion: Champion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(rows: Any) -> Any:
        raise KeyError("a secret of row 3")

    monkeypatch.setattr(champion, "predict", broken)
    lines: list[Any] = []
    answers = Service(champion, lines.extend).answer_all([ask(row(), "a"), ask(row(), "b")])
    assert [each.status for each in answers] == [500, 500]
    assert b"secret" not in answers[0].body
    assert b"KeyError" not in answers[0].body
    assert [(line["level"], line["request_id"], line["error"]) for line in lines] == [
        ("ERROR", "a", "InternalError"),
        ("ERROR", "b", "InternalError"),
    ]
    assert lines[0]["fault"].startswith("KeyError at ")
    assert "secret" not in json.dumps(lines)


def test_expired_look_ups_are_unavailable_rather_than_a_fault(
    champion: Champion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def expired(rows: Any) -> Any:
        raise ArtifactError("the look-ups have expired")

    monkeypatch.setattr(champion, "predict", expired)
    answer = Service(champion, silent).answer(ask(row()))
    assert (answer.status, told(answer)["error"]) == (503, "NoLookups")


def test_health_is_that_of_the_model(champion: Champion) -> None:
    answer = Service(champion, silent).answer(Request("GET /healthz", "r"))
    assert (answer.status, told(answer)) == (200, {"status": "ok", "model_version": "v1"})
    assert Service(None, silent).answer(Request("GET /healthz", "r")).status == 503


def test_a_model_of_other_features_is_not_served(champion: Champion) -> None:
    plan = dataclasses.replace(champion.charter.preparation, derive=())
    with pytest.raises(ArtifactError, match="other features than requests are made into"):
        Champion(dataclasses.replace(champion.charter, preparation=plan), package(), mocked_s3.trained()[2].graph)


@pytest.mark.parametrize("library", ["orjson", "json"])
def test_json_is_read_and_written_alike_with_and_without_orjson(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if library == "json":
        monkeypatch.setattr(json_bytes, "orjson", None)
    value = {"a": [1, 2.5, None, True, "Łódź"], "b": {}}
    assert json_bytes.loads(json_bytes.dumps(value)) == value
    assert json_bytes.loads(b'{"a": 1, "a": 2}') == {"a": 2}
    for content in (b'{"a": NaN}', b"[Infinity]", b"{", b"\xff", b"[" * 100_000, b""):
        with pytest.raises(ValueError, match=r"."):
            json_bytes.loads(content)
