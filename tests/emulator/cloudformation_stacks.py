"""Stacks on a running emulator, for the tests of CloudFormation."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from emulator import clients

DEADLINE_SECONDS = 60


def body(resources: Mapping[str, Any], **sections: Any) -> str:
    """The text of a template."""
    return json.dumps({"Resources": resources, **sections})


def parameter(name: str, value: Any, **attributes: Any) -> dict[str, Any]:
    """A resource that holds text."""
    properties = {"Name": name, "Type": "String", "Value": value}
    return {"Type": "AWS::SSM::Parameter", "Properties": properties, **attributes}


def value(name: str) -> str:
    """The text that a parameter holds."""
    found: str = clients.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    return found


def names(prefix: str) -> set[str]:
    """The parameters that exist below a prefix."""
    found = clients.client("ssm").get_parameters_by_path(Path=prefix, Recursive=True)["Parameters"]
    return {entry["Name"] for entry in found}


def settled(name: str) -> dict[str, Any]:
    """The stack, by name or id, once nothing is in progress."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        (stack,) = clients.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        found: dict[str, Any] = stack
        if not found["StackStatus"].endswith("IN_PROGRESS"):
            return found
        time.sleep(0.05)
    raise AssertionError(f"{name} is still {found['StackStatus']}")


def create(name: str, template: str, **arguments: Any) -> dict[str, Any]:
    """A new stack, settled."""
    clients.client("cloudformation").create_stack(StackName=name, TemplateBody=template, **arguments)
    return settled(name)


def update(name: str, template: str, **arguments: Any) -> dict[str, Any]:
    """A changed stack, settled."""
    clients.client("cloudformation").update_stack(StackName=name, TemplateBody=template, **arguments)
    return settled(name)


def delete(name: str) -> dict[str, Any]:
    """A deleted stack, settled."""
    stack_id = settled(name)["StackId"]
    clients.client("cloudformation").delete_stack(StackName=name)
    return settled(stack_id)


def outputs(stack: Mapping[str, Any]) -> dict[str, str]:
    """What a stack gives."""
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def reasons(name: str, status: str) -> list[str]:
    """The reasons that events of a status gave, the latest first."""
    events = clients.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    return [event.get("ResourceStatusReason", "") for event in events if event["ResourceStatus"] == status]
