"""The update policy CodeDeployLambdaAliasUpdate: an alias goes to another version by a deployment of CodeDeploy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.codedeploy.exceptions import CodeDeployException

from emulator.cloudformation.resource_type import Context, ResourceError
from emulator.services.codedeploy import deployments_api
from emulator.services.codedeploy.app_spec import AFTER, BEFORE, AppSpec
from emulator.services.codedeploy.deployment import SUCCEEDED
from emulator.services.codedeploy.errors import CodeDeployError

_AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"


def release(context: Context, alias_arn: str, version: str, policy: Mapping[str, Any]) -> None:
    """Deploy a version to an alias, and wait for the deployment's end.

    On the way back of a stack the alias returns at once and nobody validates; where CodeDeploy has taken it back
    already, nothing happens.

    Args:
        context: the alias as the stack has it.
        alias_arn: the alias.
        version: the one it shall point to.
        policy: names the application and the deployment group, and may name hooks.

    Raises:
        ResourceError: the deployment failed, was stopped or was refused; the message says why.
    """
    function, _, alias = alias_arn.rpartition(":")
    found = context.client("lambda").get_alias(FunctionName=function, Name=alias)
    if found["FunctionVersion"] == version:
        return
    forward = not context.rolling_back
    given = {BEFORE: policy.get("BeforeAllowTrafficHook"), AFTER: policy.get("AfterAllowTrafficHook")}
    hooks = {event: hook for event, hook in given.items() if hook and forward}
    spec = AppSpec(function.rpartition(":")[2], alias, found["FunctionVersion"], version, hooks)
    try:
        deployment = deployments_api.deploy(
            deployments_api.backend_of(context.region),
            str(policy.get("ApplicationName", "")),
            str(policy.get("DeploymentGroupName", "")),
            spec.revision(),
            creator="CloudFormation" if forward else "CloudFormationRollback",
            external_id=context.stack_id,
            deploymentConfigName=None if forward else _AT_ONCE,
            overrideAlarmConfiguration=None if forward else {"enabled": False},
        )
    except (CodeDeployError, CodeDeployException) as error:
        raise ResourceError(str(error)) from error
    deployment.ended.wait()
    if deployment.status != SUCCEEDED:
        raise ResourceError(
            f"CodeDeploy deployment {deployment.deployment_id} is {deployment.status}: {deployment.error['message']}"
        )
