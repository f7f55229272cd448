"""Templates, parameters and intrinsic functions, without a service behind them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.cloudformation import dependencies, parameters
from emulator.cloudformation.comparison import differences, same
from emulator.cloudformation.errors import ApiError
from emulator.cloudformation.intrinsics import KNOWN_AFTER_APPLY, Evaluator
from emulator.cloudformation.schemas import find
from emulator.cloudformation.template import Template, parse, read


def of_text(body: str) -> Template:
    return parse(body, read(body))


class Surroundings:
    def reference(self, logical_id: str) -> Any:
        return KNOWN_AFTER_APPLY if logical_id == "New" else f"{logical_id.lower()}-id"

    def attribute(self, logical_id: str, name: str) -> Any:
        return f"{logical_id}:{name}"

    def exported(self, name: str) -> Any:
        return f"export of {name}"

    def stack_output(self, stack_name: str, output: str, region: str | None) -> Any:
        return f"{stack_name}.{output}"

    def availability_zones(self, region: str) -> list[str]:
        return [f"{region}a", f"{region}b"]

    def dynamic(self, text: str) -> str:
        return text.replace("{{resolve:ssm:/x}}", "stored")


def evaluator(**conditions: Any) -> Evaluator:
    return Evaluator(
        parameters={"AWS::Region": "us-east-1", "Stage": "dev", "Sizes": ["1", "2"], "Number": 3},
        mappings={"Memory": {"dev": {"size": 128, "zones": ["a", "b"]}}},
        conditions={"IsDev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]}, **conditions},
        surroundings=Surroundings(),
    )


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ({"Ref": "Stage"}, "dev"),
        ({"Ref": "Bucket"}, "bucket-id"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "Bucket:Arn"),
        ({"Fn::GetAtt": "Bucket.Endpoint.Address"}, "Bucket:Endpoint.Address"),
        ({"Fn::Sub": "${Stage}/${Bucket.Arn}/${!Literal}/${AWS::Region}"}, "dev/Bucket:Arn/${Literal}/us-east-1"),
        ({"Fn::Sub": ["${a}-${Stage}", {"a": {"Ref": "Number"}}]}, "3-dev"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Number"}, True, {"Ref": "AWS::NoValue"}]]}, "a-3-true"),
        ({"Fn::Select": [1, {"Ref": "Sizes"}]}, "2"),
        ({"Fn::Select": ["0", {"Fn::Split": ["/", "a/b"]}]}, "a"),
        ({"Fn::FindInMap": ["Memory", {"Ref": "Stage"}, "size"]}, 128),
        ({"Fn::FindInMap": ["Memory", "prod", "size", {"DefaultValue": 1}]}, 1),
        ({"Fn::If": ["IsDev", {"a": 1}, {"Ref": "AWS::NoValue"}]}, {"a": 1}),
        ({"k": {"Fn::If": ["IsDev", {"Ref": "AWS::NoValue"}, 1]}, "l": [{"Ref": "AWS::NoValue"}, 2]}, {"l": [2]}),
        ({"Fn::ImportValue": {"Fn::Sub": "${Stage}-net"}}, "export of dev-net"),
        ({"Fn::GetStackOutput": {"StackName": "net", "OutputName": "Vpc"}}, "net.Vpc"),
        ({"Fn::GetAZs": ""}, ["us-east-1a", "us-east-1b"]),
        ({"Fn::GetAZs": {"Ref": "AWS::Region"}}, ["us-east-1a", "us-east-1b"]),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"Fn::Base64": "abc"}, "YWJj"),
        ({"Fn::Length": {"Ref": "Sizes"}}, 2),
        ({"Fn::ToJsonString": {"a": [1, {"Ref": "Stage"}]}}, '{"a":[1,"dev"]}'),
        ("{{resolve:ssm:/x}}/y", "stored/y"),
        ({"Fn::Join": ["", ["arn:", {"Ref": "New"}]]}, f"arn:{KNOWN_AFTER_APPLY}"),
        ({"Fn::Select": [3, {"Fn::Split": [":", {"Ref": "New"}]}]}, KNOWN_AFTER_APPLY),
    ],
)
def test_a_function_evaluates_as_in_aws(expression: Any, value: Any) -> None:
    assert evaluator().resolve(expression) == value


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("IsDev", True),
        ({"Fn::Not": [{"Condition": "IsDev"}]}, False),
        ({"Fn::And": [{"Condition": "IsDev"}, {"Fn::Equals": [{"Ref": "Number"}, "3"]}]}, True),
        ({"Fn::Or": [{"Fn::Equals": ["a", "b"]}, {"Fn::Equals": ["a", "c"]}]}, False),
    ],
)
def test_a_condition_holds_or_not(condition: Any, holds: bool) -> None:
    assert evaluator().condition(condition) is holds


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ({"Fn::Transform": {}}, "Fn::Transform is not supported"),
        ({"Fn::Select": [5, ["a"]]}, "Fn::Select cannot be evaluated"),
        ({"Fn::If": ["Nowhere", 1, 2]}, "Unresolved condition dependency Nowhere"),
        ({"Fn::FindInMap": ["Memory", "prod", "size"]}, "Unable to get mapping for Memory::prod::size"),
        ({"Fn::Join": ["", [["nested"]]]}, "a string is expected"),
        ({"Fn::GetAtt": "Bucket"}, "Fn::GetAtt cannot be evaluated"),
    ],
)
def test_a_wrong_function_is_refused_by_name(expression: Any, message: str) -> None:
    with pytest.raises(ApiError, match=message):
        evaluator().resolve(expression)


def test_yaml_short_forms_mean_the_same_as_the_long_ones() -> None:
    template = of_text(
        "AWSTemplateFormatVersion: 2010-09-09\n"
        "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n"
        "      A: !GetAtt Other.Endpoint.Address\n      B: !Sub ['${x}', {x: !Ref Stage}]\n"
        "      C: !If [IsDev, !Join ['-', [a, b]], !Ref AWS::NoValue]\n"
    )
    assert template.content["AWSTemplateFormatVersion"] == "2010-09-09"
    assert template.resources["Queue"].properties == {
        "A": {"Fn::GetAtt": ["Other", "Endpoint.Address"]},
        "B": {"Fn::Sub": ["${x}", {"x": {"Ref": "Stage"}}]},
        "C": {"Fn::If": ["IsDev", {"Fn::Join": ["-", ["a", "b"]]}, {"Ref": "AWS::NoValue"}]},
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"Resources": ', "JSON not well-formed"),
        ("Resources: [", "YAML not well-formed"),
        ("{}", "At least one Resources member"),
        ('{"Resources": {"A": {"Properties": {}}}}', "must contain a Type member"),
        ('{"Ressources": {}}', r"Invalid template property or properties \[Ressources\]"),
        ('{"Resources": {"A": {"Type": "T", "DeletionPolicy": "Snapshot"}}}', "Snapshot is not supported"),
    ],
)
def test_what_is_not_a_template_is_refused(body: str, message: str) -> None:
    with pytest.raises(ApiError, match=message):
        of_text(body)


def resources(**properties: Any) -> Any:
    entries = {name: {"Type": "AWS::SQS::Queue", "Properties": value} for name, value in properties.items()}
    return of_text(json.dumps({"Resources": entries}))


def test_resources_come_after_what_they_need() -> None:
    template = resources(A={"x": {"Fn::Sub": "${B.Arn}"}}, B={"x": {"Fn::GetAtt": "C.Arn"}}, C={})
    graph = {name: dependencies.needs(entry, template.resources) for name, entry in template.resources.items()}
    assert dependencies.order(graph) == ["C", "B", "A"]


def test_a_circle_is_refused() -> None:
    with pytest.raises(ApiError, match=r"Circular dependency between resources: \[A, B\]"):
        dependencies.check(resources(A={"x": {"Ref": "B"}}, B={"x": {"Ref": "A"}}))


def test_a_name_that_nobody_declared_is_refused() -> None:
    with pytest.raises(ApiError, match=r"Unresolved resource dependencies \[Nowhere\] in the Resources block"):
        dependencies.check(resources(A={"x": {"Fn::Sub": "${Nowhere.Arn}"}}))


def declared(**facts: Any) -> Any:
    return facts


def test_parameters_take_what_was_given_then_the_previous_then_the_default() -> None:
    template = declared(
        Size={"Type": "Number", "Default": 1},
        Names={"Type": "CommaDelimitedList"},
        Path={"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/x"},
        Secret={"Type": "String", "NoEcho": True},
    )
    given = [{"ParameterKey": "Names", "ParameterValue": "a, b"}, {"ParameterKey": "Secret", "ParameterValue": "s"}]
    first = parameters.resolve(template, given, {}, {"/x": "stored"}.__getitem__)
    assert {key: entry.value for key, entry in first.items()} == {
        "Size": "1",
        "Names": ["a", "b"],
        "Path": "stored",
        "Secret": "s",
    }
    assert first["Secret"].description() == {"ParameterKey": "Secret", "ParameterValue": "****"}
    assert first["Path"].description()["ResolvedValue"] == "stored"
    kept = [{"ParameterKey": key, "UsePreviousValue": True} for key in ("Names", "Secret")]
    assert parameters.resolve(template, kept, first, {"/x": "new"}.__getitem__)["Secret"].value == "s"


@pytest.mark.parametrize(
    ("facts", "value", "message"),
    [
        ({"Type": "String", "AllowedValues": ["a"]}, "b", "must be one of AllowedValues"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "B", "must match pattern"),
        (
            {"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "lower case"},
            "B",
            "failed to satisfy constraint: lower case",
        ),
        ({"Type": "String", "MinLength": 2}, "b", "at least 2 characters"),
        ({"Type": "Number", "MaxValue": 2}, "3", "not greater than 2"),
        ({"Type": "Number"}, "three", "must be a number"),
    ],
)
def test_a_parameter_that_breaks_its_constraint_is_refused(facts: Any, value: str, message: str) -> None:
    with pytest.raises(ApiError, match=message):
        parameters.resolve(declared(P=facts), [{"ParameterKey": "P", "ParameterValue": value}], {}, str)


def test_a_parameter_without_a_value_and_one_that_is_not_declared_are_refused() -> None:
    with pytest.raises(ApiError, match=r"Parameters: \[P\] must have values"):
        parameters.resolve(declared(P={"Type": "String"}), [], {}, str)
    with pytest.raises(ApiError, match=r"Parameters: \[Q\] do not exist in the template"):
        parameters.resolve(declared(), [{"ParameterKey": "Q", "ParameterValue": ""}], {}, str)


@pytest.mark.parametrize(
    ("wanted", "found", "lost"),
    [
        ({"Size": 128, "On": True, "Policy": {"a": 1}}, {"Size": "128", "On": "true", "Policy": '{"a": 1}'}, []),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}, {"Tags": [
            {"Key": "b", "Value": "2"}, {"Key": "system", "Value": ""}, {"Key": "a", "Value": "1"}]}, []),
        ({"Empty": [], "Nothing": {}}, {}, []),
        ({"A": {"B": "x"}}, {"A": {"B": "y", "C": 1}}, ["A.B"]),
        ({"A": "x"}, {}, ["A"]),
        ({"On": True}, {"On": "false"}, ["On"]),
        ({"Columns": ["a", "b"]}, {"Columns": ["b", "a"]}, ["Columns", "Columns"]),
        ({"Tags": [{"Key": "a", "Value": "1"}]}, {"Tags": [{"Key": "a", "Value": "2"}]}, ["Tags.Value"]),
    ],
)  # fmt: skip
def test_a_property_that_was_not_kept_is_named(wanted: Any, found: Any, lost: list[str]) -> None:
    assert [entry.path for entry in differences(wanted, found, lambda _path: False)] == lost


def test_lists_without_an_order_may_come_back_in_any() -> None:
    assert not differences({"Ids": ["a", "b"]}, {"Ids": ["b", "a"]}, lambda path: path == ("Ids",))
    assert not same({"Ids": ["a"]}, {"Ids": ["a", "b"]})


def test_schemas_say_which_properties_exist_and_which_replace() -> None:
    bucket, function = find("AWS::S3::Bucket"), find("AWS::Lambda::Function")
    assert bucket is not None
    assert function is not None
    assert find("AWS::Nothing::Here") is None
    assert bucket.unknown_properties({"BucketName": "a", "Colour": 1, "VersioningConfiguration": {"State": "x"}}) == [
        "Colour",
        "VersioningConfiguration.State",
    ]
    assert bucket.recreation("BucketName", {"BucketName": "a"}, {"BucketName": "b"}) == "Always"
    assert bucket.recreation("Tags", {"Tags": []}, {"Tags": [1]}) == "Never"
    assert function.missing_properties({"Code": {}}) == ["Role"]
    assert bucket.unordered(("LifecycleConfiguration", "Rules"))
    assert not bucket.unordered(("VersioningConfiguration", "Status"))
