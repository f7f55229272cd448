"""The state of stacks: what CloudFormation remembers."""

from __future__ import annotations

import secrets
import string
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from emulator.cloudformation.errors import stack_not_found
from emulator.cloudformation.notifications import publish
from emulator.cloudformation.parameters import Parameter
from emulator.cloudformation.resource_type import Context, Properties
from emulator.cloudformation.template import Declaration, Template

if TYPE_CHECKING:
    from emulator.cloudformation.change_set import ChangeSet

STACK_TYPE = "AWS::CloudFormation::Stack"
_ALPHABET = string.ascii_uppercase + string.digits


def now() -> datetime:
    """The time of an event, in UTC."""
    return datetime.now(UTC)


@dataclass
class Resource:
    """One resource of a stack, as it was last deployed. `physical_id` is empty until it exists."""

    declaration: Declaration
    properties: Properties
    generated_name: str
    needs: tuple[str, ...] = ()
    update_policy: Properties = field(default_factory=dict)
    physical_id: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    status: str = ""
    reason: str = ""
    timestamp: datetime = field(default_factory=now)

    @property
    def logical_id(self) -> str:
        """The name in the template."""
        return self.declaration.logical_id

    @property
    def type(self) -> str:
        """The resource type's name."""
        return self.declaration.type


@dataclass(frozen=True)
class Output:
    """One output. `export` is the name under which other stacks import it."""

    key: str
    value: str
    description: str | None = None
    export: str | None = None


@dataclass(frozen=True)
class Revision:
    """What a deployment was asked for.

    `import_existing`: adopt named resources that are there and to be retained. `imports` are the physical ids of the
    resources to import, by their logical ids.
    """

    template: Template
    parameters: Mapping[str, Parameter]
    tags: Mapping[str, str]
    capabilities: tuple[str, ...] = ()
    role_arn: str | None = None
    notification_arns: tuple[str, ...] = ()
    import_existing: bool = False
    imports: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Undo:
    """A step of an unfinished deployment, kept until nobody can ask to roll it back."""

    logical_id: str
    before: Resource | None
    after: Resource


@dataclass
class Stack:
    """One stack. `parent_id` and `root_id` name the stacks that a nested one belongs to."""

    name: str
    region: str
    account: str
    revision: Revision
    id: str = ""
    status: str = "REVIEW_IN_PROGRESS"
    reason: str = ""
    created: datetime = field(default_factory=now)
    updated: datetime | None = None
    deleted: datetime | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    events: list[dict[str, Any]] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    journal: list[Undo] = field(default_factory=list)
    previous: Revision | None = None
    change_set_id: str | None = None
    termination_protection: bool = False
    disable_rollback: bool = False
    retain_except_on_create: bool = False
    policy: str | None = None
    timeout_minutes: float | None = None
    parent_id: str | None = None
    root_id: str | None = None

    def __post_init__(self) -> None:
        if not self.id:
            self.id = f"arn:aws:cloudformation:{self.region}:{self.account}:stack/{self.name}/{uuid.uuid4()}"

    @property
    def busy(self) -> bool:
        """Whether an operation is under way."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def description(self) -> str | None:
        """The template's description."""
        return self.revision.template.content.get("Description")

    def tell(self, status: str, reason: str = "", token: str | None = None) -> None:
        """Give the stack a status, and note it as an event."""
        self._event(self.name, self.id, STACK_TYPE, status, reason, token=token)
        self.reason = reason
        # Last: whoever polls the status must find the event.
        self.status = status

    def tell_of(self, resource: Resource, status: str, reason: str = "") -> None:
        """Give one of the stack's resources a status, and note it as an event."""
        resource.status, resource.reason, resource.timestamp = status, reason, now()
        self._event(resource.logical_id, resource.physical_id, resource.type, status, reason)

    def context(self, resource: Resource) -> Context:
        """What the resource's type is told of it."""
        return Context(
            stack_id=self.id,
            stack_name=self.name,
            logical_id=resource.logical_id,
            generated_name=resource.generated_name,
            account=self.account,
            region=self.region,
            update_policy=resource.update_policy,
            rolling_back="ROLLBACK" in self.status,
        )

    def generated_name(self, logical_id: str) -> str:
        """A new name for a resource that the template does not name."""
        return f"{self.name}-{logical_id}-{''.join(secrets.choice(_ALPHABET) for _ in range(12))}"

    def _event(
        self,
        logical_id: str,
        physical_id: str,
        type_name: str,
        status: str,
        reason: str,
        token: str | None = None,
    ) -> None:
        event = {
            "StackId": self.id,
            "EventId": str(uuid.uuid4()) if type_name == STACK_TYPE else f"{logical_id}-{status}-{uuid.uuid4()}",
            "StackName": self.name,
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical_id,
            "ResourceType": type_name,
            "Timestamp": now(),
            "ResourceStatus": status,
            "ResourceStatusReason": reason or None,
            "ClientRequestToken": token,
        }
        told = {key: value for key, value in event.items() if value is not None}
        self.events.append(told)
        if self.revision.notification_arns:
            publish(told, self.revision.notification_arns, self.account)


class Stacks:
    """Every stack of the account."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._stacks: dict[str, Stack] = {}

    def add(self, stack: Stack) -> None:
        """Remember a new stack."""
        with self.lock:
            self._stacks[stack.id] = stack

    def forget(self, stack: Stack) -> None:
        """Drop a stack that never was more than a change set."""
        with self.lock:
            self._stacks.pop(stack.id, None)

    def in_region(self, region: str) -> list[Stack]:
        """All stacks of a region, deleted ones included, newest first."""
        with self.lock:
            found = [stack for stack in self._stacks.values() if stack.region == region]
        return sorted(found, key=lambda stack: stack.created, reverse=True)

    def living(self, region: str) -> list[Stack]:
        """The stacks of a region that are not deleted."""
        return [stack for stack in self.in_region(region) if stack.status != "DELETE_COMPLETE"]

    def find(self, name: str, region: str) -> Stack:
        """A stack by its name (if not deleted) or its id (even then).

        Raises:
            ApiError: there is none.
        """
        with self.lock:
            known = self._stacks.get(name)
        for stack in [known] if known else self.living(region):
            if name in (stack.id, stack.name):
                return stack
        raise stack_not_found(name)

    def exports(self, region: str) -> Iterator[tuple[Stack, Output]]:
        """Every export of a region with the stack it comes from."""
        for stack in self.living(region):
            for output in list(stack.outputs):
                if output.export:
                    yield stack, output

    def importers(self, export: str, region: str) -> list[str]:
        """Names of the stacks that use an export."""
        return [stack.name for stack in self.living(region) if export in stack.imports]
