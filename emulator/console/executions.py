"""Step Functions: state machines, their executions, and each execution as a graph with what every state did."""

from __future__ import annotations

import json
from typing import Any

from emulator.console.graph_picture import picture
from emulator.console.history import StateVisit, by_state, detail
from emulator.console.listing import everything, listing
from emulator.console.state_machine import END, START, Graph, every_state, graph
from emulator.console.visit import Page, Visit

_LATEST = 5
_MOST_EVENTS = 25_000  # what AWS keeps of an execution


def machines(visit: Visit) -> Page:
    """All state machines with their latest executions."""
    return Page("machines.html.j2", "State machines", {"machines": with_latest(visit)})


def with_latest(visit: Visit) -> list[dict[str, Any]]:
    """All state machines, each with its `latest` executions."""
    client = visit.client("stepfunctions")
    found = everything(client, "list_state_machines", "stateMachines")
    return [{**each, "latest": _executions(client, each, size=_LATEST)} for each in found]


def machine(visit: Visit) -> Page:
    """A state machine: its graph and its executions."""
    arn, client = visit.required("arn"), visit.client("stepfunctions")
    described = client.describe_state_machine(stateMachineArn=arn)
    chosen = {"statusFilter": visit.asked("status")} if visit.asked("status") else {}
    executions = listing(
        client, "list_executions", "executions", visit.asked("from"), size=50, stateMachineArn=arn, **chosen
    )
    whole = graph(json.loads(described["definition"]))
    values = {
        "machine": described,
        "executions": executions,
        "picture": picture(whole),
        "marks": {},
        "taken": set(),
        "state": _definition(whole, visit.asked("state")),
    }
    return Page("machine.html.j2", described["name"], values)


def execution(visit: Visit) -> Page:
    """An execution: the graph of the definition that it runs, what each state did, and its events."""
    arn, client = visit.required("arn"), visit.client("stepfunctions")
    described = client.describe_execution(executionArn=arn)
    definition = client.describe_state_machine_for_execution(executionArn=arn)["definition"]
    events = listing(client, "get_execution_history", "events", size=_MOST_EVENTS, executionArn=arn).items
    visits, whole = by_state(events), graph(json.loads(definition))
    running = described["status"] == "RUNNING"
    chosen = visit.asked("state")
    values = {
        "execution": described,
        "running": running,
        "ends": described.get("stopDate")
        or max([each["timestamp"] for each in events], default=described["startDate"]),
        "picture": picture(whole),
        "marks": _marks(visits, running, described["status"]),
        "taken": _taken(visits, described["status"]),
        "state": _definition(whole, chosen),
        "visits": visits,
        "chosen": [each for each in visits if each.name == chosen],
        "events": events,
        "detail": detail,
    }
    return Page("execution.html.j2", described["name"], values)


def _executions(client: Any, of: dict[str, Any], size: int) -> list[dict[str, Any]]:
    if of["type"] == "EXPRESS":  # their executions are in their logs alone
        return []
    return listing(client, "list_executions", "executions", size=size, stateMachineArn=of["stateMachineArn"]).items


def _definition(whole: Graph, name: str) -> dict[str, Any] | None:
    return next(({"name": name, **each.definition} for each in every_state(whole) if name and each.name == name), None)


def _marks(visits: list[StateVisit], running: bool, status: str) -> dict[str, tuple[str, int]]:
    """The status of each state that was entered, the worst of its visits, and how often it was."""
    worst = ("RUNNING", "FAILED", "ABORTED", "CAUGHT", "SUCCEEDED")
    marks: dict[str, tuple[str, int]] = {START: ("SUCCEEDED", 1)} if visits else {}
    for each in visits:
        before, _ = marks.get(each.name, ("SUCCEEDED", 1))
        count = sum(1 for other in visits if other.name == each.name)
        marks[each.name] = (min(before, each.status(running), key=worst.index), count)
    if visits and not running:
        marks[END] = ("SUCCEEDED" if status == "SUCCEEDED" else "FAILED", 1)
    return marks


def _taken(visits: list[StateVisit], status: str) -> set[tuple[str, str]]:
    """The ways that were gone."""
    ways = {(each.after or START, each.name) for each in visits}
    outermost = [each for each in visits if not each.inside]
    if outermost and status != "RUNNING":
        ways.add((outermost[-1].name, END))
    return ways
