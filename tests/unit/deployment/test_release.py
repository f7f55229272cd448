"""Releases: what is published, proven, shifted to and recorded, and what stays as it was when something goes wrong.

CodeDeploy is played by `Shifting`, which keeps what it is asked and moves the alias when a test says so; that it does
this in AWS's way is for the tests of the emulator and the end-to-end tests.
"""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.awslambda import models

from crispstack.artifacts import (
    Approval,
    ModelPackage,
    Registration,
    Release,
    ReleaseOutcome,
    ReleaseProof,
    ReleaseRequest,
)
from crispstack.aws import champion, registry, shifting
from crispstack.aws.artifact_store import ArtifactStore, read_bytes, split_uri
from crispstack.aws.release_records import ReleaseRecords
from crispstack.aws.shifting import Shift
from crispstack.errors import ReleaseError, ReleaseUnderWayError
from tests.unit.evaluation import model_registry
from tests.unit.modeling import mocked_s3

EVENT = {"project": "bank_test", "run_id": "r1", "attempt": "bank_test-r1-1"}
PARAMETER = "/crispstack/test/champion/bank_test"
FUNCTION = "test-predict-bank_test"
ALARM = "test-bank_test-release-predictions"
TRUST = '{"Version": "2012-10-17", "Statement": []}'
invoke = champion.invoke
RECORDS = ReleaseRecords("artifacts", "bank_test")
REQUEST = {"routeKey": "GET /v1/model", "requestContext": {"requestId": "q1"}}


@dataclasses.dataclass
class Shifting:
    """CodeDeploy's deployments by their ids."""

    shifts: dict[str, Shift] = dataclasses.field(default_factory=dict)
    at_once: dict[str, bool] = dataclasses.field(default_factory=dict)

    def start(
        self, function: str, current: str, target: str, prove: str, description: str, *, at_once: bool = False
    ) -> str:
        assert (prove, function) == ("prove", FUNCTION)
        assert description
        name, begun = f"d-{len(self.shifts)}", f"2099-01-02T00:00:0{len(self.shifts)}.000+00:00"
        self.shifts[name] = Shift(function, current, target, "InProgress", "", True, False, False, begun, "")
        self.at_once[name] = at_once
        return name

    def find(self, deployment_id: str) -> Shift:
        return self.shifts[deployment_id]

    def active(self, function: str) -> str:
        return next((name for name, each in self.shifts.items() if each.is_active), "")

    def end(self, name: str, status: str, **how: Any) -> None:
        """The end of a deployment; one that succeeded has moved the alias."""
        shift = dataclasses.replace(self.shifts[name], status=status, ended=f"2099-01-02T00:01:0{name[2:]}.000+00:00")
        self.shifts[name] = dataclasses.replace(shift, **how)
        if shift.succeeded:
            boto3.client("lambda").update_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=shift.target)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArtifactStore]:
    model_registry.use(monkeypatch)
    for name, value in {
        "CHAMPION_PARAMETER_PREFIX": PARAMETER.removesuffix("bank_test"),
        "PREDICTION_FUNCTION_PREFIX": FUNCTION.removesuffix("bank_test"),
        "ALARM_PREFIX": "test-",
        "PROVE": "prove",
        "MODEL_URI": "none",
        "PSEUDONYM_KEY": "crispstack-test/pseudonym-key/bank_test",
        "LOOKUP_TABLE": "crispstack-test-lookups-bank_test",
        "RESULTS_URI": "s3://prepared/predictions/bank_test/",
        "PROJECT": "bank_test",
        "CAPTURE_STREAM": "",
    }.items():
        monkeypatch.setenv(name, value)
    # moto tells no revision of a function.
    told = models.LambdaFunction.get_configuration
    monkeypatch.setattr(
        models.LambdaFunction,
        "get_configuration",
        lambda *given, **more: {**told(*given, **more), "RevisionId": "revision"},
    )
    with mocked_s3.mocked() as store:
        deploy_stack()

        def invoke(function: str, event: Any, version: str) -> dict[str, Any]:
            """Each invocation is a cold start of the version: the module is loaded anew, with its variables."""
            with pytest.MonkeyPatch.context() as patch:
                for name, value in configuration(version)["Environment"]["Variables"].items():
                    patch.setenv(name, value)
                answer: dict[str, Any] = mocked_s3.load_handler("predict").handler(event, None)
                return answer

        monkeypatch.setattr(champion, "invoke", invoke)
        yield store


