"""What moto's ECS drops of a service; and a service that asks for tasks, which do not run here, is refused."""

from __future__ import annotations

from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.ecs import responses

from emulator.replacements import Replacement
from emulator.services.unsupported import refusal

_moto_create = responses.EC2ContainerServiceResponse.create_service
_moto_update = responses.EC2ContainerServiceResponse.update_service

_DROPPED = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
)


def _create_service(self: Any) -> Any:
    # ECS starts one task where the count is not given, and a daemon on every instance.
    if self._get_param("desiredCount") != 0:
        return _no_tasks("CreateService")
    answer = _moto_create(self)
    made: Any = answer.result
    service = made["service"]
    for name in _DROPPED:
        value = self._get_param(name)
        if value is not None:
            setattr(service, camelcase_to_underscores(name), value)
    return answer


def _update_service(self: Any) -> Any:
    return _no_tasks("UpdateService") if self._get_param("desiredCount") else _moto_update(self)


def _no_tasks(operation: str) -> Any:
    return refusal(f"this emulator does not support ecs:{operation} with tasks to run: desiredCount must be 0")


_RESPONSE = "moto.ecs.responses:EC2ContainerServiceResponse"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.create_service", _create_service, "moto drops properties; no task runs", "61d328f884dc"),
    Replacement(f"{_RESPONSE}.update_service", _update_service, "no task runs", "b0e067760688"),
]
