"""What conditions may ask about a request to a service: the keys that AWS lists for its action, and its tags.

A service's key is taken from the parameter of its name (``ssm:Overwrite``, ``sns:Protocol``), but for those listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.resource_tagging import iter_taggable_backends

from emulator.identity.operations import Operation
from emulator.identity.parameters import Values
from emulator.identity.service_reference import Action
from emulator.settings import Settings

# Condition key in lower case -> the parameter that holds its value, where the names differ.
_PARAMETERS = {
    "dynamodb:attributes": "attributestoget",
    "events:targetarn": "arn",
    "iam:permissionsboundary": "permissionsboundary",
    "kms:grantoperations": "operations",
    "lambda:functionarn": "functionname",
    "lambda:layer": "layers",
    "secretsmanager:name": "name",
}
# Keys that hold the ARN of a thing that the request may name shortly -> what stands before the name.
_ARNS = {
    "ecs:cluster": "arn:aws:ecs:{region}:{account}:cluster/",
    "lambda:functionarn": "arn:aws:lambda:{region}:{account}:function:",
}
_TAGS = ("Tags", "tags", "TagList", "tagging")
_TAG_KEYS = ("TagKeys", "tagKeys", "TagKeyList")
RESOURCE_TAG = "resourcetag/"


def of_request(action: Action, operation: Operation, region: str, settings: Settings) -> dict[str, tuple[str, ...]]:
    """The service's own keys and those about the tags that the request sets or takes away, in lower case."""
    found = _tags(operation.parameters)
    keys = [key.lower() for key in action.condition_keys if not key.startswith("aws:")]
    if not keys:
        return found
    values = Values(operation.parameters)
    for key in keys:
        name = _PARAMETERS.get(key, key.partition(":")[2].replace("-", ""))
        texts = values.get(name)
        if texts:
            before = _ARNS.get(key, "").format(region=region, account=settings.account)
            found[key] = tuple(text if text.startswith("arn:") else f"{before}{text}" for text in texts)
    return found | _encryption_context(operation)


def _encryption_context(operation: Operation) -> dict[str, tuple[str, ...]]:
    context = operation.parameters.get("EncryptionContext") if operation.prefix == "kms" else None
    return encryption_context(context) if isinstance(context, Mapping) else {}


def encryption_context(pairs: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What conditions may ask about the encryption context of a call of KMS."""
    found = {f"kms:encryptioncontext:{name.lower()}": (str(value),) for name, value in pairs.items()}
    return found | {"kms:encryptioncontextkeys": tuple(pairs)} if pairs else {}


def _tags(parameters: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    pairs = [pair for name in _TAGS for pair in _pairs(parameters.get(name))]
    keys = [key for key, _ in pairs]
    for name in _TAG_KEYS:
        listed = parameters.get(name)
        keys += [str(key) for key in listed] if isinstance(listed, list) else []
    known: dict[str, tuple[str, ...]] = {f"aws:requesttag/{key.lower()}": (value,) for key, value in pairs}
    return {**known, "aws:tagkeys": tuple(dict.fromkeys(keys))} if keys else {}


def _pairs(tags: Any) -> Iterator[tuple[str, str]]:
    if isinstance(tags, Mapping):
        yield from ((str(key), str(value)) for key, value in tags.items())
    elif isinstance(tags, list):
        for each in tags:
            if isinstance(each, Mapping):
                named = {str(name).lower().removeprefix("tag"): value for name, value in each.items()}
                yield str(named.get("key", "")), str(named.get("value", ""))


def of_resource(arn: str, settings: Settings) -> dict[str, tuple[str, ...]]:
    """The tags of a resource, as ``aws:ResourceTag`` and as its service's own key. A search: only where asked for."""
    region = arn.split(":")[3] if arn.count(":") >= 5 else ""
    for backend in iter_taggable_backends(settings.account, region or settings.region):
        for resource in backend.iter_tagged_resources():
            if resource.arn == arn:
                service = arn.split(":")[2]
                return {
                    f"{prefix}:{RESOURCE_TAG}{name.lower()}": (str(value),)
                    for name, value in resource.tags.items()
                    for prefix in ("aws", service)
                }
    return {}
