"""What EC2 and Batch say of a network and of the machines in it, in CloudFormation's spelling."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.end_to_end.conftest import Checkout
from tests.end_to_end.templates import Resource

Description = Mapping[str, Any]
Describe = Callable[[Checkout, Resource], Description]


def _ec2(method: str, kind: str, key: str) -> Describe:
    """A description of what EC2 tells of one id."""

    def describe(checkout: Checkout, resource: Resource) -> Description:
        (found,) = getattr(checkout.client("ec2"), method)(**{f"{key}s": [resource.physical_id]})[kind]
        return dict(found)

    return describe


def _vpc(checkout: Checkout, resource: Resource) -> Description:
    client, vpc = checkout.client("ec2"), resource.physical_id
    attributes = {
        name: client.describe_vpc_attribute(VpcId=vpc, Attribute=name[0].lower() + name[1:])[name]["Value"]
        for name in ("EnableDnsHostnames", "EnableDnsSupport")
    }
    return {**_ec2("describe_vpcs", "Vpcs", "VpcId")(checkout, resource), **attributes}


def _association(checkout: Checkout, resource: Resource) -> Description:
    asked = [{"Name": "association.route-table-association-id", "Values": [resource.physical_id]}]
    (table,) = checkout.client("ec2").describe_route_tables(Filters=asked)["RouteTables"]
    (found,) = [each for each in table["Associations"] if each["RouteTableAssociationId"] == resource.physical_id]
    return dict(found)


def _endpoint(checkout: Checkout, resource: Resource) -> Description:
    found = _ec2("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId")(checkout, resource)
    return {
        **found,
        "PolicyDocument": json.loads(found["PolicyDocument"]) if "PolicyDocument" in found else None,
        "SecurityGroupIds": [group["GroupId"] for group in found.get("Groups", [])],
    }


def _flow_log(checkout: Checkout, resource: Resource) -> Description:
    found = _ec2("describe_flow_logs", "FlowLogs", "FlowLogId")(checkout, resource)
    # What is watched, EC2 tells by the form of its id.
    return {**found, "ResourceType": {"vpc": "VPC", "subnet": "Subnet"}[found["ResourceId"].partition("-")[0]]}


def _rules(permissions: list[dict[str, Any]]) -> list[Description]:
    """The rules about addresses: those about groups and prefix lists are resources of their own."""
    return [{**permission, **each} for permission in permissions for each in permission["IpRanges"]]


def _security_group(checkout: Checkout, resource: Resource) -> Description:
    found = _ec2("describe_security_groups", "SecurityGroups", "GroupId")(checkout, resource)
    return {
        **found,
        "GroupDescription": found["Description"],
        "SecurityGroupIngress": _rules(found["IpPermissions"]),
        "SecurityGroupEgress": _rules(found["IpPermissionsEgress"]),
    }


def _rule(peer: str) -> Describe:
    """A description of a rule that is a resource of its own."""

    def describe(checkout: Checkout, resource: Resource) -> Description:
        found = _ec2("describe_security_group_rules", "SecurityGroupRules", "SecurityGroupRuleId")(checkout, resource)
        assert found["IsEgress"] == (peer == "Destination")
        return {
            **found,
            f"{peer}SecurityGroupId": found.get("ReferencedGroupInfo", {}).get("GroupId"),
            f"{peer}PrefixListId": found.get("PrefixListId"),
        }

    return describe


def _launch_template(checkout: Checkout, resource: Resource) -> Description:
    asked = {"LaunchTemplateId": resource.physical_id, "Versions": ["$Latest"]}
    (latest,) = checkout.client("ec2").describe_launch_template_versions(**asked)["LaunchTemplateVersions"]
    return dict(latest)


def _instance_profile(checkout: Checkout, resource: Resource) -> Description:
    found = checkout.client("iam").get_instance_profile(InstanceProfileName=resource.physical_id)["InstanceProfile"]
    return {**found, "Roles": [role["RoleName"] for role in found["Roles"]]}


def _batch(method: str, key: str) -> Describe:
    """A description of what Batch tells of one ARN."""

    def describe(checkout: Checkout, resource: Resource) -> Description:
        (found,) = getattr(checkout.client("batch"), method)(**{key: [resource.physical_id]})[key]
        return dict(found)

    return describe


def _compute_environment(checkout: Checkout, resource: Resource) -> Description:
    found = _batch("describe_compute_environments", "computeEnvironments")(checkout, resource)
    template = found["computeResources"]["launchTemplate"]
    asked = {"LaunchTemplateIds": [template["launchTemplateId"]]}
    (kept,) = checkout.client("ec2").describe_launch_templates(**asked)["LaunchTemplates"]
    # Each new version makes a new environment of machines.
    assert template["version"] == str(kept["LatestVersionNumber"])
    return found


DESCRIBE: Mapping[str, Describe] = {
    "AWS::Batch::ComputeEnvironment": _compute_environment,
    "AWS::Batch::JobDefinition": _batch("describe_job_definitions", "jobDefinitions"),
    "AWS::Batch::JobQueue": _batch("describe_job_queues", "jobQueues"),
    "AWS::EC2::FlowLog": _flow_log,
    "AWS::EC2::LaunchTemplate": _launch_template,
    "AWS::EC2::RouteTable": _ec2("describe_route_tables", "RouteTables", "RouteTableId"),
    "AWS::EC2::SecurityGroup": _security_group,
    "AWS::EC2::SecurityGroupEgress": _rule("Destination"),
    "AWS::EC2::SecurityGroupIngress": _rule("Source"),
    "AWS::EC2::Subnet": _ec2("describe_subnets", "Subnets", "SubnetId"),
    "AWS::EC2::SubnetRouteTableAssociation": _association,
    "AWS::EC2::VPC": _vpc,
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::IAM::InstanceProfile": _instance_profile,
}
