"""The intrinsic functions: a template's expressions in, values out."""

from __future__ import annotations

import base64
import ipaddress
import itertools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from emulator.cloudformation.errors import validation_error

# What AWS shows in a change set for a value that only the deployment can know.
KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"
NO_VALUE = object()
_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")
_CONDITION_FUNCTIONS = {"Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Condition"}


class Surroundings(Protocol):
    """What an expression may refer to outside its template's parameters, mappings and conditions."""

    def reference(self, logical_id: str) -> Any:
        """A resource's physical id."""

    def attribute(self, logical_id: str, name: str) -> Any:
        """A resource's attribute."""

    def exported(self, name: str) -> Any:
        """Another stack's export."""

    def stack_output(self, stack_name: str, output: str, region: str | None) -> Any:
        """Another stack's output."""

    def availability_zones(self, region: str) -> list[str]:
        """The names of a region's zones."""

    def dynamic(self, text: str) -> str:
        """The text with its dynamic references resolved."""


@dataclass(frozen=True)
class Evaluator:
    """Evaluates the expressions of one template with one set of parameters (pseudo parameters included)."""

    parameters: Mapping[str, Any]
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    surroundings: Surroundings

    def resolve(self, value: Any) -> Any:
        """The value with every function evaluated; `AWS::NoValue` removes the key or element that holds it.

        Raises:
            ApiError: a function is unknown, malformed or refers to something that is not there.
        """
        if isinstance(value, dict):
            if len(value) == 1:
                (name, argument), *_ = value.items()
                if name == "Ref" or name.startswith("Fn::"):
                    return self._call(name, argument)
            entries = ((key, self.resolve(entry)) for key, entry in value.items())
            return {key: entry for key, entry in entries if entry is not NO_VALUE}
        if isinstance(value, list):
            return [entry for entry in map(self.resolve, value) if entry is not NO_VALUE]
        if isinstance(value, str) and "{{resolve:" in value:
            return self.surroundings.dynamic(value)
        return value

    def condition(self, value: Any) -> bool:
        """Whether a condition, named or written out, holds.

        Raises:
            ApiError: the condition is not declared or not one.
        """
        if isinstance(value, str):
            if value not in self.conditions:
                raise validation_error(f"Template format error: Unresolved condition dependency {value}")
            return self.condition(self.conditions[value])
        if isinstance(value, dict) and len(value) == 1:
            (name, argument), *_ = value.items()
            if name in _CONDITION_FUNCTIONS:
                return self._condition_function(name, argument)
        raise validation_error("Template error: every condition must be a boolean function")

    def _condition_function(self, name: str, argument: Any) -> bool:
        if name == "Condition":
            return self.condition(argument)
        if name == "Fn::Equals":
            left, right = map(self.resolve, argument)
            return text(left) == text(right) if not isinstance(left, list | dict) else bool(left == right)
        if name == "Fn::Not":
            return not self.condition(argument[0])
        return (all if name == "Fn::And" else any)(self.condition(entry) for entry in argument)

    def _call(self, name: str, argument: Any) -> Any:
        try:
            if name in _CONDITION_FUNCTIONS:
                return self.condition({name: argument})
            own = self._own(name)
            return own(argument) if own else self._pure(name, argument)
        except (TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
            raise validation_error(f"Template error: {name} cannot be evaluated on {json.dumps(argument)}") from error

    def _own(self, name: str) -> Callable[[Any], Any] | None:
        """A function that looks at more than its argument."""
        functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::ImportValue": lambda value: self.surroundings.exported(text(self.resolve(value))),
            "Fn::GetAZs": self._get_availability_zones,
            "Fn::GetStackOutput": self._get_stack_output,
        }
        return functions.get(name)

    def _pure(self, name: str, argument: Any) -> Any:
        if name not in _PURE:
            raise validation_error(f"Template error: {name} is not supported by this emulator")
        value = self.resolve(argument)
        if name != "Fn::Join" and KNOWN_AFTER_APPLY in json.dumps(value):
            return KNOWN_AFTER_APPLY
        return _PURE[name](value)

    def _get_availability_zones(self, argument: Any) -> list[str]:
        region = text(self.resolve(argument)) or self.parameters["AWS::Region"]
        return self.surroundings.availability_zones(region)

    def _ref(self, name: Any) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        return self.parameters[name] if name in self.parameters else self.surroundings.reference(name)

    def _get_att(self, argument: Any) -> Any:
        logical_id, name = argument.split(".", 1) if isinstance(argument, str) else argument
        return self.surroundings.attribute(logical_id, text(self.resolve(name)))

    def _sub(self, argument: Any) -> str:
        template, variables = (argument, {}) if isinstance(argument, str) else argument

        def replace(match: re.Match[str]) -> str:
            name = match.group(1).strip()
            if name in variables:
                return text(self.resolve(variables[name]))
            if "." in name and name not in self.parameters:
                return text(self._get_att(name))
            return text(self._ref(name))

        substituted = _PLACEHOLDER.sub(replace, template).replace("${!", "${")
        return self.surroundings.dynamic(substituted) if "{{resolve:" in substituted else substituted

    def _if(self, argument: Any) -> Any:
        condition, when_true, when_false = argument
        return self.resolve(when_true if self.condition(condition) else when_false)

    def _find_in_map(self, argument: Any) -> Any:
        mapping, first, second = (self.resolve(entry) for entry in argument[:3])
        found = self.mappings.get(mapping, {}).get(text(first), {}).get(text(second), NO_VALUE)
        if found is NO_VALUE and len(argument) > 3:
            found = self.resolve(argument[3]["DefaultValue"])
        if found is NO_VALUE:
            raise validation_error(f"Template error: Unable to get mapping for {mapping}::{first}::{second}")
        return found

    def _get_stack_output(self, argument: Any) -> Any:
        value = self.resolve(argument)
        return self.surroundings.stack_output(value["StackName"], value["OutputName"], value.get("Region"))


def placeholders(argument: Any) -> set[str]:
    """The names that an argument of Fn::Sub refers to outside its own variables."""
    template, variables = (argument, {}) if isinstance(argument, str) else argument
    return {match.strip() for match in _PLACEHOLDER.findall(template)} - set(variables)


def text(value: Any) -> str:
    """A scalar as CloudFormation writes it into a string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        raise validation_error(f"Template error: a string is expected, not {json.dumps(value)}")
    return str(value)


def _join(value: Any) -> str:
    separator, parts = value
    return str(separator).join(text(part) for part in parts)


def _select(value: Any) -> Any:
    position, entries = value
    if int(position) < 0 or any(entry is None for entry in entries):
        raise IndexError(position)
    return entries[int(position)]


def _cidr(value: Any) -> list[str]:
    block, count, *bits = value
    network = ipaddress.ip_network(block)
    size = network.max_prefixlen - int(bits[0] if bits else 8)
    blocks = list(itertools.islice(network.subnets(new_prefix=size), int(count)))
    if len(blocks) < int(count):
        raise ValueError(block)
    return [str(subnet) for subnet in blocks]


_PURE: Mapping[str, Callable[[Any], Any]] = {
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": lambda value: value[1].split(value[0]),
    "Fn::Base64": lambda value: base64.b64encode(value.encode()).decode(),
    "Fn::Cidr": _cidr,
    "Fn::Length": len,
    "Fn::ToJsonString": lambda value: json.dumps(value, separators=(",", ":")),
}
