import base64
import dataclasses
import json
from typing import Any

import pytest

from crispstack.artifacts import GoldenRow, ModelPackage, Parity, sha256
from crispstack.data_preparation.requests import feature_arrays
from crispstack.deployment.http import Request, Service
from crispstack.deployment.lambda_event import to_request, to_response
from crispstack.deployment.request_body import MAXIMUM_ROWS
from crispstack.deployment.serving import Champion
from crispstack.errors import ArtifactError, DataError
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.privacy_plan import PrivacyTreatment
from tests.unit.modeling import mocked_s3


def package(**changes: Any) -> ModelPackage:
    _, dataset, training = mocked_s3.trained()
    fields: dict[str, Any] = {
        "model_uri": "s3://a/bank_test/models/v1/model.onnx",
        "model_sha256": sha256(training.graph),
        "model_version": "v1",
        "technique": training.leaderboard.winner,
        "features": dataset.features,
        "threshold": training.outcome.threshold,
        "validation_roc_auc": 0.7,
        "validation_predictions_uri": "s3://a/v",
        "parity": Parity(1, 0.0, 1e-5),
        "golden_rows": training.golden_rows,
    }
    return ModelPackage(**(fields | changes))


@pytest.fixture(scope="module")
def champion() -> Champion:
    charter, _, training = mocked_s3.trained()
    return Champion(charter, package(), training.graph)


def silent(lines: Any) -> None:
    """Log nothing."""


def post(body: str | None, champion: Champion | None, route: str = "POST /v1/predict", **event: Any) -> tuple[int, Any]:
    request = to_request(
        {"routeKey": route, "requestContext": {"requestId": "r"}, "body": body, "isBase64Encoded": False} | event
    )
    response = to_response(Service(champion, silent).answer(request), request)
    assert response["headers"]["content-type"] == "application/json"
    assert response["headers"]["x-request-id"] == "r"
    return response["statusCode"], json.loads(response["body"])


def row() -> dict[str, Any]:
    return dict(mocked_s3.trained()[2].golden_rows[3].row)


def test_the_answer_equals_the_graphs(champion: Champion) -> None:
    charter, _, training = mocked_s3.trained()
    rows = [golden.row for golden in training.golden_rows]
    status, answer = post(json.dumps({"rows": rows}), champion)
    expected = OnnxGraph(training.graph).scores(feature_arrays(rows, charter)).tolist()
    assert status == 200
    assert [prediction["probability"] for prediction in answer["predictions"]] == expected
    assert answer["model_version"] == "v1"
    assert answer["action"] == "call"


def test_a_row_is_acted_on_where_its_probability_reaches_the_threshold(champion: Champion) -> None:
    charter, _, training = mocked_s3.trained()
    rows = [golden.row for golden in training.golden_rows]
    middle = sorted(golden.scores[0] for golden in training.golden_rows)[10]
    at_middle = Champion(charter, package(threshold=middle), training.graph)
    _, answer = post(json.dumps({"rows": rows}), at_middle)
    acts = [prediction["act"] for prediction in answer["predictions"]]
    assert acts == [golden.scores[0] >= middle for golden in training.golden_rows]
    assert 0 < sum(acts) < len(acts)


def test_one_row_may_be_sent_by_itself(champion: Champion) -> None:
    assert post(json.dumps(row()), champion)[1] == post(json.dumps({"rows": [row()]}), champion)[1]


def test_a_missing_value_is_sent_as_null_and_an_unseen_category_is_taken(champion: Champion) -> None:
    status, answer = post(json.dumps(row() | {"age": None, "job": None, "month": "smarch"}), champion)
    assert status == 200
    assert 0 < answer["predictions"][0]["probability"] < 1


def test_a_body_in_base64_is_the_same_request(champion: Champion) -> None:
    encoded = base64.b64encode(json.dumps(row()).encode()).decode()
    assert post(encoded, champion, isBase64Encoded=True) == post(json.dumps(row()), champion)


INVALID = {
    "not JSON": ("{age: 1}", "the request is not JSON"),
    "truncated": ('{"rows": [{"age": 4', "the request is not JSON"),
    "NaN": ('{"age": NaN}', "the request is not JSON"),
    "nested without end": ("[" * 100_000, "the request is not JSON"),
    "empty": ("", "the request is empty"),
    "blank": ("  ", "the request is empty"),
    "nothing": (None, "the request is empty"),
    "empty object": ("{}", "the request is empty"),
    "list": ("[1]", "must be an object"),
    "no rows": ('{"rows": []}', "no rows"),
    "rows of another type": ('{"rows": 3}', 'field "rows": expected a list of rows, found int'),
    "row of another type": ('{"rows": [3]}', "row 0: expected an object"),
    "too many rows": (json.dumps({"rows": [{}] * (MAXIMUM_ROWS + 1)}), "10,001 rows; at most 10,000"),
}


