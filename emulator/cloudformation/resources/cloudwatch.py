"""AWS::CloudWatch types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType


def _put_alarm(context: Context, name: str, properties: Properties) -> None:
    cloudwatch = context.client("cloudwatch")
    asked = to_input(cloudwatch, "put_metric_alarm", {**properties, "AlarmName": name})
    cloudwatch.put_metric_alarm(**asked)


def _create_alarm(context: Context, properties: Properties) -> str:
    name = str(properties.get("AlarmName", context.generated_name))
    _put_alarm(context, name, properties)
    return name


def _alarm(context: Context, name: str) -> dict[str, Any]:
    found = context.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    if not found:
        raise ResourceNotFoundError(f"Alarm {name} does not exist.")
    return dict(found[0])


def _read_alarm(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    alarm = _alarm(context, name)
    kept = context.client("cloudwatch").list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    return to_properties("AWS::CloudWatch::Alarm", {**alarm, "Tags": kept})


def _update_alarm(context: Context, name: str, old: Properties, new: Properties) -> None:
    _put_alarm(context, name, {**new, "Tags": []})
    _update_tags(context, _alarm(context, name)["AlarmArn"], old, new)


def _delete_alarm(context: Context, name: str, _properties: Properties) -> None:
    context.client("cloudwatch").delete_alarms(AlarmNames=[name])


def _alarm_attributes(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    return {"Arn": _alarm(context, name)["AlarmArn"]}


def _put_composite(context: Context, name: str, properties: Properties) -> None:
    cloudwatch = context.client("cloudwatch")
    asked = to_input(cloudwatch, "put_composite_alarm", {**properties, "AlarmName": name})
    cloudwatch.put_composite_alarm(**asked)


def _create_composite(context: Context, properties: Properties) -> str:
    name = str(properties.get("AlarmName", context.generated_name))
    _put_composite(context, name, properties)
    return name


def _composite(context: Context, name: str) -> dict[str, Any]:
    asked = {"AlarmNames": [name], "AlarmTypes": ["CompositeAlarm"]}
    found = context.client("cloudwatch").describe_alarms(**asked)["CompositeAlarms"]
    if not found:
        raise ResourceNotFoundError(f"Alarm {name} does not exist.")
    return dict(found[0])


def _read_composite(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    alarm = _composite(context, name)
    kept = context.client("cloudwatch").list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    return to_properties("AWS::CloudWatch::CompositeAlarm", {**alarm, "Tags": kept})


def _update_composite(context: Context, name: str, old: Properties, new: Properties) -> None:
    _put_composite(context, name, {**new, "Tags": []})
    _update_tags(context, _composite(context, name)["AlarmArn"], old, new)


def _composite_attributes(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    return {"Arn": _composite(context, name)["AlarmArn"]}


def _update_tags(context: Context, arn: str, old: Properties, new: Properties) -> None:
    cloudwatch = context.client("cloudwatch")
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    if changed:
        cloudwatch.tag_resource(ResourceARN=arn, Tags=tags.pairs(changed))
    if removed:
        cloudwatch.untag_resource(ResourceARN=arn, TagKeys=removed)


def _create_dashboard(context: Context, properties: Properties) -> str:
    name = str(properties.get("DashboardName", context.generated_name))
    cloudwatch = context.client("cloudwatch")
    cloudwatch.put_dashboard(**to_input(cloudwatch, "put_dashboard", {**properties, "DashboardName": name}))
    return name


def _read_dashboard(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    cloudwatch = context.client("cloudwatch")
    found = cloudwatch.get_dashboard(DashboardName=name)
    kept = cloudwatch.list_tags_for_resource(ResourceARN=found["DashboardArn"])["Tags"]
    return to_properties("AWS::CloudWatch::Dashboard", {**found, "Tags": kept})


def _update_dashboard(context: Context, name: str, old: Properties, new: Properties) -> None:
    _create_dashboard(context, {**new, "DashboardName": name, "Tags": []})
    arn = context.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardArn"]
    _update_tags(context, arn, old, new)


def _delete_dashboard(context: Context, name: str, _properties: Properties) -> None:
    context.client("cloudwatch").delete_dashboards(DashboardNames=[name])


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::CloudWatch::Alarm",
        create=_create_alarm,
        read=_read_alarm,
        update=_update_alarm,
        delete=_delete_alarm,
        attributes=_alarm_attributes,
    ),
    api_type(
        "AWS::CloudWatch::CompositeAlarm",
        create=_create_composite,
        read=_read_composite,
        update=_update_composite,
        delete=_delete_alarm,
        attributes=_composite_attributes,
    ),
    api_type(
        "AWS::CloudWatch::Dashboard",
        create=_create_dashboard,
        read=_read_dashboard,
        update=_update_dashboard,
        delete=_delete_dashboard,
    ),
)
