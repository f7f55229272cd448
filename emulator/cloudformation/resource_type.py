"""What CloudFormation must know of a resource type: how to create, read back, change and delete it.

A type is honored when the service's own backend keeps every property and its API gives it back equal: the engine reads
each resource after it was created or changed, and fails the deployment by name where a property was not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator import clients

Properties = dict[str, Any]


class ResourceError(Exception):
    """The service refused, or does not keep a property; the message becomes the resource's status reason.

    `physical_id` names what exists although `create` failed, so that the rollback deletes it.
    """

    def __init__(self, message: str, physical_id: str | None = None) -> None:
        super().__init__(message)
        self.physical_id = physical_id


class ResourceNotFoundError(Exception):
    """The resource is not there (any more)."""


@dataclass(frozen=True)
class Context:
    """The resource at hand.

    `generated_name` is what CloudFormation names it when the template does not; `update_policy` is the template's, its
    functions evaluated; `rolling_back` tells the way back from the way forward.
    """

    stack_id: str
    stack_name: str
    logical_id: str
    generated_name: str
    account: str
    region: str
    update_policy: Properties = field(default_factory=dict)
    rolling_back: bool = False

    def client(self, service: str) -> Any:
        """A boto3 client of this emulator in the stack's region."""
        return clients.client(service, self.region)

    def short_name(self, longest: int) -> str:
        """The generated name in at most so many characters: its beginning is cut, for the end makes it unique."""
        beginning, _, unique = self.generated_name.rpartition("-")
        return f"{beginning[: longest - len(unique) - 1].rstrip('-')}-{unique}"


def _no_attributes(_context: Context, _physical_id: str, _properties: Properties) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class ResourceType:
    """One CloudFormation type, over the service's public API.

    `create` returns the physical id (what Ref gives). `read` returns the properties in CloudFormation's spelling as the
    service has them, raising ResourceNotFoundError when the resource is gone; it may return more than was asked. The
    properties given to `read` and `attributes` are those last asked for: many physical ids (a table's name, a stage's,
    a permission's) say nothing of what the resource belongs to, so they serve to find it, never to answer.
    `update` is called when only mutable properties changed (the resource schema's createOnlyProperties replace the
    resource) and returns a new physical id when it made another resource all the same (custom resources may); None
    instead of a function means that any change replaces it. `delete` must raise ResourceNotFoundError when it is gone.
    `attributes` gives what GetAtt may ask for. `recorded` names properties that the service keeps and gives back but
    whose effect does not exist here, with the reason; a dot leads into a property. `write_only` names, in the same way,
    those that AWS itself never gives back (for instance a function's code), with the reason.
    """

    name: str
    create: Callable[[Context, Properties], str]
    read: Callable[[Context, str, Properties], Properties]
    delete: Callable[[Context, str, Properties], None]
    update: Callable[[Context, str, Properties, Properties], str | None] | None = None
    attributes: Callable[[Context, str, Properties], Mapping[str, Any]] = _no_attributes
    recorded: Mapping[str, str] = field(default_factory=dict)
    write_only: Mapping[str, str] = field(default_factory=dict)

    def readable(self, properties: Properties) -> Properties:
        """The properties without those that are never given back."""
        return _without(properties, set(self.write_only))


def _without(properties: Properties, names: set[str]) -> Properties:
    kept = {}
    for name, value in properties.items():
        below = {each.removeprefix(f"{name}.") for each in names if each.startswith(f"{name}.")}
        if name not in names:
            kept[name] = _without(value, below) if below and isinstance(value, dict) else value
    return kept
