"""Stacks from creation to deletion, over two types that keep their resources in memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from emulator.cloudformation.errors import ApiError
from tests.emulator.cloudformation_account import (
    PAIR,
    PARAMETER,
    REPOSITORY,
    Account,
    parameter,
    queue,
    template,
)


@pytest.fixture
def account() -> Account:
    return Account()


def test_a_stack_is_created_in_order_and_deleted_in_reverse(account: Account) -> None:
    assert account.create("s", PAIR) == "CREATE_COMPLETE"
    assert account.backend.kept["/where"]["Value"] == "arn:jobs"
    assert account.outputs("s") == {"Arn": "arn:jobs"}
    assert account.events("s") == [
        ("s", "CREATE_IN_PROGRESS"),
        ("Jobs", "CREATE_IN_PROGRESS"),
        ("Jobs", "CREATE_IN_PROGRESS"),
        ("Jobs", "CREATE_COMPLETE"),
        ("Where", "CREATE_IN_PROGRESS"),
        ("Where", "CREATE_IN_PROGRESS"),
        ("Where", "CREATE_COMPLETE"),
        ("s", "CREATE_COMPLETE"),
    ]
    assert account.delete("s") == "DELETE_COMPLETE"
    assert account.backend.calls[-2:] == [("delete", "/where"), ("delete", "jobs")]
    with pytest.raises(ApiError, match="Stack with id s does not exist"):
        account("DescribeStacks", StackName="s")


def test_a_failed_creation_is_rolled_back(account: Account) -> None:
    broken = template(Jobs=queue("jobs"), Where=parameter("/where", "refused", DependsOn="Jobs"))
    assert account.create("s", broken) == "ROLLBACK_COMPLETE"
    assert not account.backend.kept
    assert account.reasons("s", "CREATE_FAILED") == ["s/Where (AWS::SSM::Parameter): the value is refused"]
    with pytest.raises(ApiError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        account("UpdateStack", StackName="s", TemplateBody=json.dumps(PAIR))
    assert account.delete("s") == "DELETE_COMPLETE"


def test_a_paused_creation_is_corrected_or_rolled_back(account: Account) -> None:
    broken = template(Jobs=queue("jobs"), Where=parameter("/where", "refused", DependsOn="Jobs"))
    assert account.create("a", broken, DisableRollback=True) == "CREATE_FAILED"
    assert list(account.backend.kept) == ["jobs"]
    assert account.update("a", PAIR) == "UPDATE_COMPLETE"
    assert account.delete("a") == "DELETE_COMPLETE"
    assert account.create("b", broken, DisableRollback=True) == "CREATE_FAILED"
    account("RollbackStack", StackName="b")
    assert account.settled("b") == "ROLLBACK_COMPLETE"
    assert not account.backend.kept


def test_a_property_that_is_not_kept_fails_the_deployment_by_name(account: Account) -> None:
    assert account.create("s", template(Jobs=queue("jobs", DelaySeconds=13))) == "ROLLBACK_COMPLETE"
    assert account.reasons("s", "CREATE_FAILED") == [
        "s/Jobs (AWS::SQS::Queue): the service did not keep DelaySeconds (wanted 13, the service gives nothing)"
    ]
    assert not account.backend.kept


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (queue("jobs", Colour="red"), "s/Jobs (AWS::SQS::Queue): Encountered unsupported property Colour"),
        (queue("jobs", Arn="arn"), "s/Jobs (AWS::SQS::Queue): Encountered unsupported property Arn"),
        ({"Type": PARAMETER, "Properties": {"Type": "String"}}, "Property Value cannot be empty."),
        (
            {"Type": "AWS::Cognito::UserPool", "Properties": {}},
            "(AWS::Cognito::UserPool): this emulator does not support",
        ),
    ],
)
def test_what_is_not_supported_fails_the_deployment_by_name(account: Account, resource: Any, reason: str) -> None:
    assert account.create("s", template(First=queue("first"), Jobs=resource)) == "ROLLBACK_COMPLETE"
    assert reason in account.reasons("s", "CREATE_FAILED")[0]
    assert not account.backend.kept


def test_a_type_that_aws_does_not_have_is_refused_at_once(account: Account) -> None:
    with pytest.raises(ApiError, match=r"Unrecognized resource types: \[AWS::Nothing::Here\]"):
        account.create("s", template(A={"Type": "AWS::Nothing::Here"}))
    assert account("ListStacks")["StackSummaries"] == []


def test_what_is_only_recorded_is_said(account: Account) -> None:
    described = parameter("/a", "1")
    described["Properties"]["Description"] = "d"
    tagged = parameter("/b", "1")
    tagged["Properties"]["Tags"] = {"team": "data"}
    plain = parameter("/c", "1")
    plain["Properties"]["Tags"] = {"stage": "test"}
    account.create("s", template(A=described, B=tagged, C=plain))
    told = [
        account("DescribeStackResource", StackName="s", LogicalResourceId=name)["StackResourceDetail"].get(
            "ResourceStatusReason"
        )
        for name in ("A", "B", "C")
    ]
    assert told == [
        "recorded only, without effect here: Description (nobody reads it)",
        "recorded only, without effect here: Tags.team (teams bear no cost)",
        None,
    ]


def test_an_update_changes_in_place_replaces_adds_and_removes(account: Account) -> None:
    account.create("s", template(A=parameter("/a", "1"), B=parameter("/b", {"Ref": "A"}), C=queue("c"), D=queue("d")))
    account.backend.calls.clear()
    changed = template(
        A=parameter("/a2", "1"), B=parameter("/b", {"Ref": "A"}), C=queue("c", DelaySeconds=1), E=queue("e")
    )
    assert account.update("s", changed) == "UPDATE_COMPLETE"
    assert account.backend.calls == [
        ("create", "/a2"),
        ("update", "c"),
        ("create", "e"),
        ("update", "/b"),
        ("delete", "/a"),
        ("delete", "d"),
    ]
    assert account.backend.kept["/b"]["Value"] == "/a2"
    statuses = [status for name, status in account.events("s") if name == "s"][-3:]
    assert statuses == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"]


def test_a_failed_update_restores_what_was(account: Account) -> None:
    account.create("s", template(A=parameter("/a", "1"), B=parameter("/b", "1"), C=queue("c")))
    before = {name: dict(properties) for name, properties in account.backend.kept.items()}
    broken = template(
        A=parameter("/a", "2"),
        B=parameter("/b2", "1", DependsOn="A"),
        D=queue("d", ContentBasedDeduplication=False),
        E=parameter("/e", "refused", DependsOn=["B", "D"]),
    )
    assert account.update("s", broken) == "UPDATE_ROLLBACK_COMPLETE"
    assert account.backend.kept == before
    kept = {
        entry["LogicalResourceId"] for entry in account("ListStackResources", StackName="s")["StackResourceSummaries"]
    }
    assert kept == {"A", "B", "C"}
    assert json.loads(account("GetTemplate", StackName="s")["TemplateBody"])["Resources"].keys() == kept
    assert account.update("s", template(A=parameter("/a", "3"), C=queue("c"))) == "UPDATE_COMPLETE"
    assert account.backend.kept["/a"]["Value"] == "3"


def test_a_rollback_that_fails_can_be_continued(account: Account) -> None:
    account.create("s", template(A=parameter("/a", "1")))
    account.backend.kept["/a"]["Value"] = "refused"  # so that going back to it is refused
    account.service.stacks.find("s", "us-east-1").resources["A"].properties["Value"] = "refused"
    broken = template(A=parameter("/a", "2"), B=parameter("/b", "refused", DependsOn="A"))
    assert account.update("s", broken) == "UPDATE_ROLLBACK_FAILED"
    account("ContinueUpdateRollback", StackName="s", ResourcesToSkip=["A"])
    assert account.settled("s") == "UPDATE_ROLLBACK_COMPLETE"


def test_a_resource_with_a_name_of_its_own_is_not_replaced_under_it(account: Account) -> None:
    def repository(encryption: str) -> dict[str, Any]:
        return {
            "Type": REPOSITORY,
            "Properties": {"RepositoryName": "a", "EncryptionConfiguration": {"EncryptionType": encryption}},
        }

    account.create("s", template(A=repository("AES256")))
    assert account.update("s", template(A=repository("KMS"))) == "UPDATE_ROLLBACK_COMPLETE"
    assert account.reasons("s", "UPDATE_FAILED")[0].endswith("Rename a and update the stack again.")
    assert account.backend.kept["a"]["EncryptionConfiguration"] == {"EncryptionType": "AES256"}


def test_nothing_to_update_is_refused(account: Account) -> None:
    account.create("s", PAIR)
    with pytest.raises(ApiError, match=r"^No updates are to be performed\.$"):
        account.update("s", PAIR)
    assert account.update("s", PAIR, Tags=[{"Key": "a", "Value": "b"}]) == "UPDATE_COMPLETE"


def test_retained_resources_outlive_their_stack(account: Account) -> None:
    account.create("s", template(A=queue("a") | {"DeletionPolicy": "Retain"}, B=parameter("/b", "1")))
    assert account.update("s", template(A=queue("a2") | {"UpdateReplacePolicy": "Retain"})) == "UPDATE_COMPLETE"
    assert sorted(account.backend.kept) == ["a", "a2"]
    assert account.delete("s") == "DELETE_COMPLETE"
    assert sorted(account.backend.kept) == ["a"]


def test_a_resource_that_cannot_be_deleted_keeps_what_it_needs(account: Account) -> None:
    account.create("s", PAIR)
    account.backend.held.add("/where")
    assert account.delete("s") == "DELETE_FAILED"
    assert account.reasons("s", "DELETE_FAILED")[1] == "s/Where (AWS::SSM::Parameter): /where is not empty"
    assert sorted(account.backend.kept) == ["/where", "jobs"]
    assert account.delete("s", RetainResources=["Where"]) == "DELETE_COMPLETE"
    assert sorted(account.backend.kept) == ["/where"]


def test_termination_protection_protects(account: Account) -> None:
    account.create("s", PAIR, EnableTerminationProtection=True)
    with pytest.raises(ApiError, match="cannot be deleted while TerminationProtection is enabled"):
        account("DeleteStack", StackName="s")
    account("UpdateTerminationProtection", StackName="s", EnableTerminationProtection=False)
    assert account.delete("s") == "DELETE_COMPLETE"


def test_an_export_in_use_stays(account: Account) -> None:
    account.create("producer", PAIR)
    account.create("consumer", template(A=parameter("/a", {"Fn::ImportValue": "jobs"})))
    assert account("ListImports", ExportName="jobs")["Imports"] == ["consumer"]
    account("DeleteStack", StackName="producer")
    assert account.settled("producer") == "CREATE_COMPLETE"
    reason = "Delete canceled. Cannot delete export jobs as it is in use by consumer."
    assert account.reasons("producer", "CREATE_COMPLETE")[0] == reason
    without = {**PAIR, "Outputs": {}}
    assert account.update("producer", without) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Export jobs cannot be deleted as it is in use by consumer" in account.reasons(
        "producer", "UPDATE_ROLLBACK_IN_PROGRESS"
    )
    assert account.delete("consumer") == "DELETE_COMPLETE"
    assert account.update("producer", without) == "UPDATE_COMPLETE"


def change_set(account: Account, kind: str, content: dict[str, Any], name: str = "cs") -> dict[str, Any]:
    account("CreateChangeSet", StackName="s", ChangeSetName=name, ChangeSetType=kind, TemplateBody=json.dumps(content))
    return account("DescribeChangeSet", StackName="s", ChangeSetName=name, IncludePropertyValues=True)


def test_a_change_set_creates_a_stack_with_outputs(account: Account) -> None:
    shown = change_set(account, "CREATE", PAIR)
    assert account("DescribeStacks", StackName="s")["Stacks"][0]["StackStatus"] == "REVIEW_IN_PROGRESS"
    added = [(c["ResourceChange"]["Action"], c["ResourceChange"]["LogicalResourceId"]) for c in shown["Changes"]]
    assert added == [("Add", "Jobs"), ("Add", "Where")]
    assert json.loads(shown["Changes"][1]["ResourceChange"]["AfterContext"])["Properties"]["Value"] == (
        "{{changeSet:KNOWN_AFTER_APPLY}}"
    )
    account("ExecuteChangeSet", StackName="s", ChangeSetName="cs")
    assert account.settled("s") == "CREATE_COMPLETE"
    assert account.outputs("s") == {"Arn": "arn:jobs"}


def test_a_change_set_says_what_is_replaced(account: Account) -> None:
    account.create("s", template(A=parameter("/a", "1"), B=parameter("/b", {"Ref": "A"}), C=queue("c")))
    shown = change_set(account, "UPDATE", template(A=parameter("/a2", "1"), B=parameter("/b", {"Ref": "A"})))
    facts = {
        change["ResourceChange"]["LogicalResourceId"]: (
            change["ResourceChange"]["Action"],
            change["ResourceChange"].get("Replacement"),
        )
        for change in shown["Changes"]
    }
    assert facts == {"A": ("Modify", "True"), "B": ("Modify", "False"), "C": ("Remove", None)}
    (detail,) = shown["Changes"][0]["ResourceChange"]["Details"]
    assert detail["Target"] == {
        "Attribute": "Properties",
        "Name": "Name",
        "Path": "/Properties/Name",
        "RequiresRecreation": "Always",
        "AttributeChangeType": "Modify",
        "BeforeValue": "/a",
        "AfterValue": "/a2",
    }
    assert sorted(account.backend.kept) == ["/a", "/b", "c"]


def test_a_change_set_without_changes_fails(account: Account) -> None:
    account.create("s", PAIR)
    shown = change_set(account, "UPDATE", PAIR)
    assert (shown["Status"], shown["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert shown["StatusReason"].startswith("The submitted information didn't contain changes.")
    with pytest.raises(ApiError, match="cannot be executed in its current status"):
        account("ExecuteChangeSet", StackName="s", ChangeSetName="cs")
    only_outputs = {**PAIR, "Outputs": {**PAIR["Outputs"], "More": {"Value": "1"}}}
    assert change_set(account, "UPDATE", only_outputs, "more")["Status"] == "CREATE_COMPLETE"


def test_a_change_set_that_is_gone_is_not_found(account: Account) -> None:
    account.create("s", PAIR)
    account("DeleteChangeSet", StackName="s", ChangeSetName="cs")
    with pytest.raises(ApiError, match=r"ChangeSet \[cs\] does not exist") as refused:
        account("DescribeChangeSet", StackName="s", ChangeSetName="cs")
    assert refused.value.code == "ChangeSetNotFound"


@pytest.mark.parametrize(
    ("operation", "arguments", "code", "message"),
    [
        ("CreateStack", {"StackName": "s"}, "AlreadyExistsException", "Stack [s] already exists"),
        ("UpdateStack", {"StackName": "t"}, "ValidationError", "Stack with id t does not exist"),
        ("DescribeStackEvents", {"StackName": "t"}, "ValidationError", "Stack [t] does not exist"),
        ("DetectStackDrift", {"StackName": "s"}, "NotImplemented", "DetectStackDrift is not implemented"),
        ("ListImports", {"ExportName": "x"}, "ValidationError", "Export 'x' does not exist."),
    ],
)
def test_refusals_carry_the_codes_of_aws(
    account: Account, operation: str, arguments: dict[str, Any], code: str, message: str
) -> None:
    account.create("s", PAIR)
    with pytest.raises(ApiError) as refused:
        account(operation, **arguments, TemplateBody=json.dumps(PAIR))
    assert (refused.value.code, message in refused.value.message) == (code, True)


def test_identities_need_to_be_acknowledged(account: Account) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "AssumeRolePolicyDocument": {}}}
    with pytest.raises(ApiError, match=r"Requires capabilities : \[CAPABILITY_NAMED_IAM\]"):
        account.create("s", template(R=role), Capabilities=["CAPABILITY_IAM"])


def test_a_rule_that_does_not_hold_refuses_the_template(account: Account) -> None:
    ruled = {
        **PAIR,
        "Parameters": {"Version": {"Type": "String", "Default": "1"}},
        "Rules": {
            "Check": {
                "Assertions": [
                    {
                        "Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2"], {"Ref": "Version"}]}]},
                        "AssertDescription": "bootstrap again",
                    }
                ]
            }
        },
    }
    with pytest.raises(ApiError, match="bootstrap again"):
        account.create("s", ruled)
    given = [{"ParameterKey": "Version", "ParameterValue": "3"}]
    assert account.create("s", ruled, Parameters=given) == "CREATE_COMPLETE"


def test_conditions_choose_resources_and_outputs(account: Account) -> None:
    chosen = {
        "Parameters": {"Stage": {"Type": "String"}},
        "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
        "Resources": {"A": queue("a"), "B": queue("b") | {"Condition": "IsProd"}},
        "Outputs": {"B": {"Condition": "IsProd", "Value": {"Ref": "B"}}},
    }
    prod, dev = ([{"ParameterKey": "Stage", "ParameterValue": stage}] for stage in ("prod", "dev"))
    account.create("s", chosen, Parameters=dev)
    assert (list(account.backend.kept), account.outputs("s")) == (["a"], {})
    account.update("s", chosen, Parameters=prod)
    assert (list(account.backend.kept), account.outputs("s")) == (["a", "b"], {"B": "b"})
    account("UpdateStack", StackName="s", UsePreviousTemplate=True, Parameters=dev)
    assert account.settled("s") == "UPDATE_COMPLETE"
    assert list(account.backend.kept) == ["a"]


def test_stacks_are_deployed_at_the_same_time(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_at_once: Callable[..., None] = account.backend._keep
    together = threading.Barrier(4, timeout=60)  # the three stacks, and this test

    def keep(*arguments: Any) -> None:
        together.wait()
        keep_at_once(*arguments)

    monkeypatch.setattr(account.backend, "_keep", keep)
    for name in ("a", "b", "c"):
        account("CreateStack", StackName=name, TemplateBody=json.dumps(template(A=queue(name))))
    assert account("DescribeStacks", StackName="a")["Stacks"][0]["StackStatus"] == "CREATE_IN_PROGRESS"
    with pytest.raises(ApiError, match="is in CREATE_IN_PROGRESS state and can not be updated"):
        account("UpdateStack", StackName="a", TemplateBody=json.dumps(PAIR))
    together.wait()
    assert [account.settled(name) for name in ("a", "b", "c")] == ["CREATE_COMPLETE"] * 3


def test_a_rollback_keeps_what_a_resource_that_stays_needs(account: Account) -> None:
    account.backend.held.add("/where")
    broken = {**PAIR, "Resources": {**PAIR["Resources"], "Z": parameter("/z", "refused", DependsOn="Where")}}
    assert account.create("s", broken) == "ROLLBACK_FAILED"
    assert sorted(account.backend.kept) == ["/where", "jobs"]
    account.backend.held.clear()
    assert account.delete("s") == "DELETE_COMPLETE"
    assert not account.backend.kept
