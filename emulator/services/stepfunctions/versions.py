"""Versions of state machines: published, listed and deleted. They run as they were published."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult

from emulator.replacements import Replacement


class ConflictError(AWSError):
    """The machine was changed meanwhile, or the version is in use."""

    TYPE = "ConflictException"
    STATUS = 409


def _publish(self: Any) -> ActionResult:
    machine = self.stepfunction_backend.describe_state_machine(self._get_param("stateMachineArn"))
    latest = machine.latest_version
    changed = latest is None or (latest.definition, latest.roleArn) != (machine.definition, machine.roleArn)
    if changed:
        machine.publish(self._get_param("description"))
        latest = machine.latest_version
    return ActionResult({"creationDate": latest.creation_date, "stateMachineVersionArn": latest.arn})


def _list(self: Any) -> ActionResult:
    machine = self.stepfunction_backend.describe_state_machine(self._get_param("stateMachineArn"))
    newest_first = sorted(machine.versions.values(), key=lambda version: -version.version)
    listed = [
        {"stateMachineVersionArn": version.arn, "creationDate": version.creation_date} for version in newest_first
    ]
    return ActionResult({"stateMachineVersions": listed})


def _delete(self: Any) -> ActionResult:
    arn = self._get_param("stateMachineVersionArn")
    source, _, number = arn.rpartition(":")
    machine = self.stepfunction_backend.describe_state_machine(source)
    for alias in machine.aliases.values():
        if arn in [route["stateMachineVersionArn"] for route in alias.routing_configuration]:
            raise ConflictError(f"Version {arn} is referenced by the alias {alias.name} and cannot be deleted")
    machine.versions.pop(int(number), None)
    return ActionResult({})


_RESPONSE = "moto.stepfunctions.responses:StepFunctionResponse"
REPLACEMENTS = (
    Replacement(target=f"{_RESPONSE}.publish_state_machine_version", function=_publish, reason="missing in moto"),
    Replacement(target=f"{_RESPONSE}.list_state_machine_versions", function=_list, reason="missing in moto"),
    Replacement(target=f"{_RESPONSE}.delete_state_machine_version", function=_delete, reason="missing in moto"),
)
