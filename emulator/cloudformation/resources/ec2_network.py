"""AWS::EC2 types that make a network: VPCs, subnets, gateways and the routes between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.ec2_type import ec2_type, retag
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType

_UNREACHABLE = "no packets are routed here"
_DNS = {"EnableDnsSupport": True, "EnableDnsHostnames": False}
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def _truth(value: Any) -> bool:
    return str(value).lower() == "true"


def _set_dns(context: Context, vpc: str, old: Properties, new: Properties) -> None:
    for name, default in _DNS.items():
        if new.get(name, default) != old.get(name, default):
            value = {"Value": _truth(new.get(name, default))}
            context.client("ec2").modify_vpc_attribute(VpcId=vpc, **{name: value})


def _read_vpc(ec2: Any, document: Mapping[str, Any], _properties: Properties) -> Mapping[str, Any]:
    attributes = {"EnableDnsSupport": "enableDnsSupport", "EnableDnsHostnames": "enableDnsHostnames"}
    return {
        name: ec2.describe_vpc_attribute(VpcId=document["VpcId"], Attribute=attribute)[name]["Value"]
        for name, attribute in attributes.items()
    }


def _vpc_attributes(ec2: Any, document: Mapping[str, Any]) -> Mapping[str, Any]:
    mine = [{"Name": "vpc-id", "Values": [document["VpcId"]]}]
    groups = ec2.describe_security_groups(Filters=[*mine, {"Name": "group-name", "Values": ["default"]}])
    lists = ec2.describe_network_acls(Filters=[*mine, {"Name": "default", "Values": ["true"]}])
    return {
        "CidrBlock": document["CidrBlock"],
        "CidrBlockAssociations": [each["AssociationId"] for each in document.get("CidrBlockAssociationSet", [])],
        "DefaultSecurityGroup": groups["SecurityGroups"][0]["GroupId"],
        "DefaultNetworkAcl": lists["NetworkAcls"][0]["NetworkAclId"],
    }


def _set_public(context: Context, subnet: str, old: Properties, new: Properties) -> None:
    wanted = _truth(new.get("MapPublicIpOnLaunch", False))
    if wanted != _truth(old.get("MapPublicIpOnLaunch", False)):
        context.client("ec2").modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": wanted})


def _attach(context: Context, properties: Properties) -> str:
    vpc, gateway = properties["VpcId"], properties["InternetGatewayId"]
    context.client("ec2").attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    return f"IGW|{vpc}"


def _read_attachment(context: Context, physical_id: str, properties: Properties) -> Mapping[str, Any]:
    gateway = properties["InternetGatewayId"]
    found = context.client("ec2").describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"][0]
    vpcs = [attachment["VpcId"] for attachment in found["Attachments"]]
    if properties["VpcId"] not in vpcs:
        raise ResourceNotFoundError(f"{physical_id} is not attached")
    return {"VpcId": properties["VpcId"], "InternetGatewayId": gateway}


def _detach(context: Context, _physical_id: str, properties: Properties) -> None:
    vpc, gateway = properties["VpcId"], properties["InternetGatewayId"]
    context.client("ec2").detach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)


def _associate(context: Context, properties: Properties) -> str:
    ec2 = context.client("ec2")
    return str(ec2.associate_route_table(**to_input(ec2, "associate_route_table", properties))["AssociationId"])


def _read_association(context: Context, association: str, _properties: Properties) -> Mapping[str, Any]:
    asked = [{"Name": "association.route-table-association-id", "Values": [association]}]
    for table in context.client("ec2").describe_route_tables(Filters=asked)["RouteTables"]:
        for found in table["Associations"]:
            if found["RouteTableAssociationId"] == association:
                return {"RouteTableId": table["RouteTableId"], "SubnetId": found["SubnetId"]}
    raise ResourceNotFoundError(f"The association {association} does not exist")


def _disassociate(context: Context, association: str, _properties: Properties) -> None:
    context.client("ec2").disassociate_route_table(AssociationId=association)


def _create_route(context: Context, properties: Properties) -> str:
    ec2 = context.client("ec2")
    ec2.create_route(**to_input(ec2, "create_route", properties))
    return f"{properties['RouteTableId']}|{_destination(properties)[1]}"


def _destination(route: Mapping[str, Any]) -> tuple[str, str]:
    name = next(name for name in _DESTINATIONS if route.get(name))
    return name, route[name]


def _read_route(context: Context, physical_id: str, properties: Properties) -> Mapping[str, Any]:
    table = properties["RouteTableId"]
    found = context.client("ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"]
    for route in found[0]["Routes"]:
        if _destination(route) == _destination(properties):
            return {**to_properties("AWS::EC2::Route", route), "RouteTableId": table}
    raise ResourceNotFoundError(f"The route {physical_id} does not exist")


def _update_route(context: Context, _physical_id: str, _old: Properties, new: Properties) -> None:
    ec2 = context.client("ec2")
    ec2.replace_route(**to_input(ec2, "replace_route", new))


def _delete_route(context: Context, _physical_id: str, properties: Properties) -> None:
    name, value = _destination(properties)
    context.client("ec2").delete_route(RouteTableId=properties["RouteTableId"], **{name: value})


def _allocate(context: Context, properties: Properties) -> str:
    ec2 = context.client("ec2")
    made = ec2.allocate_address(**to_input(ec2, "allocate_address", {"Domain": "vpc", **properties}))
    retag(context, made["AllocationId"], {}, properties)
    return str(made["PublicIp"])


def _address(context: Context, address: str) -> dict[str, Any]:
    return dict(context.client("ec2").describe_addresses(PublicIps=[address])["Addresses"][0])


def _read_address(context: Context, address: str, _properties: Properties) -> Mapping[str, Any]:
    return to_properties("AWS::EC2::EIP", _address(context, address))


def _update_address(context: Context, address: str, old: Properties, new: Properties) -> None:
    retag(context, _address(context, address)["AllocationId"], old, new)


def _release(context: Context, address: str, _properties: Properties) -> None:
    context.client("ec2").release_address(AllocationId=_address(context, address)["AllocationId"])


def _address_attributes(context: Context, address: str, _properties: Properties) -> Mapping[str, Any]:
    return {"PublicIp": address, "AllocationId": _address(context, address)["AllocationId"]}


def _subnet_attributes(ec2: Any, document: Mapping[str, Any]) -> Mapping[str, Any]:
    here = [{"Name": "association.subnet-id", "Values": [document["SubnetId"]]}]
    lists = ec2.describe_network_acls(Filters=here)["NetworkAcls"]
    associations = [each for found in lists for each in found["Associations"]]
    associated = [each["NetworkAclAssociationId"] for each in associations if each["SubnetId"] == document["SubnetId"]]
    return {
        **{name: document[name] for name in ("AvailabilityZone", "CidrBlock", "VpcId")},
        "NetworkAclAssociationId": associated[0] if associated else "",
        "Ipv6CidrBlocks": [each["Ipv6CidrBlock"] for each in document.get("Ipv6CidrBlockAssociationSet", [])],
    }


TYPES: tuple[ResourceType, ...] = (
    ec2_type(
        "AWS::EC2::VPC",
        "Vpc",
        complete=_read_vpc,
        configure=_set_dns,
        attributes=_vpc_attributes,
        recorded={"CidrBlock": _UNREACHABLE},
    ),
    ec2_type(
        "AWS::EC2::Subnet",
        "Subnet",
        configure=_set_public,
        attributes=_subnet_attributes,
        recorded={"CidrBlock": _UNREACHABLE},
    ),
    ec2_type("AWS::EC2::InternetGateway", "InternetGateway"),
    ec2_type("AWS::EC2::RouteTable", "RouteTable"),
    api_type("AWS::EC2::VPCGatewayAttachment", create=_attach, read=_read_attachment, delete=_detach),
    api_type(
        "AWS::EC2::SubnetRouteTableAssociation",
        create=_associate,
        read=_read_association,
        delete=_disassociate,
        attributes=lambda _context, association, _properties: {"Id": association},
    ),
    api_type(
        "AWS::EC2::Route",
        create=_create_route,
        read=_read_route,
        update=_update_route,
        delete=_delete_route,
        attributes=lambda _context, _physical_id, properties: {"CidrBlock": _destination(properties)[1]},
    ),
    api_type(
        "AWS::EC2::EIP",
        create=_allocate,
        read=_read_address,
        update=_update_address,
        delete=_release,
        attributes=_address_attributes,
        recorded={"Domain": "nothing answers at the address"},
    ),
)
