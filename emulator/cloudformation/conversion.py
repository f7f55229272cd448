"""Properties between CloudFormation's spelling and a service API's, as the two published schemas describe them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import Shape

from emulator.cloudformation import schemas

Properties = dict[str, Any]


def to_input(client: Any, operation: str, properties: Mapping[str, Any]) -> Properties:
    """The properties that a boto3 method takes, spelled and typed as its input.

    Names match regardless of case; JSON documents become text, numbers and booleans given as text become what they
    say. What the operation does not take is left out: the engine's reading back tells whether it was kept elsewhere.
    """
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
    return dict(_to_shape(properties, model.input_shape))


def _to_shape(value: Any, shape: Shape) -> Any:
    if shape.type_name == "structure" and isinstance(value, Mapping):
        members = {name.lower(): (name, member) for name, member in shape.members.items()}
        known = ((members[key.lower()], item) for key, item in value.items() if key.lower() in members)
        return {name: _to_shape(item, member) for (name, member), item in known}
    if shape.type_name == "map" and isinstance(value, Mapping):
        return {key: _to_shape(item, shape.value) for key, item in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [_to_shape(item, shape.member) for item in value]
    convert = _SCALARS.get(shape.type_name)
    return convert(value) if convert else value


def _text(value: Any) -> Any:
    if isinstance(value, bool | dict | list):
        return json.dumps(value)
    return str(value) if isinstance(value, int | float) else value


def _truth(value: Any) -> Any:
    return {"true": True, "false": False}.get(str(value).lower(), value)


_SCALARS: Mapping[str, Callable[[Any], Any]] = {
    "string": _text,
    "boolean": _truth,
    "integer": int,
    "long": int,
    "double": float,
    "float": float,
}


def to_properties(type_name: str, answer: Mapping[str, Any]) -> Properties:
    """What a service answered, in the spelling of the resource type; what the type does not have is left out.

    Names match regardless of case; text becomes a document where the type wants one; absent values are left out.

    Raises:
        LookupError: CloudFormation has no such type.
    """
    schema = schemas.find(type_name)
    if schema is None:
        raise LookupError(f"{type_name} has no published schema")
    return dict(_to_schema(answer, schema.content, schema.content))


def _to_schema(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    schema = _resolved(schema, root)
    if isinstance(value, Mapping) and (known := _members(schema, root)):
        members = {name.lower(): (name, member) for name, member in known.items()}
        kept = ((members[key.lower()], item) for key, item in value.items() if key.lower() in members)
        return {name: _to_schema(item, member, root) for (name, member), item in kept if item is not None}
    if isinstance(value, list) and "items" in schema:
        return [_to_schema(item, schema["items"], root) for item in value]
    if isinstance(value, str) and "object" in _types(schema):
        return json.loads(value)
    return value


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        *_, name = schema["$ref"].split("/")
        schema = root["definitions"][name] if "definitions/" in schema["$ref"] else root["properties"][name]
    return schema


def _members(schema: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    members = dict(schema.get("properties", {}))
    for keyword in ("oneOf", "anyOf", "allOf"):
        for alternative in schema.get(keyword, []):
            members = {**_members(_resolved(alternative, root), root), **members}
    return members


def _types(schema: Mapping[str, Any]) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)
