"""What was deployed, as its templates say: every resource with its properties, intrinsics replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.end_to_end.conftest import Checkout

# Stands for what a template leaves to CloudFormation, within an attribute of a resource.
ANYTHING = "\N{HORIZONTAL ELLIPSIS}"
# A region has at most so many availability zones; which they are, a template leaves to the account.
_ZONES = 6


@dataclass(frozen=True)
class Resource:
    """A resource of a deployed stack. `retained` ones outlive their stack."""

    stack: str
    logical_id: str
    type: str
    physical_id: str
    retained: bool
    properties: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.stack} {self.logical_id} ({self.type})"


@dataclass(frozen=True)
class Values:
    """What references within one stack stand for."""

    physical_ids: Mapping[str, str]
    exports: Mapping[str, str]
    pseudo_parameters: Mapping[str, str]

    def of(self, value: Any) -> Any:
        """The value without intrinsics. An attribute is a count, or holds the resource's name or id."""
        if isinstance(value, list):
            return [self.of(each) for each in value]
        if not isinstance(value, dict):
            return value
        (name, argument), *others = value.items() or [("", None)]
        if not others and name in self._intrinsics:
            return self._intrinsics[name](argument)
        assert not name.startswith("Fn::"), f"{name} is not known here"
        return {key: self.of(each) for key, each in value.items()}

    @property
    def _intrinsics(self) -> Mapping[str, Callable[[Any], Any]]:
        return {
            "Ref": lambda name: self.pseudo_parameters.get(name) or self.physical_ids[name],
            "Fn::GetAtt": lambda path: self._attribute(*path),
            "Fn::ImportValue": lambda name: self.exports[self.of(name)],
            "Fn::Join": lambda arguments: arguments[0].join(map(str, self.of(arguments[1]))),
            "Fn::GetAZs": lambda _: [ANYTHING] * _ZONES,
            "Fn::Split": lambda arguments: self.of(arguments[1]).split(arguments[0]),
            "Fn::Select": lambda arguments: self.of(arguments[1])[int(arguments[0])],
        }

    def _attribute(self, resource: str, name: str) -> str:
        identifier = self.physical_ids[resource]
        # A queue is known by its URL, and its ARN ends with its name.
        known_by = identifier.rpartition("/")[2] if identifier.startswith("http") else identifier
        return ANYTHING if name == "LatestVersionNumber" else f"{ANYTHING}{known_by}{ANYTHING}"


def deployed(checkout: Checkout) -> Iterator[Resource]:
    """Every resource of every stack of the environment."""
    client, here = checkout.client("cloudformation"), checkout.environment
    pseudo_parameters = {"AWS::AccountId": here.account, "AWS::Region": here.region, "AWS::Partition": "aws"}
    exports = {export["Name"]: export["Value"] for export in client.list_exports()["Exports"]}
    for stack in client.describe_stacks()["Stacks"]:
        name = stack["StackName"]
        if name.startswith(f"{here.prefix}-"):
            template = client.get_template(StackName=name)["TemplateBody"]
            listed = client.list_stack_resources(StackName=name)["StackResourceSummaries"]
            ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in listed}
            given = {
                each["ParameterKey"]: each.get("ResolvedValue") or each["ParameterValue"]
                for each in stack.get("Parameters", [])
            }
            values = Values(ids, exports, {**pseudo_parameters, **given})
            for logical_id, each in template["Resources"].items():
                retained = each.get("DeletionPolicy") == "Retain"
                properties = values.of(each.get("Properties", {}))
                yield Resource(name, logical_id, each["Type"], ids[logical_id], retained, properties)
