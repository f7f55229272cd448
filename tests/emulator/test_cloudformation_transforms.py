"""Loops, inclusions and the functions of the language extensions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator import clients
from emulator.cloudformation.errors import ApiError
from emulator.cloudformation.transforms import Transforms
from emulator.settings import Settings
from tests.emulator.cloudformation_stacks import body, create, delete, parameter, value

EXTENDED = {"Transform": "AWS::LanguageExtensions"}


def process(content: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    snippets = {"s3://bucket/queue.yaml": {"Type": "AWS::SQS::Queue"}, "s3://bucket/text": "text"}
    return Transforms(parameters, snippets.__getitem__).process(content)


def test_a_loop_gives_what_it_is_told_for_every_entry() -> None:
    loop = {
        "Fn::ForEach::Names": [
            "Name",
            {"Ref": "Names"},
            {"Queue&{Name}": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Name"}}}},
        ],
        "Other": {"Type": "AWS::SQS::Queue", "DeletionPolicy": {"Ref": "Keep"}},
    }
    outputs = {
        "Fn::ForEach::Sides": [
            "Side",
            ["In", "Out"],
            {
                "Fn::ForEach::Ways": [
                    "Way",
                    ["1", "2"],
                    {"${Side}${Way}": {"Value": {"Fn::Sub": "${Side}-${Way}-${AWS::Region}"}}},
                ]
            },
        ]
    }
    made = process({**EXTENDED, "Resources": loop, "Outputs": outputs}, Names=["a-b", "c"], Keep="Retain")
    assert made["Resources"] == {
        "Queueab": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "a-b"}},
        "Queuec": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "c"}},
        "Other": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain"},
    }
    assert made["Outputs"] == {
        f"{side}{way}": {"Value": {"Fn::Sub": f"{side}-{way}-${{AWS::Region}}"}}
        for side in ("In", "Out")
        for way in "12"
    }
    assert "Transform" not in made


def test_an_inclusion_stands_where_it_is_called() -> None:
    call = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": {"Ref": "Where"}}}}
    made = process(
        {"Resources": {"Queue": {"DependsOn": "Topic", **call}}, "Description": "d"}, Where="s3://bucket/queue.yaml"
    )
    assert made == {"Resources": {"Queue": {"DependsOn": "Topic", "Type": "AWS::SQS::Queue"}}, "Description": "d"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"Transform": "AWS::Serverless-2016-10-31"}, "Transform AWS::Serverless-2016-10-31 is not supported"),
        ({"Resources": {"Fn::Transform": {"Name": "Mine"}}}, "Transform Mine is not supported by this emulator"),
        ({"Resources": {"A": {"x": {"Fn::Length": []}}}}, "Encountered unsupported function: Fn::Length"),
        ({"Resources": {"Fn::ForEach::A": ["a", [], {}]}}, "Encountered unsupported function: Fn::ForEach::A"),
        ({**EXTENDED, "Resources": {"Fn::ForEach::A": ["a", []]}}, "needs an identifier, a collection and an object"),
        ({**EXTENDED, "Resources": {"Fn::ForEach::A": ["a", "b", {}]}}, "must be a list of strings"),
        ({**EXTENDED, "Resources": {"Fn::ForEach::A": ["a", ["1", "2"], {"B": {}}]}}, "gives B twice"),
        (
            {"Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://bucket/text"}}},
            "The specified S3 object's content is no object",
        ),
        ({"Transform": {"Name": "AWS::Include"}}, "The Location parameter must be a string"),
    ],
)
def test_a_transform_that_cannot_be_made_is_refused_by_name(content: dict[str, Any], message: str) -> None:
    with pytest.raises(ApiError, match=message):
        process({"Resources": {}, **content})


def test_a_stack_is_made_of_what_its_transforms_made(emulator: Settings) -> None:
    assert emulator
    clients.client("s3").create_bucket(Bucket="transform-snippets")
    snippet = "Type: AWS::SSM::Parameter\nProperties: {Name: /transformed/included, Type: String, Value: snippet}\n"
    clients.client("s3").put_object(Bucket="transform-snippets", Key="parameter.yaml", Body=snippet.encode())
    location = "s3://transform-snippets/parameter.yaml"
    resources = {
        "Fn::ForEach::Each": [
            "Name",
            {"Ref": "Names"},
            {"Held${Name}": parameter("/transformed/${Name}", {"Fn::Sub": "${Name}!"})},
        ],
        "Included": {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": location}}},
        "Count": parameter("/transformed/count", {"Fn::ToJsonString": {"n": {"Fn::Length": {"Ref": "Names"}}}}),
    }
    names = {"Names": {"Type": "CommaDelimitedList", "Default": "One,Two"}}
    template = body(resources, Parameters=names, **EXTENDED)
    create("transformed", template, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    held = {name: value(f"/transformed/{name}") for name in ("One", "Two", "included", "count")}
    assert held == {"One": "One!", "Two": "Two!", "included": "snippet", "count": '{"n":2}'}
    stacks = clients.client("cloudformation")
    summary = stacks.get_template_summary(StackName="transformed")
    assert summary["DeclaredTransforms"] == ["AWS::LanguageExtensions", "AWS::Include"]
    stages = {
        stage: stacks.get_template(StackName="transformed", TemplateStage=stage)["TemplateBody"]["Resources"].keys()
        for stage in ("Original", "Processed")
    }
    assert stages["Original"] == json.loads(template)["Resources"].keys()
    assert stages["Processed"] == {"HeldOne", "HeldTwo", "Included", "Count"}
    delete("transformed")
