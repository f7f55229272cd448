"""AWS::EC2 types that say who may reach whom: security groups, their rules, and network ACLs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.ec2_type import ec2_type, retag
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType

_UNENFORCED = "no packets are filtered here"
_DIRECTIONS = {"SecurityGroupIngress": "ingress", "SecurityGroupEgress": "egress"}
_PEERS = {"ingress": "Source", "egress": "Destination"}
# Where EC2's API keeps what a rule is about: CloudFormation's name -> (list, member).
_RANGES = {"CidrIp": ("IpRanges", "CidrIp"), "CidrIpv6": ("Ipv6Ranges", "CidrIpv6")}
_EVERYWHERE = {"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"}


def _places(direction: str) -> dict[str, tuple[str, str]]:
    peer = _PEERS[direction]
    return {
        **_RANGES,
        f"{peer}PrefixListId": ("PrefixListIds", "PrefixListId"),
        f"{peer}SecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    }


def _permission(rule: Mapping[str, Any], direction: str) -> dict[str, Any]:
    """A rule as EC2's API takes it."""
    permission: dict[str, Any] = {"IpProtocol": str(rule["IpProtocol"])}
    permission |= {name: int(rule[name]) for name in ("FromPort", "ToPort") if name in rule}
    said = {"Description": rule["Description"]} if rule.get("Description") else {}
    for name, (ranges, member) in _places(direction).items():
        if name in rule:
            permission[ranges] = [{member: rule[name], **said}]
    return permission


def _rules(permissions: list[dict[str, Any]], direction: str) -> Iterator[dict[str, Any]]:
    """The rules in EC2's permissions, in CloudFormation's spelling."""
    for permission in permissions:
        ports = {name: permission[name] for name in ("FromPort", "ToPort") if permission.get(name) is not None}
        for name, (ranges, member) in _places(direction).items():
            for found in permission.get(ranges, []):
                said = {"Description": found["Description"]} if found.get("Description") else {}
                yield {"IpProtocol": permission["IpProtocol"], **ports, name: found[member], **said}


def _create_group(context: Context, properties: Properties) -> str:
    ec2 = context.client("ec2")
    named = {
        "GroupName": properties.get("GroupName", context.generated_name),
        "Description": properties["GroupDescription"],
        **({"VpcId": properties["VpcId"]} if "VpcId" in properties else {}),
    }
    return str(ec2.create_security_group(**named)["GroupId"])


def _set_rules(context: Context, group: str, old: Properties, new: Properties) -> None:
    retag(context, group, old, new)
    before = {"SecurityGroupIngress": [], "SecurityGroupEgress": [_EVERYWHERE], **old}
    after = {"SecurityGroupIngress": [], "SecurityGroupEgress": [_EVERYWHERE], **new}
    ec2 = context.client("ec2")
    for name, direction in _DIRECTIONS.items():
        for verb, rules in (
            ("revoke", [rule for rule in before[name] if rule not in after[name]]),
            ("authorize", [rule for rule in after[name] if rule not in before[name]]),
        ):
            request = getattr(ec2, f"{verb}_security_group_{direction}")
            for rule in rules:
                request(GroupId=group, IpPermissions=[_permission(rule, direction)])


def _group(context: Context, group: str) -> dict[str, Any]:
    return dict(context.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0])


def _own(found: list[dict[str, Any]], asked: list[dict[str, Any]], direction: str) -> list[dict[str, Any]]:
    """Of a group's rules those that it is asked to have: others may be resources of their own. All if none is asked."""
    wanted = list(_rules([_permission(rule, direction) for rule in asked], direction))
    return [rule for rule in _rules(found, direction) if not wanted or rule in wanted]


def _read_group(context: Context, group: str, properties: Properties) -> Mapping[str, Any]:
    found = _group(context, group)
    ingress, egress = (properties.get(name, []) for name in _DIRECTIONS)
    return {
        "GroupName": found["GroupName"],
        "GroupDescription": found["Description"],
        "VpcId": found.get("VpcId"),
        "SecurityGroupIngress": _own(found["IpPermissions"], ingress, "ingress"),
        "SecurityGroupEgress": _own(found["IpPermissionsEgress"], egress, "egress"),
        "Tags": tags.pairs(found.get("Tags")),
    }


