"""AWS::ApiGatewayV2 types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceType


def _create_api(context: Context, properties: Properties) -> str:
    gateway = context.client("apigatewayv2")
    return str(gateway.create_api(**to_input(gateway, "create_api", properties))["ApiId"])


def _read_api(context: Context, api: str, _properties: Properties) -> Mapping[str, Any]:
    return to_properties("AWS::ApiGatewayV2::Api", context.client("apigatewayv2").get_api(ApiId=api))


def _tag_arn(context: Context, path: str) -> str:
    return f"arn:aws:apigateway:{context.region}::/{path}"


def _retag(context: Context, path: str, old: Properties, new: Properties) -> None:
    gateway = context.client("apigatewayv2")
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    if changed:
        gateway.tag_resource(ResourceArn=_tag_arn(context, path), Tags=changed)
    if removed:
        gateway.untag_resource(ResourceArn=_tag_arn(context, path), TagKeys=removed)


def _update_api(context: Context, api: str, old: Properties, new: Properties) -> None:
    gateway = context.client("apigatewayv2")
    if "CorsConfiguration" in old and "CorsConfiguration" not in new:
        gateway.delete_cors_configuration(ApiId=api)
    defaults: Properties = {"Description": "", "Version": "", "DisableExecuteApiEndpoint": False}
    removed = {name: value for name, value in defaults.items() if name in old}
    asked = to_input(gateway, "update_api", {**removed, **new, "ApiId": api})
    gateway.update_api(**asked)
    _retag(context, f"apis/{api}", old, new)


def _delete_api(context: Context, api: str, _properties: Properties) -> None:
    context.client("apigatewayv2").delete_api(ApiId=api)


def _api_attributes(context: Context, api: str, _properties: Properties) -> Mapping[str, Any]:
    return {"ApiId": api, "ApiEndpoint": context.client("apigatewayv2").get_api(ApiId=api)["ApiEndpoint"]}


def _part(kind: str, identifier: str, retag: Callable[..., None] | None = None, **declared: Any) -> ResourceType:
    """A part of an API (stage, route, integration): the same four operations, named after its kind."""
    type_name = f"AWS::ApiGatewayV2::{kind.capitalize()}"

    def call(context: Context, verb: str, asked: Properties) -> Any:
        gateway = context.client("apigatewayv2")
        operation = f"{verb}_{kind}"
        return getattr(gateway, operation)(**to_input(gateway, operation, asked))

    def create(context: Context, properties: Properties) -> str:
        return str(call(context, "create", properties)[identifier])

    def read(context: Context, physical_id: str, properties: Properties) -> Mapping[str, Any]:
        found = call(context, "get", {"ApiId": properties["ApiId"], identifier: physical_id})
        return {**to_properties(type_name, found), "ApiId": properties["ApiId"]}

    def update(context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        call(context, "update", {**new, identifier: physical_id})
        if retag is not None:
            retag(context, f"apis/{new['ApiId']}/{kind}s/{physical_id}", old, new)

    def delete(context: Context, physical_id: str, properties: Properties) -> None:
        call(context, "delete", {"ApiId": properties["ApiId"], identifier: physical_id})

    def attributes(_context: Context, physical_id: str, _properties: Properties) -> Mapping[str, Any]:
        return {identifier: physical_id}

    return api_type(
        type_name, create=create, read=read, update=update, delete=delete, attributes=attributes, **declared
    )


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::ApiGatewayV2::Api",
        create=_create_api,
        read=_read_api,
        update=_update_api,
        delete=_delete_api,
        attributes=_api_attributes,
    ),
    _part(
        "stage",
        "StageName",
        _retag,
    ),
    _part("authorizer", "AuthorizerId"),
    _part("route", "RouteId"),
    _part("integration", "IntegrationId"),
)