@pytest.fixture
def shifts(monkeypatch: pytest.MonkeyPatch) -> Shifting:
    played = Shifting()
    for name in ("start", "find", "active"):
        monkeypatch.setattr(shifting, name, getattr(played, name))
    return played


def deploy_stack() -> None:
    """What the project's stack makes: the function with a version behind its alias, the parameter, the alarm."""
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
        Environment={"Variables": {"MODEL_URI": "none"}},
        Publish=True,
    )
    boto3.client("lambda").create_alias(FunctionName=FUNCTION, Name="live", FunctionVersion="1")
    boto3.client("ssm").put_parameter(Name=PARAMETER, Value="none", Type="String")
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName=ALARM,
        EvaluationPeriods=1,
        Threshold=1.5,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        Metrics=[{"Id": "none", "Expression": "0", "ReturnData": True}],
    )


def configuration(version: str = "$LATEST") -> dict[str, Any]:
    found: dict[str, Any] = boto3.client("lambda").get_function_configuration(FunctionName=FUNCTION, Qualifier=version)
    return found


def model_of(version: str = "$LATEST") -> str:
    uri: str = configuration(version)["Environment"]["Variables"]["MODEL_URI"]
    return uri


def live() -> str:
    version: str = boto3.client("lambda").get_alias(FunctionName=FUNCTION, Name="live")["FunctionVersion"]
    return version


def watched() -> str:
    """The model version whose predictions the alarm watches."""
    (alarm,) = boto3.client("cloudwatch").describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (1.5, "notBreaching")
    dimensions = {
        each["Value"]
        for query in alarm["Metrics"]
        for each in query.get("MetricStat", {}).get("Metric", {}).get("Dimensions", ())
        if each["Name"] == "ModelVersion"
    }
    (version,) = dimensions or {""}
    return str(version)


def decided(store: ArtifactStore, verdict: Any, *, approved: bool = True) -> ModelPackage:
    """A run up to its decision, with this verdict, and its answer; none where nobody has approved."""
    package = model_registry.decided(store, verdict)
    handler = mocked_s3.load_handler("registry")
    asked = handler.register(EVENT, None)
    if approved:
        handler.conclude(EVENT | {"answer": asked["answer"]}, None)
    else:
        registration, _ = store.read(Registration)
        store.write(Approval(False, "", "nobody answered", "2026-01-02", registration.chosen.package_arn))
    return package


def uri_of(version: str) -> str:
    return f"s3://artifacts/bank_test/models/{version}/model_package.json"


def begin() -> Any:
    return mocked_s3.load_handler("release").handler(EVENT, None)


def conclude(deployment_id: str, **run: str) -> Any:
    event = {"function": FUNCTION, "deployment_id": deployment_id, **run}
    return mocked_s3.load_handler("release").conclude(event, None)


def change(**event: str) -> Any:
    return mocked_s3.load_handler("release").change(
        {"project": "bank_test", "by": "ada", "reason": "why", **event}, None
    )


def released(store: ArtifactStore, shifts: Shifting, version: str = "") -> str:
    """A release that succeeded, of the run's model or of one of another version; the function's version."""
    if version:
        package, _ = store.read(ModelPackage)
        store.write(dataclasses.replace(package, model_version=version))
    begun = begin()
    shifts.end(begun["deployment_id"], "Succeeded", was_refused=False)
    conclude(begun["deployment_id"])
    return str(begun["version"])


def test_a_go_publishes_the_model_and_a_version_that_pins_it_and_begins_to_shift(
    store: ArtifactStore, shifts: Shifting
) -> None:
    package = decided(store, "go")
    version = package.model_version
    answer = begin()
    assert answer == {"released": True, "version": "2", "model_version": version, "deployment_id": "d-0"}
    assert mocked_s3.keys(f"bank_test/models/{version}/") == ["charter.json", "model.onnx", "model_package.json"]
    assert model_of("2") == uri_of(version)
    # What CloudFormation would publish next, what serves, and the champion are as they were.
    assert (model_of(), live(), champion.champion_uri(PARAMETER)) == ("none", "1", None)
    request = RECORDS.read("d-0", ReleaseRequest)
    assert request
    assert (request.kind, request.version, request.model_version, request.run_id) == ("release", "2", version, "r1")
    assert (request.by, request.reason) == ("charter", "The reason.")
    assert watched() == version
    assert mocked_s3.keys("bank_test/runs/r1/6_deployment/") == []


