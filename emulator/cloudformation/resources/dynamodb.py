"""AWS::DynamoDB types. A global table is a table with one replica here: this region's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type, unless
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceError, ResourceType

_INDEXES = "GlobalSecondaryIndexes"
# What a replica of a global table says, and a table says of itself.
_OF_REPLICA = ("DeletionProtectionEnabled", "PointInTimeRecoverySpecification", "ResourcePolicy", "TableClass", "Tags")
_PLAIN = "items are kept as they are, in this process"


def _create(context: Context, properties: Properties) -> str:
    client = context.client("dynamodb")
    asked = _spelled({"TableName": context.generated_name, "BillingMode": "PROVISIONED", **properties})
    client.create_table(**to_input(client, "create_table", asked))
    return str(asked["TableName"])


def _spelled(properties: Properties) -> Properties:
    """The properties as CreateTable and UpdateTable take them."""
    asked = {name: value for name, value in properties.items() if name != "ResourcePolicy"}
    if "SSESpecification" in asked:
        given = dict(asked["SSESpecification"])
        asked["SSESpecification"] = {"Enabled": given.pop("SSEEnabled"), **given}
    if "StreamSpecification" in asked:
        asked["StreamSpecification"] = {"StreamEnabled": True, **asked["StreamSpecification"]}
    return asked


def _configure(context: Context, table: str, old: Properties, new: Properties) -> None:
    client = context.client("dynamodb")
    ttl = new.get("TimeToLiveSpecification")
    if ttl != old.get("TimeToLiveSpecification"):
        asked = ttl or {**old["TimeToLiveSpecification"], "Enabled": False}
        call = {"TableName": table, "TimeToLiveSpecification": asked}
        client.update_time_to_live(**to_input(client, "update_time_to_live", call))
    if new.get("PointInTimeRecoverySpecification") != old.get("PointInTimeRecoverySpecification"):
        asked = new.get("PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": False})
        call = {"TableName": table, "PointInTimeRecoverySpecification": asked}
        client.update_continuous_backups(**to_input(client, "update_continuous_backups", call))
    if new.get("ResourcePolicy") != old.get("ResourcePolicy"):
        _put_policy(client, _table(context, table)["TableArn"], new.get("ResourcePolicy"))


def _put_policy(client: Any, arn: str, policy: Mapping[str, Any] | None) -> None:
    if policy is None:
        client.delete_resource_policy(ResourceArn=arn)
    else:
        client.put_resource_policy(ResourceArn=arn, Policy=json.dumps(policy["PolicyDocument"]))


def _update(context: Context, table: str, old: Properties, new: Properties) -> None:
    client = context.client("dynamodb")
    for name in ("SSESpecification", "TableClass", "StreamSpecification"):
        if new.get(name) != old.get(name):
            raise ResourceError(f"this emulator does not support a change of {name} of a table")
    simple: Properties = {name: new[name] for name in ("BillingMode", "ProvisionedThroughput") if name in new}
    protected = str(new.get("DeletionProtectionEnabled", False)).lower() == "true"
    asked = {"TableName": table, **simple, "DeletionProtectionEnabled": protected}
    client.update_table(**to_input(client, "update_table", asked))
    for change in _index_changes(old, new):  # DynamoDB makes or deletes one index per request
        asked = {"TableName": table, "AttributeDefinitions": new["AttributeDefinitions"], **change}
        client.update_table(**to_input(client, "update_table", asked))
    _configure(context, table, old, new)
    arn = _table(context, table)["TableArn"]
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    if changed:
        client.tag_resource(ResourceArn=arn, Tags=tags.pairs(changed))
    if removed:
        client.untag_resource(ResourceArn=arn, TagKeys=removed)


def _index_changes(old: Properties, new: Properties) -> list[Properties]:
    before = {index["IndexName"]: index for index in old.get(_INDEXES, [])}
    after = {index["IndexName"]: index for index in new.get(_INDEXES, [])}
    gone: list[Properties] = [{"Delete": {"IndexName": name}} for name in before if before[name] != after.get(name)]
    made: list[Properties] = [{"Create": after[name]} for name in after if before.get(name) != after[name]]
    return [{"GlobalSecondaryIndexUpdates": [change]} for change in (*gone, *made)]


def _table(context: Context, table: str) -> dict[str, Any]:
    return dict(context.client("dynamodb").describe_table(TableName=table)["Table"])


def _read(context: Context, table: str, _properties: Properties) -> Mapping[str, Any]:
    client, found = context.client("dynamodb"), _table(context, table)
    arn = found["TableArn"]
    ttl = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    backups = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    policy = unless("PolicyNotFoundException", client.get_resource_policy, ResourceArn=arn)
    encryption = found.pop("SSEDescription", None)
    return {
        **to_properties("AWS::DynamoDB::Table", found),
        "BillingMode": found.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "TableClass": found.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
        "SSESpecification": encryption
        and {
            "SSEEnabled": encryption["Status"] == "ENABLED",
            "SSEType": encryption.get("SSEType"),
            "KMSMasterKeyId": encryption.get("KMSMasterKeyArn"),
        },
        "TimeToLiveSpecification": _enabled_ttl(ttl),
        "PointInTimeRecoverySpecification": _recovery(backups.get("PointInTimeRecoveryDescription", {})),
        "ResourcePolicy": policy and {"PolicyDocument": json.loads(policy["Policy"])},
        "Tags": tags.pairs(client.list_tags_of_resource(ResourceArn=arn)["Tags"]),
    }


def _enabled_ttl(ttl: Mapping[str, Any]) -> Properties | None:
    if ttl["TimeToLiveStatus"] not in ("ENABLED", "ENABLING"):
        return None
    return {"AttributeName": ttl["AttributeName"], "Enabled": True}


def _recovery(description: Mapping[str, Any]) -> Properties:
    enabled = description.get("PointInTimeRecoveryStatus") == "ENABLED"
    kept = description.get("RecoveryPeriodInDays") if enabled else None
    return {"PointInTimeRecoveryEnabled": enabled, **({"RecoveryPeriodInDays": kept} if kept else {})}


def _delete(context: Context, table: str, _properties: Properties) -> None:
    context.client("dynamodb").delete_table(TableName=table)


def _attributes(context: Context, table: str, _properties: Properties) -> Mapping[str, Any]:
    found = _table(context, table)
    stream = found.get("LatestStreamArn")
    return {"Arn": found["TableArn"], "TableId": found.get("TableId"), **({"StreamArn": stream} if stream else {})}


_TABLE = api_type(
    "AWS::DynamoDB::Table",
    create=_create,
    configure=_configure,
    read=_read,
    update=_update,
    delete=_delete,
    attributes=_attributes,
    recorded={
        "SSESpecification": _PLAIN,
        "PointInTimeRecoverySpecification": "no earlier state is kept to recover",
        "ProvisionedThroughput": "requests are not throttled",
    },
)


def _as_table(context: Context, properties: Properties) -> Properties:
    """A global table's properties as those of this region's table."""
    replicas = properties["Replicas"]
    if [each["Region"] for each in replicas] != [context.region]:
        raise ResourceError("this emulator does not support replicas of a global table in other regions")
    own = {name: replicas[0][name] for name in _OF_REPLICA if name in replicas[0]}
    return {**{name: value for name, value in properties.items() if name != "Replicas"}, **own}


def _create_global(context: Context, properties: Properties) -> str:
    return _TABLE.create(context, _as_table(context, properties))


def _read_global(context: Context, table: str, properties: Properties) -> Properties:
    found = dict(_TABLE.read(context, table, properties))
    replica = {"Region": context.region, **{name: found.pop(name) for name in _OF_REPLICA if name in found}}
    return {**to_properties("AWS::DynamoDB::GlobalTable", found), "Replicas": [replica]}


def _update_global(context: Context, table: str, old: Properties, new: Properties) -> None:
    _update(context, table, _as_table(context, old), _as_table(context, new))


TYPES: tuple[ResourceType, ...] = (
    _TABLE,
    replace(
        _TABLE,
        name="AWS::DynamoDB::GlobalTable",
        create=_create_global,
        read=_read_global,
        update=_update_global,
        recorded={"SSESpecification": _PLAIN},
    ),
)
