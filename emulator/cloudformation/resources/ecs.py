"""AWS::ECS types. Tasks do not run here: a service may be described, and asks for none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.described_type import Requests, Tagging, described_type
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType

_NO_TASKS = "tasks do not run here"
_TAGGING = Tagging()


def _active(document: Mapping[str, Any]) -> bool:
    return document.get("status") == "INACTIVE"


def _spell_cluster(properties: Properties) -> Properties:
    return (
        {**properties, "Settings": properties.get("ClusterSettings")} if "ClusterSettings" in properties else properties
    )


def _tell_cluster(context: Context, document: Mapping[str, Any], _properties: Properties) -> Mapping[str, Any]:
    asked = ["SETTINGS", "CONFIGURATIONS", "TAGS"]
    found = context.client("ecs").describe_clusters(clusters=[document["clusterArn"]], include=asked)["clusters"][0]
    return to_properties("AWS::ECS::Cluster", {**found, "ClusterSettings": found.get("settings"), "tags": None})


def _register(context: Context, properties: Properties) -> str:
    ecs = context.client("ecs")
    named = {"Family": context.generated_name, **properties}
    asked = to_input(ecs, "register_task_definition", named)
    asked["tags"] = tags.pairs(properties.get("Tags"), "key", "value")
    return str(ecs.register_task_definition(**asked)["taskDefinition"]["taskDefinitionArn"])


def _read_definition(context: Context, arn: str, _properties: Properties) -> Mapping[str, Any]:
    ecs = context.client("ecs")
    found = ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
    if found["taskDefinition"]["status"] != "ACTIVE":
        raise ResourceNotFoundError(f"The task definition {arn} is inactive")
    kept = to_properties("AWS::ECS::TaskDefinition", found["taskDefinition"])
    return {**kept, "Tags": tags.pairs(found.get("tags"))}


def _tag_definition(context: Context, arn: str, old: Properties, new: Properties) -> None:
    _TAGGING.change(context.client("ecs"), arn, old, new)


def _deregister(context: Context, arn: str, _properties: Properties) -> None:
    context.client("ecs").deregister_task_definition(taskDefinition=arn)


def _create_service(context: Context, properties: Properties) -> str:
    ecs = context.client("ecs")
    named = {"ServiceName": context.generated_name, **properties}
    asked = to_input(ecs, "create_service", named)
    if properties.get("Tags"):
        asked["tags"] = tags.pairs(properties["Tags"], "key", "value")
    return str(ecs.create_service(**asked)["service"]["serviceArn"])


def _service(context: Context, arn: str, properties: Properties) -> dict[str, Any]:
    cluster = {"cluster": properties["Cluster"]} if "Cluster" in properties else {}
    found = context.client("ecs").describe_services(services=[arn], include=["TAGS"], **cluster)["services"]
    if not found or found[0]["status"] == "INACTIVE":
        raise ResourceNotFoundError(f"The service {arn} does not exist")
    return dict(found[0])


def _read_service(context: Context, arn: str, properties: Properties) -> Mapping[str, Any]:
    found = _service(context, arn, properties)
    kept = to_properties("AWS::ECS::Service", found)
    asked = str(properties.get("Cluster", ""))
    # A cluster may be named by its name or its ARN; both are told as asked when they mean the same.
    cluster = asked if found["clusterArn"].endswith(f"/{asked.rpartition('/')[2]}") else found["clusterArn"]
    return {**kept, "Cluster": cluster, "Tags": tags.pairs(found.get("tags"))}


def _update_service(context: Context, arn: str, old: Properties, new: Properties) -> None:
    ecs = context.client("ecs")
    ecs.update_service(**{**to_input(ecs, "update_service", new), "service": arn})
    _TAGGING.change(ecs, arn, old, new)


def _delete_service(context: Context, arn: str, properties: Properties) -> None:
    cluster = {"cluster": properties["Cluster"]} if "Cluster" in properties else {}
    context.client("ecs").delete_service(service=arn, force=True, **cluster)


def _service_attributes(context: Context, arn: str, properties: Properties) -> Mapping[str, Any]:
    return {"ServiceArn": arn, "Name": _service(context, arn, properties)["serviceName"]}


def _put_providers(context: Context, properties: Properties) -> str:
    ecs = context.client("ecs")
    ecs.put_cluster_capacity_providers(**to_input(ecs, "put_cluster_capacity_providers", properties))
    return str(properties["Cluster"])


def _read_providers(context: Context, cluster: str, _properties: Properties) -> Mapping[str, Any]:
    found = context.client("ecs").describe_clusters(clusters=[cluster])["clusters"]
    if not found or not found[0].get("capacityProviders"):
        raise ResourceNotFoundError(f"The cluster {cluster} has no capacity providers")
    return {**to_properties("AWS::ECS::ClusterCapacityProviderAssociations", found[0]), "Cluster": cluster}


def _update_providers(context: Context, _cluster: str, _old: Properties, new: Properties) -> None:
    _put_providers(context, new)


def _delete_providers(context: Context, cluster: str, _properties: Properties) -> None:
    _put_providers(context, {"Cluster": cluster, "CapacityProviders": [], "DefaultCapacityProviderStrategy": []})


TYPES: tuple[ResourceType, ...] = (
    described_type(
        "AWS::ECS::Cluster",
        Requests(
            service="ecs",
            create="create_cluster",
            made="cluster.clusterName",
            describe="describe_clusters",
            key="clusters",
            several=True,
            found="clusters[0]",
            update="update_cluster",
            update_key="cluster",
            delete="delete_cluster",
            delete_key="cluster",
            arn="clusterArn",
            named="ClusterName",
            tagging=_TAGGING,
            spell=_spell_cluster,
            tell=_tell_cluster,
            gone=_active,
        ),
        attributes={"Arn": "clusterArn"},
        recorded={"ClusterSettings": _NO_TASKS},
    ),
    api_type(
        "AWS::ECS::TaskDefinition",
        create=_register,
        read=_read_definition,
        update=_tag_definition,
        delete=_deregister,
        attributes=lambda _context, arn, _properties: {"TaskDefinitionArn": arn},
        recorded={"ContainerDefinitions": _NO_TASKS},
    ),
    api_type(
        "AWS::ECS::Service",
        create=_create_service,
        read=_read_service,
        update=_update_service,
        delete=_delete_service,
        attributes=_service_attributes,
        recorded={"TaskDefinition": _NO_TASKS},
    ),
    api_type(
        "AWS::ECS::ClusterCapacityProviderAssociations",
        create=_put_providers,
        read=_read_providers,
        update=_update_providers,
        delete=_delete_providers,
        recorded={"CapacityProviders": _NO_TASKS},
    ),
)
