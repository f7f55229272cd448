"""AWS::CloudFormation::Stack: a stack that is a resource of another one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.cloudformation.errors import ApiError
from emulator.cloudformation.intrinsics import text
from emulator.cloudformation.resource_type import (
    Context,
    Properties,
    ResourceError,
    ResourceNotFoundError,
    ResourceType,
)
from emulator.cloudformation.stack import STACK_TYPE, Stack, Stacks

_LOOK_SECONDS = 0.02
_NO_UPDATES = "No updates are to be performed."


@dataclass(frozen=True)
class NestedStacks:
    """Creates, updates and deletes the stacks of stacks through the service's own operations.

    `call` answers an operation of a region, as boto3 spells its arguments.
    """

    stacks: Stacks
    call: Callable[[str, Mapping[str, Any], str], Mapping[str, Any]]

    def type(self) -> ResourceType:
        """The resource type."""
        return ResourceType(
            name=STACK_TYPE,
            create=self._create,
            read=self._read,
            update=self._update,
            delete=self._delete,
            attributes=self._attributes,
            write_only={"TemplateURL": "CloudFormation keeps the template, not where it was read"},
        )

    def _create(self, context: Context, properties: Properties) -> str:
        parent = self.stacks.find(context.stack_id, context.region)
        asked = {
            "StackName": context.generated_name,
            "OnFailure": "DO_NOTHING" if parent.disable_rollback else "ROLLBACK",
            "ParentId": parent.id,
            "TimeoutInMinutes": _minutes(properties),
            **_asked(parent, properties),
        }
        stack_id: str = self._called("CreateStack", asked, context)["StackId"]
        stack = self._settled(stack_id, context)
        if stack.status != "CREATE_COMPLETE":
            raise ResourceError(f"Embedded stack {stack_id} was not successfully created: {_why(stack)}", stack_id)
        return stack_id

    def _update(self, context: Context, stack_id: str, _before: Properties, after: Properties) -> None:
        parent = self.stacks.find(context.stack_id, context.region)
        asked = {"Tags": [], "StackName": stack_id, **_asked(parent, after)}
        try:
            self.call("UpdateStack", asked, context.region)
        except ApiError as error:
            if error.message == _NO_UPDATES:
                return
            raise ResourceError(error.message) from error
        stack = self._settled(stack_id, context)
        if stack.status != "UPDATE_COMPLETE":
            raise ResourceError(
                f"Embedded stack {stack_id} was not successfully updated. Currently in {stack.status} "
                f"with reason: {_why(stack)}"
            )

    def _delete(self, context: Context, stack_id: str, _properties: Properties) -> None:
        self._found(context, stack_id)
        self._called("DeleteStack", {"StackName": stack_id}, context)
        stack = self._settled(stack_id, context)
        if stack.status != "DELETE_COMPLETE":
            raise ResourceError(f"Embedded stack {stack_id} was not successfully deleted: {stack.reason}")

    def _read(self, context: Context, stack_id: str, _properties: Properties) -> Properties:
        revision = self._found(context, stack_id).revision
        return {
            "Parameters": {key: parameter.text for key, parameter in revision.parameters.items()},
            "Tags": [{"Key": key, "Value": value} for key, value in revision.tags.items()],
            "NotificationARNs": list(revision.notification_arns),
            "TimeoutInMinutes": self._found(context, stack_id).timeout_minutes,
        }

    def _attributes(self, context: Context, stack_id: str, _properties: Properties) -> Mapping[str, Any]:
        return {"Outputs": {output.key: output.value for output in self._found(context, stack_id).outputs}}

    def _found(self, context: Context, stack_id: str) -> Stack:
        stack = self.stacks.find(stack_id, context.region)
        if stack.status == "DELETE_COMPLETE":
            raise ResourceNotFoundError(f"Stack {stack_id} does not exist")
        return stack

    def _called(self, operation: str, arguments: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
        try:
            return self.call(operation, arguments, context.region)
        except ApiError as error:
            raise ResourceError(error.message) from error

    def _settled(self, stack_id: str, context: Context) -> Stack:
        """The stack, once it is no longer at work: what it works on has limits of its own."""
        stack = self.stacks.find(stack_id, context.region)
        while stack.busy:
            time.sleep(_LOOK_SECONDS)
        return stack


def _asked(parent: Stack, properties: Properties) -> dict[str, Any]:
    """What the properties of a nested stack, and its parent, ask of CreateStack and UpdateStack."""
    given = properties.get("Parameters") or {}
    asked = {
        "TemplateURL": properties["TemplateURL"],
        "Parameters": [{"ParameterKey": key, "ParameterValue": text(value)} for key, value in given.items()],
        "Capabilities": list(parent.revision.capabilities),
    }
    if parent.revision.role_arn:
        asked["RoleARN"] = parent.revision.role_arn
    return asked | {name: properties[name] for name in ("Tags", "NotificationARNs") if properties.get(name)}


def _minutes(properties: Properties) -> int | None:
    return int(properties["TimeoutInMinutes"]) if "TimeoutInMinutes" in properties else None


def _why(stack: Stack) -> str:
    """Why a stack failed: the first reason that its last operation gave."""
    begun = max(position for position, event in enumerate(stack.events) if _user_initiated(event))
    failed = (event for event in stack.events[begun:] if event["ResourceStatus"].endswith("_FAILED"))
    return next((event["ResourceStatusReason"] for event in failed if event.get("ResourceStatusReason")), stack.reason)


def _user_initiated(event: Mapping[str, Any]) -> bool:
    return event["ResourceType"] == STACK_TYPE and event.get("ResourceStatusReason") == "User Initiated"
