"""A run that waits for a person: rejected, asked again, approved; and what the registry keeps of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crispstack.artifacts import Approval, Registration, Release
from crispstack.phases import Phase
from tests.end_to_end.conftest import FLIGHTS, Answered, Checkout
from tests.end_to_end.test_flight_delays import artifact


@pytest.fixture(scope="module")
def versions(checkout: Checkout, answered: Answered) -> dict[int, Any]:
    """What the registry says of every version of the project's group, by number."""
    registry = checkout.client("sagemaker")
    group = artifact(checkout, answered.run, Registration).group
    listed = registry.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
    return {
        each["ModelPackageVersion"]: registry.describe_model_package(ModelPackageName=each["ModelPackageArn"])
        for each in listed
    }


def test_the_run_waits_until_its_time_is_over(answered: Answered) -> None:
    waited = answered.waited
    assert waited["status"] == "waiting_for_approval"
    assert "released" not in waited
    until = datetime.strptime(waited["until"].removesuffix(" UTC"), "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    assert timedelta(days=1.9) < until - datetime.now(UTC) <= timedelta(days=2, minutes=1)


def test_a_rejected_model_is_not_released_and_it_is_told_why(answered: Answered) -> None:
    rejected = answered.rejected
    assert (rejected["approval"]["approved"], rejected["approval"]["reason"]) == (False, "not before the summer")
    assert not rejected["released"]


def test_an_approved_model_is_released_with_who_said_so(checkout: Checkout, answered: Answered) -> None:
    approval, release = (artifact(checkout, answered.run, kind) for kind in (Approval, Release))
    assert (approval.approved, approval.reason) == (True, "the summer has come")
    assert approval.by == checkout.client("sts").get_caller_identity()["Arn"] == answered.approved["approval"]["by"]
    registration = artifact(checkout, answered.run, Registration)
    assert (release.released, release.model_version) == (True, registration.chosen.model_version)
    assert approval.package_arn == registration.chosen.package_arn


def test_the_registry_keeps_both_answers(checkout: Checkout, answered: Answered, versions: dict[int, Any]) -> None:
    said = [(each["ModelApprovalStatus"], each.get("ApprovalDescription", "")) for each in versions.values()]
    by = checkout.client("sts").get_caller_identity()["Arn"]
    assert ("Rejected", f"{by}: not before the summer") in said
    assert ("Approved", f"{by}: the summer has come") in said
    registration = artifact(checkout, answered.run, Registration)
    chosen = versions[registration.chosen.number]
    assert chosen["ModelApprovalStatus"] == "Approved"
    assert chosen["CustomerMetadataProperties"]["model_sha256"] == registration.chosen.model_sha256
    for model in registration.models:
        assert checkout.read(versions[model.number]["SourceUri"]), model.name


def test_an_answered_run_waits_for_nobody(checkout: Checkout, answered: Answered) -> None:
    said = checkout.crisp("approve", answered.run, "--reason", "once more", succeeds=False)
    assert said.returncode != 0
    assert f"run {answered.run} waits for no answer: it was approved by" in said.stdout + said.stderr


def test_a_run_compared_with_itself_differs_in_nothing(checkout: Checkout, answered: Answered) -> None:
    found = checkout.json("compare", answered.run, answered.run)
    assert (found["project"], found["changes"]) == (FLIGHTS, [])
    value = found["value"]
    assert (value["paired"], value["difference"], value["low"], value["high"]) == (True, 0, 0, 0)
    phases = {each["phase"]: each["status"] for each in checkout.json("status", FLIGHTS, "--run", answered.run)}
    assert phases[Phase.DEPLOYMENT.value] == "succeeded"
