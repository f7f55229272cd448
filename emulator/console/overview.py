"""What the region holds, on one page."""

from __future__ import annotations

from emulator.console.listing import everything
from emulator.console.visit import Page, Visit


def index(visit: Visit) -> Page:
    """Stacks and executions in short."""
    stacks = everything(visit.client("cloudformation"), "list_stacks", "StackSummaries")
    machines = everything(visit.client("stepfunctions"), "list_state_machines", "stateMachines")
    living = [each for each in stacks if each["StackStatus"] != "DELETE_COMPLETE"]
    return Page("overview.html.j2", "Overview", {"stacks": living, "machines": machines})