def test_the_hook_asks_the_new_version_the_golden_rows(store: ArtifactStore, shifts: Shifting) -> None:
    package = decided(store, "go")
    begin()
    proof = prove("d-0", "Succeeded")
    assert (proof.version, proof.model_version, proof.golden_rows) == ("2", package.model_version, 20)
    assert (proof.refusal, proof.maximum_difference <= 1e-6) == ("", True)


def prove(deployment_id: str, status: str) -> ReleaseProof:
    """What is recorded of a proof, and that CodeDeploy was answered so."""
    answers: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shifting, "client", lambda service: Answered(answers))
        event = {"DeploymentId": deployment_id, "LifecycleEventHookExecutionId": "e-1"}
        mocked_s3.load_handler("release").prove(event, None)
    assert answers == [
        {"deploymentId": deployment_id, "lifecycleEventHookExecutionId": "e-1", "status": status},
    ]
    proof = RECORDS.read(deployment_id, ReleaseProof)
    assert proof
    return proof


@dataclasses.dataclass
class Answered:
    """A client of CodeDeploy that keeps hooks' answers."""

    answers: list[Any]

    def put_lifecycle_event_hook_execution_status(self, **answer: str) -> None:
        self.answers.append(answer)


def test_a_release_that_succeeded_is_the_champion_and_the_runs(store: ArtifactStore, shifts: Shifting) -> None:
    package = decided(store, "go")
    begin()
    prove("d-0", "Succeeded")
    with pytest.raises(ReleaseUnderWayError, match="deployment d-0 of test-predict-bank_test is InProgress"):
        conclude("d-0", project="bank_test", run_id="r1")
    shifts.end("d-0", "Succeeded", was_refused=False)
    assert conclude("d-0", project="bank_test", run_id="r1") == {"status": "succeeded"}
    assert champion.champion_uri(PARAMETER) == uri_of(package.model_version)
    release, _ = store.read(Release)
    assert (release.released, release.model_version, release.reason) == (True, package.model_version, "The reason.")
    assert (release.golden_rows_checked, release.function_version, release.deployment_id) == (20, "2", "d-0")
    assert release.endpoint.endswith(f":function:{FUNCTION}:live")
    assert len(release.inputs) == 3
    before = RECORDS.read("d-0", ReleaseOutcome)
    assert before
    assert (before.status, before.version, before.previous_version, before.reason) == ("succeeded", "2", "1", "")
    conclude("d-0")
    assert RECORDS.read("d-0", ReleaseOutcome) == before


def test_a_release_that_was_taken_back_leaves_everything_as_it_was_and_fails_the_run(
    store: ArtifactStore, shifts: Shifting
) -> None:
    package = decided(store, "go")
    assert released(store, shifts) == "2"
    store.write(dataclasses.replace(package, model_version="worse"))
    begun = begin()
    assert watched() == "worse"
    shifts.end(begun["deployment_id"], "Stopped", was_refused=False, message="Activated alarms: slow")
    with pytest.raises(ReleaseError, match=r"was rolled back; what served before serves\. Activated alarms: slow"):
        conclude(begun["deployment_id"], project="bank_test", run_id="r1")
    release, _ = store.read(Release)
    assert (release.released, release.model_version, release.function_version) == (False, "", "3")
    assert release.reason.endswith("Activated alarms: slow")
    outcome = RECORDS.read(begun["deployment_id"], ReleaseOutcome)
    assert outcome
    assert (outcome.status, outcome.model_version) == ("rolled_back", "worse")
    assert (live(), champion.champion_uri(PARAMETER)) == ("2", uri_of(package.model_version))
    assert (model_of(), watched()) == (uri_of(package.model_version), package.model_version)


