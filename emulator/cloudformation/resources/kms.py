"""AWS::KMS types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType


def _create_key(context: Context, properties: Properties) -> str:
    kms = context.client("kms")
    policy = {"Policy": properties["KeyPolicy"]} if "KeyPolicy" in properties else {}
    asked = to_input(kms, "create_key", {**properties, **policy})
    asked["Tags"] = tags.pairs(properties.get("Tags"), "TagKey", "TagValue")
    return str(kms.create_key(**asked)["KeyMetadata"]["KeyId"])


def _rotate_and_enable(context: Context, key: str, _old: Properties, properties: Properties) -> None:
    kms = context.client("kms")
    if str(properties.get("EnableKeyRotation", False)).lower() == "true":
        kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=int(properties.get("RotationPeriodInDays", 365)))
    else:
        kms.disable_key_rotation(KeyId=key)
    enabled = str(properties.get("Enabled", True)).lower() == "true"
    (kms.enable_key if enabled else kms.disable_key)(KeyId=key)


def _read_key(context: Context, key: str, _properties: Properties) -> Mapping[str, Any]:
    kms = context.client("kms")
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    if metadata["KeyState"] == "PendingDeletion":
        raise ResourceNotFoundError(f"Key {key} is pending deletion.")
    rotation = kms.get_key_rotation_status(KeyId=key)
    return {
        **to_properties("AWS::KMS::Key", metadata),
        "KeyPolicy": json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]),
        "EnableKeyRotation": rotation["KeyRotationEnabled"],
        "RotationPeriodInDays": rotation.get("RotationPeriodInDays"),
        "Tags": tags.pairs(kms.list_resource_tags(KeyId=key)["Tags"]),
    }


def _update_key(context: Context, key: str, old: Properties, new: Properties) -> None:
    kms = context.client("kms")
    kms.enable_key(KeyId=key)
    kms.update_key_description(KeyId=key, Description=new.get("Description", ""))
    if "KeyPolicy" in new:
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(new["KeyPolicy"]))
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    kms.tag_resource(KeyId=key, Tags=tags.pairs(changed, "TagKey", "TagValue"))
    kms.untag_resource(KeyId=key, TagKeys=removed)
    _rotate_and_enable(context, key, old, new)


def _delete_key(context: Context, key: str, properties: Properties) -> None:
    days = int(properties.get("PendingWindowInDays", 30))
    context.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=days)


def _key_attributes(context: Context, key: str, _properties: Properties) -> Mapping[str, Any]:
    return {"Arn": context.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"], "KeyId": key}


def _create_alias(context: Context, properties: Properties) -> str:
    context.client("kms").create_alias(AliasName=properties["AliasName"], TargetKeyId=properties["TargetKeyId"])
    return str(properties["AliasName"])


def _read_alias(context: Context, name: str, properties: Properties) -> Mapping[str, Any]:
    kms = context.client("kms")
    for page in kms.get_paginator("list_aliases").paginate():
        for alias in page["Aliases"]:
            if alias["AliasName"] == name and "TargetKeyId" in alias:
                return {"AliasName": name, "TargetKeyId": _as_asked(kms, alias["TargetKeyId"], properties)}
    raise ResourceNotFoundError(f"Alias {name} is not found.")


def _as_asked(kms: Any, key: str, properties: Properties) -> str:
    """The key's ARN where the template names the key by its ARN, else its id."""
    if str(properties.get("TargetKeyId", "")).startswith("arn:"):
        return str(kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"])
    return key


def _update_alias(context: Context, name: str, _old: Properties, new: Properties) -> None:
    context.client("kms").update_alias(AliasName=name, TargetKeyId=new["TargetKeyId"])


def _delete_alias(context: Context, name: str, _properties: Properties) -> None:
    context.client("kms").delete_alias(AliasName=name)


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::KMS::Key",
        create=_create_key,
        configure=_rotate_and_enable,
        read=_read_key,
        update=_update_key,
        delete=_delete_key,
        attributes=_key_attributes,
        recorded={"EnableKeyRotation": "the schedule is kept; no key material is rotated"},
        write_only={
            "PendingWindowInDays": "used when the key is deleted; KMS does not keep it",
            "BypassPolicyLockoutSafetyCheck": "an instruction to the request, not a property of the key",
        },
    ),
    api_type("AWS::KMS::Alias", create=_create_alias, read=_read_alias, update=_update_alias, delete=_delete_alias),
)