@pytest.mark.parametrize("case", INVALID)
def test_a_request_that_is_not_one_is_refused_with_what_is_wrong(case: str, champion: Champion) -> None:
    body, message = INVALID[case]
    status, answer = post(body, champion)
    assert (status, answer["error"]) == (400, "InvalidRequest")
    assert message in answer["message"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"agee": 41}, "row 1: unknown field 'agee'; did you mean 'age'?"),
        ({"duration": 41}, "row 1: unknown field 'duration'; it is not used (known only after the call)"),
        ({"y": "no"}, "row 1: unknown field 'y'; it is what is to be predicted"),
        ({"age": "41"}, "row 1, field 'age': expected a whole number, found the text '41'"),
        ({"age": 41.5}, "row 1, field 'age': expected a whole number"),
        ({"age": [41]}, "row 1, field 'age': expected a whole number"),
        ({"job": 7}, "row 1, field 'job': expected a text, found 7"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_by_its_number_and_field(
    change: dict[str, Any], message: str, champion: Champion
) -> None:
    status, answer = post(json.dumps({"rows": [row(), row() | change]}), champion)
    assert status == 400
    assert message in answer["message"]


def test_a_missing_field_is_named(champion: Champion) -> None:
    incomplete = row()
    del incomplete["month"]
    status, answer = post(json.dumps(incomplete), champion)
    assert (status, "field 'month' is missing" in answer["message"]) == (400, True)


def test_before_the_first_release_the_service_says_so(champion: Champion) -> None:
    for route in ("POST /v1/predict", "GET /v1/model"):
        status, answer = post(json.dumps(row()), None, route=route)
        assert (status, answer["error"]) == (503, "NoChampion")
        assert "no model has been released yet" in answer["message"]


def test_the_model_describes_itself_with_an_example_that_it_answers(champion: Champion) -> None:
    status, model = post(None, champion, route="GET /v1/model")
    assert status == 200
    assert (model["model_version"], model["question"]) == ("v1", "Which clients should be called?")
    assert {field["name"] for field in model["fields"]} == set(model["example"])
    assert post(json.dumps(model["example"]), champion)[0] == 200


def test_another_route_is_not_found(champion: Champion) -> None:
    assert post(None, champion, route="GET /v1/secrets")[0] == 404


def test_one_line_is_logged_per_request_without_the_rows_values(champion: Champion) -> None:
    lines: list[Any] = []
    service = Service(champion, lines.extend)
    service.answer(Request("POST /v1/predict", "abc", json.dumps(row()).encode()))
    service.answer(Request("POST /v1/predict", "abc", b"{"))
    assert [(line["request_id"], line["status"], line["rows"], line["error"]) for line in lines] == [
        ("abc", 200, 1, None),
        ("abc", 400, 0, "InvalidRequest"),
    ]
    assert str(row()["balance"]) not in json.dumps(lines)


def test_a_graph_that_is_not_the_released_one_is_not_served() -> None:
    charter, _, _ = mocked_s3.trained()
    with pytest.raises(ArtifactError, match="its hash differs"):
        Champion(charter, package(), b"another")


def test_no_golden_row_is_lost_on_the_way(champion: Champion) -> None:
    assert all(isinstance(golden, GoldenRow) for golden in champion.package.golden_rows)
    assert len(champion.package.golden_rows) == 20


def test_a_champion_with_pseudonyms_answers_with_the_key_of_its_data(champion: Champion) -> None:
    treated = dataclasses.replace(champion.charter, privacy=(PrivacyTreatment("job", "hash", "joins"),))
    row, key = dict(champion.package.golden_rows[0].row), b"an example's key, long enough"
    graph = mocked_s3.trained()[2].graph
    hashing = Champion(treated, champion.package, graph, key)
    pseudonym = feature_arrays([row], treated, key)["job"][0]
    assert pseudonym.startswith("hmac:")
    assert hashing.predict([row]) == champion.predict([row | {"job": pseudonym}])
    assert "example's key" not in repr(hashing)
    with pytest.raises(DataError, match="takes a key"):
        Champion(treated, champion.package, graph).predict([row])
