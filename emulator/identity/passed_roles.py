"""The roles that a request hands to a service, for each of which its caller needs ``iam:PassRole``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from emulator.identity.operations import Operation
from emulator.settings import Settings

# A parameter that holds a role: "Role", "RoleArn", "ExecutionRoleArn", "CloudWatchLogsRoleArn", "jobRoleArn".
_ROLE = re.compile(r"(?:.*[a-z])?role(?:_?arn)?", re.IGNORECASE)
# Services that speak of roles without being given them.
_NONE = frozenset({"iam", "sts", "kms", "s3", "organizations", "secretsmanager", "sqs", "sns", "ecr", "ssm", "tag"})
_READS = ("Get", "List", "Describe", "BatchGet", "Search")
# (service, parameter in lower case) -> who gets the role, where it is not the service itself.
_RECEIVERS = {
    ("batch", "jobrolearn"): "ecs-tasks",
    ("batch", "executionrolearn"): "ecs-tasks",
    ("batch", "instancerole"): "ec2",
    ("ecs", "taskrolearn"): "ecs-tasks",
    ("ecs", "executionrolearn"): "ecs-tasks",
    ("ecs", "rolearn"): "ecs",
    ("elasticmapreduce", "jobflowrole"): "ec2",
}


@dataclass(frozen=True)
class PassedRole:
    """A role and the principal of the service that gets it."""

    arn: str
    service: str


def passed(operation: Operation, settings: Settings) -> list[PassedRole]:
    """Every role in an operation's input, wherever it stands in it."""
    if operation.prefix == "iam" and operation.name == "AddRoleToInstanceProfile":
        return [PassedRole(_arn(str(operation.parameters.get("RoleName", "")), settings), "ec2.amazonaws.com")]
    if operation.prefix in _NONE or operation.name.startswith(_READS):
        return []
    found = []
    for name, role in _roles(operation.parameters):
        receiver = _RECEIVERS.get((operation.prefix, name.lower()), operation.prefix)
        found.append(PassedRole(_arn(role, settings), f"{receiver}.amazonaws.com"))
    return list(dict.fromkeys(found))


def _roles(parameters: Any) -> Iterator[tuple[str, str]]:
    if isinstance(parameters, list):
        for each in parameters:
            yield from _roles(each)
    elif isinstance(parameters, Mapping):
        for name, value in parameters.items():
            if isinstance(value, str):
                if value and _ROLE.fullmatch(str(name)):
                    yield str(name), value
            else:
                yield from _roles(value)


def _arn(role: str, settings: Settings) -> str:
    """The ARN of a role that some services also take by its name."""
    if role.startswith("arn:"):
        return role
    try:
        return str(iam_backends[settings.account]["aws"].get_role(role.rpartition("/")[2]).arn)
    except NotFoundException:
        return f"arn:aws:iam::{settings.account}:role/{role}"