def test_news_of_an_old_deployment_do_not_undo_a_newer_one(store: ArtifactStore, shifts: Shifting) -> None:
    decided(store, "go")
    released(store, shifts)
    released(store, shifts, "newer")
    conclude("d-0")
    assert champion.champion_uri(PARAMETER) == uri_of("newer")


def test_the_way_back_that_codedeploy_takes_by_itself_is_no_change_of_its_own(
    store: ArtifactStore, shifts: Shifting
) -> None:
    shifts.start(FUNCTION, "2", "1", "prove", "back")
    shifts.end("d-0", "Succeeded", is_way_back=True)
    assert conclude("d-0") == {"status": "ignored"}
    assert RECORDS.changes() == []


def test_the_model_that_serves_is_not_released_again_but_proven(store: ArtifactStore, shifts: Shifting) -> None:
    package = decided(store, "go")
    released(store, shifts)
    answer = begin()
    assert (answer["version"], answer["deployment_id"], list(shifts.shifts)) == ("2", "", ["d-0"])
    release, _ = store.read(Release)
    assert (release.released, release.golden_rows_checked, release.function_version) == (True, 20, "2")
    assert release.reason == "The model serves already, as version 2. The reason."
    assert len(boto3.client("lambda").list_versions_by_function(FunctionName=FUNCTION)["Versions"]) == 3
    assert release.model_version == package.model_version


def test_one_release_waits_for_another(store: ArtifactStore, shifts: Shifting) -> None:
    decided(store, "go")
    begin()
    with pytest.raises(ReleaseUnderWayError, match="another release of bank_test is not over yet: deployment d-0"):
        begin()
    assert list(shifts.shifts) == ["d-0"]


