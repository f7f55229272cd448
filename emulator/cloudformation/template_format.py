"""What every template must be, whatever its resources are: the checks that AWS makes before it looks at their types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emulator.cloudformation.errors import ApiError, validation_error

# The quotas of CloudFormation.
_MOST = {"Resources": 500, "Parameters": 200, "Outputs": 200, "Mappings": 200}
_SCALARS = r"String|Number|CommaDelimitedList|List<(String|Number)>"
_OF_AWS = r"(List<)?AWS::EC2::[A-Za-z:]+>?|(List<)?AWS::Route53::HostedZone::Id>?|AWS::SSM::Parameter::Name"
_PARAMETER_TYPE = re.compile(rf"{_SCALARS}|{_OF_AWS}|AWS::SSM::Parameter::Value<({_SCALARS}|{_OF_AWS})>")


def check(content: Mapping[str, Any]) -> None:
    """See that a template, its transforms applied, is well-formed.

    Raises:
        ApiError: names the place that is not.
    """
    null = next(_nulls(content, ""), None)
    if null:
        raise validation_error(f"[{null}] 'null' values are not allowed in templates")
    for section, most in _MOST.items():
        _check_section(section, content.get(section, {}), most)
    for name, facts in content.get("Parameters", {}).items():
        check_parameter(name, facts)
    for name, facts in content.get("Outputs", {}).items():
        if not isinstance(facts, dict) or "Value" not in facts:
            raise format_error(f"Output {name} is malformed. The Value field of every Outputs member must be specified")


def check_parameter(name: str, facts: Any) -> None:
    """See that a parameter is declared with a type that CloudFormation has.

    Raises:
        ApiError: names the parameter.
    """
    if not isinstance(facts, dict) or not isinstance(facts.get("Type"), str):
        raise format_error(f"[/Parameters/{name}] Every Parameters object must contain a Type member.")
    if not _PARAMETER_TYPE.fullmatch(facts["Type"]):
        raise format_error(f"Unrecognized parameter type: {facts['Type']}")


def format_error(text: str) -> ApiError:
    """The error of a text that is no template."""
    return validation_error(f"Template format error: {text}")


def _check_section(section: str, entries: Any, most: int) -> None:
    if not isinstance(entries, dict):
        raise format_error(f"{section} must be an object")
    if len(entries) > most:
        raise format_error(f"Number of {section.lower()}, {len(entries)}, is greater than maximum allowed, {most}")
    for name in entries:
        # Python's isalnum takes letters of every alphabet.
        if not re.fullmatch(r"[A-Za-z0-9]+", str(name)) and section != "Mappings":
            raise format_error(f"{section.removesuffix('s')} name {name} is non alphanumeric.")


def _nulls(value: Any, path: str) -> Iterator[str]:
    if value is None:
        yield path
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _nulls(entry, f"{path}/{key}")
    elif isinstance(value, list):
        for position, entry in enumerate(value):
            yield from _nulls(entry, f"{path}/{position}")
