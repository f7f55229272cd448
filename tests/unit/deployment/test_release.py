import dataclasses
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from crispstack.artifacts import ModelPackage, Registration, Release
from crispstack.aws import champion, registry
from crispstack.aws.artifact_store import ArtifactStore, read_bytes, split_uri
from crispstack.errors import ReleaseError
from tests.unit.evaluation import model_registry
from tests.unit.modeling import mocked_s3

EVENT = {"project": "bank_test", "run_id": "r1", "attempt": "bank_test-r1-1"}
PARAMETER = "/crispstack/test/champion/bank_test"
FUNCTION = "test-predict-bank_test"
TRUST = '{"Version": "2012-10-17", "Statement": []}'


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArtifactStore]:
    model_registry.use(monkeypatch)
    monkeypatch.setenv("CHAMPION_PARAMETER_PREFIX", PARAMETER.removesuffix("bank_test"))
    monkeypatch.setenv("PREDICTION_FUNCTION_PREFIX", FUNCTION.removesuffix("bank_test"))
    monkeypatch.setenv("CHAMPION_PARAMETER", PARAMETER)
    monkeypatch.setenv("PSEUDONYM_KEY", "crispstack-test/pseudonym-key/bank_test")
    monkeypatch.setenv("LOOKUP_TABLE", "crispstack-test-lookups-bank_test")
    monkeypatch.setenv("RESULTS_URI", "s3://prepared/predictions/bank_test/")
    monkeypatch.setenv("PROJECT", "bank_test")
    monkeypatch.setenv("CAPTURE_STREAM", "")
    with mocked_s3.mocked() as store:
        create_function()
        # Each invocation is a cold start: the module is loaded anew, as after a changed configuration.
        monkeypatch.setattr(
            champion, "invoke", lambda function, event: mocked_s3.load_handler("predict").handler(event, None)
        )
        yield store


def create_function() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("handler.py", "")
    role = boto3.client("iam").create_role(RoleName="predict", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    boto3.client("lambda").create_function(
        FunctionName=FUNCTION,
        Runtime="python3.11",
        Role=role,
        Handler="handler.handler",
        Code={"ZipFile": content.getvalue()},
    )


def decided(store: ArtifactStore, verdict: Any, *, approved: bool = True) -> ModelPackage:
    """A run up to its decision, with this verdict, and its answer; none where nobody has approved."""
    package = model_registry.decided(store, verdict)
    handler = mocked_s3.load_handler("registry")
    asked = handler.register(EVENT, None)
    if approved:
        handler.conclude(EVENT | {"answer": asked["answer"]}, None)
    return package


def parameter_value() -> str | None:
    return champion.champion_uri(PARAMETER)


def description() -> str:
    found: str = boto3.client("lambda").get_function_configuration(FunctionName=FUNCTION)["Description"]
    return found


def test_a_go_publishes_the_model_names_it_champion_and_proves_it(store: ArtifactStore) -> None:
    package = decided(store, "go")
    answer = mocked_s3.load_handler("release").handler(EVENT, None)
    release, reference = store.read(Release)
    version = package.model_version
    assert answer == {"released": True, "model_version": version, "artifact_uri": reference.uri}
    assert mocked_s3.keys(f"bank_test/models/{version}/") == ["charter.json", "model.onnx", "model_package.json"]
    assert parameter_value() == f"s3://artifacts/bank_test/models/{version}/model_package.json"
    assert description() == f"champion {version}"
    assert release.released
    assert release.golden_rows_checked == len(package.golden_rows) == 20
    assert release.maximum_difference <= 1e-6
    assert release.endpoint.endswith(f":function:{FUNCTION}")


def test_the_published_package_leads_to_the_published_graph(store: ArtifactStore) -> None:
    package = decided(store, "go")
    mocked_s3.load_handler("release").handler(EVENT, None)
    uri = parameter_value()
    assert uri
    charter, published, graph = champion.read_package(uri)
    assert charter == mocked_s3.trained()[0]
    assert published.model_uri == f"s3://artifacts/bank_test/models/{package.model_version}/model.onnx"
    assert graph == read_bytes(package.model_uri)


def test_a_no_go_releases_nothing_and_says_why(store: ArtifactStore) -> None:
    decided(store, "no_go")
    answer = mocked_s3.load_handler("release").handler(EVENT, None)
    release, _ = store.read(Release)
    assert not answer["released"]
    assert not release.released
    assert release.reason == "Nothing was released. The reason."
    assert parameter_value() is None
    assert mocked_s3.keys("bank_test/models/") == []


@pytest.mark.parametrize(
    ("rejected", "why"),
    [(False, "not approved: nobody has answered yet"), (True, "rejected by ada: too dear")],
)
def test_only_an_approved_model_is_released(store: ArtifactStore, rejected: bool, why: str) -> None:
    decided(store, "go", approved=False)
    registration, _ = store.read(Registration)
    if rejected:
        registry.conclude(registration.chosen.package_arn, False, "ada", "too dear")
    answer = mocked_s3.load_handler("release").handler(EVENT, None)
    release, _ = store.read(Release)
    assert (answer["released"], release.released) == (False, False)
    assert release.reason == f"Nothing was released. Version 1 of crispstack-test-bank-test is {why}"
    assert parameter_value() is None
    assert mocked_s3.keys("bank_test/models/") == []


def test_a_rejected_model_does_not_take_over_from_the_champion(store: ArtifactStore) -> None:
    decided(store, "go")
    release = mocked_s3.load_handler("release")
    release.handler(EVENT, None)
    before = parameter_value()
    registration, _ = store.read(Registration)
    registry.conclude(registration.chosen.package_arn, False, "ada", "too dear")
    assert not release.handler(EVENT, None)["released"]
    assert parameter_value() == before


def test_a_no_go_that_somebody_approved_in_the_registry_is_not_released(store: ArtifactStore) -> None:
    decided(store, "no_go")
    registration, _ = store.read(Registration)
    registry.conclude(registration.chosen.package_arn, True, "ada", "I know better")
    assert not mocked_s3.load_handler("release").handler(EVENT, None)["released"]
    assert parameter_value() is None


def test_another_model_than_the_approved_one_is_not_released(store: ArtifactStore) -> None:
    package = decided(store, "go")
    store.write(dataclasses.replace(package, model_sha256="0" * 64))
    with pytest.raises(ReleaseError, match="is not the model that is registered as arn:aws:sagemaker"):
        mocked_s3.load_handler("release").handler(EVENT, None)
    assert parameter_value() is None


def test_a_graph_that_was_changed_since_it_was_approved_is_not_released(store: ArtifactStore) -> None:
    package = decided(store, "go")
    bucket, key = split_uri(package.model_uri)
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=b"another")
    with pytest.raises(ReleaseError, match="is not the graph that was approved: its hash differs"):
        mocked_s3.load_handler("release").handler(EVENT, None)
    assert parameter_value() is None
    assert mocked_s3.keys("bank_test/models/") == []


