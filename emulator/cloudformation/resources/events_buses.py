"""AWS::Events types of buses: their policies, archives, connections and API destinations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType


def _create_bus(context: Context, properties: Properties) -> str:
    events, name = context.client("events"), str(properties["Name"])
    events.create_event_bus(
        **to_input(events, "create_event_bus", {**properties, "Tags": tags.pairs(properties.get("Tags"))})
    )
    return name


def _put_bus_policy(context: Context, name: str, old: Properties, new: Properties) -> None:
    events = context.client("events")
    if new.get("Policy"):
        policy = new["Policy"] if isinstance(new["Policy"], str) else json.dumps(new["Policy"])
        events.put_permission(EventBusName=name, Policy=policy)
    elif old.get("Policy"):
        events.remove_permission(EventBusName=name, RemoveAllPermissions=True)


def _read_bus(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    events = context.client("events")
    bus = events.describe_event_bus(Name=name)
    kept = events.list_tags_for_resource(ResourceARN=bus["Arn"])["Tags"]
    return to_properties("AWS::Events::EventBus", {**bus, "Tags": tags.pairs(kept)})


def _update_bus(context: Context, name: str, old: Properties, new: Properties) -> None:
    events = context.client("events")
    events.update_event_bus(**to_input(events, "update_event_bus", {"Description": "", **new, "Name": name}))
    _put_bus_policy(context, name, old, new)
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    arn = events.describe_event_bus(Name=name)["Arn"]
    events.tag_resource(ResourceARN=arn, Tags=tags.pairs(changed))
    events.untag_resource(ResourceARN=arn, TagKeys=removed)


def _delete_bus(context: Context, name: str, _properties: Properties) -> None:
    context.client("events").delete_event_bus(Name=name)


def _bus_attributes(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    return {"Arn": context.client("events").describe_event_bus(Name=name)["Arn"], "Name": name}


def _bus_of(properties: Properties) -> str:
    return str(properties.get("EventBusName", "default"))


def _put_statement(context: Context, properties: Properties) -> str:
    events, identifier = context.client("events"), str(properties["StatementId"])
    if "Statement" in properties:
        statement = {"Sid": identifier, **properties["Statement"]}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        events.put_permission(EventBusName=_bus_of(properties), Policy=policy)
    else:
        events.put_permission(**to_input(events, "put_permission", {**properties, "EventBusName": _bus_of(properties)}))
    return f"{_bus_of(properties)}|{identifier}"


def _read_statement(context: Context, _physical_id: str, properties: Properties) -> Mapping[str, Any]:
    policy = context.client("events").describe_event_bus(Name=_bus_of(properties)).get("Policy")
    statements = json.loads(policy)["Statement"] if policy else []
    found = next((each for each in statements if each["Sid"] == properties["StatementId"]), None)
    if found is None:
        raise ResourceNotFoundError(f"The statement {properties['StatementId']} is not there.")
    told: Properties = {"EventBusName": _bus_of(properties), "StatementId": found["Sid"]}
    if "Statement" in properties:
        return {**told, "Statement": found}
    account = found["Principal"] if isinstance(found["Principal"], str) else found["Principal"]["AWS"].split(":")[4]
    return {**told, "Action": found["Action"], "Principal": account}


def _update_statement(context: Context, _physical_id: str, _old: Properties, new: Properties) -> None:
    _put_statement(context, new)


def _delete_statement(context: Context, _physical_id: str, properties: Properties) -> None:
    context.client("events").remove_permission(EventBusName=_bus_of(properties), StatementId=properties["StatementId"])


def _create_archive(context: Context, properties: Properties) -> str:
    events, name = context.client("events"), str(properties.get("ArchiveName", context.generated_name))
    asked = {**properties, "ArchiveName": name, "EventSourceArn": properties["SourceArn"]}
    events.create_archive(**to_input(events, "create_archive", asked))
    return name


def _read_archive(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    archive = context.client("events").describe_archive(ArchiveName=name)
    return to_properties(
        "AWS::Events::Archive", {**archive, "ArchiveName": name, "SourceArn": archive["EventSourceArn"]}
    )


def _update_archive(context: Context, name: str, _old: Properties, new: Properties) -> None:
    events = context.client("events")
    events.update_archive(**to_input(events, "update_archive", {**new, "ArchiveName": name}))


def _delete_archive(context: Context, name: str, _properties: Properties) -> None:
    context.client("events").delete_archive(ArchiveName=name)


def _archive_attributes(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    return {"Arn": context.client("events").describe_archive(ArchiveName=name)["ArchiveArn"], "ArchiveName": name}


def _create_connection(context: Context, properties: Properties) -> str:
    events, name = context.client("events"), str(properties.get("Name", context.generated_name))
    events.create_connection(**to_input(events, "create_connection", {"Description": "", **properties, "Name": name}))
    return name


def _read_connection(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    return to_properties("AWS::Events::Connection", context.client("events").describe_connection(Name=name))


def _update_connection(context: Context, name: str, _old: Properties, new: Properties) -> None:
    events = context.client("events")
    events.update_connection(**to_input(events, "update_connection", {"Description": "", **new, "Name": name}))


def _delete_connection(context: Context, name: str, _properties: Properties) -> None:
    context.client("events").delete_connection(Name=name)


def _connection_attributes(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    found = context.client("events").describe_connection(Name=name)
    return {"Arn": found["ConnectionArn"], "SecretArn": found["SecretArn"]}


def _create_destination(context: Context, properties: Properties) -> str:
    events, name = context.client("events"), str(properties.get("Name", context.generated_name))
    asked = {"Description": "", **properties, "Name": name}
    events.create_api_destination(**to_input(events, "create_api_destination", asked))
    return name


def _read_destination(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    found = context.client("events").describe_api_destination(Name=name)
    return to_properties("AWS::Events::ApiDestination", found)


def _update_destination(context: Context, name: str, _old: Properties, new: Properties) -> None:
    events = context.client("events")
    asked = {"Description": "", **new, "Name": name}
    events.update_api_destination(**to_input(events, "update_api_destination", asked))


def _delete_destination(context: Context, name: str, _properties: Properties) -> None:
    context.client("events").delete_api_destination(Name=name)


def _destination_attributes(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    return {"Arn": context.client("events").describe_api_destination(Name=name)["ApiDestinationArn"]}


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::Events::EventBus",
        create=_create_bus,
        configure=_put_bus_policy,
        read=_read_bus,
        update=_update_bus,
        delete=_delete_bus,
        attributes=_bus_attributes,
        recorded={
            "KmsKeyIdentifier": "events are kept as they are, in this process",
            "Policy": "there is one account, whose own policies decide",
        },
    ),
    api_type(
        "AWS::Events::EventBusPolicy",
        create=_put_statement,
        read=_read_statement,
        update=_update_statement,
        delete=_delete_statement,
        recorded={"Statement": "there is one account, whose own policies decide"},
    ),
    api_type(
        "AWS::Events::Archive",
        create=_create_archive,
        read=_read_archive,
        update=_update_archive,
        delete=_delete_archive,
        attributes=_archive_attributes,
        recorded={"RetentionDays": "events are kept until the process ends"},
    ),
    api_type(
        "AWS::Events::Connection",
        create=_create_connection,
        read=_read_connection,
        update=_update_connection,
        delete=_delete_connection,
        attributes=_connection_attributes,
        write_only={"AuthParameters": "it holds secrets"},
    ),
    api_type(
        "AWS::Events::ApiDestination",
        create=_create_destination,
        read=_read_destination,
        update=_update_destination,
        delete=_delete_destination,
        attributes=_destination_attributes,
        recorded={"InvocationRateLimitPerSecond": "requests go out as they come"},
    ),
)