def _delete_group(context: Context, group: str, _properties: Properties) -> None:
    context.client("ec2").delete_security_group(GroupId=group)


def _group_attributes(context: Context, group: str, _properties: Properties) -> Mapping[str, Any]:
    return {"GroupId": group, "Id": group, "VpcId": _group(context, group).get("VpcId")}


def _rule_type(name: str, direction: str) -> ResourceType:
    """A type that adds one rule to a group that exists."""

    def create(context: Context, properties: Properties) -> str:
        request = getattr(context.client("ec2"), f"authorize_security_group_{direction}")
        made = request(GroupId=properties["GroupId"], IpPermissions=[_permission(properties, direction)])
        return str(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def read(context: Context, rule: str, _properties: Properties) -> Mapping[str, Any]:
        found = context.client("ec2").describe_security_group_rules(SecurityGroupRuleIds=[rule])["SecurityGroupRules"]
        if not found:
            raise ResourceNotFoundError(f"The security group rule {rule} does not exist")
        peer = _PEERS[direction]
        kept = {
            **found[0],
            "CidrIp": found[0].get("CidrIpv4"),
            f"{peer}PrefixListId": found[0].get("PrefixListId"),
            f"{peer}SecurityGroupId": found[0].get("ReferencedGroupInfo", {}).get("GroupId"),
        }
        return to_properties(name, {key: value for key, value in kept.items() if value is not None})

    def delete(context: Context, rule: str, properties: Properties) -> None:
        request = getattr(context.client("ec2"), f"revoke_security_group_{direction}")
        request(GroupId=properties["GroupId"], SecurityGroupRuleIds=[rule])

    return api_type(
        name,
        create=create,
        read=read,
        delete=delete,
        attributes=lambda _context, rule, _properties: {"Id": rule},
        recorded={"IpProtocol": _UNENFORCED},
    )


def _create_entry(context: Context, properties: Properties) -> str:
    ec2 = context.client("ec2")
    asked = {"Egress": False, **properties}
    if "Icmp" in properties:
        asked["IcmpTypeCode"] = asked.pop("Icmp")
    ec2.create_network_acl_entry(**to_input(ec2, "create_network_acl_entry", asked))
    return f"{properties['NetworkAclId']}|{properties['RuleNumber']}|{str(asked['Egress']).lower()}"


def _read_entry(context: Context, physical_id: str, _properties: Properties) -> Mapping[str, Any]:
    table, number, egress = physical_id.split("|")
    acl = context.client("ec2").describe_network_acls(NetworkAclIds=[table])["NetworkAcls"][0]
    for entry in acl["Entries"]:
        if (str(entry["RuleNumber"]), str(entry["Egress"]).lower()) == (number, egress):
            kept = to_properties("AWS::EC2::NetworkAclEntry", entry)
            return {**kept, "NetworkAclId": table, "Icmp": entry.get("IcmpTypeCode")}
    raise ResourceNotFoundError(f"The entry {physical_id} does not exist")


def _delete_entry(context: Context, physical_id: str, _properties: Properties) -> None:
    table, number, egress = physical_id.split("|")
    context.client("ec2").delete_network_acl_entry(NetworkAclId=table, RuleNumber=int(number), Egress=egress == "true")


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::EC2::SecurityGroup",
        create=_create_group,
        configure=_set_rules,
        read=_read_group,
        update=_set_rules,
        delete=_delete_group,
        attributes=_group_attributes,
        recorded={"SecurityGroupIngress": _UNENFORCED, "SecurityGroupEgress": _UNENFORCED},
    ),
    _rule_type("AWS::EC2::SecurityGroupIngress", "ingress"),
    _rule_type("AWS::EC2::SecurityGroupEgress", "egress"),
    ec2_type("AWS::EC2::NetworkAcl", "NetworkAcl"),
    api_type(
        "AWS::EC2::NetworkAclEntry",
        create=_create_entry,
        read=_read_entry,
        delete=_delete_entry,
        recorded={"RuleAction": _UNENFORCED},
    ),
)
