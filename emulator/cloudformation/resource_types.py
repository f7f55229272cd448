"""The types a stack may use: the services' own, and those that belong to CloudFormation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from emulator.cloudformation import schemas
from emulator.cloudformation.custom_resources import CustomResources
from emulator.cloudformation.errors import validation_error
from emulator.cloudformation.resource_type import Context, Properties, ResourceType
from emulator.cloudformation.template import Template
from emulator.cloudformation.wait_conditions import WaitConditions

_CUSTOM = ("AWS::CloudFormation::CustomResource", "Custom::")


def _nothing(_context: Context, _physical_id: str, _properties: Properties) -> None:
    """There is nothing behind it."""


@dataclass(frozen=True)
class ResourceTypes:
    """Looks types up by name."""

    services: Mapping[str, ResourceType]
    custom: CustomResources
    waits: WaitConditions = field(default_factory=WaitConditions)
    _announced: set[tuple[str, ...]] = field(default_factory=set)

    def find(self, name: str) -> ResourceType | None:
        """The type, or None when the emulator does not have it."""
        if name.startswith(_CUSTOM):
            return self.custom.type(name)
        return self.services.get(name) or self.waits.types().get(name) or _OWN.get(name)

    def with_type(self, added: ResourceType) -> ResourceTypes:
        """These types and another one."""
        return replace(self, services={**self.services, added.name: added})

    def receive(self, token: str, body: bytes) -> bool:
        """Take what was put on an address of a custom resource or wait condition; False when nobody waits there."""
        return self.waits.receive(token, body) or self.custom.receive(token, body)

    def first_announcement(self, name: str, properties: Iterable[str]) -> bool:
        """Whether it was not said before that these properties of a type are only recorded."""
        announcement = (name, *sorted(properties))
        if announcement in self._announced:
            return False
        self._announced.add(announcement)
        return True

    def check(self, template: Template) -> None:
        """See that CloudFormation knows every type.

        Raises:
            ApiError: names the types that do not exist in AWS.
        """
        names = {declaration.type for declaration in template.resources.values()}
        strange = sorted(name for name in names if not self._known(name))
        if strange:
            raise validation_error(f"Template format error: Unrecognized resource types: [{', '.join(strange)}]")

    def _known(self, name: str) -> bool:
        return name.startswith(_CUSTOM) or name in self.services or schemas.find(name) is not None


def is_custom(name: str) -> bool:
    """Whether a Lambda function of the user's stands behind the type."""
    return name.startswith(_CUSTOM)


def _metadata_id(context: Context, _properties: Properties) -> str:
    return context.generated_name


# What AWS itself only notes.
_OWN = {
    "AWS::CDK::Metadata": ResourceType(
        name="AWS::CDK::Metadata",
        create=_metadata_id,
        read=lambda _context, _physical_id, _properties: {},
        delete=_nothing,
        update=lambda _context, _physical_id, _before, _after: None,
        write_only={"Analytics": "AWS only counts it", "Modules": "AWS only counts it"},
    ),
}
