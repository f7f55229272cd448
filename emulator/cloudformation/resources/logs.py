"""AWS::Logs types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType


def _create_group(context: Context, properties: Properties) -> str:
    logs = context.client("logs")
    named = {"LogGroupName": context.generated_name, **properties, "Tags": tags.mapping(properties.get("Tags"))}
    logs.create_log_group(**to_input(logs, "create_log_group", named))
    return str(named["LogGroupName"])


def _set_retention(context: Context, name: str, old: Properties, new: Properties) -> None:
    logs = context.client("logs")
    if "RetentionInDays" in new:
        logs.put_retention_policy(logGroupName=name, retentionInDays=int(new["RetentionInDays"]))
    elif "RetentionInDays" in old:
        logs.delete_retention_policy(logGroupName=name)


def _group(context: Context, name: str) -> dict[str, Any]:
    logs = context.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name):
        for group in page["logGroups"]:
            if group["logGroupName"] == name:
                return dict(group)
    raise ResourceNotFoundError(f"The log group {name} does not exist.")


def _read_group(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    group = _group(context, name)
    kept = context.client("logs").list_tags_for_resource(resourceArn=_tag_arn(group))["tags"]
    return to_properties("AWS::Logs::LogGroup", {**group, "tags": tags.pairs(kept)})


def _tag_arn(group: Mapping[str, Any]) -> str:
    return str(group["arn"]).removesuffix(":*")


def _update_group(context: Context, name: str, old: Properties, new: Properties) -> None:
    logs = context.client("logs")
    _set_retention(context, name, old, new)
    if old.get("KmsKeyId") != new.get("KmsKeyId"):
        if "KmsKeyId" in new:
            logs.associate_kms_key(logGroupName=name, kmsKeyId=new["KmsKeyId"])
        else:
            logs.disassociate_kms_key(logGroupName=name)
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    arn = _tag_arn(_group(context, name))
    if changed:
        logs.tag_resource(resourceArn=arn, tags=changed)
    if removed:
        logs.untag_resource(resourceArn=arn, tagKeys=removed)


def _delete_group(context: Context, name: str, _properties: Properties) -> None:
    context.client("logs").delete_log_group(logGroupName=name)


def _group_attributes(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    arn = _tag_arn(_group(context, name))
    return {"Arn": f"{arn}:*", "LogGroupArn": arn}


def _put_policy(context: Context, properties: Properties) -> str:
    document = properties["PolicyDocument"]
    text = document if isinstance(document, str) else json.dumps(document)
    context.client("logs").put_resource_policy(policyName=properties["PolicyName"], policyDocument=text)
    return str(properties["PolicyName"])


def _read_policy(context: Context, name: str, properties: Properties) -> Mapping[str, Any]:
    for policy in context.client("logs").describe_resource_policies()["resourcePolicies"]:
        if policy["policyName"] == name:
            text = policy["policyDocument"]
            as_text = isinstance(properties.get("PolicyDocument"), str)
            return {"PolicyName": name, "PolicyDocument": text if as_text else json.loads(text)}
    raise ResourceNotFoundError(f"Resource policy {name} does not exist.")


def _update_policy(context: Context, _name: str, _old: Properties, new: Properties) -> None:
    _put_policy(context, new)


def _delete_policy(context: Context, name: str, _properties: Properties) -> None:
    context.client("logs").delete_resource_policy(policyName=name)


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::Logs::LogGroup",
        create=_create_group,
        configure=_set_retention,
        read=_read_group,
        update=_update_group,
        delete=_delete_group,
        attributes=_group_attributes,
        recorded={
            "KmsKeyId": "logs are kept as they are, in this process",
            "RetentionInDays": "logs live as long as this process",
        },
    ),
    api_type(
        "AWS::Logs::ResourcePolicy", create=_put_policy, read=_read_policy, update=_update_policy, delete=_delete_policy
    ),
)
