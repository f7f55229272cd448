"""Deployments: created, stopped, told of, and what their hooks answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from moto.codedeploy import models
from moto.core.responses import ActionResult

from emulator import settings
from emulator.replacements import Replacement
from emulator.services import unsupported
from emulator.services.cloudwatch.alarm import ALARM, Alarm
from emulator.services.codedeploy import alarms, configurations, groups_api
from emulator.services.codedeploy.deployment import Deployment
from emulator.services.codedeploy.errors import CodeDeployError
from emulator.services.codedeploy.run import Run

_LONGEST_DESCRIPTION = 256
_ON_REQUEST = "DEPLOYMENT_STOP_ON_REQUEST"
_STOPPED = "No more commands will be scheduled for execution in the deployment instances"
# What only deployments to servers can have, and the code with which CodeDeploy refuses it.
_OF_SERVERS = {
    "targetInstances": "InvalidTargetInstancesException",
    "ignoreApplicationStopFailures": "InvalidIgnoreApplicationStopFailuresValueException",
    "updateOutdatedInstancesOnly": "InvalidUpdateOutdatedInstancesOnlyValueException",
    "fileExistsBehavior": "InvalidFileExistsBehaviorException",
    "deploymentMode": "InvalidInputException",
    "ec2DeploymentOptions": "InvalidInputException",
}


def deploy(backend: Any, application: str, group_name: str, revision: Mapping[str, Any], **asked: Any) -> Deployment:
    """Begin a deployment; it runs on by itself.

    Args:
        backend: moto's, of the region.
        application: its name.
        group_name: the deployment group's.
        revision: an AppSpec, as CreateDeployment takes it.
        asked: CreateDeployment's other parameters; `creator` and `external_id`, if it is not a caller's.

    Raises:
        CodeDeployError: the group has an active deployment, or what is asked for is not for Lambda.
    """
    group = backend.get_deployment_group(application, group_name)
    _check(group, revision, asked)
    name = asked.get("deploymentConfigName") or group.deployment_config_name
    override = asked.get("overrideAlarmConfiguration")
    deployment = Deployment(
        group=group,
        revision=revision,
        config_name=name,
        steps=configurations.steps(configurations.find(backend, name, "Lambda")),
        creator=asked.get("creator", "user"),
        description=asked.get("description") or "",
        external_id=asked.get("external_id", ""),
        alarms=override or group.alarm_configuration or {},
        rollback=asked.get("autoRollbackConfiguration") or group.auto_rollback_configuration or {},
        told={"overrideAlarmConfiguration": override} if override else {},
    )
    alarms.observe(_alarm_changed)
    _register(backend, deployment)
    with deployment.lock:
        _run(backend, deployment).start()
    return deployment


def backend_of(region: str) -> Any:
    """What moto keeps of a region."""
    return models.codedeploy_backends[settings.current().account][region]


def _check(group: Any, revision: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    if not revision:
        raise CodeDeployError("RevisionRequiredException", "A revision is required")
    if revision.get("revisionType") not in ("AppSpecContent", "String", "S3"):
        raise CodeDeployError(
            "InvalidRevisionException", "A deployment to Lambda has a revision of type AppSpecContent, String or S3"
        )
    for name, code in _OF_SERVERS.items():
        if asked.get(name):
            raise CodeDeployError(code, f"{name} is not for the compute platform Lambda")
    if len(asked.get("description") or "") > _LONGEST_DESCRIPTION:
        raise CodeDeployError("DescriptionTooLongException", f"At most {_LONGEST_DESCRIPTION} characters are allowed")
    groups_api.check_watch(asked)
    for other in groups_api.deployments(group):
        if other.active:
            raise CodeDeployError(
                "DeploymentLimitExceededException",
                f"The Deployment Group '{group.deployment_group_name}' already has an active Deployment "
                f"'{other.deployment_id}'",
            )


def _register(backend: Any, deployment: Deployment) -> None:
    backend.deployments[deployment.deployment_id] = deployment
    groups_api.deployments(deployment.group).append(deployment)


def _run(backend: Any, deployment: Deployment) -> Run:
    return Run(deployment, partial(_register, backend))


def _alarm_changed(alarm: Alarm) -> None:
    if alarm.state.value != ALARM:
        return
    backend = backend_of(alarm.region)
    for deployment in list(backend.deployments.values()):
        if deployment.active and deployment.watches(alarm.name):
            with deployment.lock:
                if deployment.active:
                    _run(backend, deployment).look_at_alarms()


def _create(self: Any) -> Any:
    asked = {key: value for key, value in self._get_params().items() if value is not None}
    application, group = asked.pop("applicationName", ""), asked.pop("deploymentGroupName", "")
    found = self.codedeploy_backend.get_application(application)
    if not group:
        raise CodeDeployError("DeploymentGroupNameRequiredException", "A deployment group name is required")
    self.codedeploy_backend.get_deployment_group(application, group)
    if found.compute_platform != "Lambda":
        return unsupported.refusal(
            f"{unsupported.message('codedeploy', 'CreateDeployment')} for the compute platform {found.compute_platform}"
        )
    made = deploy(self.codedeploy_backend, application, group, asked.pop("revision", {}), **asked)
    return ActionResult({"deploymentId": made.deployment_id})


def _find(self: Any) -> Deployment:
    found: Deployment = self.codedeploy_backend.get_deployment(self._get_param("deploymentId"))
    return found


def _stop(self: Any) -> Any:
    deployment = _find(self)
    with deployment.lock:
        if not deployment.active:
            raise CodeDeployError(
                "DeploymentAlreadyCompletedException", f"The deployment {deployment.deployment_id} is over"
            )
        roll_back = self._get_param("autoRollbackEnabled")
        if roll_back is None:
            roll_back = deployment.rolls_back_on(_ON_REQUEST)
        run = _run(self.codedeploy_backend, deployment)
        run.stop("MANUAL_STOP", "The deployment was stopped on request.", roll_back=roll_back)
    return ActionResult({"status": "Succeeded", "statusMessage": _STOPPED})


def _answer_hook(self: Any) -> Any:
    deployment, execution = _find(self), self._get_param("lifecycleEventHookExecutionId") or ""
    with deployment.lock:
        _run(self.codedeploy_backend, deployment).answer(execution, self._get_param("status"))
    return ActionResult({"lifecycleEventHookExecutionId": execution})


def _list_targets(self: Any) -> Any:
    target = _find(self).target_id
    return ActionResult({"targetIds": [target] if target else []})


def _get_target(self: Any) -> Any:
    return ActionResult({"deploymentTarget": _target(_find(self), self._get_param("targetId"))})


def _get_targets(self: Any) -> Any:
    deployment = _find(self)
    told = [_target(deployment, target) for target in self._get_param("targetIds")]
    return ActionResult({"deploymentTargets": told})


def _target(deployment: Deployment, target: str) -> dict[str, Any]:
    if not target or target != deployment.target_id:
        raise CodeDeployError(
            "DeploymentTargetDoesNotExistException", f"{target} is no target of {deployment.deployment_id}"
        )
    return deployment.target()


def _describe(deployment: Deployment) -> dict[str, Any]:
    return deployment.describe()


_RESPONSE = "moto.codedeploy.responses:CodeDeployResponse"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.create_deployment", _create, "moto's deployments deploy nothing", "71cbfa0c9b61"),
    Replacement(
        "moto.codedeploy.responses:_deployment_info", _describe, "deployments are kept otherwise", "f0e2e4a2127d"
    ),
    Replacement(f"{_RESPONSE}.stop_deployment", _stop, "moto has none"),
    Replacement(f"{_RESPONSE}.put_lifecycle_event_hook_execution_status", _answer_hook, "moto has none"),
    Replacement(f"{_RESPONSE}.list_deployment_targets", _list_targets, "moto has none"),
    Replacement(f"{_RESPONSE}.get_deployment_target", _get_target, "moto has none"),
    Replacement(f"{_RESPONSE}.batch_get_deployment_targets", _get_targets, "moto has none"),
]
