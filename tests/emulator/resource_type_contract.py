"""What every resource type must do on a running emulator: keep, tell, change and delete what a template says."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jmespath  # type: ignore[import-untyped]
import pytest

from emulator.cloudformation import resources, schemas
from emulator.cloudformation.comparison import differences
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType

ACCOUNT, REGION = "123456789012", "us-east-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-1111-1111-1111-111111111111"
TAGS = [{"Key": "team", "Value": "data"}, {"Key": "stage", "Value": "test"}]


def types() -> dict[str, ResourceType]:
    modules = [
        importlib.import_module(f"{resources.__name__}.{module.name}")
        for module in pkgutil.iter_modules(resources.__path__)
    ]
    return {found.name: found for module in modules for found in module.TYPES}


def checked_types() -> set[str]:
    """The types that the modules test_resource_types_* of this folder check: `CASES`, and those `CHECKED_APART`."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("test_resource_types_*.py"))
    modules = [importlib.import_module(f"tests.emulator.{name}") for name in names]
    apart = {name for module in modules for name in getattr(module, "CHECKED_APART", ())}
    return {case.type for module in modules for case in module.CASES} | apart


def policy(action: str, **statement: Any) -> Properties:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, **statement}]}


def trust(service: str) -> Properties:
    return policy("sts:AssumeRole", Principal={"Service": f"{service}.amazonaws.com"})


@dataclass
class World:
    """An emulator, and what a case needs there before it can be made."""

    context: Context
    made: list[tuple[str, str, Properties]] = field(default_factory=list)

    def make(self, type_name: str, properties: Properties) -> str:
        name = f"{self.context.generated_name}-{len(self.made)}"
        physical_id = types()[type_name].create(replace(self.context, generated_name=name), properties)
        self.made.append((type_name, physical_id, properties))
        return physical_id

    def client(self, service: str) -> Any:
        return self.context.client(service)

    def clear(self) -> None:
        for type_name, physical_id, properties in reversed(self.made):
            types()[type_name].delete(self.context, physical_id, properties)
        self.made.clear()


def of_stack(name: str) -> World:
    """What resources of a stack of this name see; an emulator must run."""
    stack = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/1"
    return World(Context(stack, name, "Resource", f"{name}-Resource", ACCOUNT, REGION))


@dataclass(frozen=True)
class Case:
    """One type with a rich set of properties.

    `changed` replaces properties on update (None removes one); nothing to change means that any change replaces the
    resource. `attributes` are those that must be told, as patterns. `listing` is where the service lists it.
    """

    type: str
    properties: Properties
    changed: Properties = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    listing: tuple[str, str, str] | None = None

    def __str__(self) -> str:
        return self.type


def _lost(kind: ResourceType, world: World, physical_id: str, wanted: Properties) -> list[str]:
    found = kind.read(world.context, physical_id, wanted)
    schema = schemas.find(kind.name)
    assert schema is not None
    assert not schema.unknown_properties(wanted)
    return [str(difference) for difference in differences(kind.readable(wanted), found, schema.unordered)]


def _listed(world: World, case: Case) -> set[str]:
    if case.listing is None:
        return set()
    service, operation, path = case.listing
    client = world.client(service)
    if client.can_paginate(operation):
        pages = client.get_paginator(operation).paginate()
    else:
        pages = [getattr(client, operation)()]
    return {name for page in pages for name in jmespath.search(path, page)}


def check(case: Case, world: World) -> None:
    """Create, read back, change, delete, and see it gone."""
    kind, properties = types()[case.type], case.properties
    before = _listed(world, case)
    physical_id = kind.create(world.context, properties)
    assert _lost(kind, world, physical_id, properties) == []
    assert case.listing is None or len(_listed(world, case)) == len(before) + 1
    told = kind.attributes(world.context, physical_id, properties)
    for name, pattern in case.attributes.items():
        assert told[name].startswith(pattern), (name, told[name])
    if case.changed:
        assert kind.update is not None
        merged = {**properties, **case.changed}
        changed = {name: value for name, value in merged.items() if value is not None}
        kind.update(world.context, physical_id, properties, changed)
        assert _lost(kind, world, physical_id, changed) == []
        left = kind.read(world.context, physical_id, changed)
        for name in set(properties) - set(changed):
            assert left.get(name) != properties[name], f"{name} was not taken away"
        properties = changed
    kind.delete(world.context, physical_id, properties)
    with pytest.raises(ResourceNotFoundError):
        kind.read(world.context, physical_id, properties)
    with pytest.raises(ResourceNotFoundError):
        kind.delete(world.context, physical_id, properties)
    assert _listed(world, case) == before
