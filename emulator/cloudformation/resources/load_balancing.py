"""AWS::ElasticLoadBalancingV2 types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.cloudformation.described_type import Requests, Tagging, described_type
from emulator.cloudformation.resource_type import Context, Properties, ResourceType

_NO_TRAFFIC = "nothing listens at its address here"
_TAGGING = Tagging(
    put="add_tags",
    remove="remove_tags",
    listing="describe_tags",
    resource="ResourceArns",
    several=True,
    tags="Tags",
    keys="TagKeys",
    pair=("Key", "Value"),
    found="TagDescriptions[0].Tags",
)


def _attribute_setter(noun: str, property_name: str, key: str) -> Callable[..., None]:
    """What sets a load balancer's or target group's attributes, which are pairs of names and texts."""

    def configure(context: Context, arn: str, _old: Properties, new: Properties) -> None:
        attributes = [{**each, "Value": str(each["Value"])} for each in new.get(property_name, [])]
        if attributes:
            modify = getattr(context.client("elbv2"), f"modify_{noun}_attributes")
            modify(**{key: arn, "Attributes": attributes})

    return configure


def _attribute_reader(noun: str, property_name: str, key: str) -> Callable[..., Mapping[str, Any]]:
    def tell(context: Context, document: Mapping[str, Any], properties: Properties) -> Mapping[str, Any]:
        asked = {each["Key"] for each in properties.get(property_name, [])}
        found = getattr(context.client("elbv2"), f"describe_{noun}_attributes")(**{key: document[key]})
        return {property_name: [each for each in found["Attributes"] if each["Key"] in asked]}

    return tell


_LOAD_BALANCER = ("load_balancer", "LoadBalancerAttributes", "LoadBalancerArn")
_TARGET_GROUP = ("target_group", "TargetGroupAttributes", "TargetGroupArn")


def _tell_load_balancer(context: Context, document: Mapping[str, Any], properties: Properties) -> Mapping[str, Any]:
    return {
        **_attribute_reader(*_LOAD_BALANCER)(context, document, properties),
        "Name": document["LoadBalancerName"],
        "Subnets": [zone["SubnetId"] for zone in document["AvailabilityZones"]],
    }


def _tell_target_group(context: Context, document: Mapping[str, Any], properties: Properties) -> Mapping[str, Any]:
    told = {**_attribute_reader(*_TARGET_GROUP)(context, document, properties), "Name": document["TargetGroupName"]}
    if "Targets" in properties:
        health = context.client("elbv2").describe_target_health(TargetGroupArn=document["TargetGroupArn"])
        told["Targets"] = [each["Target"] for each in health["TargetHealthDescriptions"]]
    return told


def _change_load_balancer(context: Context, arn: str, old: Properties, new: Properties) -> None:
    elb = context.client("elbv2")
    if old and new.get("SecurityGroups") != old.get("SecurityGroups"):
        elb.set_security_groups(LoadBalancerArn=arn, SecurityGroups=new.get("SecurityGroups", []))
    if old and new.get("Subnets") != old.get("Subnets"):
        elb.set_subnets(LoadBalancerArn=arn, Subnets=new["Subnets"])
    _attribute_setter(*_LOAD_BALANCER)(context, arn, old, new)


def _change_target_group(context: Context, arn: str, old: Properties, new: Properties) -> None:
    elb = context.client("elbv2")
    before, after = old.get("Targets", []), new.get("Targets", [])
    for request, targets in (
        (elb.deregister_targets, [each for each in before if each not in after]),
        (elb.register_targets, [each for each in after if each not in before]),
    ):
        if targets:
            request(TargetGroupArn=arn, Targets=[{**each, "Port": int(each["Port"])} for each in targets])
    _attribute_setter(*_TARGET_GROUP)(context, arn, old, new)


def _full_name(arn: str) -> Any:
    """What metrics call a load balancer or target group: the ARN's end, of a load balancer without its kind."""
    return arn.partition(":loadbalancer/")[2] or arn.rpartition(":")[2]


def _tell_rule(_context: Context, document: Mapping[str, Any], _properties: Properties) -> Mapping[str, Any]:
    listener = document["RuleArn"].replace(":listener-rule/", ":listener/").rpartition("/")[0]
    return {
        "ListenerArn": listener,
        "Priority": int(document["Priority"]),
        "Conditions": [_condition(each) for each in document["Conditions"]],
    }


def _condition(document: Mapping[str, Any]) -> Mapping[str, Any]:
    # The API repeats the values of a kind's configuration in a member of its own.
    configured = any(name.endswith("Config") for name in document)
    return {name: value for name, value in document.items() if not (configured and name == "Values")}


TYPES: tuple[ResourceType, ...] = (
    described_type(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        Requests(
            service="elbv2",
            create="create_load_balancer",
            made="LoadBalancers[0].LoadBalancerArn",
            describe="describe_load_balancers",
            key="LoadBalancerArns",
            several=True,
            found="LoadBalancers[0]",
            delete="delete_load_balancer",
            delete_key="LoadBalancerArn",
            named="Name",
            longest_name=32,
            tagging=_TAGGING,
            tell=_tell_load_balancer,
        ),
        configure=_change_load_balancer,
        attributes={
            "LoadBalancerArn": "LoadBalancerArn",
            "DNSName": "DNSName",
            "CanonicalHostedZoneID": "CanonicalHostedZoneId",
            "LoadBalancerName": "LoadBalancerName",
            "LoadBalancerFullName": lambda document: _full_name(document["LoadBalancerArn"]),
            "SecurityGroups": "SecurityGroups",
        },
        recorded={"Scheme": _NO_TRAFFIC},
    ),
    described_type(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        Requests(
            service="elbv2",
            create="create_target_group",
            made="TargetGroups[0].TargetGroupArn",
            describe="describe_target_groups",
            key="TargetGroupArns",
            several=True,
            found="TargetGroups[0]",
            update="modify_target_group",
            update_key="TargetGroupArn",
            delete="delete_target_group",
            delete_key="TargetGroupArn",
            named="Name",
            longest_name=32,
            tagging=_TAGGING,
            tell=_tell_target_group,
        ),
        configure=_change_target_group,
        attributes={
            "TargetGroupArn": "TargetGroupArn",
            "TargetGroupName": "TargetGroupName",
            "TargetGroupFullName": lambda document: _full_name(document["TargetGroupArn"]),
            "LoadBalancerArns": "LoadBalancerArns",
        },
        recorded={"Targets": _NO_TRAFFIC},
    ),
    described_type(
        "AWS::ElasticLoadBalancingV2::Listener",
        Requests(
            service="elbv2",
            create="create_listener",
            made="Listeners[0].ListenerArn",
            describe="describe_listeners",
            key="ListenerArns",
            several=True,
            found="Listeners[0]",
            update="modify_listener",
            update_key="ListenerArn",
            delete="delete_listener",
            delete_key="ListenerArn",
            tagging=_TAGGING,
        ),
        attributes={"ListenerArn": "ListenerArn"},
        recorded={"Port": _NO_TRAFFIC},
    ),
    described_type(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        Requests(
            service="elbv2",
            create="create_rule",
            made="Rules[0].RuleArn",
            describe="describe_rules",
            key="RuleArns",
            several=True,
            found="Rules[0]",
            update="modify_rule",
            update_key="RuleArn",
            delete="delete_rule",
            delete_key="RuleArn",
            tagging=_TAGGING,
            tell=_tell_rule,
        ),
        attributes={"RuleArn": "RuleArn", "IsDefault": "IsDefault"},
        recorded={"Conditions": _NO_TRAFFIC},
    ),
)
