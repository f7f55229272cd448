"""AWS::CloudTrail types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type, unless
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceType

_TYPE = "AWS::CloudTrail::Trail"
# What is taken away by an empty text.
_OPTIONAL = ("S3KeyPrefix", "SnsTopicName", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "KMSKeyId")
_EVERYTHING = {"ReadWriteType": "All", "IncludeManagementEvents": True}


def _create(context: Context, properties: Properties) -> str:
    cloudtrail, name = context.client("cloudtrail"), str(properties.get("TrailName", context.generated_name))
    named = {**properties, "Name": name, "TagsList": tags.pairs(properties.get("Tags"))}
    cloudtrail.create_trail(**to_input(cloudtrail, "create_trail", named))
    return name


def _configure(context: Context, name: str, old: Properties, new: Properties) -> None:
    """What other requests than the first one set."""
    cloudtrail = context.client("cloudtrail")
    chosen = {key: new[key] for key in ("EventSelectors", "AdvancedEventSelectors") if new.get(key)}
    if chosen:
        cloudtrail.put_event_selectors(**to_input(cloudtrail, "put_event_selectors", {"TrailName": name, **chosen}))
    elif old.get("EventSelectors") or old.get("AdvancedEventSelectors"):
        cloudtrail.put_event_selectors(TrailName=name, EventSelectors=[_EVERYTHING])
    if new.get("InsightSelectors") != old.get("InsightSelectors"):
        asked = {"TrailName": name, "InsightSelectors": new.get("InsightSelectors", [])}
        cloudtrail.put_insight_selectors(**to_input(cloudtrail, "put_insight_selectors", asked))
    if str(new["IsLogging"]).lower() == "true":
        cloudtrail.start_logging(Name=name)
    else:
        cloudtrail.stop_logging(Name=name)


def _read(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    cloudtrail = context.client("cloudtrail")
    trail = cloudtrail.get_trail(Name=name)["Trail"]
    selected = cloudtrail.get_event_selectors(TrailName=name)
    insights = unless("InsightNotEnabledException", cloudtrail.get_insight_selectors, TrailName=name) or {}
    (tagged,) = cloudtrail.list_tags(ResourceIdList=[trail["TrailARN"]])["ResourceTagList"]
    told = {
        **trail,
        **{key: selected[key] for key in ("EventSelectors", "AdvancedEventSelectors") if key in selected},
        "TrailName": name,
        "EnableLogFileValidation": trail["LogFileValidationEnabled"],
        "IsLogging": cloudtrail.get_trail_status(Name=name)["IsLogging"],
        "InsightSelectors": insights.get("InsightSelectors"),
        "Tags": tagged["TagsList"],
    }
    return to_properties(_TYPE, told)


def _update(context: Context, name: str, old: Properties, new: Properties) -> None:
    cloudtrail = context.client("cloudtrail")
    defaults = {"EnableLogFileValidation": False, "IncludeGlobalServiceEvents": True, "IsMultiRegionTrail": False}
    asked = {**dict.fromkeys(_OPTIONAL, ""), **defaults, **new, "Name": name}
    cloudtrail.update_trail(**to_input(cloudtrail, "update_trail", asked))
    _configure(context, name, old, new)
    arn = cloudtrail.get_trail(Name=name)["Trail"]["TrailARN"]
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    if changed:
        cloudtrail.add_tags(ResourceId=arn, TagsList=tags.pairs(changed))
    if removed:
        before = tags.mapping(old.get("Tags"))
        cloudtrail.remove_tags(ResourceId=arn, TagsList=tags.pairs({key: before[key] for key in removed}))


def _delete(context: Context, name: str, _properties: Properties) -> None:
    context.client("cloudtrail").delete_trail(Name=name)


def _attributes(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    trail = context.client("cloudtrail").get_trail(Name=name)["Trail"]
    told = {"Arn": trail["TrailARN"]}
    return {**told, "SnsTopicArn": trail["SnsTopicARN"]} if "SnsTopicARN" in trail else told


TYPES: tuple[ResourceType, ...] = (
    api_type(
        _TYPE,
        create=_create,
        configure=_configure,
        read=_read,
        update=_update,
        delete=_delete,
        attributes=_attributes,
        recorded={"InsightSelectors": "no unusual activity is looked for here"},
    ),
)
