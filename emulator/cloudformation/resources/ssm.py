"""AWS::SSM types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceType


def _create(context: Context, properties: Properties) -> str:
    ssm = context.client("ssm")
    named = {"Name": context.generated_name, **properties}
    ssm.put_parameter(**{**to_input(ssm, "put_parameter", named), "Tags": tags.pairs(properties.get("Tags"))})
    return str(named["Name"])


def _read(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    ssm = context.client("ssm")
    value = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    filters = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
    described = ssm.describe_parameters(ParameterFilters=filters)["Parameters"][0]
    kept = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    return {
        **to_properties("AWS::SSM::Parameter", {**described, "Policies": None}),
        "Value": value,
        "Tags": tags.mapping(kept),
    }


def _update(context: Context, name: str, old: Properties, new: Properties) -> None:
    ssm = context.client("ssm")
    asked = to_input(ssm, "put_parameter", {"Description": "", **new, "Name": name})
    ssm.put_parameter(**{**asked, "Overwrite": True, "Tags": []})
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=name, Tags=tags.pairs(changed))
    ssm.remove_tags_from_resource(ResourceType="Parameter", ResourceId=name, TagKeys=removed)


def _delete(context: Context, name: str, _properties: Properties) -> None:
    context.client("ssm").delete_parameter(Name=name)


def _attributes(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    return to_properties("AWS::SSM::Parameter", context.client("ssm").get_parameter(Name=name)["Parameter"])


TYPES: tuple[ResourceType, ...] = (
    api_type("AWS::SSM::Parameter", create=_create, read=_read, update=_update, delete=_delete, attributes=_attributes),
)
