"""AWS::EC2 types that connect and observe a network: NAT gateways, endpoints, flow logs; and launch templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.ec2_type import ec2_type, retag
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType

_UNREACHABLE = "no packets are routed here"
_LISTS = {"RouteTableIds": "RouteTableIds", "SubnetIds": "SubnetIds", "SecurityGroupIds": "SecurityGroupIds"}


def _read_nat(_ec2: Any, document: Mapping[str, Any], _properties: Properties) -> Mapping[str, Any]:
    addresses = [each["AllocationId"] for each in document.get("NatGatewayAddresses", []) if "AllocationId" in each]
    return {"AllocationId": addresses[0]} if addresses else {}


def _update_endpoint(context: Context, endpoint: str, old: Properties, new: Properties) -> None:
    if not old:
        return
    changes: dict[str, Any] = {}
    for name in _LISTS:
        before, after = set(old.get(name, [])), set(new.get(name, []))
        changes |= {f"Add{name}": sorted(after - before), f"Remove{name}": sorted(before - after)}
    if new.get("PolicyDocument") != old.get("PolicyDocument"):
        policy = new.get("PolicyDocument")
        changes |= {"PolicyDocument": json.dumps(policy)} if policy else {"ResetPolicy": True}
    if "PrivateDnsEnabled" in new:
        changes["PrivateDnsEnabled"] = str(new["PrivateDnsEnabled"]).lower() == "true"
    given = {name: value for name, value in changes.items() if value not in ([], None)}
    context.client("ec2").modify_vpc_endpoint(VpcEndpointId=endpoint, **given)


def _read_endpoint(_ec2: Any, document: Mapping[str, Any], _properties: Properties) -> Mapping[str, Any]:
    return {"SecurityGroupIds": [group["GroupId"] for group in document.get("Groups", [])]}


def _endpoint_attributes(_ec2: Any, document: Mapping[str, Any]) -> Mapping[str, Any]:
    entries = [f"{each.get('HostedZoneId', '')}:{each['DnsName']}" for each in document.get("DnsEntries", [])]
    return {"NetworkInterfaceIds": document.get("NetworkInterfaceIds", []), "DnsEntries": entries}


def _delete_endpoint(context: Context, endpoint: str, _properties: Properties) -> None:
    context.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[endpoint])


def _create_flow_log(context: Context, properties: Properties) -> str:
    ec2 = context.client("ec2")
    asked = {**properties, "ResourceIds": [properties["ResourceId"]]}
    made = ec2.create_flow_logs(**to_input(ec2, "create_flow_logs", asked))
    if made.get("Unsuccessful"):
        raise ValueError(made["Unsuccessful"][0]["Error"]["Message"])
    return str(made["FlowLogIds"][0])


def _read_flow_log(context: Context, flow_log: str, _properties: Properties) -> Mapping[str, Any]:
    found = context.client("ec2").describe_flow_logs(FlowLogIds=[flow_log])["FlowLogs"]
    if not found:
        raise ResourceNotFoundError(f"The flow log {flow_log} does not exist")
    kind = {"vpc": "VPC", "subnet": "Subnet", "eni": "NetworkInterface"}[found[0]["ResourceId"].split("-")[0]]
    return {**to_properties("AWS::EC2::FlowLog", found[0]), "ResourceType": kind}


def _delete_flow_log(context: Context, flow_log: str, _properties: Properties) -> None:
    context.client("ec2").delete_flow_logs(FlowLogIds=[flow_log])


def _create_template(context: Context, properties: Properties) -> str:
    ec2 = context.client("ec2")
    named = {"LaunchTemplateName": context.generated_name, **properties}
    made = ec2.create_launch_template(**to_input(ec2, "create_launch_template", named))
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


def _update_template(context: Context, template: str, _old: Properties, new: Properties) -> None:
    ec2 = context.client("ec2")
    asked = {**new, "LaunchTemplateId": template}
    asked.pop("LaunchTemplateName", None)
    ec2.create_launch_template_version(**to_input(ec2, "create_launch_template_version", asked))


def _template(context: Context, template: str) -> dict[str, Any]:
    found = context.client("ec2").describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"]
    if not found:
        raise ResourceNotFoundError(f"The launch template {template} does not exist")
    return dict(found[0])


def _read_template(context: Context, template: str, _properties: Properties) -> Mapping[str, Any]:
    ec2 = context.client("ec2")
    found = _template(context, template)
    latest = ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=["$Latest"])
    version = latest["LaunchTemplateVersions"][0]
    own = tags.pairs(found.get("Tags"))
    return {
        **to_properties("AWS::EC2::LaunchTemplate", version),
        "LaunchTemplateName": found["LaunchTemplateName"],
        "TagSpecifications": [{"ResourceType": "launch-template", "Tags": own}] if own else None,
    }


def _delete_template(context: Context, template: str, _properties: Properties) -> None:
    context.client("ec2").delete_launch_template(LaunchTemplateId=template)


def _template_attributes(context: Context, template: str, _properties: Properties) -> Mapping[str, Any]:
    found = _template(context, template)
    return {
        "LaunchTemplateId": template,
        "LatestVersionNumber": str(found["LatestVersionNumber"]),
        "DefaultVersionNumber": str(found["DefaultVersionNumber"]),
    }


TYPES: tuple[ResourceType, ...] = (
    ec2_type("AWS::EC2::NatGateway", "NatGateway", complete=_read_nat, recorded={"SubnetId": _UNREACHABLE}),
    ec2_type(
        "AWS::EC2::VPCEndpoint",
        "VpcEndpoint",
        complete=_read_endpoint,
        configure=_update_endpoint,
        remove=_delete_endpoint,
        attributes=_endpoint_attributes,
        recorded={"ServiceName": "services are reached on this machine's loopback"},
    ),
    api_type(
        "AWS::EC2::FlowLog",
        create=_create_flow_log,
        configure=retag,
        read=_read_flow_log,
        update=retag,
        delete=_delete_flow_log,
        attributes=lambda _context, flow_log, _properties: {"Id": flow_log},
        recorded={"ResourceId": "no packets flow here, so none are logged"},
    ),
    api_type(
        "AWS::EC2::LaunchTemplate",
        create=_create_template,
        read=_read_template,
        update=_update_template,
        delete=_delete_template,
        attributes=_template_attributes,
        recorded={"LaunchTemplateData": "no instances are launched here"},
    ),
)
