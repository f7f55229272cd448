"""AWS::Scheduler types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceType


def _group(properties: Properties) -> str:
    return str(properties.get("GroupName", "default"))


def _create(context: Context, properties: Properties) -> str:
    scheduler, name = context.client("scheduler"), str(properties.get("Name", context.generated_name))
    scheduler.create_schedule(**to_input(scheduler, "create_schedule", {**properties, "Name": name}))
    return name


def _read(context: Context, name: str, properties: Properties) -> Mapping[str, Any]:
    found = context.client("scheduler").get_schedule(Name=name, GroupName=_group(properties))
    dates = {key: found[key].strftime("%Y-%m-%dT%H:%M:%SZ") for key in ("StartDate", "EndDate") if key in found}
    return to_properties("AWS::Scheduler::Schedule", {**found, **dates})


def _update(context: Context, name: str, _old: Properties, new: Properties) -> None:
    scheduler = context.client("scheduler")
    scheduler.update_schedule(**to_input(scheduler, "update_schedule", {**new, "Name": name}))


def _delete(context: Context, name: str, properties: Properties) -> None:
    context.client("scheduler").delete_schedule(Name=name, GroupName=_group(properties))


def _attributes(context: Context, name: str, properties: Properties) -> Mapping[str, Any]:
    return {"Arn": context.client("scheduler").get_schedule(Name=name, GroupName=_group(properties))["Arn"]}


def _create_group(context: Context, properties: Properties) -> str:
    name = str(properties.get("Name", context.generated_name))
    context.client("scheduler").create_schedule_group(Name=name, Tags=tags.pairs(properties.get("Tags")))
    return name


def _read_group(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    scheduler = context.client("scheduler")
    found = scheduler.get_schedule_group(Name=name)
    kept = scheduler.list_tags_for_resource(ResourceArn=found["Arn"])["Tags"]
    return {"Name": name, "Tags": tags.pairs(kept)}


def _update_group(context: Context, name: str, old: Properties, new: Properties) -> None:
    scheduler = context.client("scheduler")
    arn = scheduler.get_schedule_group(Name=name)["Arn"]
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    if changed:
        scheduler.tag_resource(ResourceArn=arn, Tags=tags.pairs(changed))
    if removed:
        scheduler.untag_resource(ResourceArn=arn, TagKeys=removed)


def _delete_group(context: Context, name: str, _properties: Properties) -> None:
    context.client("scheduler").delete_schedule_group(Name=name)


def _group_attributes(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    found = context.client("scheduler").get_schedule_group(Name=name)
    return {"Arn": found["Arn"], "State": found["State"]}


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::Scheduler::Schedule",
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        attributes=_attributes,
        recorded={"KmsKeyArn": "schedules are kept as they are, in this process"},
    ),
    api_type(
        "AWS::Scheduler::ScheduleGroup",
        create=_create_group,
        read=_read_group,
        update=_update_group,
        delete=_delete_group,
        attributes=_group_attributes,
    ),
)