def test_a_model_that_answers_otherwise_is_not_released(store: ArtifactStore) -> None:
    package = decided(store, "go")
    golden = tuple(dataclasses.replace(row, scores=(row.scores[0] + 1e-4,)) for row in package.golden_rows)
    store.write(dataclasses.replace(package, golden_rows=golden))
    with pytest.raises(ReleaseError, match=r"differ by 1\.0e-04.*serves again: nothing"):
        mocked_s3.load_handler("release").handler(EVENT, None)
    assert parameter_value() is None
    assert mocked_s3.keys("bank_test/runs/r1/6_deployment/") == []


def test_after_a_failed_release_the_champion_before_it_serves_again(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = decided(store, "go")
    release = mocked_s3.load_handler("release")
    release.handler(EVENT, None)
    before = parameter_value()
    store.write(dataclasses.replace(package, model_version="worse"))
    monkeypatch.setattr(champion, "invoke", lambda function, event: {"statusCode": 503, "body": "{}"})
    with pytest.raises(ReleaseError, match="did not answer the golden rows"):
        release.handler(EVENT, None)
    assert parameter_value() == before
    assert description() == f"champion {package.model_version}"


def unwilling(function: str, event: Any) -> dict[str, Any]:
    raise ConnectionError("no answer")


def without_predictions(function: str, event: Any) -> dict[str, Any]:
    version = champion.read_package(str(parameter_value()))[1].model_version
    return {"statusCode": 200, "body": json.dumps({"model_version": version, "predictions": []})}


def of_nan(function: str, event: Any) -> dict[str, Any]:
    package = champion.read_package(str(parameter_value()))[1]
    predictions = [{"probability": float("nan")} for _ in package.golden_rows]
    return {"statusCode": 200, "body": json.dumps({"model_version": package.model_version, "predictions": predictions})}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (unwilling, "no answer; what served before serves again: nothing"),
        (without_predictions, "0 predictions answer 20 golden rows"),
        (of_nan, "differ by nan"),
    ],
)
def test_a_model_that_cannot_prove_itself_does_not_stay_champion(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch, answer: Any, message: str
) -> None:
    decided(store, "go")
    monkeypatch.setattr(champion, "invoke", answer)
    with pytest.raises(ReleaseError, match=message):
        mocked_s3.load_handler("release").handler(EVENT, None)
    assert parameter_value() is None
    assert description() == "champion none"


def test_another_model_than_the_released_one_answering_is_an_error(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided(store, "go")
    stale = {"statusCode": 200, "body": json.dumps({"model_version": "old", "predictions": []})}
    monkeypatch.setattr(champion, "invoke", lambda function, event: stale)
    with pytest.raises(ReleaseError, match="model old answered"):
        mocked_s3.load_handler("release").handler(EVENT, None)


def test_what_a_version_names_never_changes(store: ArtifactStore) -> None:
    package = decided(store, "go")
    release = mocked_s3.load_handler("release")
    release.handler(EVENT, None)
    uri = f"s3://artifacts/bank_test/models/{package.model_version}/model_package.json"
    before = read_bytes(uri)
    store.write(dataclasses.replace(package, validation_roc_auc=0.123))
    release.handler(EVENT, None)
    assert read_bytes(uri) == before


def test_the_prediction_function_answers_503_until_a_champion_is_released(
    store: ArtifactStore, capsys: pytest.CaptureFixture[str]
) -> None:
    event = {"routeKey": "GET /v1/model", "requestContext": {"requestId": "q1"}}
    assert mocked_s3.load_handler("predict").handler(event, None)["statusCode"] == 503
    logged = json.loads(capsys.readouterr().out)
    assert (logged["level"], logged["request_id"], logged["status"]) == ("ERROR", "q1", 503)
    decided(store, "go")
    mocked_s3.load_handler("release").handler(EVENT, None)
    assert mocked_s3.load_handler("predict").handler(event, None)["statusCode"] == 200


def test_a_function_that_fails_is_reported_with_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        def invoke(self, **_: Any) -> dict[str, Any]:
            body = b'{"errorType": "Runtime.ImportModuleError", "errorMessage": "no module named numpy"}'
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(body)}

    monkeypatch.setattr(champion, "client", lambda service: Failing())
    with pytest.raises(ReleaseError, match=r"f failed: Runtime\.ImportModuleError: no module named numpy"):
        champion.invoke("f", {})
