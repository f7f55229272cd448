"""AWS::ApplicationAutoScaling types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType

_FIXED = "nothing is scaled here"
_TARGET = ("ServiceNamespace", "ResourceId", "ScalableDimension")


def _put_target(context: Context, properties: Properties) -> str:
    client = context.client("application-autoscaling")
    client.register_scalable_target(**to_input(client, "register_scalable_target", properties))
    old = {**properties, "ScheduledActions": []}
    _schedule(context, "", old, properties)
    return "|".join(properties[name] for name in reversed(_TARGET[:1] + _TARGET[2:] + _TARGET[1:2]))


def _schedule(context: Context, _physical_id: str, old: Properties, new: Properties) -> None:
    client, target = context.client("application-autoscaling"), {name: new[name] for name in _TARGET}
    before = {each["ScheduledActionName"]: each for each in old.get("ScheduledActions", [])}
    after = {each["ScheduledActionName"]: each for each in new.get("ScheduledActions", [])}
    for name in before.keys() - after.keys():
        client.delete_scheduled_action(ScheduledActionName=name, **target)
    for name, action in after.items():
        if before.get(name) != action:
            client.put_scheduled_action(**to_input(client, "put_scheduled_action", {**action, **target}))


def _update_target(context: Context, physical_id: str, old: Properties, new: Properties) -> None:
    client = context.client("application-autoscaling")
    client.register_scalable_target(**to_input(client, "register_scalable_target", new))
    _schedule(context, physical_id, old, new)


def _read_target(context: Context, physical_id: str, properties: Properties) -> Mapping[str, Any]:
    client = context.client("application-autoscaling")
    namespace, resource = properties["ServiceNamespace"], properties["ResourceId"]
    found = client.describe_scalable_targets(ServiceNamespace=namespace, ResourceIds=[resource])["ScalableTargets"]
    for target in found:
        if target["ScalableDimension"] == properties["ScalableDimension"]:
            asked = {"ServiceNamespace": namespace, "ResourceId": resource}
            actions = client.describe_scheduled_actions(**asked)["ScheduledActions"]
            return to_properties("AWS::ApplicationAutoScaling::ScalableTarget", {**target, "ScheduledActions": actions})
    raise ResourceNotFoundError(f"The scalable target {physical_id} does not exist")


def _delete_target(context: Context, _physical_id: str, properties: Properties) -> None:
    client = context.client("application-autoscaling")
    client.deregister_scalable_target(**{name: properties[name] for name in _TARGET})


def _target_of(properties: Properties) -> Properties:
    """What the policy scales: named by its parts, or by the id of a target."""
    if "ScalingTargetId" not in properties:
        return {name: properties[name] for name in _TARGET}
    resource, dimension, namespace = properties["ScalingTargetId"].split("|")
    return {"ServiceNamespace": namespace, "ResourceId": resource, "ScalableDimension": dimension}


def _put_policy(context: Context, properties: Properties) -> str:
    client = context.client("application-autoscaling")
    asked = {**properties, **_target_of(properties)}
    return str(client.put_scaling_policy(**to_input(client, "put_scaling_policy", asked))["PolicyARN"])


def _read_policy(context: Context, arn: str, properties: Properties) -> Mapping[str, Any]:
    target = _target_of(properties)
    found = context.client("application-autoscaling").describe_scaling_policies(**target)["ScalingPolicies"]
    for policy in found:
        if policy["PolicyARN"] == arn:
            identified = {"ScalingTargetId": properties.get("ScalingTargetId")}
            return {**to_properties("AWS::ApplicationAutoScaling::ScalingPolicy", policy), **identified}
    raise ResourceNotFoundError(f"The scaling policy {arn} does not exist")


def _update_policy(context: Context, _arn: str, _old: Properties, new: Properties) -> None:
    _put_policy(context, new)


def _delete_policy(context: Context, _arn: str, properties: Properties) -> None:
    client = context.client("application-autoscaling")
    client.delete_scaling_policy(PolicyName=properties["PolicyName"], **_target_of(properties))


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        create=_put_target,
        read=_read_target,
        update=_update_target,
        delete=_delete_target,
        attributes=lambda _context, physical_id, _properties: {"Id": physical_id},
        recorded={"MinCapacity": _FIXED, "MaxCapacity": _FIXED, "ScheduledActions": _FIXED},
    ),
    api_type(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        create=_put_policy,
        read=_read_policy,
        update=_update_policy,
        delete=_delete_policy,
        attributes=lambda _context, arn, _properties: {"Arn": arn},
        recorded={"PolicyType": _FIXED},
    ),
)