def test_a_function_that_changes_while_a_version_is_published_is_left_with_the_champions_model(
    store: ArtifactStore, shifts: Shifting, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided(store, "go")
    found = champion.client("lambda")

    def refuse(**asked: Any) -> Any:
        assert asked["RevisionId"]
        assert asked["CodeSha256"]
        error = {"Error": {"Code": "PreconditionFailedException", "Message": "somebody was faster"}}
        raise found.exceptions.ClientError(error, "PublishVersion")

    monkeypatch.setattr(found, "publish_version", refuse)
    with pytest.raises(ReleaseUnderWayError, match="was changed by another release or deployment meanwhile"):
        begin()
    assert (model_of(), shifts.shifts) == ("none", {})


def test_a_first_release_does_not_wait_between_nothing_and_a_model(store: ArtifactStore, shifts: Shifting) -> None:
    decided(store, "go")
    released(store, shifts)
    released(store, shifts, "newer")
    assert shifts.at_once == {"d-0": True, "d-1": False}


def test_going_back_leads_to_what_served_before_and_twice_further_back(store: ArtifactStore, shifts: Shifting) -> None:
    package = decided(store, "go")
    for version in ("", "second", "third"):
        released(store, shifts, version)
    assert live() == "4"
    for number, expected, model in ((3, "3", "second"), (4, "2", package.model_version)):
        begun = change()
        assert (begun["version"], begun["model_version"], shifts.at_once[f"d-{number}"]) == (expected, model, True)
        assert watched() == model
        shifts.end(f"d-{number}", "Succeeded", was_refused=False)
        conclude(f"d-{number}")
        assert (live(), champion.champion_uri(PARAMETER)) == (expected, uri_of(model))
    with pytest.raises(ReleaseError, match="no version served before version 2; name one: --to VERSION"):
        change()
    assert change(version="4")["model_version"] == "third"
    newest, *_ = RECORDS.changes()
    assert newest.request
    assert (newest.request.kind, newest.request.by, newest.request.reason) == ("rollback", "ada", "why")


@pytest.mark.parametrize(
    ("version", "why"),
    [("2", "version 2 of bank_test serves already"), ("1", "has no model: nothing was"), ("9", "has no version 9")],
)
def test_one_cannot_go_back_to_nothing(store: ArtifactStore, shifts: Shifting, version: str, why: str) -> None:
    decided(store, "go")
    released(store, shifts)
    with pytest.raises(ReleaseError, match=why):
        change(version=version)
    assert list(shifts.shifts) == ["d-0"]


def test_a_person_releases_only_what_is_approved(store: ArtifactStore, shifts: Shifting) -> None:
    decided(store, "go", approved=False)
    with pytest.raises(ReleaseError, match="Version 1 of crispstack-test-bank-test is not approved: nobody has answ"):
        change(run_id="r1")
    registration, _ = store.read(Registration)
    registry.conclude(registration.chosen.package_arn, True, "ada", "go on")
    assert change(run_id="r1")["deployment_id"] == "d-0"
    request = RECORDS.read("d-0", ReleaseRequest)
    assert request
    assert (request.by, request.reason, request.run_id) == ("ada", "why", "r1")


def test_of_cloudformations_versions_only_those_of_the_champion_get_traffic(
    store: ArtifactStore, shifts: Shifting
) -> None:
    """A version without a model, before the first release, has nothing to prove."""
    for number in range(2):
        boto3.client("lambda").update_function_configuration(FunctionName=FUNCTION, Timeout=10 + number)
        version = boto3.client("lambda").publish_version(FunctionName=FUNCTION)["Version"]
        name = shifts.start(FUNCTION, "1", version, "prove", "code")
        shifts.shifts[name] = dataclasses.replace(shifts.shifts[name], by_stack=True)
        if number == 1:
            boto3.client("ssm").put_parameter(Name=PARAMETER, Value=uri_of("other"), Overwrite=True)
    assert prove("d-0", "Failed").refusal == "version 2 has another model than the champion: deploy again"
    boto3.client("ssm").put_parameter(Name=PARAMETER, Value="none", Overwrite=True)
    assert prove("d-1", "Succeeded").refusal == ""


def test_a_deployment_of_code_is_recorded_too(store: ArtifactStore, shifts: Shifting) -> None:
    decided(store, "go")
    released(store, shifts)
    name = shifts.start(FUNCTION, "2", "3", "prove", "code")
    shifts.end(name, "Failed", by_stack=True, message="The hook failed.")
    conclude(name)
    newest, _ = RECORDS.changes()
    assert newest.request is None
    assert newest.outcome
    assert (newest.outcome.kind, newest.outcome.status, newest.outcome.reason) == (
        "code",
        "refused",
        "The hook failed.",
    )


def test_a_no_go_releases_nothing_and_says_why(store: ArtifactStore, shifts: Shifting) -> None:
    decided(store, "no_go")
    answer = begin()
    release, _ = store.read(Release)
    assert not answer["released"]
    assert not release.released
    assert release.reason == "Nothing was released. The reason."
    assert champion.champion_uri(PARAMETER) is None
    assert mocked_s3.keys("bank_test/models/") == []


@pytest.mark.parametrize(
    ("rejected", "why"),
    [(False, "not approved: nobody has answered yet"), (True, "rejected by ada: too dear")],
)
def test_only_an_approved_model_is_released(store: ArtifactStore, shifts: Shifting, rejected: bool, why: str) -> None:
    decided(store, "go", approved=False)
    registration, _ = store.read(Registration)
    if rejected:
        registry.conclude(registration.chosen.package_arn, False, "ada", "too dear")
    answer = begin()
    release, _ = store.read(Release)
    assert (answer["released"], release.released) == (False, False)
    assert release.reason == f"Nothing was released. Version 1 of crispstack-test-bank-test is {why}"
    assert champion.champion_uri(PARAMETER) is None
    assert mocked_s3.keys("bank_test/models/") == []


def test_a_no_go_that_somebody_approved_in_the_registry_is_not_released(store: ArtifactStore, shifts: Shifting) -> None:
    decided(store, "no_go")
    registration, _ = store.read(Registration)
    registry.conclude(registration.chosen.package_arn, True, "ada", "I know better")
    assert not begin()["released"]
    assert champion.champion_uri(PARAMETER) is None


def test_another_model_than_the_approved_one_is_not_released(store: ArtifactStore, shifts: Shifting) -> None:
    package = decided(store, "go")
    store.write(dataclasses.replace(package, model_sha256="0" * 64))
    with pytest.raises(ReleaseError, match="is not the model that is registered as arn:aws:sagemaker"):
        begin()
    assert champion.champion_uri(PARAMETER) is None


def test_a_graph_that_was_changed_since_it_was_approved_is_not_released(store: ArtifactStore, shifts: Shifting) -> None:
    package = decided(store, "go")
    bucket, key = split_uri(package.model_uri)
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=b"another")
    with pytest.raises(ReleaseError, match="is not the graph that was approved: its hash differs"):
        begin()
    assert champion.champion_uri(PARAMETER) is None
    assert mocked_s3.keys("bank_test/models/") == []


