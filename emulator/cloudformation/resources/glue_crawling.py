"""AWS::Glue types of what finds and orders work: crawlers, classifiers, workflows and triggers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceType

# What an update goes back to where the template no longer says anything.
_CRAWLER = {
    "Description": "",
    "Classifiers": [],
    "TablePrefix": "",
    "Configuration": "",
    "CrawlerSecurityConfiguration": "",
    "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"},
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "Schedule": "",
}
_KINDS = ("CsvClassifier", "JsonClassifier", "GrokClassifier", "XMLClassifier")


def _arn(context: Context, kind: str, name: str) -> str:
    return f"arn:aws:glue:{context.region}:{context.account}:{kind}/{name}"


def _named(context: Context, properties: Properties) -> Properties:
    return {"Name": context.generated_name, **properties, "Tags": tags.mapping(properties.get("Tags"))}


def _tags_of(context: Context, kind: str, name: str) -> dict[str, str]:
    found: dict[str, str] = context.client("glue").get_tags(ResourceArn=_arn(context, kind, name))["Tags"]
    return found


def _change_tags(context: Context, kind: str, name: str, old: Properties, new: Properties) -> None:
    glue, arn = context.client("glue"), _arn(context, kind, name)
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    glue.tag_resource(ResourceArn=arn, TagsToAdd=changed)
    glue.untag_resource(ResourceArn=arn, TagsToRemove=removed)


def _crawler_input(properties: Properties) -> Properties:
    """The schedule is an object in CloudFormation, and its expression in the API."""
    schedule = properties.get("Schedule")
    expression = schedule.get("ScheduleExpression") if isinstance(schedule, Mapping) else schedule
    return {**properties, **({} if expression is None else {"Schedule": expression})}


def _create_crawler(context: Context, properties: Properties) -> str:
    glue, named = context.client("glue"), _named(context, _crawler_input(properties))
    glue.create_crawler(**to_input(glue, "create_crawler", named))
    return str(named["Name"])


def _read_crawler(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    crawler = context.client("glue").get_crawler(Name=name)["Crawler"]
    kept = _tags_of(context, "crawler", name)
    return to_properties("AWS::Glue::Crawler", {**crawler, "Tags": kept})


def _update_crawler(context: Context, name: str, old: Properties, new: Properties) -> None:
    glue = context.client("glue")
    asked = {**_CRAWLER, **_crawler_input(new), "Name": name}
    glue.update_crawler(**to_input(glue, "update_crawler", asked))
    _change_tags(context, "crawler", name, old, new)


def _delete_crawler(context: Context, name: str, _properties: Properties) -> None:
    context.client("glue").delete_crawler(Name=name)


def _kind(properties: Properties) -> str:
    return next(kind for kind in _KINDS if kind in properties)


def _create_classifier(context: Context, properties: Properties) -> str:
    glue, kind = context.client("glue"), _kind(properties)
    definition = {"Name": context.generated_name, **properties[kind]}
    glue.create_classifier(**to_input(glue, "create_classifier", {kind: definition}))
    return str(definition["Name"])


def _read_classifier(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    found = context.client("glue").get_classifier(Name=name)["Classifier"]
    return to_properties("AWS::Glue::Classifier", found)


def _update_classifier(context: Context, name: str, _old: Properties, new: Properties) -> None:
    glue, kind = context.client("glue"), _kind(new)
    glue.update_classifier(**to_input(glue, "update_classifier", {kind: {**new[kind], "Name": name}}))


def _delete_classifier(context: Context, name: str, _properties: Properties) -> None:
    context.client("glue").delete_classifier(Name=name)


def _create_workflow(context: Context, properties: Properties) -> str:
    glue = context.client("glue")
    return str(glue.create_workflow(**to_input(glue, "create_workflow", _named(context, properties)))["Name"])


def _read_workflow(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    workflow = context.client("glue").get_workflow(Name=name)["Workflow"]
    return to_properties("AWS::Glue::Workflow", {**workflow, "Tags": _tags_of(context, "workflow", name)})


def _update_workflow(context: Context, name: str, old: Properties, new: Properties) -> None:
    glue = context.client("glue")
    glue.update_workflow(**to_input(glue, "update_workflow", {**new, "Name": name}))
    _change_tags(context, "workflow", name, old, new)


def _delete_workflow(context: Context, name: str, _properties: Properties) -> None:
    context.client("glue").delete_workflow(Name=name)


def _create_trigger(context: Context, properties: Properties) -> str:
    glue = context.client("glue")
    return str(glue.create_trigger(**to_input(glue, "create_trigger", _named(context, properties)))["Name"])


def _read_trigger(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    trigger = context.client("glue").get_trigger(Name=name)["Trigger"]
    found = {
        **trigger,
        "StartOnCreation": trigger["State"] == "ACTIVATED",
        "Tags": _tags_of(context, "trigger", name),
    }
    return to_properties("AWS::Glue::Trigger", found)


def _update_trigger(context: Context, name: str, old: Properties, new: Properties) -> None:
    glue = context.client("glue")
    glue.update_trigger(**to_input(glue, "update_trigger", {"Name": name, "TriggerUpdate": {"Description": "", **new}}))
    starts = bool(new.get("StartOnCreation"))
    if starts != bool(old.get("StartOnCreation")):
        (glue.start_trigger if starts else glue.stop_trigger)(Name=name)
    _change_tags(context, "trigger", name, old, new)


def _delete_trigger(context: Context, name: str, _properties: Properties) -> None:
    context.client("glue").delete_trigger(Name=name)


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::Glue::Crawler",
        create=_create_crawler,
        read=_read_crawler,
        update=_update_crawler,
        delete=_delete_crawler,
        recorded={"CrawlerSecurityConfiguration": "data is kept as it is, on this machine"},
    ),
    api_type(
        "AWS::Glue::Classifier",
        create=_create_classifier,
        read=_read_classifier,
        update=_update_classifier,
        delete=_delete_classifier,
    ),
    api_type(
        "AWS::Glue::Workflow",
        create=_create_workflow,
        read=_read_workflow,
        update=_update_workflow,
        delete=_delete_workflow,
    ),
    api_type(
        "AWS::Glue::Trigger",
        create=_create_trigger,
        read=_read_trigger,
        update=_update_trigger,
        delete=_delete_trigger,
    ),
)
