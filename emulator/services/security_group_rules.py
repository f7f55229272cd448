"""EC2's rules of security groups, each with its description."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupBackend

from emulator.replacements import Replacement

_describe_security_group_rules: Any = SecurityGroupBackend.describe_security_group_rules


def _describe(self: Any, rule_ids: list[str], filters: dict[str, list[str]]) -> list[Any]:
    rules: list[Any] = _describe_security_group_rules(self, rule_ids, filters)
    for rule in rules:  # copies, whose description moto reads from the range of addresses
        if description := rule.source_group.get("Description"):
            rule.ip_range = {**rule.ip_range, "Description": description}
    return rules


REPLACEMENTS = (
    Replacement(
        "moto.ec2.models.security_groups:SecurityGroupBackend.describe_security_group_rules",
        _describe,
        "moto tells the description of a rule about addresses only, not of one about another group",
        "4717ee3f0537",
    ),
)
