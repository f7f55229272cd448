"""Imports: resources that are there already, taken into a stack as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from emulator.cloudformation import schemas
from emulator.cloudformation.change_set import Change
from emulator.cloudformation.errors import validation_error
from emulator.cloudformation.stack import Stack
from emulator.cloudformation.template import Template


def physical_ids(template: Template, stack: Stack, asked: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The physical ids of the resources that a request asks to import, by their logical ids.

    Raises:
        ApiError: a resource is not declared so, or is not identified as its type is.
    """
    return {each["LogicalResourceId"]: _physical_id(template, stack, each) for each in asked}


def _physical_id(template: Template, stack: Stack, asked: Mapping[str, Any]) -> str:
    name, type_name, given = asked["LogicalResourceId"], asked["ResourceType"], asked["ResourceIdentifier"]
    declaration = template.resources.get(name)
    if declaration is None or declaration.type != type_name:
        raise validation_error(f"Resources [{name}] to import must be in the template as {type_name}")
    if name in stack.resources:
        raise validation_error(f"Resource {name} already exists in stack {stack.name} and cannot be imported")
    if "DeletionPolicy" not in template.section("Resources")[name]:
        raise validation_error(f"Resources to import must have a DeletionPolicy: [{name}]")
    schema = schemas.find(type_name)
    identifiers = schema.identifiers() if schema else []
    if set(given) != set(identifiers):
        raise validation_error(f"The identifier of {type_name} is [{', '.join(identifiers)}], not [{', '.join(given)}]")
    if len(identifiers) != 1:
        raise validation_error(f"Import of {type_name} is not supported by this emulator")
    return str(given[identifiers[0]])


def check(changes: Iterable[Change]) -> None:
    """See that an import changes nothing else.

    Raises:
        ApiError: names what it would change.
    """
    others = [change.logical_id for change in changes if change.action != "Import"]
    if others:
        raise validation_error(f"As part of the import operation, you cannot modify or add [{', '.join(others)}]")
