"""Applications and deployment groups: what CodeDeploy refuses of them, and the operations that moto does not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.codedeploy import responses
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores

from emulator.identity import credentials
from emulator.identity.credentials import RoleError
from emulator.replacements import Replacement
from emulator.services.codedeploy import configurations
from emulator.services.codedeploy.deployment import SUCCEEDED, Deployment
from emulator.services.codedeploy.errors import CodeDeployError

_moto_group_info = responses._deployment_group_info
_moto_create_group = responses.CodeDeployResponse.create_deployment_group
_moto_create_application = responses.CodeDeployResponse.create_application
_PLATFORMS = ("Server", "Lambda", "ECS")
_MOST_ALARMS = 10
_ROLLBACK_EVENTS = frozenset(("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"))
_LAMBDA_STYLE = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
# What a group for Lambda has no use for, and the code with which CodeDeploy refuses it.
_OF_SERVERS = {
    "ec2TagFilters": "InvalidEC2TagException",
    "onPremisesInstanceTagFilters": "InvalidTagException",
    "autoScalingGroups": "InvalidAutoScalingGroupException",
    "loadBalancerInfo": "InvalidLoadBalancerInfoException",
    "ec2TagSet": "InvalidEC2TagCombinationException",
    "ecsServices": "InvalidECSServiceException",
}


def check_watch(given: Mapping[str, Any]) -> None:
    """See that the alarms and the rollback of a group or deployment are sound.

    Raises:
        CodeDeployError: there are too many alarms, alarms without a name, or unknown events.
    """
    watched = given.get("alarmConfiguration") or given.get("overrideAlarmConfiguration") or {}
    alarms: list[dict[str, str]] = watched.get("alarms") or []
    if len(alarms) > _MOST_ALARMS:
        raise CodeDeployError("AlarmsLimitExceededException", f"At most {_MOST_ALARMS} alarms can be watched")
    if watched.get("enabled") and not (alarms and all(each.get("name") for each in alarms)):
        raise CodeDeployError("InvalidAlarmConfigException", "Alarms that are watched must be named")
    rollback = given.get("autoRollbackConfiguration") or {}
    events = set(rollback.get("events") or ())
    if events - _ROLLBACK_EVENTS or (rollback.get("enabled") and not events):
        raise CodeDeployError(
            "InvalidAutoRollbackConfigException", f"Rollbacks are on one of {', '.join(sorted(_ROLLBACK_EVENTS))}"
        )


def _check(self: Any, platform: str, given: Mapping[str, Any]) -> None:
    if name := given.get("deploymentConfigName"):
        configurations.find(self.codedeploy_backend, name, platform)
    check_watch(given)
    if platform == "Lambda":
        _check_for_lambda(given)
    if role := given.get("serviceRoleArn"):
        try:
            credentials.for_role(role, "deployment-group", "codedeploy.amazonaws.com")
        except RoleError as error:
            raise CodeDeployError(
                "InvalidRoleException",
                f"AWS CodeDeploy does not have the permissions required to assume the role {role}.",
            ) from error


def _check_for_lambda(given: Mapping[str, Any]) -> None:
    for name, code in _OF_SERVERS.items():
        if given.get(name):
            raise CodeDeployError(code, f"{name} is not for the compute platform Lambda")
    if given.get("deploymentStyle") not in (None, _LAMBDA_STYLE):
        raise CodeDeployError(
            "InvalidDeploymentStyleException",
            "A deployment group for Lambda has the deployment type BLUE_GREEN and the option WITH_TRAFFIC_CONTROL",
        )
    if given.get("triggerConfigurations"):
        raise CodeDeployError(
            "InvalidTriggerConfigException",
            "triggerConfigurations is not supported by this emulator; rules of EventBridge tell of deployments, too.",
        )


def _create_application(self: Any) -> Any:
    platform = self._get_param("computePlatform")
    if platform not in (None, *_PLATFORMS):
        raise CodeDeployError("InvalidComputePlatformException", f"{platform} is none of {', '.join(_PLATFORMS)}")
    made = _moto_create_application(self)
    application = self.codedeploy_backend.applications[self._get_param("applicationName")]
    application.compute_platform = platform or _PLATFORMS[0]
    return made


def _create_group(self: Any) -> Any:
    name, group = self._get_param("applicationName"), self._get_param("deploymentGroupName")
    platform = self.codedeploy_backend.get_application(name).compute_platform
    _check(self, platform, self._get_params())
    made = _moto_create_group(self)
    if not self._get_param("deploymentConfigName"):
        found = self.codedeploy_backend.get_deployment_group(name, group)
        found.deployment_config_name = configurations.default(platform)
    return made


def _group_info(group: Any) -> dict[str, Any]:
    told = {**_moto_group_info(group), "alarmConfiguration": group.alarm_configuration or {}}
    past = deployments(group)
    succeeded = [each for each in past if each.status == SUCCEEDED]
    if past:
        told["lastAttemptedDeployment"] = _summary(past[-1])
    if succeeded:
        told |= {"lastSuccessfulDeployment": _summary(succeeded[-1]), "targetRevision": succeeded[-1].revision}
    return told


def deployments(group: Any) -> list[Deployment]:
    """The deployments of a group (moto's), in their order."""
    if not hasattr(group, "deployments"):
        group.deployments = []
    found: list[Deployment] = group.deployments
    return found


def _summary(deployment: Deployment) -> dict[str, Any]:
    told = {
        "deploymentId": deployment.deployment_id,
        "status": deployment.status,
        "createTime": deployment.created,
        "endTime": deployment.completed,
    }
    return {key: value for key, value in told.items() if value is not None}


def _update_group(self: Any) -> Any:
    backend, application = self.codedeploy_backend, self._get_param("applicationName")
    name = self._get_param("currentDeploymentGroupName")
    group = backend.get_deployment_group(application, name)
    given = {key: value for key, value in self._get_params().items() if value is not None}
    _check(self, group.application.compute_platform, given)
    for key in set(given) - {"applicationName", "currentDeploymentGroupName", "newDeploymentGroupName"}:
        setattr(group, camelcase_to_underscores(key), given[key])
    if renamed := given.get("newDeploymentGroupName"):
        groups = backend.deployment_groups[application]
        groups[renamed] = groups.pop(name)
        group.deployment_group_name = renamed
    return ActionResult({"hooksNotCleanedUp": []})


def _delete_group(self: Any) -> Any:
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
        "moto does not tell a group's alarms and last deployments",
        "7b95897b72ea",
    ),
    Replacement(f"{_RESPONSE}.create_application", _create_application, "moto has no default platform", "f0ec27d074e8"),
    Replacement(f"{_RESPONSE}.create_deployment_group", _create_group, "moto checks nothing", "33bd6859b663"),
    Replacement(f"{_RESPONSE}.update_deployment_group", _update_group, "moto has none"),
    Replacement(f"{_RESPONSE}.delete_deployment_group", _delete_group, "moto has none"),
    Replacement(f"{_RESPONSE}.delete_application", _delete_application, "moto has none"),
]
