"""What moto's EC2 drops: of a rule about another group its description, of a changed endpoint its policy and DNS."""

from __future__ import annotations

import json
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.responses.vpcs import VPCs

from emulator.replacements import Replacement

_moto_rules: Any = SecurityGroupBackend.describe_security_group_rules
_moto_modify_endpoint: Any = VPCs.modify_vpc_endpoint


def _describe_rules(self: Any, rule_ids: list[str], filters: dict[str, list[str]]) -> list[Any]:
    rules: list[Any] = _moto_rules(self, rule_ids, filters)
    for rule in rules:  # copies, whose description moto reads from the range of addresses
        if description := rule.source_group.get("Description"):
            rule.ip_range = {**rule.ip_range, "Description": description}
    return rules


def _modify_endpoint(self: Any) -> Any:
    answer = _moto_modify_endpoint(self)
    (endpoint,) = self.ec2_backend.describe_vpc_endpoints(vpc_end_point_ids=[self._get_param("VpcEndpointId")])
    if self._get_bool_param("ResetPolicy"):
        endpoint.policy_document = json.dumps(VPCEndPoint.DEFAULT_POLICY)
    private = self._get_bool_param("PrivateDnsEnabled")
    if private is not None:
        endpoint.private_dns_enabled = private
    return answer


REPLACEMENTS = (
    Replacement(
        "moto.ec2.models.security_groups:SecurityGroupBackend.describe_security_group_rules",
        _describe_rules,
        "moto tells the description of a rule about addresses only, not of one about another group",
        "4717ee3f0537",
    ),
    Replacement(
        "moto.ec2.responses.vpcs:VPCs.modify_vpc_endpoint",
        _modify_endpoint,
        "moto answers success, and neither resets the policy nor changes private DNS",
        "916b8f784428",
    ),
)
