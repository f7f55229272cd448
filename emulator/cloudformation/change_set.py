"""What a deployment would change, and the change sets that show it before it happens."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from emulator.cloudformation import schemas
from emulator.cloudformation.comparison import same
from emulator.cloudformation.evaluation import StackSurroundings, active, evaluator, outputs, properties
from emulator.cloudformation.intrinsics import KNOWN_AFTER_APPLY
from emulator.cloudformation.resource_type import Properties, ResourceType
from emulator.cloudformation.resource_types import ResourceTypes, is_custom
from emulator.cloudformation.stack import STACK_TYPE, Resource, Revision, Stack, Stacks, now
from emulator.cloudformation.template import Declaration

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


@dataclass(frozen=True)
class Change:
    """What happens to one resource: Add, Modify, Remove or Import. `replacement` is True, False or Conditional."""

    action: str
    logical_id: str
    type: str
    physical_id: str | None = None
    replacement: str | None = None
    scope: tuple[str, ...] = ()
    details: tuple[Mapping[str, Any], ...] = ()
    before: Properties | None = None
    after: Properties | None = None
    policy_action: str | None = None

    def description(self, with_values: bool) -> dict[str, Any]:
        """As the API shows it; property values only when asked for."""
        shown = {
            "Action": self.action,
            "LogicalResourceId": self.logical_id,
            "PhysicalResourceId": self.physical_id,
            "ResourceType": self.type,
            "Replacement": self.replacement,
            "Scope": list(self.scope),
            "Details": [detail if with_values else _without_values(detail) for detail in self.details],
            "PolicyAction": self.policy_action,
        }
        if with_values:
            for name, properties in (("BeforeContext", self.before), ("AfterContext", self.after)):
                shown[name] = None if properties is None else json.dumps({"Properties": properties}, default=str)
        return {"Type": "Resource", "ResourceChange": {k: v for k, v in shown.items() if v is not None}}


@dataclass
class ChangeSet:
    """A revision that waits to be executed."""

    name: str
    stack: Stack
    kind: str
    revision: Revision
    changes: list[Change]
    description: str | None = None
    on_failure: str | None = None
    status: str = "CREATE_COMPLETE"
    reason: str | None = None
    execution_status: str = "AVAILABLE"
    created: datetime = field(default_factory=now)
    id: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            owner = f"{self.stack.region}:{self.stack.account}"
            self.id = f"arn:aws:cloudformation:{owner}:changeSet/{self.name}/{uuid.uuid4()}"


def recreation(
    resource_type: ResourceType | None, type_name: str, name: str, before: Properties, after: Properties
) -> str:
    """Whether a change of a property needs another resource: Never, Conditionally or Always."""
    if resource_type is not None and resource_type.update is None:
        return "Always"
    schema = schemas.find(type_name)
    return schema.recreation(name, before, after) if schema else "Never"


def plan(stacks: Stacks, stack: Stack, revision: Revision, types: ResourceTypes) -> list[Change]:
    """The changes that bring a stack to a revision, in the order in which they happen.

    Raises:
        ApiError: an expression cannot be evaluated.
    """
    existing = {name: resource for name, resource in stack.resources.items() if resource.physical_id}
    changes: list[Change] = []
    names = active(evaluator(StackSurroundings(stacks, stack), revision), revision)
    unknown = {name for name in names if name not in existing}
    for name, declaration in names.items():
        evaluate = evaluator(StackSurroundings(stacks, stack, frozenset(unknown)), revision)
        wanted = properties(evaluate, revision, declaration)
        change = (
            _modification(existing[name], declaration, wanted, types)
            if name in existing
            else Change("Import", name, declaration.type, revision.imports[name], after=wanted)
            if name in revision.imports
            else Change("Add", name, declaration.type, after=wanted)
        )
        if change is None:
            continue
        changes.append(change)
        if change.replacement in {"True", "Conditional"} or is_custom(declaration.type):
            unknown.add(name)
    return changes + [_removal(resource) for name, resource in existing.items() if name not in names]


def changes_outputs(stacks: Stacks, stack: Stack, revision: Revision, changes: list[Change]) -> bool:
    """Whether a revision without changed resources changes the stack's outputs."""
    if changes:
        return True
    evaluate = evaluator(StackSurroundings(stacks, stack), revision)
    return outputs(evaluate, revision) != stack.outputs


def _modification(
    resource: Resource, declaration: Declaration, properties: Properties, types: ResourceTypes
) -> Change | None:
    before, old = resource.properties, resource.declaration
    resource_type = types.find(declaration.type)
    changed = [name for name in sorted({*before, *properties}) if not same(before.get(name), properties.get(name))]
    details = []
    for name in changed:
        static = old.properties.get(name) != declaration.properties.get(name)
        needed = recreation(resource_type, declaration.type, name, before, properties)
        details.append(_detail(name, before, properties, needed, static))
    if declaration.type == STACK_TYPE and not details:
        target = {"Attribute": "Properties", "RequiresRecreation": "Never"}
        details.append({"Target": target, "Evaluation": "Dynamic", "ChangeSource": "Automatic"})
    scope = ["Properties"] if details else []
    for attribute, left, right in (
        ("Metadata", old.metadata, declaration.metadata),
        ("DeletionPolicy", old.deletion_policy, declaration.deletion_policy),
        ("UpdateReplacePolicy", old.update_replace_policy, declaration.update_replace_policy),
    ):
        if left != right:
            scope.append(attribute)
            target = {"Attribute": attribute, "RequiresRecreation": "Never"}
            details.append({"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"})
    if not scope:
        return None
    replacement = _replacement(details)
    policy = {"Delete": "ReplaceAndDelete"}.get(declaration.update_replace_policy, "ReplaceAndRetain")
    return Change(
        "Modify",
        resource.logical_id,
        declaration.type,
        resource.physical_id,
        replacement,
        tuple(scope),
        tuple(details),
        before,
        properties,
        policy if replacement == "True" else None,
    )


def _detail(name: str, before: Properties, after: Properties, needed: str, static: bool) -> dict[str, Any]:
    kind = "Modify" if name in before and name in after else "Add" if name in after else "Remove"
    target = {
        "Attribute": "Properties",
        "Name": name,
        "Path": f"/Properties/{name}",
        "RequiresRecreation": needed,
        "AttributeChangeType": kind,
    }
    for key, holder in (("BeforeValue", before), ("AfterValue", after)):
        if name in holder:
            value = holder[name]
            target[key] = value if isinstance(value, str) else json.dumps(value)
    dynamic = not static and KNOWN_AFTER_APPLY in json.dumps(after.get(name))
    return {
        "Target": target,
        "Evaluation": "Dynamic" if dynamic else "Static",
        "ChangeSource": "ResourceReference" if dynamic else "DirectModification",
    }


def _replacement(details: list[dict[str, Any]]) -> str:
    needed = {(detail["Target"]["RequiresRecreation"], detail["Evaluation"]) for detail in details}
    if ("Always", "Static") in needed:
        return "True"
    return "Conditional" if any(recreate != "Never" for recreate, _ in needed) else "False"


def _removal(resource: Resource) -> Change:
    kept = resource.declaration.deletion_policy != "Delete"
    return Change(
        "Remove",
        resource.logical_id,
        resource.type,
        resource.physical_id,
        before=resource.properties,
        policy_action="Retain" if kept else "Delete",
    )


def _without_values(detail: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in detail["Target"].items() if key not in {"BeforeValue", "AfterValue"}}
    return {**detail, "Target": kept}
