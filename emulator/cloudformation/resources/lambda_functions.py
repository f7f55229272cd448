"""AWS::Lambda::Function and AWS::Lambda::LayerVersion: code and what surrounds it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceType

# What an update sets back where the template no longer names it.
_DEFAULTS: Properties = {
    "Description": "",
    "MemorySize": 128,
    "Timeout": 3,
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "Layers": [],
    "TracingConfig": {"Mode": "PassThrough"},
    "LoggingConfig": {"LogFormat": "Text"},
    "KmsKeyArn": "",
    "DeadLetterConfig": {"TargetArn": ""},
}


def _code(properties: Properties) -> Properties:
    """The code as the API takes it: inline source is zipped as the index file of its runtime."""
    code = dict(properties["Code"])
    if "ZipFile" in code:
        suffix = "js" if str(properties.get("Runtime", "")).startswith("nodejs") else "py"
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr(zipfile.ZipInfo(f"index.{suffix}", (1980, 1, 1, 0, 0, 0)), code["ZipFile"])
        code["ZipFile"] = archive.getvalue()
    return code


def _create(context: Context, properties: Properties) -> str:
    functions = context.client("lambda")
    named = {"FunctionName": context.generated_name, **properties, "Code": _code(properties)}
    named["Tags"] = tags.mapping(properties.get("Tags"))
    return str(functions.create_function(**to_input(functions, "create_function", named))["FunctionName"])


def _reserve(context: Context, name: str, old: Properties, new: Properties) -> None:
    functions, key = context.client("lambda"), "ReservedConcurrentExecutions"
    if key in new:
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=int(new[key]))
    elif key in old:
        functions.delete_function_concurrency(FunctionName=name)


def _read(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    functions = context.client("lambda")
    function = functions.get_function(FunctionName=name)
    found = {**function["Configuration"], "Tags": None}
    found["Layers"] = [layer["Arn"] for layer in found.get("Layers", [])]
    concurrency = functions.get_function_concurrency(FunctionName=name)
    return {
        **to_properties("AWS::Lambda::Function", found),
        "ReservedConcurrentExecutions": concurrency.get("ReservedConcurrentExecutions"),
        "Tags": tags.pairs(function.get("Tags")),
    }


def _update(context: Context, name: str, old: Properties, new: Properties) -> None:
    functions = context.client("lambda")
    defaults = {key: value for key, value in _DEFAULTS.items() if key in old}
    asked = to_input(functions, "update_function_configuration", {**defaults, **new})
    functions.update_function_configuration(**{**asked, "FunctionName": name})
    if any(old.get(key) != new.get(key) for key in ("Code", "Architectures")):
        code = {"Architectures": ["x86_64"], **new, **_code(new), "FunctionName": name}
        functions.update_function_code(**to_input(functions, "update_function_code", code))
    _reserve(context, name, old, new)
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    arn = _attributes(context, name, new)["Arn"]
    functions.tag_resource(Resource=arn, Tags=changed)
    if removed:
        functions.untag_resource(Resource=arn, TagKeys=removed)


def _delete(context: Context, name: str, _properties: Properties) -> None:
    context.client("lambda").delete_function(FunctionName=name)


def _attributes(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    return {"Arn": context.client("lambda").get_function_configuration(FunctionName=name)["FunctionArn"]}


def _create_layer(context: Context, properties: Properties) -> str:
    functions = context.client("lambda")
    named = {"LayerName": context.generated_name, **properties}
    asked = to_input(functions, "publish_layer_version", named)
    return str(functions.publish_layer_version(**asked)["LayerVersionArn"])


def _layer(arn: str) -> Properties:
    *_, name, version = arn.split(":")
    return {"LayerName": name, "VersionNumber": int(version)}


def _read_layer(context: Context, arn: str, _properties: Properties) -> Mapping[str, Any]:
    found = context.client("lambda").get_layer_version(**_layer(arn))
    return {
        **to_properties("AWS::Lambda::LayerVersion", {**found, "Content": None}),
        "LayerName": _layer(arn)["LayerName"],
    }


def _delete_layer(context: Context, arn: str, _properties: Properties) -> None:
    context.client("lambda").delete_layer_version(**_layer(arn))


def _layer_attributes(_context: Context, arn: str, _properties: Properties) -> Mapping[str, Any]:
    return {"LayerVersionArn": arn}


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::Lambda::Function",
        create=_create,
        configure=_reserve,
        read=_read,
        update=_update,
        delete=_delete,
        attributes=_attributes,
        recorded={
            "Architectures": "code runs on this machine's architecture",
            "EphemeralStorage": "a function's temporary files share this machine's disk",
            "VpcConfig": "a function runs on this machine's loopback",
            "TracingConfig": "no traces are collected here",
            "KmsKeyArn": "environment variables are kept as they are, in this process",
        },
        write_only={"Code": "Lambda gives back a download address and a hash, not the location given"},
    ),
    api_type(
        "AWS::Lambda::LayerVersion",
        create=_create_layer,
        read=_read_layer,
        delete=_delete_layer,
        attributes=_layer_attributes,
        write_only={"Content": "Lambda gives back a download address and a hash, not the location given"},
    ),
)
