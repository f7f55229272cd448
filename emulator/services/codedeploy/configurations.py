"""Deployment configurations: CodeDeploy's own and the account's, and the steps in which they shift traffic."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from emulator import clock
from emulator.replacements import Replacement
from emulator.services.codedeploy.errors import CodeDeployError

_PREFIX = "CodeDeployDefault."
_KINDS = ("Canary", "Linear")
_ALL = 100  # percent
_LONGEST_MINUTES = 2880
_DEFAULTS = {"Lambda": f"{_PREFIX}LambdaAllAtOnce", "ECS": f"{_PREFIX}ECSAllAtOnce", "Server": f"{_PREFIX}OneAtATime"}


def _routing(kind: str, percent: int, minutes: int) -> dict[str, Any]:
    step = {f"{kind.lower()}Percentage": percent, f"{kind.lower()}Interval": minutes}
    return {"type": f"TimeBased{kind}", f"timeBased{kind}": step}


def _predefined() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, hosts in (("AllAtOnce", 0), ("HalfAtATime", 50), ("OneAtATime", 99)):
        healthy = {"type": "FLEET_PERCENT" if name != "OneAtATime" else "HOST_COUNT", "value": hosts}
        yield name, {"computePlatform": "Server", "minimumHealthyHosts": healthy}
    for platform, canary, linear in (("Lambda", (5, 10, 15, 30), (1, 2, 3, 10)), ("ECS", (5, 15), (1, 3))):
        yield f"{platform}AllAtOnce", {"computePlatform": platform, "trafficRoutingConfig": {"type": "AllAtOnce"}}
        for minutes in canary:
            name = f"{platform}Canary10Percent{minutes}Minutes"
            yield name, {"computePlatform": platform, "trafficRoutingConfig": _routing("Canary", 10, minutes)}
        for minutes in linear:
            unit = "Minute" if minutes == 1 and platform == "Lambda" else "Minutes"
            name = f"{platform}Linear10PercentEvery{minutes}{unit}"
            yield name, {"computePlatform": platform, "trafficRoutingConfig": _routing("Linear", 10, minutes)}


_PREDEFINED = {f"{_PREFIX}{name}": config for name, config in _predefined()}


def default(platform: str) -> str:
    """Name of the configuration of a group that names none."""
    return _DEFAULTS[platform]


def find(backend: Any, name: str, platform: str | None = None) -> dict[str, Any]:
    """A configuration as GetDeploymentConfig tells it.

    Raises:
        CodeDeployError: there is none of this name, or it is for another compute platform.
    """
    found = _own(backend).get(name) or _PREDEFINED.get(name)
    if found is None:
        raise _unknown(name)
    if platform and found["computePlatform"] != platform:
        raise CodeDeployError(
            "InvalidDeploymentConfigNameException",
            f"The deployment configuration {name} is for {found['computePlatform']}, not for {platform}",
        )
    return {"deploymentConfigName": name, **found}


def steps(config: Mapping[str, Any]) -> list[tuple[float, float]]:
    """When how much traffic is shifted.

    Returns:
        Seconds since the first step, and percent of the traffic from then on: growing, the last 100.
    """
    routing = config["trafficRoutingConfig"]
    if canary := routing.get("timeBasedCanary"):
        return [(0.0, float(canary["canaryPercentage"])), (60.0 * canary["canaryInterval"], 100.0)]
    if linear := routing.get("timeBasedLinear"):
        percent, seconds = linear["linearPercentage"], 60.0 * linear["linearInterval"]
        count = -(-_ALL // percent)
        return [(number * seconds, float(min(_ALL, (number + 1) * percent))) for number in range(count)]
    return [(0.0, 100.0)]


def _own(backend: Any) -> dict[str, dict[str, Any]]:
    if not hasattr(backend, "deployment_configs"):
        backend.deployment_configs = {}
    configs: dict[str, dict[str, Any]] = backend.deployment_configs
    return configs


def _unknown(name: str) -> CodeDeployError:
    return CodeDeployError("DeploymentConfigDoesNotExistException", f"No Deployment Config found for name: {name}")


def _create(self: Any) -> Any:
    name, backend = self._get_param("deploymentConfigName"), self.codedeploy_backend
    if name in _own(backend) or name in _PREDEFINED:
        raise CodeDeployError("DeploymentConfigAlreadyExistsException", f"Deployment config {name} already exists")
    if name.startswith(_PREFIX):
        raise CodeDeployError("InvalidDeploymentConfigNameException", f"{_PREFIX} begins the names of CodeDeploy's own")
    asked = {key: self._get_param(key) for key in ("minimumHealthyHosts", "trafficRoutingConfig", "zonalConfig")}
    made = {
        "deploymentConfigId": str(uuid.uuid4()),
        "computePlatform": self._get_param("computePlatform") or "Server",
        "createTime": clock.now(),
        **{key: value for key, value in asked.items() if value is not None},
    }
    _check(made)
    _own(backend)[name] = made
    return ActionResult({"deploymentConfigId": made["deploymentConfigId"]})


def _check(config: Mapping[str, Any]) -> None:
    if config["computePlatform"] == "Server":
        return
    if config.get("minimumHealthyHosts"):
        raise CodeDeployError(
            "InvalidMinimumHealthyHostValueException", "Minimum healthy hosts are for the compute platform Server alone"
        )
    routing = config.get("trafficRoutingConfig") or {}
    kind = str(routing.get("type", "")).removeprefix("TimeBased")
    if kind == "AllAtOnce":
        return
    step = routing.get(f"timeBased{kind}") or {} if kind in _KINDS else {}
    percent, minutes = step.get(f"{kind.lower()}Percentage"), step.get(f"{kind.lower()}Interval")
    if not (percent and minutes and 1 <= percent < _ALL and 1 <= minutes <= _LONGEST_MINUTES):
        raise CodeDeployError(
            "InvalidTrafficRoutingConfigurationException",
            "The traffic routing is AllAtOnce, or TimeBasedCanary or TimeBasedLinear with a percentage from 1 to 99 "
            f"and an interval from 1 to {_LONGEST_MINUTES} minutes",
        )


def _get(self: Any) -> Any:
    return ActionResult(
        {"deploymentConfigInfo": find(self.codedeploy_backend, self._get_param("deploymentConfigName"))}
    )


def _delete(self: Any) -> Any:
    name, backend = self._get_param("deploymentConfigName"), self.codedeploy_backend
    groups = (group for made in backend.deployment_groups.values() for group in made.values())
    if any(group.deployment_config_name == name for group in groups):
        raise CodeDeployError("DeploymentConfigInUseException", f"The deployment configuration {name} is in use")
    if name in _PREDEFINED:
        raise CodeDeployError("InvalidOperationException", f"{name} is CodeDeploy's own")
    if _own(backend).pop(name, None) is None:
        raise _unknown(name)
    return EmptyResult()


def _list(self: Any) -> Any:
    return ActionResult({"deploymentConfigsList": sorted([*_PREDEFINED, *_own(self.codedeploy_backend)])})


_RESPONSE = "moto.codedeploy.responses:CodeDeployResponse"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.create_deployment_config", _create, "moto has none"),
    Replacement(f"{_RESPONSE}.get_deployment_config", _get, "moto has none"),
    Replacement(f"{_RESPONSE}.delete_deployment_config", _delete, "moto has none"),
    Replacement(f"{_RESPONSE}.list_deployment_configs", _list, "moto has none"),
]
