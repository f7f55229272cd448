"""AWS::Events types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceType


def _bus(properties: Properties) -> str:
    return str(properties.get("EventBusName", "default"))


def _create(context: Context, properties: Properties) -> str:
    name = str(properties.get("Name", context.generated_name))
    events = context.client("events")
    events.put_rule(**to_input(events, "put_rule", {**properties, "Name": name}))
    return name


def _put_targets(context: Context, name: str, old: Properties, new: Properties) -> None:
    events, place = context.client("events"), {"Rule": name, "EventBusName": _bus(new)}
    after = [target["Id"] for target in new.get("Targets", [])]
    dropped = [target["Id"] for target in old.get("Targets", []) if target["Id"] not in after]
    if dropped:
        events.remove_targets(**place, Ids=dropped)
    if after:
        answer = events.put_targets(**to_input(events, "put_targets", {**place, "Targets": new["Targets"]}))
        if answer["FailedEntryCount"]:
            raise ValueError(str(answer["FailedEntries"]))


def _read(context: Context, name: str, properties: Properties) -> Mapping[str, Any]:
    events, bus = context.client("events"), _bus(properties)
    rule = events.describe_rule(Name=name, EventBusName=bus)
    targets = events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
    kept = events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]
    return to_properties("AWS::Events::Rule", {**rule, "Targets": targets, "Tags": tags.pairs(kept)})


def _update(context: Context, name: str, old: Properties, new: Properties) -> None:
    events = context.client("events")
    events.put_rule(**to_input(events, "put_rule", {"Description": "", **new, "Name": name, "Tags": []}))
    _put_targets(context, name, old, new)
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    arn = events.describe_rule(Name=name, EventBusName=_bus(new))["Arn"]
    events.tag_resource(ResourceARN=arn, Tags=tags.pairs(changed))
    events.untag_resource(ResourceARN=arn, TagKeys=removed)


def _delete(context: Context, name: str, properties: Properties) -> None:
    events, bus = context.client("events"), _bus(properties)
    targets = events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
    if targets:
        events.remove_targets(Rule=name, EventBusName=bus, Ids=[target["Id"] for target in targets])
    events.delete_rule(Name=name, EventBusName=bus)


def _attributes(context: Context, name: str, properties: Properties) -> Mapping[str, Any]:
    return {"Arn": context.client("events").describe_rule(Name=name, EventBusName=_bus(properties))["Arn"]}


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::Events::Rule",
        create=_create,
        configure=_put_targets,
        read=_read,
        update=_update,
        delete=_delete,
        attributes=_attributes,
    ),
)
