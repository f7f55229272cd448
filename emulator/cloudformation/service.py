"""The service as a whole: its state, the call at hand, and the one way to start work on a stack."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.cloudformation.errors import ApiError, validation_error
from emulator.cloudformation.nested_stacks import NestedStacks
from emulator.cloudformation.provisioning import Provisioner
from emulator.cloudformation.resource_types import ResourceTypes
from emulator.cloudformation.stack import Revision, Stack, Stacks
from emulator.cloudformation.template import Template

EMPTY = Revision(Template("{}", {}, {}), {}, {})
_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "CREATE_FAILED",
        "UPDATE_COMPLETE",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)


@dataclass
class CloudFormation:
    """One account's CloudFormation. Tests give it types of their own.

    `patience` is for how many seconds a request waits for the work that it starts: clients that poll (the CDK's
    command line does every five seconds) find a quick deployment done at their first look.
    """

    types: ResourceTypes
    account: str
    patience: float = 0.0
    stacks: Stacks = field(default_factory=Stacks)

    def __post_init__(self) -> None:
        self.types = self.types.with_type(NestedStacks(self.stacks, self.call).type())

    def call(self, name: str, arguments: Mapping[str, Any], region: str) -> dict[str, Any]:
        """Answer one operation, as boto3 spells arguments and result.

        Raises:
            ApiError: the operation is refused or not implemented.
        """
        from emulator.cloudformation import (  # noqa: PLC0415 (they are written in terms of this module)
            change_set_operations,
            stack_operations,
            template_operations,
        )

        operations: dict[str, Operation] = {
            **stack_operations.OPERATIONS,
            **change_set_operations.OPERATIONS,
            **template_operations.OPERATIONS,
        }
        if name not in operations:
            raise ApiError("NotImplemented", f"CloudFormation {name} is not implemented by this emulator", 501)
        return operations[name](Call(self, arguments, region))


@dataclass(frozen=True)
class Call:
    """One request: the service it goes to, its arguments, its region."""

    service: CloudFormation
    arguments: Mapping[str, Any]
    region: str

    @property
    def stacks(self) -> Stacks:
        """All stacks."""
        return self.service.stacks

    def stack(self, name: str = "StackName") -> Stack:
        """The stack that an argument names.

        Raises:
            ApiError: there is none.
        """
        return self.stacks.find(self.arguments[name], self.region)

    def new_stack(self) -> Stack:
        """A stack that nobody knows yet.

        Raises:
            ApiError: it cannot be called so.
        """
        name = self.arguments["StackName"]
        if not _NAME.fullmatch(name):
            raise validation_error(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: "
                f"Member must satisfy regular expression pattern: {_NAME.pattern}"
            )
        stack = Stack(name, self.region, self.service.account, EMPTY)
        if "ParentId" in self.arguments:  # no argument of the API: a stack asks for another
            parent = self.stacks.find(self.arguments["ParentId"], self.region)
            stack.parent_id, stack.root_id = parent.id, parent.root_id or parent.id
        return stack

    def start(self, work: Callable[..., None], *arguments: Any) -> None:
        """Work on a stack in the background, and wait for it as long as the service's patience lasts."""
        thread = threading.Thread(target=work, args=arguments, name="cloudformation", daemon=True)
        thread.start()
        thread.join(self.service.patience)

    def provisioner(self, stack: Stack) -> Provisioner:
        """What works on a stack's resources."""
        return Provisioner(stack, self.service.types)


Operation = Callable[[Call], dict[str, Any]]


def check_updatable(stack: Stack) -> None:
    """See that a stack is in a state from which it can be updated.

    Raises:
        ApiError: names the state.
    """
    if stack.status not in _UPDATABLE:
        raise validation_error(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
