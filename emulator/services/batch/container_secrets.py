"""The secrets of a container: values of Secrets Manager and Parameter Store, read with its execution role."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from emulator.compute.log_stream import client
from emulator.identity import credentials
from emulator.identity.credentials import Credentials, RoleError


class SecretError(Exception):
    """A secret cannot be read; the message is the container's reason."""


def resolved(container: Mapping[str, Any]) -> dict[str, str]:
    """The environment variables that a container's secrets make.

    Raises:
        SecretError: there is no execution role, or it may not read one of them, or it is not there.
    """
    secrets = container.get("secrets") or []
    if not secrets:
        return {}
    try:
        role = credentials.for_role(container.get("executionRoleArn", ""), "secrets", "ecs-tasks.amazonaws.com")
        return {each["name"]: _value(each["valueFrom"], role) for each in secrets}
    except (ClientError, RoleError, KeyError, ValueError) as error:
        raise SecretError(f"ResourceInitializationError: unable to pull secrets or registry auth: {error}") from error


def _value(source: str, role: Credentials) -> str:
    if ":secretsmanager:" not in source:
        name = source.partition(":parameter")[2] or source
        return str(client("ssm", role).get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    # The ARN of a secret has seven parts; a key of its JSON, a stage and a version may follow.
    parts = source.split(":")
    arn, (key, stage, version) = ":".join(parts[:7]), (*parts[7:], "", "", "")[:3]
    asked = {name: value for name, value in (("VersionStage", stage), ("VersionId", version)) if value}
    text = client("secretsmanager", role).get_secret_value(SecretId=arn, **asked)["SecretString"]
    return str(json.loads(text)[key]) if key else str(text)
