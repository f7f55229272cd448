"""Templates and requests that CloudFormation refuses or rolls back, each beside the one that it takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings
from tests.emulator.cloudformation_stacks import body, create, delete, parameter, reasons, settled

KIND = {"Type": "String", "AllowedValues": ["small", "large"]}
STORED = {"Type": "AWS::SSM::Parameter::Value<String>"}
LARGE = {"Fn::Equals": [{"Ref": "Kind"}, "large"]}
HANDLE = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
}


@dataclass(frozen=True)
class Broken:
    """A request to create a stack: broken, how it fails, and mended.

    `code` is an error's code when the request is refused, or the status of a stack that was rolled back. `before` and
    `after` make and remove what the mended one needs.
    """

    name: str
    broken: Mapping[str, Any]
    code: str
    message: str
    fixed: Mapping[str, Any]
    before: Callable[[], Any] = field(default=lambda: None)
    after: Callable[[], Any] = field(default=lambda: None)

    def __str__(self) -> str:
        return self.name


def held(value: Any = "1", name: str = "/broken/held", **attributes: Any) -> dict[str, Any]:
    return parameter(name, value, **attributes)


def of(resources: Mapping[str, Any], arguments: Mapping[str, Any] | None = None, **sections: Any) -> dict[str, Any]:
    return {"TemplateBody": body(resources, **sections), **(arguments or {})}


def given(**values: str) -> dict[str, Any]:
    return {"Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]}


def output(value: Any, **facts: Any) -> dict[str, Any]:
    return {"Outputs": {"Value": {"Value": value, **facts}}}


EXPORTING = body({"Held": held(name="/broken/exporter")}, **output("1", Export={"Name": "broken-export"}))
CASES = [
    Broken(
        "a text that is no template",
        {"TemplateBody": '{"Resources": '},
        "ValidationError",
        "Template format error: JSON not well-formed.",
        of({"Held": held()}),
    ),
    Broken(
        "a section that templates do not have",
        {"TemplateBody": json.dumps({"Ressources": {"Held": held()}})},
        "ValidationError",
        "Invalid template property or properties [Ressources]",
        of({"Held": held()}),
    ),
    Broken(
        "a value that is null",
        of({"Held": held(None)}),
        "ValidationError",
        "[/Resources/Held/Properties/Value] 'null' values are not allowed in templates",
        of({"Held": held()}),
    ),
    Broken(
        "a logical id with a dash",
        of({"He-ld": held()}),
        "ValidationError",
        "Template format error: Resource name He-ld is non alphanumeric.",
        of({"Held": held()}),
    ),
    Broken(
        "more resources than a stack may have",
        of({f"W{n}": HANDLE for n in range(501)}),
        "ValidationError",
        "Number of resources, 501, is greater than maximum allowed, 500",
        of({f"W{n}": HANDLE for n in range(50)}),
    ),
    Broken(
        "a text that is too long for a request",
        of({"Held": held()}, Metadata={"Long": "x" * 51_200}),
        "ValidationError",
        "Member must have length less than or equal to 51200",
        of({"Held": held()}, Metadata={"Long": "x" * 5_120}),
    ),
    Broken(
        "an output without a value",
        of({"Held": held()}, Outputs={"Value": {"Description": "d"}}),
        "ValidationError",
        "Output Value is malformed. The Value field of every Outputs member must be specified",
        of({"Held": held()}, **output("1")),
    ),
    Broken(
        "a parameter of a type that does not exist",
        of({"Held": held()}, Parameters={"P": {"Type": "Strings", "Default": "1"}}),
        "ValidationError",
        "Template format error: Unrecognized parameter type: Strings",
        of({"Held": held()}, Parameters={"P": {"Type": "List<Number>", "Default": "1,2"}}),
    ),
    Broken(
        "a list of numbers in which one is none",
        of({"Held": held()}, given(P="1,two"), Parameters={"P": {"Type": "List<Number>"}}),
        "ValidationError",
        "Parameter 'P' must be a number.",
        of({"Held": held()}, given(P="1, 2"), Parameters={"P": {"Type": "List<Number>"}}),
    ),
    Broken(
        "a resource that depends on what is not declared",
        of({"Held": held(DependsOn="Other")}),
        "ValidationError",
        "Unresolved resource dependencies [Other] in the Resources block of the template",
        of({"Held": held(DependsOn="Other"), "Other": held(name="/broken/other")}),
    ),
    Broken(
        "a condition that nobody declared",
        of({"Held": held(Condition="Never")}),
        "ValidationError",
        "Unresolved condition dependency Never",
        of({"Held": held(Condition="Always")}, Conditions={"Always": {"Fn::Equals": ["1", "1"]}}),
    ),
    Broken(
        "resources that need each other in a circle",
        of({"A": held({"Ref": "B"}), "B": held({"Ref": "A"}, "/broken/b")}),
        "ValidationError",
        "Circular dependency between resources: [A, B]",
        of({"A": held({"Ref": "B"}), "B": held("1", "/broken/b")}),
    ),
    Broken(
        "a reference to what is not declared",
        of({"Held": held({"Ref": "Nowhere"})}),
        "ValidationError",
        "Unresolved resource dependencies [Nowhere] in the Resources block of the template",
        of({"Held": held({"Ref": "AWS::StackName"})}),
    ),
    Broken(
        "a parameter without a value",
        of({"Held": held({"Ref": "Kind"})}, Parameters={"Kind": KIND}),
        "ValidationError",
        "Parameters: [Kind] must have values",
        of({"Held": held({"Ref": "Kind"})}, given(Kind="small"), Parameters={"Kind": KIND}),
    ),
    Broken(
        "a parameter whose value is not allowed",
        of({"Held": held({"Ref": "Kind"})}, given(Kind="huge"), Parameters={"Kind": KIND}),
        "ValidationError",
        "Parameter 'Kind' must be one of AllowedValues",
        of({"Held": held({"Ref": "Kind"})}, given(Kind="large"), Parameters={"Kind": KIND}),
    ),
    Broken(
        "a parameter that the template does not declare",
        of({"Held": held()}, given(Other="1")),
        "ValidationError",
        "Parameters: [Other] do not exist in the template",
        of({"Held": held()}),
    ),
    Broken(
        "a stored parameter that is not there",
        of({"Held": held({"Ref": "P"})}, given(P="/b/none"), Parameters={"P": STORED}),
        "ValidationError",
        "Unable to fetch parameters [/b/none] from parameter store for this account.",
        of({"Held": held({"Ref": "P"})}, given(P="/stored/there"), Parameters={"P": STORED}),
        before=lambda: clients.client("ssm").put_parameter(Name="/stored/there", Value="1", Type="String"),
    ),
    Broken(
        "a type that does not exist",
        of({"Held": {"Type": "AWS::SSM::Parameters"}}),
        "ValidationError",
        "Unrecognized resource types: [AWS::SSM::Parameters]",
        of({"Held": held()}),
    ),
    Broken(
        "an identity that nobody acknowledged",
        of({"Role": ROLE}),
        "InsufficientCapabilitiesException",
        "Requires capabilities : [CAPABILITY_IAM]",
        of({"Role": ROLE}, {"Capabilities": ["CAPABILITY_IAM"]}),
    ),
    Broken(
        "a transform that nobody acknowledged",
        of({"Held": held()}, Transform="AWS::LanguageExtensions"),
        "InsufficientCapabilitiesException",
        "Requires capabilities : [CAPABILITY_AUTO_EXPAND]",
        of({"Held": held()}, {"Capabilities": ["CAPABILITY_AUTO_EXPAND"]}, Transform="AWS::LanguageExtensions"),
    ),
    Broken(
        "a rule that does not hold",
        of(
            {"Held": held({"Ref": "Kind"})},
            given(Kind="small"),
            Parameters={"Kind": KIND},
            Rules={"Big": {"Assertions": [{"Assert": LARGE, "AssertDescription": "be large"}]}},
        ),
        "ValidationError",
        "be large",
        of({"Held": held({"Ref": "Kind"})}, given(Kind="small"), Parameters={"Kind": KIND}),
    ),
    Broken(
        "a property that the type does not have",
        of({"Held": {**held(), "Properties": {**held()["Properties"], "Colour": "red"}}}),
        "ROLLBACK_COMPLETE",
        "Encountered unsupported property Colour",
        of({"Held": held()}),
    ),
    Broken(
        "a property that is required and not there",
        of({"Held": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/broken/held", "Type": "String"}}}),
        "ROLLBACK_COMPLETE",
        "Property Value cannot be empty.",
        of({"Held": held()}),
    ),
    Broken(
        "an attribute that the type does not have",
        of({"Held": held(), "Copy": held({"Fn::GetAtt": ["Held", "Color"]}, "/broken/copy")}),
        "ROLLBACK_COMPLETE",
        "resource Held of type AWS::SSM::Parameter does not support attribute Color",
        of({"Held": held(), "Copy": held({"Fn::GetAtt": ["Held", "Value"]}, "/broken/copy")}),
    ),
    Broken(
        "a name that another resource has",
        of({"A": held(), "B": held(DependsOn="A")}),
        "ROLLBACK_COMPLETE",
        "ParameterAlreadyExists",
        of({"A": held(), "B": held(name="/broken/b", DependsOn="A")}),
    ),
    Broken(
        "an import of what nobody exports",
        of({"Held": held({"Fn::ImportValue": "broken-export"})}),
        "ROLLBACK_COMPLETE",
        "No export named broken-export found.",
        of({"Held": held({"Fn::ImportValue": "broken-export"})}),
        before=lambda: create("broken-exporter", EXPORTING),
        after=lambda: delete("broken-exporter"),
    ),
    Broken(
        "an export that another stack has",
        of({"Held": held()}, **output("2", Export={"Name": "broken-first"})),
        "ROLLBACK_COMPLETE",
        "Export with name broken-first is already exported by stack broken-first",
        of({"Held": held()}, **output("2", Export={"Name": "broken-second"})),
    ),
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def first(emulator: Settings) -> None:
    assert emulator
    template = body({"Held": held(name="/broken/first")}, **output("1", Export={"Name": "broken-first"}))
    create("broken-first", template)


def attempt(arguments: Mapping[str, Any]) -> tuple[str, str]:
    """How a creation ends: an error's code and message, or a stack's status and its failures."""
    try:
        clients.client("cloudformation").create_stack(StackName="broken", **arguments)
    except ClientError as error:
        details = error.response["Error"]
        return details["Code"], details["Message"]
    status = settled("broken")["StackStatus"]
    return status, "\n".join(reasons("broken", "CREATE_FAILED") + reasons("broken", "ROLLBACK_IN_PROGRESS"))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_broken_fails_as_in_aws_and_mended_it_passes(case: Broken) -> None:
    code, message = attempt(case.broken)
    assert code == case.code
    assert case.message in message
    if code == "ROLLBACK_COMPLETE":
        assert delete("broken")["StackStatus"] == "DELETE_COMPLETE"
    case.before()
    try:
        assert attempt(case.fixed) == ("CREATE_COMPLETE", "")
        assert delete("broken")["StackStatus"] == "DELETE_COMPLETE"
    finally:
        case.after()
