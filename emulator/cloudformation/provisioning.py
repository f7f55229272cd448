"""One resource at a time: create, change, delete, and see that the service kept what it was told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import jmespath  # type: ignore[import-untyped]
from botocore.exceptions import ClientError

from emulator.cloudformation import schemas
from emulator.cloudformation.comparison import differences
from emulator.cloudformation.errors import ApiError
from emulator.cloudformation.resource_type import Properties, ResourceError, ResourceNotFoundError, ResourceType
from emulator.cloudformation.resource_types import ResourceTypes, is_custom
from emulator.cloudformation.stack import Resource, Stack

logger = logging.getLogger(__name__)


class ProvisioningError(Exception):
    """A resource could not be brought to where it should be; the message names it."""


@dataclass
class Provisioner:
    """Works on the resources of one stack, and tells the stack's events what happens."""

    stack: Stack
    types: ResourceTypes

    def check(self, resource: Resource) -> None:
        """See that the emulator has the type and the type has the properties.

        Raises:
            ProvisioningError: names what it does not have.
        """
        if self.types.find(resource.type) is None:
            raise self._error(resource, "this emulator does not support the type")
        schema = schemas.find(resource.type)
        if schema is None or is_custom(resource.type):
            return
        unknown = schema.unknown_properties(resource.properties)
        unknown += [name for name in resource.properties if schema.read_only(name)]
        if unknown:
            raise self._error(resource, f"Encountered unsupported property {', '.join(unknown)}")
        missing = schema.missing_properties(resource.properties)
        if missing:
            raise self._error(resource, f"Property {missing[0]} cannot be empty.")

    def create(self, resource: Resource) -> None:
        """Create a resource and set its physical id and attributes.

        Raises:
            ProvisioningError: the service refused or did not keep a property. What was created until then has its
                physical id set.
        """
        self.stack.tell_of(resource, "CREATE_IN_PROGRESS")
        try:
            self.check(resource)
            kind = self._type(resource)
            resource.physical_id = self._call(
                resource, kind.create, self.stack.context(resource), dict(resource.properties)
            )
            self.stack.tell_of(resource, "CREATE_IN_PROGRESS", "Resource creation Initiated")
            reason = self._verify(resource)
        except ProvisioningError as error:
            self.stack.tell_of(resource, "CREATE_FAILED", str(error))
            raise
        self.stack.tell_of(resource, "CREATE_COMPLETE", reason)

    def adopt(self, resource: Resource) -> bool:
        """Take over a resource that is there under its own name, if the template retains it; False when it is not.

        Raises:
            ProvisioningError: it is there but cannot be made what the template says.
        """
        schema = schemas.find(resource.type)
        name = schema.name(resource.properties) if schema else None
        if name is None or resource.declaration.deletion_policy != "Retain":
            return False
        kind, context = self._type(resource), self.stack.context(resource)
        try:
            found = self._call(resource, kind.read, context, name, dict(resource.properties))
        except ResourceNotFoundError:
            return False
        before = replace(resource, properties=found, physical_id=name)
        self.stack.tell_of(before, "IMPORT_COMPLETE", "Resource import completed.")
        resource.physical_id = name
        self.update(before, resource)
        return True

    def take_over(self, resource: Resource, physical_id: str) -> None:
        """Import a resource as it is.

        Raises:
            ProvisioningError: it is not there, or the template names another one.
        """
        self.stack.tell_of(resource, "IMPORT_IN_PROGRESS", "Resource import started.")
        try:
            self.check(resource)
            schema = schemas.find(resource.type)
            named = schema.name(resource.properties) if schema else None
            if named not in (None, physical_id):
                raise self._error(resource, f"the template names {named}, the identifier {physical_id}")
            kind, asked = self._type(resource), (self.stack.context(resource), physical_id, dict(resource.properties))
            self._call(resource, kind.read, *asked)
            resource.attributes = self._call(resource, kind.attributes, *asked)
        except (ProvisioningError, ResourceNotFoundError) as error:
            self.stack.tell_of(resource, "IMPORT_FAILED", str(error))
            raise ProvisioningError(str(error)) from error
        resource.physical_id = physical_id
        self.stack.tell_of(resource, "IMPORT_COMPLETE", "Resource import completed.")

    def update(self, before: Resource, after: Resource) -> None:
        """Change a resource in place; `after` gets the physical id, a new one when the type replaced it.

        Raises:
            ProvisioningError: the service refused or did not keep a property.
        """
        after.physical_id = before.physical_id
        self.stack.tell_of(after, "UPDATE_IN_PROGRESS")
        try:
            self.check(after)
            change = self._type(after).update
            assert change is not None  # noqa: S101 (the engine replaces resources of such types)
            context = self.stack.context(after)
            new_id = self._call(
                after, change, context, before.physical_id, dict(before.properties), dict(after.properties)
            )
            after.physical_id = new_id or before.physical_id
            reason = self._verify(after)
        except ProvisioningError as error:
            self.stack.tell_of(after, "UPDATE_FAILED", str(error))
            raise
        self.stack.tell_of(after, "UPDATE_COMPLETE", reason)

    def delete(self, resource: Resource) -> None:
        """Delete a resource; one that is gone already is deleted.

        Raises:
            ProvisioningError: the service refused.
        """
        self.stack.tell_of(resource, "DELETE_IN_PROGRESS")
        try:
            kind = self._type(resource)
            self._call(resource, kind.delete, self.stack.context(resource), resource.physical_id, resource.properties)
        except ResourceNotFoundError:
            pass
        except ProvisioningError as error:
            self.stack.tell_of(resource, "DELETE_FAILED", str(error))
            raise
        self.stack.tell_of(resource, "DELETE_COMPLETE")

    def _verify(self, resource: Resource) -> str:
        """Compare with what the service gives back; the reason to show with the success."""
        kind = self._type(resource)
        context = self.stack.context(resource)
        try:
            asked = (context, resource.physical_id, dict(resource.properties))
            found: Properties = self._call(resource, kind.read, *asked)
            resource.attributes = self._call(resource, kind.attributes, *asked)
        except ResourceNotFoundError as error:
            raise self._error(resource, f"it cannot be read back after it was made: {error}") from error
        schema = schemas.find(resource.type)
        lost = differences(
            kind.readable(dict(resource.properties)), found, schema.unordered if schema else lambda _path: False
        )
        if lost:
            raise self._error(resource, "the service did not keep " + "; ".join(map(str, lost)))
        return self._recorded(resource, kind)

    def _recorded(self, resource: Resource, kind: ResourceType) -> str:
        used = {
            name: reason
            for name, reason in kind.recorded.items()
            if jmespath.search(name, resource.properties) is not None
        }
        if not used:
            return ""
        note = "recorded only, without effect here: " + "; ".join(f"{name} ({why})" for name, why in used.items())
        if self.types.first_announcement(kind.name, used):
            logger.warning("%s: %s: %s", self.stack.name, kind.name, note)
        return note

    def _type(self, resource: Resource) -> ResourceType:
        kind = self.types.find(resource.type)
        if kind is None:
            raise self._error(resource, "this emulator does not support the type")
        return kind

    def _call(self, resource: Resource, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except ResourceNotFoundError:
            raise
        except ResourceError as error:
            # Half of it may exist: rollback must know what to delete.
            resource.physical_id = resource.physical_id or getattr(error, "physical_id", None) or ""
            raise self._error(resource, str(error)) from error
        except (ClientError, ApiError) as error:
            raise self._error(resource, str(error)) from error
        except Exception as error:
            # A defect of the type must fail the deployment, not leave it hanging.
            logger.exception("%s/%s", self.stack.name, resource.logical_id)
            raise self._error(resource, f"{type(error).__name__}: {error}") from error

    def _error(self, resource: Resource, text: str) -> ProvisioningError:
        return ProvisioningError(f"{self.stack.name}/{resource.logical_id} ({resource.type}): {text}")
