"""Change sets that take what is there into a stack."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings
from tests.emulator.cloudformation_stacks import body, create, delete, names, parameter, reasons, settled, update, value


@pytest.fixture(autouse=True)
def running(emulator: Settings) -> None:
    assert emulator


def put(name: str, content: str) -> None:
    clients.client("ssm").put_parameter(Name=name, Value=content, Type="String", Overwrite=True)


def kept(name: str, content: Any) -> dict[str, Any]:
    return parameter(name, content, DeletionPolicy="Retain")


def imported(logical_id: str, name: str) -> dict[str, Any]:
    return {
        "ResourceType": "AWS::SSM::Parameter",
        "LogicalResourceId": logical_id,
        "ResourceIdentifier": {"Name": name},
    }


def execute(stack: str, template: str, *resources: dict[str, Any]) -> dict[str, Any]:
    stacks, name = clients.client("cloudformation"), f"import-{resources[0]['LogicalResourceId']}"
    stacks.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType="IMPORT",
        TemplateBody=template,
        ResourcesToImport=list(resources),
    )
    shown = stacks.describe_change_set(StackName=stack, ChangeSetName=name)["Changes"]
    actions = {(each["ResourceChange"]["LogicalResourceId"], each["ResourceChange"]["Action"]) for each in shown}
    assert actions == {(each["LogicalResourceId"], "Import") for each in resources}
    stacks.execute_change_set(StackName=stack, ChangeSetName=name)
    return settled(stack)


def test_a_resource_is_imported_as_it_is_into_a_new_stack_and_an_old_one() -> None:
    for name in ("one", "two"):
        put(f"/import/{name}", "as it was")
    made = execute("importing", body({"One": kept("/import/one", "as declared")}), imported("One", "/import/one"))
    assert made["StackStatus"] == "IMPORT_COMPLETE"
    both = {"One": kept("/import/one", "as declared"), "Two": kept("/import/two", "as declared")}
    assert execute("importing", body(both), imported("Two", "/import/two"))["StackStatus"] == "IMPORT_COMPLETE"
    assert value("/import/one") == value("/import/two") == "as it was"
    changed = {**both, "Two": kept("/import/two", {"Fn::Sub": "changed with ${One.Value}"})}
    assert update("importing", body(changed))["StackStatus"] == "UPDATE_COMPLETE"
    assert value("/import/two") == "changed with as it was"
    delete("importing")
    assert names("/import") == {"/import/one", "/import/two"}


def test_what_is_not_there_is_not_imported_and_what_is_there_stays() -> None:
    put("/import-failed/one", "1")
    create("importing-failed", body({"Zero": parameter("/import-failed/zero", "0")}))
    template = body(
        {
            "Zero": parameter("/import-failed/zero", "0"),
            "One": parameter("/import-failed/one", "1", DeletionPolicy="Delete"),
            "Two": kept("/import-failed/two", "2") | {"DependsOn": "One"},
        }
    )
    failed = execute(
        "importing-failed", template, imported("One", "/import-failed/one"), imported("Two", "/import-failed/two")
    )
    assert failed["StackStatus"] == "IMPORT_ROLLBACK_COMPLETE"
    assert "not found" in reasons("importing-failed", "IMPORT_FAILED")[0].lower()
    assert names("/import-failed") == {"/import-failed/zero", "/import-failed/one"}
    left = clients.client("cloudformation").list_stack_resources(StackName="importing-failed")
    assert [each["LogicalResourceId"] for each in left["StackResourceSummaries"]] == ["Zero"]
    delete("importing-failed")


@pytest.mark.parametrize(
    ("resources", "asked", "message"),
    [
        ({"A": kept("/a", "1")}, imported("B", "/a"), "Resources [B] to import must be in the template"),
        ({"A": parameter("/a", "1")}, imported("A", "/a"), "Resources to import must have a DeletionPolicy: [A]"),
        (
            {"A": kept("/a", "1")},
            {**imported("A", "/a"), "ResourceIdentifier": {"Path": "/a"}},
            "The identifier of AWS::SSM::Parameter is [Name], not [Path]",
        ),
        (
            {"A": kept("/a", "1"), "B": parameter("/b", "1")},
            imported("A", "/a"),
            "As part of the import operation, you cannot modify or add [B]",
        ),
    ],
)
def test_an_import_that_is_not_one_is_refused(resources: Any, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError) as refused:
        execute("importing-refused", body(resources), asked)
    assert message in str(refused.value)
