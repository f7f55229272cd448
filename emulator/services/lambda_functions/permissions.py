"""What Lambda asks of a function's role before it accepts a queue or topic for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from moto.awslambda.exceptions import InvalidParameterValueException

from emulator import settings
from emulator.identity import authorization, credentials
from emulator.identity.authorization import Need
from emulator.identity.credentials import RoleError
from emulator.identity.principals import Directory


def check(role_arn: str, service: str, actions: Iterable[str], resource: str) -> None:
    """Check that the role may do what Lambda will do in its name.

    Args:
        role_arn: the function's role.
        service: the service in AWS's messages and, in lower case, in actions: "SQS" or "SNS".
        actions: without their prefix.
        resource: ARN on which they are needed.

    Raises:
        InvalidParameterValueException: Lambda cannot assume the role, or it lacks a permission.
    """
    try:
        key = credentials.for_role(role_arn, "lambda-check", "lambda.amazonaws.com").access_key_id
    except RoleError as error:
        raise InvalidParameterValueException(
            f"The role defined for the function cannot be assumed by Lambda. {error.message}"
        ) from error
    principal = Directory(settings.current()).find(key, datetime.now(UTC)).principal
    for action in actions:
        if authorization.denied(principal, [Need(f"{service.lower()}:{action}", resource, {})], {}):
            raise InvalidParameterValueException(
                f"The provided execution role does not have permissions to call {action} on {service}"
            )
