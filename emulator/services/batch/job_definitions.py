"""Job definitions: every revision on its own, kept as it was given, and only of kinds that run here."""

from __future__ import annotations

import copy
import json
from typing import Any

from moto.batch import models
from moto.batch.exceptions import ClientException

from emulator.replacements import Replacement

_JobDefinition: Any = models.JobDefinition  # whose abstract parts moto leaves out
_UNSUPPORTED = ("nodeProperties", "eksProperties", "ecsProperties", "consumableResourceProperties")
_UNSUPPORTED_IN_CONTAINER = (
    "volumes",
    "mountPoints",
    "repositoryCredentials",
    "networkConfiguration",
    "fargatePlatformConfiguration",
    "ephemeralStorage",
)


def found(backend: Any, identifier: str) -> list[Any]:
    """The revisions that a name, a name with its revision, or an ARN means."""
    name, _, revision = identifier.rpartition("/")[2].partition(":")
    return [
        each
        for each in backend._job_definitions.values()
        if each.name == name and (not revision or str(each.revision) == revision)
    ]


def active(backend: Any, identifier: str) -> Any:
    """The latest active revision that an identifier means.

    Raises:
        ClientException: there is none.
    """
    revisions = [each for each in found(backend, identifier) if each.status == "ACTIVE"]
    if not revisions:
        raise ClientException(f"Job definition {identifier} does not exist, or is not ACTIVE")
    return max(revisions, key=lambda each: each.revision)


def _register(self: Any) -> str:
    request = json.loads(self.body)
    _check(request)
    backend = self.batch_backend
    revisions = [each.revision for each in found(backend, request["jobDefinitionName"])]
    definition = _JobDefinition(
        name=request["jobDefinitionName"],
        parameters=request.get("parameters"),
        _type=request["type"],
        container_properties=copy.deepcopy(request.get("containerProperties")),
        node_properties=None,
        eks_properties=None,
        tags=request.get("tags") or {},
        retry_strategy=request.get("retryStrategy"),
        timeout=request.get("timeout"),
        backend=backend,
        platform_capabilities=request.get("platformCapabilities") or ["EC2"],
        propagate_tags=bool(request.get("propagateTags")),
        revision=max(revisions, default=0),
    )
    definition.scheduling_priority = request.get("schedulingPriority")
    backend._job_definitions[definition.arn] = definition
    return json.dumps(
        {
            "jobDefinitionArn": definition.arn,
            "jobDefinitionName": definition.name,
            "revision": definition.revision,
        }
    )


def _check(request: dict[str, Any]) -> None:
    for name in _UNSUPPORTED:
        if request.get(name):
            raise ClientException(f"{name} is not supported by this emulator: it runs jobs of one container.")
    if request.get("type") != "container":
        raise ClientException(f"type {request.get('type')} is not supported by this emulator: it runs container.")
    if "FARGATE" in (request.get("platformCapabilities") or ()):
        raise ClientException("Platform FARGATE is not supported by this emulator: it runs EC2.")
    container = request.get("containerProperties") or {}
    for name in _UNSUPPORTED_IN_CONTAINER:
        if container.get(name):
            raise ClientException(f"containerProperties.{name} is not supported by this emulator.")
    driver = (container.get("logConfiguration") or {}).get("logDriver", "awslogs")
    if driver != "awslogs":
        raise ClientException(f"The log driver {driver} is not supported by this emulator: it has awslogs.")


def _describe(self: Any) -> str:
    asked, name, status = (self._get_param(key) for key in ("jobDefinitions", "jobDefinitionName", "status"))
    backend = self.batch_backend
    identifiers = [name] if name else asked
    revisions = (
        list(backend._job_definitions.values())
        if identifiers is None
        else [each for identifier in identifiers for each in found(backend, identifier)]
    )
    return json.dumps(
        {"jobDefinitions": [_document(each) for each in revisions if status is None or each.status == status]}
    )


def _document(definition: Any) -> dict[str, Any]:
    document = {**definition.describe(), "containerOrchestrationType": "ECS"}
    if definition.scheduling_priority is not None:
        document["schedulingPriority"] = definition.scheduling_priority
    return {name: value for name, value in document.items() if value is not None}


_RESPONSE = "moto.batch.responses:BatchResponse"
REPLACEMENTS = [
    Replacement(
        f"{_RESPONSE}.registerjobdefinition",
        _register,
        "moto lets a revision inherit from the last, changes the strategy of retries, and takes what cannot run",
        "8ba67a28b9a5",
    ),
    Replacement(
        f"{_RESPONSE}.describejobdefinitions",
        _describe,
        "moto finds no revision by its name and number",
        "cbfbd120014b",
    ),
]
