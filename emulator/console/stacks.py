"""CloudFormation: stacks with their resources, events, outputs, parameters and template."""

from __future__ import annotations

from typing import Any

from emulator.console.listing import everything, listing
from emulator.console.resource_pages import with_pages
from emulator.console.visit import Page, Visit


def index(visit: Visit) -> Page:
    """All stacks, those deleted too, the latest changed first."""
    found = everything(visit.client("cloudformation"), "list_stacks", "StackSummaries")
    gone = visit.asked("deleted")
    shown = [each for each in found if gone or each["StackStatus"] != "DELETE_COMPLETE"]
    shown.sort(key=lambda each: each.get("LastUpdatedTime", each["CreationTime"]), reverse=True)
    return Page("stacks.html.j2", "Stacks", {"stacks": shown, "deleted": len(found) - len(shown)})


def one(visit: Visit) -> Page:
    """A stack, by name or id."""
    name, client = visit.required("name"), visit.client("cloudformation")
    (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    # A deleted stack is known by its id alone.
    identity = stack["StackId"]
    resources = everything(client, "list_stack_resources", "StackResourceSummaries", StackName=identity)
    events = listing(client, "describe_stack_events", "StackEvents", visit.asked("from"), StackName=identity)
    values: dict[str, Any] = {
        "stack": stack,
        "resources": with_pages(resources),
        "events": events,
        "template": client.get_template(StackName=identity)["TemplateBody"],
    }
    return Page("stack.html.j2", stack["StackName"], values)
