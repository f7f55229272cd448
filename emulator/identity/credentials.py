"""Temporary credentials of a role, for what the emulator executes in its name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from emulator import settings
from emulator.identity import policy
from emulator.identity.policy import Caller, Effect, Query


class RoleError(Exception):
    """A service cannot use a role. `code` is IAM's: NoSuchEntity or AccessDenied."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Credentials:
    """What a service hands to the code it runs. `expiration` is in UTC."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expiration: datetime

    def environment(self) -> dict[str, str]:
        """The environment variables in which AWS's SDKs look for credentials."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
        }


def for_role(
    role_arn: str,
    session_name: str,
    service: str,
    *,
    source_account: str | None = None,
    source_arn: str | None = None,
    duration: int = 3600,
) -> Credentials:
    """Assume a role as an AWS service does before it runs something.

    Args:
        role_arn: ARN of the role.
        session_name: name of the session, the last part of the principal's ARN.
        service: principal of the service, e.g. ``lambda.amazonaws.com``.
        source_account: account of the resource on whose behalf the service acts; the emulator's own when None.
        source_arn: ARN of that resource; None when the service does not send it.
        duration: life of the credentials in seconds.

    Raises:
        RoleError: the role does not exist (NoSuchEntity) or its trust policy does not allow the service (AccessDenied).
    """
    account = source_account or settings.current().account
    context = {
        "aws:sourceaccount": (account,),
        "aws:principalisawsservice": ("true",),
        "aws:principalservicename": (service,),
        "aws:currenttime": (datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),),
    }
    if source_arn:
        context["aws:sourcearn"] = (source_arn,)
    role = _role(role_arn)
    trust = policy.parse(role.assume_role_policy_document)
    query = Query("sts:AssumeRole", role_arn, context, Caller("Service", (service,)))
    if policy.effect([trust], query) is not Effect.ALLOW:
        raise RoleError(
            "AccessDenied", f"The role {role_arn} cannot be assumed by {service}: its trust policy does not allow it."
        )
    session = sts_backends[role.account_id][role.partition].assume_role(
        region_name=settings.current().region,
        role_session_name=session_name,
        role_arn=role_arn,
        policy="",
        duration=duration,
        external_id="",
    )
    return Credentials(
        session.access_key_id,
        session.secret_access_key,
        session.session_token,
        session.expiration.replace(tzinfo=UTC),
    )


def _role(role_arn: str) -> Any:
    parts = role_arn.split(":")
    if len(parts) != 6 or parts[2] != "iam" or not parts[5].startswith("role/"):
        raise RoleError("NoSuchEntity", f"{role_arn} is not the ARN of a role.")
    try:
        return iam_backends[parts[4]][parts[1]].get_role_by_arn(role_arn)
    except (NotFoundException, KeyError):
        raise RoleError("NoSuchEntity", f"The role {role_arn} cannot be found.") from None
