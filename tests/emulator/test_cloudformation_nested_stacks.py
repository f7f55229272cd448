"""Stacks that are resources of other stacks."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import clients
from emulator.settings import Settings
from tests.emulator.cloudformation_stacks import (
    body,
    create,
    delete,
    names,
    outputs,
    parameter,
    reasons,
    settled,
    update,
    value,
)

BUCKET = "nested-stack-templates"
WHO = {"Who": {"Type": "String"}, "Ways": {"Type": "CommaDelimitedList", "Default": "a"}}


@pytest.fixture(scope="module", autouse=True)
def templates(emulator: Settings) -> None:
    clients.client("s3").create_bucket(Bucket=BUCKET)


def stored(key: str, template: str) -> str:
    clients.client("s3").put_object(Bucket=BUCKET, Key=key, Body=template.encode())
    return f"https://s3.us-east-1.amazonaws.com/{BUCKET}/{key}"


def child(prefix: str, greeting: str = "hello", **more: Any) -> str:
    held = {"Fn::Join": ["-", [greeting, {"Ref": "Who"}, {"Fn::Join": ["+", {"Ref": "Ways"}]}]]}
    made = {"Held": parameter(f"{prefix}/child", held), **more}
    return body(made, Parameters=WHO, Outputs={"Greeting": {"Value": {"Fn::GetAtt": ["Held", "Value"]}}})


def parent(prefix: str, url: str, who: str = "world", **more: Any) -> str:
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {
            "TemplateURL": url,
            "Parameters": {"Who": who, "Ways": "by, sea"},
            "Tags": [{"Key": "team", "Value": "data"}],
        },
    }
    made = {
        "Nested": nested,
        "Copy": parameter(f"{prefix}/copy", {"Fn::GetAtt": ["Nested", "Outputs.Greeting"]}),
        **more,
    }
    return body(made, Outputs={"Child": {"Value": {"Ref": "Nested"}}})


def test_a_nested_stack_lives_with_its_parent() -> None:
    url = stored("life.json", child("/nested-life"))
    made = create("nested-life", parent("/nested-life", url))
    assert made["StackStatus"] == "CREATE_COMPLETE", reasons("nested-life", "CREATE_FAILED")
    assert value("/nested-life/copy") == "hello-world-by+sea"
    inner = settled(outputs(made)["Child"])
    assert inner["StackName"].startswith("nested-life-Nested-")
    assert inner["ParentId"] == inner["RootId"] == made["StackId"]
    assert inner["Tags"] == [{"Key": "team", "Value": "data"}]
    assert update("nested-life", parent("/nested-life", url, "you"))["StackStatus"] == "UPDATE_COMPLETE"
    assert value("/nested-life/copy") == "hello-you-by+sea"
    assert delete("nested-life")["StackStatus"] == "DELETE_COMPLETE"
    assert settled(inner["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert names("/nested-life") == set()


def test_another_template_at_the_same_place_updates_the_nested_stack() -> None:
    url = stored("same.json", child("/nested-same"))
    create("nested-same", parent("/nested-same", url))
    stored("same.json", child("/nested-same", "goodbye"))
    assert update("nested-same", parent("/nested-same", url))["StackStatus"] == "UPDATE_COMPLETE"
    assert value("/nested-same/copy") == "goodbye-world-by+sea"
    assert delete("nested-same")["StackStatus"] == "DELETE_COMPLETE"


def test_what_a_nested_stack_cannot_create_rolls_its_parent_back() -> None:
    taken = parameter("/nested-fail/child", "taken")
    url = stored("fail.json", child("/nested-fail", Second=taken | {"DependsOn": "Held"}))
    assert create("nested-fail", parent("/nested-fail", url))["StackStatus"] == "ROLLBACK_COMPLETE"
    (reason,) = reasons("nested-fail", "CREATE_FAILED")
    assert "Embedded stack arn:aws:cloudformation:" in reason
    assert "was not successfully created" in reason
    assert "Second (AWS::SSM::Parameter)" in reason
    assert names("/nested-fail") == set()
    living = clients.client("cloudformation").describe_stacks()["Stacks"]
    assert [stack["StackName"] for stack in living if stack["StackName"].startswith("nested-fail")] == ["nested-fail"]
    delete("nested-fail")


def test_a_failed_update_takes_the_nested_stack_back_too() -> None:
    url = stored("back.json", child("/nested-back"))
    create("nested-back", parent("/nested-back", url))
    taken = parameter("/nested-back/copy", "taken", DependsOn="Nested")
    failed = update("nested-back", parent("/nested-back", url, "you", Taken=taken))
    assert failed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert value("/nested-back/copy") == value("/nested-back/child") == "hello-world-by+sea"
    delete("nested-back")


def test_a_nested_stack_whose_export_is_in_use_is_not_deleted() -> None:
    exporting = body(
        {"Held": parameter("/nested-export/child", "1")},
        Outputs={"Value": {"Value": "1", "Export": {"Name": "nested-export"}}},
    )
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": stored("export.json", exporting)},
    }
    create("nested-export", body({"Nested": nested}))
    create("nested-import", body({"Held": parameter("/nested-import/a", {"Fn::ImportValue": "nested-export"})}))
    assert delete("nested-export")["StackStatus"] == "DELETE_FAILED"
    assert "Cannot delete export nested-export as it is in use by nested-import" in (
        "".join(reasons("nested-export", "DELETE_FAILED"))
    )
    delete("nested-import")
    assert delete("nested-export")["StackStatus"] == "DELETE_COMPLETE"
