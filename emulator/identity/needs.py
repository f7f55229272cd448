"""The permissions that a request to any service but S3 needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends

from emulator.identity import policy, resources
from emulator.identity.authorization import Need
from emulator.identity.operations import Operation
from emulator.identity.policy import Policy
from emulator.settings import Settings

# Allowed to everybody who can sign, even against an explicit deny.
ALWAYS_ALLOWED = frozenset({"sts:GetCallerIdentity"})
# Services (signing names) whose resources' own policies bind the root user too.
ROOT_IS_CHECKED = frozenset({"sts", "kms"})


def needs(operation: Operation, region: str, settings: Settings) -> Iterator[Need]:
    """Every permission that an operation needs, with what is known of each resource."""
    if operation.action in ALWAYS_ALLOWED:
        return
    context = _tags(operation.parameters)
    for arn in resources.touched(operation, region, settings):
        if operation.prefix == "kms" and arn is not None:
            yield _key(operation, arn, region, settings)
        elif operation.action.startswith("sts:AssumeRole") and arn is not None:
            yield from _assumption(operation, arn, context, settings)
        else:
            yield Need(operation.action, arn, context)
    for passed in resources.passed_roles(operation, settings):
        yield Need("iam:PassRole", passed.arn, {"iam:passedtoservice": (passed.service,)})


def _assumption(
    operation: Operation, arn: str, context: Mapping[str, tuple[str, ...]], settings: Settings
) -> Iterator[Need]:
    """Assuming a role needs its trust policy; so does tagging the session."""
    try:
        role = iam_backends[settings.account]["aws"].get_role_by_arn(arn)
        trust = policy.parse(role.assume_role_policy_document)
    except NotFoundException:
        trust = Policy(())  # a role that does not exist trusts nobody
    parameters = operation.parameters
    known = dict(context)
    for key, name in (
        ("sts:externalid", "ExternalId"),
        ("sts:rolesessionname", "RoleSessionName"),
        ("sts:sourceidentity", "SourceIdentity"),
    ):
        if parameters.get(name):
            known[key] = (parameters[name],)
    yield Need(operation.action, arn, known, trust, own_decides=True)
    if "Tags.member.1.Key" in parameters:
        yield Need("sts:TagSession", arn, known, trust, own_decides=True)


def _key(operation: Operation, arn: str, region: str, settings: Settings) -> Need:
    """A KMS key's own policy decides, as AWS has it: the account's policies count only where it says so."""
    alias = arn.rpartition("alias/")[2] if "alias/" in arn else ""
    keys = list(kms_backends[settings.account][region].keys.values())
    key = next((each for each in keys if f"alias/{alias}" in each.aliases or arn.endswith(f"/{each.id}")), None)
    if key is None:
        return Need(operation.action, arn, {})
    context = {"kms:calleraccount": (settings.account,)}
    return Need(operation.action, key.arn, context, policy.parse(key.policy), own_decides=True)


def _tags(parameters: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """What conditions may ask about the tags that a request sets."""
    tags = parameters.get("Tags") or parameters.get("tags")
    if isinstance(tags, list):
        pairs = [(each.get("Key", each.get("key")), each.get("Value", each.get("value", ""))) for each in tags]
    elif isinstance(tags, Mapping):
        pairs = list(tags.items())
    else:
        return {}
    known = {f"aws:requesttag/{str(key).lower()}": (str(value),) for key, value in pairs}
    return {**known, "aws:tagkeys": tuple(str(key) for key, _ in pairs)}
