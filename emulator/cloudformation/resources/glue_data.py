"""AWS::Glue types of what belongs to data: connections, partitions and rules of its quality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceType


def _create_connection(context: Context, properties: Properties) -> str:
    glue = context.client("glue")
    named = {"Name": context.generated_name, **properties["ConnectionInput"]}
    asked = {**properties, "ConnectionInput": named, "Tags": tags.mapping(properties.get("Tags"))}
    glue.create_connection(**to_input(glue, "create_connection", asked))
    return str(named["Name"])


def _connection_arn(context: Context, name: str) -> str:
    return f"arn:aws:glue:{context.region}:{context.account}:connection/{name}"


def _read_connection(context: Context, name: str, properties: Properties) -> Mapping[str, Any]:
    glue = context.client("glue")
    connection = glue.get_connection(CatalogId=properties["CatalogId"], Name=name)["Connection"]
    kept = glue.get_tags(ResourceArn=_connection_arn(context, name))["Tags"]
    found = {"CatalogId": properties["CatalogId"], "ConnectionInput": connection, "Tags": kept}
    return to_properties("AWS::Glue::Connection", found)


def _update_connection(context: Context, name: str, old: Properties, new: Properties) -> None:
    glue = context.client("glue")
    asked = {**new, "Name": name, "ConnectionInput": {**new["ConnectionInput"], "Name": name}}
    glue.update_connection(**to_input(glue, "update_connection", asked))
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    glue.tag_resource(ResourceArn=_connection_arn(context, name), TagsToAdd=changed)
    glue.untag_resource(ResourceArn=_connection_arn(context, name), TagsToRemove=removed)


def _delete_connection(context: Context, name: str, properties: Properties) -> None:
    context.client("glue").delete_connection(CatalogId=properties["CatalogId"], ConnectionName=name)


def _place(properties: Properties) -> Properties:
    return {"DatabaseName": properties["DatabaseName"], "TableName": properties["TableName"]}


def _values(properties: Properties) -> list[str]:
    return [str(value) for value in properties["PartitionInput"]["Values"]]


def _create_partition(context: Context, properties: Properties) -> str:
    glue = context.client("glue")
    glue.create_partition(**to_input(glue, "create_partition", properties))
    return "|".join((properties["DatabaseName"], properties["TableName"], *_values(properties)))


def _read_partition(context: Context, _physical_id: str, properties: Properties) -> Mapping[str, Any]:
    found = context.client("glue").get_partition(**_place(properties), PartitionValues=_values(properties))
    told = {"CatalogId": context.account, **_place(properties), "PartitionInput": found["Partition"]}
    return to_properties("AWS::Glue::Partition", told)


def _update_partition(context: Context, _physical_id: str, _old: Properties, new: Properties) -> None:
    glue = context.client("glue")
    asked = to_input(glue, "update_partition", {**new, "PartitionValueList": _values(new)})
    glue.update_partition(**asked)


def _delete_partition(context: Context, _physical_id: str, properties: Properties) -> None:
    context.client("glue").delete_partition(**_place(properties), PartitionValues=_values(properties))


def _create_ruleset(context: Context, properties: Properties) -> str:
    glue = context.client("glue")
    named = {"Name": context.generated_name, **properties, "Tags": tags.mapping(properties.get("Tags"))}
    return str(glue.create_data_quality_ruleset(**to_input(glue, "create_data_quality_ruleset", named))["Name"])


def _ruleset_arn(context: Context, name: str) -> str:
    return f"arn:aws:glue:{context.region}:{context.account}:dataQualityRuleset/{name}"


def _read_ruleset(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    glue = context.client("glue")
    found = glue.get_data_quality_ruleset(Name=name)
    kept = glue.get_tags(ResourceArn=_ruleset_arn(context, name))["Tags"]
    return to_properties("AWS::Glue::DataQualityRuleset", {**found, "Tags": kept})


def _update_ruleset(context: Context, name: str, old: Properties, new: Properties) -> None:
    glue = context.client("glue")
    asked = {"Description": "", **new, "Name": name}
    glue.update_data_quality_ruleset(**to_input(glue, "update_data_quality_ruleset", asked))
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    glue.tag_resource(ResourceArn=_ruleset_arn(context, name), TagsToAdd=changed)
    glue.untag_resource(ResourceArn=_ruleset_arn(context, name), TagsToRemove=removed)


def _delete_ruleset(context: Context, name: str, _properties: Properties) -> None:
    context.client("glue").delete_data_quality_ruleset(Name=name)


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::Glue::Connection",
        create=_create_connection,
        read=_read_connection,
        update=_update_connection,
        delete=_delete_connection,
        recorded={"ConnectionInput": "jobs connect from this machine, whatever subnet and security groups say"},
    ),
    api_type(
        "AWS::Glue::Partition",
        create=_create_partition,
        read=_read_partition,
        update=_update_partition,
        delete=_delete_partition,
    ),
    api_type(
        "AWS::Glue::DataQualityRuleset",
        create=_create_ruleset,
        read=_read_ruleset,
        update=_update_ruleset,
        delete=_delete_ruleset,
        recorded={"Ruleset": "evaluation runs of data quality are not supported here"},
        write_only={"ClientToken": "it only makes repeated requests one"},
    ),
)
