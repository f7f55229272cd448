import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import boto3
import pytest

from crispstack.artifacts import Approval, BusinessCase, Decision, InputReference, Registration
from crispstack.aws import registry
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.aws.registry import Model
from crispstack.errors import ReleaseError
from tests.unit.evaluation import model_registry
from tests.unit.modeling import mocked_s3

EVENT = {"project": "bank_test", "run_id": "r1", "attempt": "bank_test-r1-1"}
GROUP = "crispstack-test-bank-test"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArtifactStore]:
    model_registry.use(monkeypatch)
    with mocked_s3.mocked() as store:
        yield store


def described(arn: str) -> dict[str, Any]:
    found: dict[str, Any] = boto3.client("sagemaker").describe_model_package(ModelPackageName=arn)
    return found


def answered(approved: Any, by: Any = "arn:aws:iam::1:user/ada", reason: Any = "earns enough") -> dict[str, Any]:
    return EVENT | {"answer": {"approved": approved, "by": by, "reason": reason}}


def test_every_model_that_was_evaluated_is_registered_with_what_it_was_made_from(store: ArtifactStore) -> None:
    package = model_registry.decided(store, "go")
    mocked_s3.load_handler("registry").register(EVENT, None)
    registration, _ = store.read(Registration)
    listed = boto3.client("sagemaker").list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]
    assert [each["ModelPackageArn"] for each in listed] == [model.package_arn for model in registration.models]
    assert [(model.name, model.number, model.chosen) for model in registration.models] == [
        ("logistic_regression 1", 1, True),
        ("ridge", 2, False),
    ]

    found = described(registration.chosen.package_arn)
    _, decision = store.read(Decision)
    assert found["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"] == decision.uri
    assert found["MetadataProperties"] == {"GeneratedBy": "bank_test-r1-1"}
    metadata = found["CustomerMetadataProperties"]
    assert metadata["model_sha256"] == package.model_sha256
    assert metadata["model_version"] == package.model_version
    assert metadata["decision_sha256"] == decision.sha256
    assert metadata["charter_sha256"] == store.read(BusinessCase)[1].sha256
    assert metadata["data.rows"] == "0a1b2c"
    assert metadata["prepared_version"] == "v1"
    assert package.made_with
    assert metadata["code_sha256"] == package.made_with.code_sha256
    assert metadata["environment_sha256"] == package.made_with.environment_sha256
    assert described(registration.models[1].package_arn)["CustomerMetadataProperties"]["model_sha256"] == "ab" * 32
    assert registration.lineage.items() <= metadata.items()


def test_without_a_person_a_go_answers_for_itself_and_only_the_chosen_model_can_be_approved(
    store: ArtifactStore,
) -> None:
    model_registry.decided(store, "go")
    handler = mocked_s3.load_handler("registry")
    asked = handler.register(EVENT, None)
    answer = {"approved": True, "by": "charter", "reason": "The reason."}
    assert asked == {"approval": "automatic", "answer": answer}
    registration, reference = store.read(Registration)
    statuses = [registry.entry(model.package_arn).status for model in registration.models]
    assert statuses == ["PendingManualApproval", "Rejected"]

    handler.conclude(EVENT | {"answer": answer}, None)
    statuses = [registry.entry(model.package_arn).status for model in registration.models]
    assert statuses == ["Approved", "Rejected"]
    approval, _ = store.read(Approval)
    assert (approval.approved, approval.by, approval.reason) == (True, "charter", "The reason.")
    assert approval.inputs == (reference,)


def test_where_a_person_is_asked_the_run_says_what_about_and_for_how_long(store: ArtifactStore) -> None:
    model_registry.decided(store, "go_with_conditions", "person")
    asked = mocked_s3.load_handler("registry").register(EVENT, None)
    registration, _ = store.read(Registration)
    assert asked == {
        "approval": "person",
        "seconds": 172_800,
        "days": 2.0,
        "package_arn": registration.chosen.package_arn,
        "summary": "The reason.",
    }


def test_nobody_is_asked_about_a_no_go_and_it_is_rejected(store: ArtifactStore) -> None:
    model_registry.decided(store, "no_go", "person")
    handler = mocked_s3.load_handler("registry")
    asked = handler.register(EVENT, None)
    assert asked == {
        "approval": "none",
        "answer": {"approved": False, "by": "charter", "reason": "The reason."},
    }
    handler.conclude(EVENT | {"answer": asked["answer"]}, None)
    registration, _ = store.read(Registration)
    assert {registry.entry(model.package_arn).status for model in registration.models} == {"Rejected"}


@pytest.mark.parametrize(("approved", "status"), [(True, "Approved"), (False, "Rejected")])
def test_who_answered_and_why_is_kept_by_the_registry_and_by_the_run(
    store: ArtifactStore, approved: bool, status: str
) -> None:
    model_registry.decided(store, "go", "person")
    handler = mocked_s3.load_handler("registry")
    handler.register(EVENT, None)
    handler.conclude(answered(approved), None)
    approval, _ = store.read(Approval)
    found = described(approval.package_arn)
    assert found["ModelApprovalStatus"] == status
    assert found["ApprovalDescription"] == "arn:aws:iam::1:user/ada: earns enough"
    assert (approval.approved, approval.by, approval.reason) == (approved, "arn:aws:iam::1:user/ada", "earns enough")
    assert datetime.fromisoformat(approval.decided).tzinfo


@pytest.mark.parametrize(
    "event",
    [answered("yes"), answered(None), answered(True, by=""), answered(True, by=None), answered(True, reason=" ")],
)
def test_what_is_no_answer_approves_nothing(store: ArtifactStore, event: dict[str, Any]) -> None:
    model_registry.decided(store, "go", "person")
    handler = mocked_s3.load_handler("registry")
    handler.register(EVENT, None)
    with pytest.raises(ReleaseError, match="crisp approve"):
        handler.conclude(event, None)
    registration, _ = store.read(Registration)
    assert registry.entry(registration.chosen.package_arn).status == "PendingManualApproval"


# What SageMaker takes as the name of a group.
NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


def test_a_group_is_named_after_the_project_in_letters_that_the_registry_takes() -> None:
    assert registry.group_name("crispstack-dev-", "flight_delays") == "crispstack-dev-flight-delays"
    long = "a" * 41
    for prefix, project in (("crispstack-dev-", "wine_"), ("crispstack-acceptance-north-", long)):
        assert NAME.fullmatch(registry.group_name(prefix, project)), project
    assert registry.group_name("crispstack-dev-", "wine_") != registry.group_name("crispstack-dev-", "wine")
    names = {registry.group_name("crispstack-acceptance-north-", long[:-1] + last) for last in "abc"}
    assert len(names) == 3


def test_metadata_is_told_in_the_letters_and_the_length_that_the_registry_takes(store: ArtifactStore) -> None:
    registry.make_group(GROUP, "bank_test")
    model = Model("ensemble (xgboost 2, ridge 1)" + "x" * 300, "s3://a/m.onnx", "ab" * 32, "v1", True)
    made = registry.register(GROUP, model, "About.", {}, InputReference("s3://a/d.json", "cd"), "r1-1", "Rejected")
    found = described(made.package_arn)["CustomerMetadataProperties"]["candidate"]
    assert found == ("ensemble _xgboost 2_ ridge 1_" + "x" * 300)[:256]
    assert made.name == model.name
