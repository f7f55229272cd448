"""A job from its definition and what its submission overrides, refused where it asks for what does not run here."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Any

from moto.batch.exceptions import ClientException

from emulator.compute.instance_types import Demand
from emulator.services.batch import job_definitions
from emulator.services.batch.job import Job
from emulator.services.batch.scheduler import Scheduler

Document = Mapping[str, Any]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_UNSUPPORTED = (
    "arrayProperties",
    "nodeOverrides",
    "eksPropertiesOverride",
    "ecsPropertiesOverride",
    "consumableResourcePropertiesOverride",
)
_SHORTEST_TIMEOUT = 60


def job(backend: Any, scheduler: Scheduler, request: Document) -> Job:
    """The job that a request submits.

    Raises:
        ClientException: the request is wrong, or asks for what this emulator does not run.
    """
    if not _NAME.fullmatch(request.get("jobName") or ""):
        raise ClientException("Job name should match valid pattern [A-Za-z0-9][A-Za-z0-9_-]{0,127}")
    for name in _UNSUPPORTED:
        if request.get(name):
            raise ClientException(f"{name} is not supported by this emulator.")
    definition = job_definitions.active(backend, request["jobDefinition"])
    container = _container(definition.container_properties, request.get("containerOverrides") or {})
    retry = request.get("retryStrategy") or definition.retry_strategy or {}
    timeout = request.get("timeout") or definition.timeout or {}
    return Job(
        name=request["jobName"],
        queue=_queue(backend, request["jobQueue"]),
        definition=definition,
        container=container,
        demand=_demand(container),
        parameters={**definition.parameters, **(request.get("parameters") or {})},
        retry=_checked_retry(retry),
        timeout=_checked_timeout(timeout),
        depends_on=_dependencies(scheduler, request.get("dependsOn") or ()),
        propagate_tags=bool(request.get("propagateTags", definition.propagate_tags)),
        share=request.get("shareIdentifier") or "",
    )


def _queue(backend: Any, identifier: str) -> Any:
    queue = backend.get_job_queue(identifier)
    if queue is None:
        raise ClientException(f"Job queue {identifier} does not exist")
    if queue.state != "ENABLED":
        raise ClientException(f"Job queue {queue.arn} is not ENABLED")
    return queue


def _container(properties: Document, overrides: Document) -> dict[str, Any]:
    """The definition's container with a submission's command, environment and resources."""
    container = copy.deepcopy(dict(properties))
    asked = _by(container["resourceRequirements"], "type") | _by(overrides.get("resourceRequirements") or (), "type")
    container["resourceRequirements"] = list(asked.values())
    variables = _by(container["environment"], "name") | _by(overrides.get("environment") or (), "name")
    reserved = next((name for name in variables if name.startswith("AWS_BATCH")), "")
    if reserved:
        raise ClientException(f"Environment variables cannot start with AWS_BATCH: {reserved}")
    container["environment"] = list(variables.values())
    container["command"] = list(overrides.get("command") or container["command"])
    container |= {name: overrides[name] for name in ("vcpus", "memory") if overrides.get(name) is not None}
    if not container["command"]:
        raise ClientException("A job without a command is not supported by this emulator: it runs no image's own.")
    return container


def _demand(container: Document) -> Demand:
    """What resourceRequirements ask for, or the older fields of the container."""
    asked: dict[str, Any] = {each["type"].upper(): each["value"] for each in container["resourceRequirements"]}
    return Demand(
        float(asked.get("VCPU") or container.get("vcpus") or 1),
        int(asked.get("MEMORY") or container.get("memory") or 0),
        int(asked.get("GPU") or 0),
    )


def _by(entries: Iterable[Mapping[str, str]], key: str) -> dict[str, Mapping[str, str]]:
    return {each[key]: each for each in entries}


def _checked_retry(strategy: Document) -> dict[str, Any]:
    attempts = strategy.get("attempts")
    if attempts is not None and not 1 <= attempts <= 10:
        raise ClientException("RetryStrategy attempts must be between 1 and 10.")
    for each in strategy.get("evaluateOnExit") or ():
        if each["action"].upper() not in ("RETRY", "EXIT"):
            raise ClientException(f"evaluateOnExit action {each['action']} must be RETRY or EXIT.")
    return dict(strategy)


def _checked_timeout(timeout: Document) -> int:
    seconds = int(timeout.get("attemptDurationSeconds") or 0)
    if timeout and seconds < _SHORTEST_TIMEOUT:
        raise ClientException(f"attemptDurationSeconds must be at least {_SHORTEST_TIMEOUT}.")
    return seconds


def _dependencies(scheduler: Scheduler, depends_on: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    found = []
    for each in depends_on:
        if each.get("type"):
            raise ClientException(f"A dependency of type {each['type']} is not supported by this emulator.")
        if each.get("jobId") not in scheduler.jobs:
            raise ClientException(f"Job {each.get('jobId')} does not exist")
        found.append(dict(each))
    return found
