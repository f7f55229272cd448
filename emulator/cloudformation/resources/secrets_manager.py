"""AWS::SecretsManager types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import (
    Context,
    Properties,
    ResourceError,
    ResourceNotFoundError,
    ResourceType,
)

_PLAIN = "secrets are kept as they are, in this process"


def _value(context: Context, properties: Properties) -> dict[str, str]:
    """The secret's text: the one given, or one that Secrets Manager makes up."""
    if "SecretString" in properties:
        return {"SecretString": properties["SecretString"]}
    if "GenerateSecretString" not in properties:
        return {}
    client, wanted = context.client("secretsmanager"), dict(properties["GenerateSecretString"])
    template, key = wanted.pop("SecretStringTemplate", None), wanted.pop("GenerateStringKey", None)
    if (template is None) != (key is None):
        raise ResourceError("SecretStringTemplate and GenerateStringKey are given together")
    password = client.get_random_password(**to_input(client, "get_random_password", wanted))["RandomPassword"]
    return {"SecretString": password if template is None else json.dumps({**json.loads(template), key: password})}


def _create(context: Context, properties: Properties) -> str:
    client = context.client("secretsmanager")
    named = {"Name": context.generated_name, **properties, **_value(context, properties)}
    asked = to_input(client, "create_secret", named)
    asked["Tags"] = tags.pairs(properties.get("Tags"))
    if "ReplicaRegions" in properties:
        asked["AddReplicaRegions"] = properties["ReplicaRegions"]
    return str(client.create_secret(**asked)["ARN"])


def _found(context: Context, arn: str) -> dict[str, Any]:
    found = dict(context.client("secretsmanager").describe_secret(SecretId=arn))
    if "DeletedDate" in found:
        raise ResourceNotFoundError(f"{arn} is scheduled for deletion")
    return found


def _read(context: Context, arn: str, properties: Properties) -> Mapping[str, Any]:
    found = _found(context, arn)
    text = {}
    if "SecretString" in properties:
        text = {"SecretString": context.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]}
    replicas = [{"Region": each["Region"]} for each in found.get("ReplicationStatus", [])]
    kept = to_properties("AWS::SecretsManager::Secret", {**found, "Tags": None})
    return {**kept, **text, "ReplicaRegions": replicas or None, "Tags": tags.pairs(found.get("Tags"))}


def _update(context: Context, arn: str, old: Properties, new: Properties) -> None:
    client = context.client("secretsmanager")
    made = {name: new.get(name) for name in ("SecretString", "GenerateSecretString")}
    value = {} if made == {name: old.get(name) for name in made} else _value(context, new)
    key = {"KmsKeyId": new["KmsKeyId"]} if "KmsKeyId" in new else {}
    client.update_secret(SecretId=arn, Description=new.get("Description", ""), **key, **value)
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    if changed:
        client.tag_resource(SecretId=arn, Tags=tags.pairs(changed))
    if removed:
        client.untag_resource(SecretId=arn, TagKeys=removed)


def _delete(context: Context, arn: str, _properties: Properties) -> None:
    context.client("secretsmanager").delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def _put_policy(context: Context, properties: Properties) -> str:
    secret, policy = properties["SecretId"], properties["ResourcePolicy"]
    text = policy if isinstance(policy, str) else json.dumps(policy)
    return str(context.client("secretsmanager").put_resource_policy(SecretId=secret, ResourcePolicy=text)["ARN"])


def _read_policy(context: Context, _arn: str, properties: Properties) -> Mapping[str, Any]:
    found = context.client("secretsmanager").get_resource_policy(SecretId=properties["SecretId"])
    if not found.get("ResourcePolicy"):
        raise ResourceNotFoundError(f"{found['ARN']} has no policy")
    return {"SecretId": properties["SecretId"], "ResourcePolicy": json.loads(found["ResourcePolicy"])}


def _update_policy(context: Context, _arn: str, _old: Properties, new: Properties) -> None:
    _put_policy(context, new)


def _delete_policy(context: Context, _arn: str, properties: Properties) -> None:
    context.client("secretsmanager").delete_resource_policy(SecretId=properties["SecretId"])


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::SecretsManager::Secret",
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        attributes=lambda _context, arn, _properties: {"Id": arn},
        recorded={"KmsKeyId": _PLAIN},
        write_only={"GenerateSecretString": "says how to make the text; Secrets Manager does not keep it"},
    ),
    api_type(
        "AWS::SecretsManager::ResourcePolicy",
        create=_put_policy,
        read=_read_policy,
        update=_update_policy,
        delete=_delete_policy,
        attributes=lambda _context, arn, _properties: {"Id": arn},
        write_only={"BlockPublicPolicy": "an instruction to the request, not a property of the policy"},
    ),
)
