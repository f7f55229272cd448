"""CodeDeploy's operations that moto does not have: changing and deleting, and deployment configurations."""

from __future__ import annotations

import re
import uuid
from typing import Any

from moto.codedeploy import responses
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores, utcnow

from emulator.replacements import Replacement

_moto_group_info = responses._deployment_group_info
_moto_create_group = responses.CodeDeployResponse.create_deployment_group

# CodeDeploy's own configurations for Lambda and ECS say in their names what they do.
_SHIFT = re.compile(
    r"CodeDeployDefault\.(?P<platform>Lambda|ECS)"
    r"(?:(?P<all>AllAtOnce)|(?P<kind>Canary|Linear)(?P<percent>\d+)Percent(?:Every)?(?P<minutes>\d+)Minutes?)"
)
_SERVERS = {"AllAtOnce": 0, "HalfAtATime": 50, "OneAtATime": 99}


class _CodeDeployError(ServiceException):
    """Carries its code: moto looks up that of an exception of its own by the module."""


def _unknown(name: str) -> _CodeDeployError:
    return _CodeDeployError("DeploymentConfigDoesNotExistException", f"No Deployment Config found for name: {name}")


def _predefined(name: str) -> dict[str, Any] | None:
    shift = _SHIFT.fullmatch(name)
    if shift is None:
        server = name.removeprefix("CodeDeployDefault.")
        return {"computePlatform": "Server"} if name != server and server in _SERVERS else None
    routing: dict[str, Any] = {"type": "AllAtOnce"}
    if not shift["all"]:
        percent, minutes = int(shift["percent"]), int(shift["minutes"])
        step = {f"{shift['kind'].lower()}Percentage": percent, f"{shift['kind'].lower()}Interval": minutes}
        routing = {"type": f"TimeBased{shift['kind']}", f"timeBased{shift['kind']}": step}
    return {"computePlatform": shift["platform"], "trafficRoutingConfig": routing}


def _own(self: Any) -> dict[str, dict[str, Any]]:
    backend = self.codedeploy_backend
    if not hasattr(backend, "deployment_configs"):
        backend.deployment_configs = {}
    configs: dict[str, dict[str, Any]] = backend.deployment_configs
    return configs


def _config(self: Any, name: str) -> dict[str, Any]:
    found = _own(self).get(name) or _predefined(name)
    if found is None:
        raise _unknown(name)
    return {"deploymentConfigName": name, **found}


def _create_deployment_config(self: Any) -> Any:
    name = self._get_param("deploymentConfigName")
    if name in _own(self) or _predefined(name):
        raise _CodeDeployError("DeploymentConfigAlreadyExistsException", f"Deployment config {name} already exists")
    asked = {key: self._get_param(key) for key in ("minimumHealthyHosts", "trafficRoutingConfig", "zonalConfig")}
    made = {
        "deploymentConfigId": str(uuid.uuid4()),
        "computePlatform": self._get_param("computePlatform") or "Server",
        "createTime": utcnow(),
        **{key: value for key, value in asked.items() if value is not None},
    }
    _own(self)[name] = made
    return ActionResult({"deploymentConfigId": made["deploymentConfigId"]})


def _get_deployment_config(self: Any) -> Any:
    return ActionResult({"deploymentConfigInfo": _config(self, self._get_param("deploymentConfigName"))})


def _delete_deployment_config(self: Any) -> Any:
    name = self._get_param("deploymentConfigName")
    groups = (group for made in self.codedeploy_backend.deployment_groups.values() for group in made.values())
    if any(group.deployment_config_name == name for group in groups):
        raise _CodeDeployError("DeploymentConfigInUseException", f"The deployment configuration {name} is in use")
    if _own(self).pop(name, None) is None:
        raise _unknown(name)
    return EmptyResult()


def _list_deployment_configs(self: Any) -> Any:
    return ActionResult({"deploymentConfigsList": sorted(_own(self))})


def _create_deployment_group(self: Any) -> Any:
    if name := self._get_param("deploymentConfigName"):
        _config(self, name)
    return _moto_create_group(self)


def _group_info(group: Any) -> dict[str, Any]:
    return {**_moto_group_info(group), "alarmConfiguration": group.alarm_configuration or {}}


def _update_deployment_group(self: Any) -> Any:
    backend, application = self.codedeploy_backend, self._get_param("applicationName")
    name = self._get_param("currentDeploymentGroupName")
    group = backend.get_deployment_group(application, name)
    given = {key: value for key, value in self._get_params().items() if value is not None}
    if config := given.get("deploymentConfigName"):
        _config(self, config)
    for key in set(given) - {"applicationName", "currentDeploymentGroupName", "newDeploymentGroupName"}:
        setattr(group, camelcase_to_underscores(key), given[key])
    if renamed := given.get("newDeploymentGroupName"):
        groups = backend.deployment_groups[application]
        groups[renamed] = groups.pop(name)
        group.deployment_group_name = renamed
    return ActionResult({"hooksNotCleanedUp": []})


def _delete_deployment_group(self: Any) -> Any:
    application, name = self._get_param("applicationName"), self._get_param("deploymentGroupName")
    self.codedeploy_backend.get_deployment_group(application, name)
    del self.codedeploy_backend.deployment_groups[application][name]
    return ActionResult({"hooksNotCleanedUp": []})


def _delete_application(self: Any) -> Any:
    name, backend = self._get_param("applicationName"), self.codedeploy_backend
    backend.get_application(name)
    del backend.applications[name]
    backend.deployment_groups.pop(name, None)
    return EmptyResult()


_RESPONSE = "moto.codedeploy.responses:CodeDeployResponse"
REPLACEMENTS = [
    Replacement(
        "moto.codedeploy.responses:_deployment_group_info",
        _group_info,
        "moto does not tell the alarms of a deployment group",
        "7b95897b72ea",
    ),
    Replacement(
        f"{_RESPONSE}.create_deployment_group",
        _create_deployment_group,
        "moto takes deployment configurations that are not there",
        "33bd6859b663",
    ),
    *(
        Replacement(f"{_RESPONSE}.{function.__name__.lstrip('_')}", function, "moto has none")
        for function in (
            _create_deployment_config,
            _get_deployment_config,
            _delete_deployment_config,
            _list_deployment_configs,
            _update_deployment_group,
            _delete_deployment_group,
            _delete_application,
        )
    ),
]