def test_a_function_that_fails_is_reported_with_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        def invoke(self, **_: Any) -> dict[str, Any]:
            body = b'{"errorType": "Runtime.ImportModuleError", "errorMessage": "no module named numpy"}'
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(body)}

    monkeypatch.setattr(champion, "client", lambda service: Failing())
    with pytest.raises(ReleaseError, match=r"f failed: Runtime\.ImportModuleError: no module named numpy"):
        invoke("f", {})


def unwilling(function: str, event: Any, version: str) -> dict[str, Any]:
    raise ConnectionError("no answer")


def stale(function: str, event: Any, version: str) -> dict[str, Any]:
    return {"statusCode": 200, "body": json.dumps({"model_version": "old", "predictions": []})}


def unable(function: str, event: Any, version: str) -> dict[str, Any]:
    return {"statusCode": 503, "body": "{}"}


def without_predictions(function: str, event: Any, version: str) -> dict[str, Any]:
    _, package, _ = champion.read_package(model_of(version))
    return {"statusCode": 200, "body": json.dumps({"model_version": package.model_version, "predictions": []})}


def of_nan(function: str, event: Any, version: str) -> dict[str, Any]:
    _, package, _ = champion.read_package(model_of(version))
    predictions = [{"probability": float("nan")} for _ in package.golden_rows]
    return {"statusCode": 200, "body": json.dumps({"model_version": package.model_version, "predictions": predictions})}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (unwilling, "ConnectionError: no answer"),
        (stale, "model old answered"),
        (unable, "did not answer the golden rows"),
        (without_predictions, "0 predictions answer 20 golden rows"),
        (of_nan, "differ by nan"),
    ],
)
def test_a_version_that_cannot_prove_itself_gets_no_traffic(
    store: ArtifactStore, shifts: Shifting, monkeypatch: pytest.MonkeyPatch, answer: Any, message: str
) -> None:
    decided(store, "go")
    begin()
    monkeypatch.setattr(champion, "invoke", answer)
    assert message in prove("d-0", "Failed").refusal


def test_a_model_that_answers_otherwise_gets_no_traffic_and_it_is_told_why(
    store: ArtifactStore, shifts: Shifting
) -> None:
    package = decided(store, "go")
    golden = tuple(dataclasses.replace(row, scores=(row.scores[0] + 1e-4,)) for row in package.golden_rows)
    store.write(dataclasses.replace(package, golden_rows=golden))
    begin()
    assert "differ by 1.0e-04" in prove("d-0", "Failed").refusal
    shifts.end("d-0", "Failed", message="A hook failed.")
    with pytest.raises(
        ReleaseError, match=r"was refused; .* A hook failed\. the golden rows' answers differ by 1\.0e-04"
    ):
        conclude("d-0", project="bank_test", run_id="r1")


def test_what_a_version_names_never_changes(store: ArtifactStore, shifts: Shifting) -> None:
    package = decided(store, "go")
    released(store, shifts)
    before = read_bytes(uri_of(package.model_version))
    store.write(dataclasses.replace(package, validation_roc_auc=0.123))
    begin()
    assert read_bytes(uri_of(package.model_version)) == before


def test_a_version_answers_503_without_a_model_and_with_its_own_whatever_the_champion_is(
    store: ArtifactStore,
    shifts: Shifting,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    package = decided(store, "go")
    assert mocked_s3.load_handler("predict").handler(REQUEST, None)["statusCode"] == 503
    logged = json.loads(capsys.readouterr().out)
    assert (logged["level"], logged["request_id"], logged["status"]) == ("ERROR", "q1", 503)
    assert "Service" not in logged
    released(store, shifts)
    released(store, shifts, "newer")
    for version, model in (("2", package.model_version), ("3", "newer")):
        monkeypatch.setenv("MODEL_URI", model_of(version))
        answer = mocked_s3.load_handler("predict").handler(REQUEST, None)
        assert json.loads(answer["body"])["model_version"] == model
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["_aws"]["CloudWatchMetrics"]
