"""A template's text as data: JSON, or YAML with the short forms of the intrinsic functions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from emulator.cloudformation import template_format
from emulator.cloudformation.errors import validation_error
from emulator.cloudformation.template_format import format_error

_SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    }
)
_ATTRIBUTES = frozenset(
    {
        "Condition",
        "CreationPolicy",
        "DeletionPolicy",
        "DependsOn",
        "Metadata",
        "Properties",
        "Type",
        "UpdatePolicy",
        "UpdateReplacePolicy",
    }
)
# Those that are executed, by the type of resource whose updates they are for.
_UPDATE_POLICIES = frozenset({("AWS::Lambda::Alias", "CodeDeployLambdaAliasUpdate")})
_DELETION_POLICIES = frozenset({"Delete", "Retain", "RetainExceptOnCreate", "Snapshot"})


@dataclass(frozen=True)
class Declaration:
    """One entry of the Resources section, intrinsic functions not yet evaluated."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    depends_on: tuple[str, ...]
    condition: str | None
    metadata: Mapping[str, Any]
    deletion_policy: str
    update_replace_policy: str
    update_policy: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Template:
    """A template, the transforms that it names applied, and the text it came from."""

    body: str
    content: Mapping[str, Any]
    resources: Mapping[str, Declaration]
    transforms: tuple[str, ...] = ()

    def section(self, name: str) -> Mapping[str, Any]:
        """A section, empty when it is not there."""
        return self.content.get(name) or {}


class _Loader(yaml.SafeLoader):
    """YAML as CloudFormation reads it: short forms of functions, dates kept as text."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    if name == "Fn::GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name: value}


_Loader.add_multi_constructor("!", _short_form)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda _loader, node: node.value)


def read(body: str) -> dict[str, Any]:
    """The sections of a template as they are written.

    Raises:
        ApiError: the text is not JSON or YAML, or has other sections than templates have.
    """
    content = snippet(body)
    if not isinstance(content, dict):
        raise format_error("unsupported structure.")
    unknown = sorted(set(content) - _SECTIONS)
    if unknown:
        raise format_error(f"Invalid template property or properties [{', '.join(unknown)}]")
    return content


def parse(body: str, content: Mapping[str, Any], transforms: Iterable[str] = ()) -> Template:
    """The template that a text is; `content` are its sections once its transforms were applied.

    Raises:
        ApiError: it is not a template.
    """
    template_format.check(content)
    resources = content.get("Resources")
    if not resources:
        raise format_error("At least one Resources member must be defined.")
    declarations = {name: _declaration(name, value) for name, value in resources.items()}
    return Template(body, content, declarations, tuple(transforms))


def snippet(body: str) -> Any:
    """What JSON or YAML text says.

    Raises:
        ApiError: it is neither.
    """
    try:
        return json.loads(body) if body.lstrip().startswith("{") else yaml.load(body, _Loader)  # noqa: S506 (safe)
    except json.JSONDecodeError as error:
        raise format_error(f"JSON not well-formed. (line {error.lineno}, column {error.colno})") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise format_error(f"YAML not well-formed.{place}") from error


def _declaration(name: str, value: Any) -> Declaration:
    if not isinstance(value, dict) or not isinstance(value.get("Type"), str):
        raise format_error(f"[/Resources/{name}] Every Resources object must contain a Type member.")
    unknown = sorted(set(value) - _ATTRIBUTES)
    if unknown:
        raise validation_error(f"Invalid template resource property '{unknown[0]}'")
    if "CreationPolicy" in value:
        raise validation_error(f"[/Resources/{name}] CreationPolicy is not supported by this emulator")
    for section in ("Properties", "Metadata"):
        if not isinstance(value.get(section, {}), dict):
            raise format_error(f"[/Resources/{name}/{section}] {section} must be an object")
    depends_on = value.get("DependsOn", [])
    return Declaration(
        logical_id=name,
        type=value["Type"],
        properties=value.get("Properties") or {},
        depends_on=(depends_on,) if isinstance(depends_on, str) else tuple(depends_on),
        condition=value.get("Condition"),
        metadata=value.get("Metadata") or {},
        deletion_policy=_policy(name, value, "DeletionPolicy"),
        update_replace_policy=_policy(name, value, "UpdateReplacePolicy"),
        update_policy=_update_policy(name, value),
    )


def _update_policy(name: str, value: Mapping[str, Any]) -> Mapping[str, Any]:
    given = value.get("UpdatePolicy") or {}
    if not isinstance(given, dict):
        raise format_error(f"[/Resources/{name}/UpdatePolicy] UpdatePolicy must be an object")
    for kind in given:
        if (value["Type"], kind) not in _UPDATE_POLICIES:
            raise validation_error(
                f"[/Resources/{name}] UpdatePolicy {kind} of {value['Type']} is not supported by this emulator"
            )
    return given


def _policy(name: str, value: Mapping[str, Any], attribute: str) -> str:
    policy = value.get(attribute, "Delete")
    if not isinstance(policy, str) or policy not in _DELETION_POLICIES:
        raise format_error(f"Unrecognized {attribute} {policy} for resource {name}")
    if policy == "Snapshot":
        raise validation_error(f"[/Resources/{name}] {attribute} Snapshot is not supported by this emulator")
    return policy
