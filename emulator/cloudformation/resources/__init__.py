"""Every resource type that a deployment may use, one module per service."""

from __future__ import annotations

import importlib
import pkgutil

from emulator.cloudformation.resource_type import ResourceType


def load() -> dict[str, ResourceType]:
    """All types by name, gathered from each module's `TYPES`."""
    types: dict[str, ResourceType] = {}
    for module in pkgutil.iter_modules(__path__):
        for resource_type in importlib.import_module(f"{__name__}.{module.name}").TYPES:
            types[resource_type.name] = resource_type
    return types
