"""The permissions that a request to any service but S3 needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from emulator.identity import condition_keys, encryption, passed_roles, policy, resource_policies, resources
from emulator.identity.authorization import Need
from emulator.identity.operations import Operation
from emulator.identity.policy import Policy
from emulator.settings import Settings

# Allowed to everybody who can sign, even against an explicit deny.
ALWAYS_ALLOWED = frozenset({"sts:GetCallerIdentity"})
# Services (signing names) whose resources' own policies, or keys', bind the root user too.
ROOT_IS_CHECKED = frozenset({"sts", "kms", "sqs", "sns", "secretsmanager", "ssm", "ecr"})


def needs(operation: Operation, region: str, settings: Settings) -> Iterator[Need]:
    """Every permission that an operation needs, with what is known of each resource."""
    touched: list[str] = []
    for action in operation.actions:
        if action.name in ALWAYS_ALLOWED:
            continue
        context = condition_keys.of_request(action, operation, region, settings)
        touched = resources.touched(action, operation, region, settings)
        for arn in touched:
            if operation.prefix == "kms" and ":key/" in arn:
                reference = str(operation.parameters.get("KeyId") or arn)
                yield encryption.on_key(
                    reference if _is_alias(reference) else arn, action.name, region, settings, context
                )
            elif action.name.startswith("sts:AssumeRole"):
                yield from _assumption(action.name, operation, arn, context, settings)
            else:
                yield Need(action.name, arn, context, resource_policies.of(arn, settings))
    for role in passed_roles.passed(operation, settings):
        yield Need("iam:PassRole", role.arn, {"iam:passedtoservice": (role.service,)})
    yield from encryption.of_operation(operation, touched, region, settings)


def _is_alias(reference: str) -> bool:
    return "alias/" in reference


def _assumption(
    action: str, operation: Operation, arn: str, context: Mapping[str, tuple[str, ...]], settings: Settings
) -> Iterator[Need]:
    """Assuming a role needs its trust policy; so do tagging the session and naming its source."""
    try:
        role = iam_backends[settings.account]["aws"].get_role_by_arn(arn)
        trust = policy.parse(role.assume_role_policy_document)
    except NotFoundException:
        trust = Policy(())  # a role that does not exist trusts nobody
    yield Need(action, arn, context, trust, own_decides=True)
    if operation.parameters.get("Tags"):
        yield Need("sts:TagSession", arn, context, trust, own_decides=True)
    if operation.parameters.get("SourceIdentity"):
        yield Need("sts:SetSourceIdentity", arn, context, trust, own_decides=True)
