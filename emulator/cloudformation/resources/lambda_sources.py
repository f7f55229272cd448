"""AWS::Lambda types that bring events to a function: its address, and the queues polled for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceType


def _url_key(arn: str) -> Properties:
    """Function and alias of an address, which is known by the ARN of what it calls."""
    parts = arn.split(":")
    return {"FunctionName": ":".join(parts[:7]), **({"Qualifier": parts[7]} if len(parts) == 8 else {})}


def _url_input(functions: Any, operation: str, properties: Properties) -> Properties:
    asked = {**properties, "FunctionName": properties["TargetFunctionArn"]}
    return to_input(functions, operation, asked)


def _create_url(context: Context, properties: Properties) -> str:
    functions = context.client("lambda")
    asked = _url_input(functions, "create_function_url_config", properties)
    return str(functions.create_function_url_config(**asked)["FunctionArn"])


def _read_url(context: Context, arn: str, properties: Properties) -> Mapping[str, Any]:
    found = context.client("lambda").get_function_url_config(**_url_key(arn))
    asked = str(properties.get("TargetFunctionArn", ""))
    named = {"TargetFunctionArn": asked if asked and arn.endswith(asked) else _url_key(arn)["FunctionName"]}
    return {**to_properties("AWS::Lambda::Url", found), **named, "Qualifier": _url_key(arn).get("Qualifier")}


def _update_url(context: Context, _arn: str, old: Properties, new: Properties) -> None:
    functions = context.client("lambda")
    removed: Properties = {"Cors": {}} if "Cors" in old else {}
    functions.update_function_url_config(**_url_input(functions, "update_function_url_config", {**removed, **new}))


def _delete_url(context: Context, arn: str, _properties: Properties) -> None:
    context.client("lambda").delete_function_url_config(**_url_key(arn))


def _url_attributes(context: Context, arn: str, _properties: Properties) -> Mapping[str, Any]:
    found = context.client("lambda").get_function_url_config(**_url_key(arn))
    return {"FunctionArn": found["FunctionArn"], "FunctionUrl": found["FunctionUrl"]}


def _create_mapping(context: Context, properties: Properties) -> str:
    functions = context.client("lambda")
    asked = to_input(functions, "create_event_source_mapping", properties)
    asked["Tags"] = tags.mapping(properties.get("Tags"))
    return str(functions.create_event_source_mapping(**asked)["UUID"])


def _read_mapping(context: Context, identifier: str, properties: Properties) -> Mapping[str, Any]:
    functions = context.client("lambda")
    found = functions.get_event_source_mapping(UUID=identifier)
    asked = str(properties.get("FunctionName", ""))
    arn = found["FunctionArn"]
    return {
        **to_properties("AWS::Lambda::EventSourceMapping", found),
        "FunctionName": asked if asked and f":{arn}".endswith(f":{asked}") else arn,
        "Enabled": found["State"] == "Enabled",
        "Tags": tags.pairs(functions.list_tags(Resource=found["EventSourceMappingArn"])["Tags"]),
    }


def _update_mapping(context: Context, identifier: str, old: Properties, new: Properties) -> None:
    functions = context.client("lambda")
    defaults: Properties = {
        "BatchSize": 10,
        "Enabled": True,
        "FilterCriteria": {},
        "FunctionResponseTypes": [],
        "MaximumBatchingWindowInSeconds": 0,
        "ScalingConfig": {},
    }
    removed = {name: value for name, value in defaults.items() if name in old}
    asked = to_input(functions, "update_event_source_mapping", {**removed, **new})
    arn = functions.update_event_source_mapping(**{**asked, "UUID": identifier})["EventSourceMappingArn"]
    changed, gone = tags.change(old.get("Tags"), new.get("Tags"))
    functions.tag_resource(Resource=arn, Tags=changed)
    if gone:
        functions.untag_resource(Resource=arn, TagKeys=gone)


def _delete_mapping(context: Context, identifier: str, _properties: Properties) -> None:
    context.client("lambda").delete_event_source_mapping(UUID=identifier)


def _mapping_attributes(context: Context, identifier: str, _properties: Properties) -> Mapping[str, Any]:
    found = context.client("lambda").get_event_source_mapping(UUID=identifier)
    return {"Id": identifier, "EventSourceMappingArn": found["EventSourceMappingArn"]}


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::Lambda::Url",
        create=_create_url,
        read=_read_url,
        update=_update_url,
        delete=_delete_url,
        attributes=_url_attributes,
    ),
    api_type(
        "AWS::Lambda::EventSourceMapping",
        create=_create_mapping,
        read=_read_mapping,
        update=_update_mapping,
        delete=_delete_mapping,
        attributes=_mapping_attributes,
        recorded={"ScalingConfig": "batches of a queue are handled one after another here"},
    ),
)
