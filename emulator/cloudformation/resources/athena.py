"""AWS::Athena types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceType


def _arn(context: Context, name: str) -> str:
    return f"arn:aws:athena:{context.region}:{context.account}:workgroup/{name}"


def _create_group(context: Context, properties: Properties) -> str:
    athena = context.client("athena")
    asked = {**properties, "Configuration": properties.get("WorkGroupConfiguration", {})}
    athena.create_work_group(**to_input(athena, "create_work_group", asked))
    return str(properties["Name"])


def _disable_group(context: Context, name: str, _old: Properties, new: Properties) -> None:
    if new.get("State") == "DISABLED":
        context.client("athena").update_work_group(WorkGroup=name, State="DISABLED")


def _read_group(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    athena = context.client("athena")
    group = athena.get_work_group(WorkGroup=name)["WorkGroup"]
    kept = athena.list_tags_for_resource(ResourceARN=_arn(context, name))["Tags"]
    found = {**group, "WorkGroupConfiguration": group["Configuration"], "Tags": tags.pairs(kept)}
    return to_properties("AWS::Athena::WorkGroup", found)


def _update_group(context: Context, name: str, old: Properties, new: Properties) -> None:
    athena = context.client("athena")
    configuration = dict(new.get("WorkGroupConfiguration", {}))
    result = configuration.pop("ResultConfiguration", None)
    updates = {**configuration, **({"ResultConfigurationUpdates": result} if result else {})}
    if "BytesScannedCutoffPerQuery" in old.get("WorkGroupConfiguration", {}) and (
        "BytesScannedCutoffPerQuery" not in configuration
    ):
        updates["RemoveBytesScannedCutoffPerQuery"] = True
    asked = {
        "WorkGroup": name,
        "Description": new.get("Description", ""),
        "State": new.get("State", "ENABLED"),
        "ConfigurationUpdates": updates,
    }
    athena.update_work_group(**to_input(athena, "update_work_group", asked))
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    athena.tag_resource(ResourceARN=_arn(context, name), Tags=tags.pairs(changed))
    athena.untag_resource(ResourceARN=_arn(context, name), TagKeys=removed)


def _delete_group(context: Context, name: str, properties: Properties) -> None:
    recursive = str(properties.get("RecursiveDeleteOption", False)).lower() == "true"
    context.client("athena").delete_work_group(WorkGroup=name, RecursiveDeleteOption=recursive)


def _create_query(context: Context, properties: Properties) -> str:
    athena = context.client("athena")
    named = {"Name": context.generated_name, **properties}
    return str(athena.create_named_query(**to_input(athena, "create_named_query", named))["NamedQueryId"])


def _read_query(context: Context, query: str, _properties: Properties) -> Mapping[str, Any]:
    found = context.client("athena").get_named_query(NamedQueryId=query)["NamedQuery"]
    return to_properties("AWS::Athena::NamedQuery", found)


def _delete_query(context: Context, query: str, _properties: Properties) -> None:
    context.client("athena").delete_named_query(NamedQueryId=query)


def _query_attributes(_context: Context, query: str, _properties: Properties) -> Mapping[str, Any]:
    return {"NamedQueryId": query}


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::Athena::WorkGroup",
        create=_create_group,
        configure=_disable_group,
        read=_read_group,
        update=_update_group,
        delete=_delete_group,
        write_only={"RecursiveDeleteOption": "used when the workgroup is deleted; Athena does not keep it"},
    ),
    api_type(
        "AWS::Athena::NamedQuery",
        create=_create_query,
        read=_read_query,
        delete=_delete_query,
        attributes=_query_attributes,
    ),
)
