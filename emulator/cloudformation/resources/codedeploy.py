"""AWS::CodeDeploy types: applications, deployment groups and configurations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.described_type import Requests, Tagging, described_type
from emulator.cloudformation.resource_type import Context, Properties, ResourceType

_NO_SERVERS = "deployments to servers and containers are refused"
_TAGGING = Tagging(resource="ResourceArn", tags="Tags", keys="TagKeys", pair=("Key", "Value"), found="Tags")


def _arn(context: Context, resource: str) -> str:
    return f"arn:aws:codedeploy:{context.region}:{context.account}:{resource}"


def _create_application(context: Context, properties: Properties) -> str:
    client = context.client("codedeploy")
    named = {"ApplicationName": context.generated_name, **properties}
    client.create_application(**to_input(client, "create_application", named))
    return str(named["ApplicationName"])


def _tag_application(context: Context, name: str, old: Properties, new: Properties) -> None:
    _TAGGING.change(context.client("codedeploy"), _arn(context, f"application:{name}"), old, new)


def _read_application(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    client = context.client("codedeploy")
    found = client.get_application(applicationName=name)["application"]
    kept = to_properties("AWS::CodeDeploy::Application", found)
    return {**kept, "Tags": _TAGGING.read(client, _arn(context, f"application:{name}"))}


def _delete_application(context: Context, name: str, _properties: Properties) -> None:
    context.client("codedeploy").delete_application(applicationName=name)


def _create_group(context: Context, properties: Properties) -> str:
    client = context.client("codedeploy")
    asked = to_input(client, "create_deployment_group", {"DeploymentGroupName": context.generated_name, **properties})
    client.create_deployment_group(**asked)
    return str(asked["deploymentGroupName"])


def _read_group(context: Context, name: str, properties: Properties) -> Mapping[str, Any]:
    client, application = context.client("codedeploy"), properties["ApplicationName"]
    found = client.get_deployment_group(applicationName=application, deploymentGroupName=name)
    kept = to_properties("AWS::CodeDeploy::DeploymentGroup", found["deploymentGroupInfo"])
    return {**kept, "Tags": _TAGGING.read(client, _arn(context, f"deploymentgroup:{application}/{name}"))}


def _update_group(context: Context, name: str, old: Properties, new: Properties) -> None:
    client, application = context.client("codedeploy"), new["ApplicationName"]
    emptied: Properties = {key: {} for key in ("AlarmConfiguration", "AutoRollbackConfiguration") if key in old}
    asked = to_input(client, "update_deployment_group", {**emptied, **new, "CurrentDeploymentGroupName": name})
    client.update_deployment_group(**asked)
    _TAGGING.change(client, _arn(context, f"deploymentgroup:{application}/{name}"), old, new)


def _delete_group(context: Context, name: str, properties: Properties) -> None:
    client, application = context.client("codedeploy"), properties["ApplicationName"]
    client.delete_deployment_group(applicationName=application, deploymentGroupName=name)


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::CodeDeploy::Application",
        create=_create_application,
        read=_read_application,
        update=_tag_application,
        delete=_delete_application,
    ),
    described_type(
        "AWS::CodeDeploy::DeploymentConfig",
        Requests(
            service="codedeploy",
            create="create_deployment_config",
            made="",
            describe="get_deployment_config",
            key="deploymentConfigName",
            found="deploymentConfigInfo",
            delete="delete_deployment_config",
            named="DeploymentConfigName",
        ),
        recorded=dict.fromkeys(("MinimumHealthyHosts", "ZonalConfig"), _NO_SERVERS),
    ),
    api_type(
        "AWS::CodeDeploy::DeploymentGroup",
        create=_create_group,
        read=_read_group,
        update=_update_group,
        delete=_delete_group,
        recorded=dict.fromkeys(("AutoScalingGroups", "ECSServices", "Ec2TagFilters", "LoadBalancerInfo"), _NO_SERVERS),
    ),
)
