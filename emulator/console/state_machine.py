"""A definition in the Amazon States Language as a graph, with the graphs inside of its Map and Parallel states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

START, END = "(start)", "(end)"  # no state can be written so and be reached: they are added beside the states'


@dataclass(frozen=True)
class Transition:
    """A way from one state to the next: its kind (next, choice, default, catch), and when it is taken."""

    source: str
    target: str
    kind: str
    when: str = ""


@dataclass(frozen=True)
class State:
    """A state, and the graphs inside of it."""

    name: str
    type: str
    detail: str
    definition: dict[str, Any]
    inside: tuple[Graph, ...] = ()


@dataclass(frozen=True)
class Graph:
    """States in the order of the definition, the first to be entered first, and the ways between them."""

    states: dict[str, State]
    transitions: tuple[Transition, ...]


def graph(definition: dict[str, Any], whole: bool = True) -> Graph:
    """The graph of a definition. That of a `whole` machine has a start and an end of its own."""
    first = definition["StartAt"]
    named = {first: definition["States"][first], **definition["States"]}
    states = {name: _state(name, each) for name, each in named.items()}
    transitions = [way for name, each in named.items() for way in _transitions(name, each, whole)]
    if whole:
        ends = {END: State(END, "End", "", {})} if any(way.target == END for way in transitions) else {}
        states = {START: State(START, "Start", "", {}), **states, **ends}
        transitions.insert(0, Transition(START, first, "next"))
    return Graph(states, tuple(transitions))


def every_state(of: Graph) -> Iterator[State]:
    """All states, those inside of others after them."""
    for state in of.states.values():
        yield state
        for inside in state.inside:
            yield from every_state(inside)


def _state(name: str, definition: dict[str, Any]) -> State:
    inner = definition.get("Branches") or [definition.get("ItemProcessor") or definition.get("Iterator")]
    inside = tuple(graph(each, whole=False) for each in inner if each)
    return State(name, definition["Type"], _detail(definition), definition, inside)


def _detail(definition: dict[str, Any]) -> str:
    resource = definition.get("Resource", "")
    if resource.startswith("arn:aws:states:::"):
        return str(resource.removeprefix("arn:aws:states:::").removeprefix("aws-sdk:"))
    if resource:
        return f"lambda:{resource.rpartition(':')[2]}" if ":function:" in resource else str(resource)
    return str(definition["Type"])


def _transitions(name: str, definition: dict[str, Any], whole: bool) -> Iterator[Transition]:
    for rule in definition.get("Choices", ()):
        yield Transition(name, rule["Next"], "choice", _condition(rule))
    if "Default" in definition:
        yield Transition(name, definition["Default"], "default", "otherwise")
    if "Next" in definition:
        yield Transition(name, definition["Next"], "next")
    for catch in definition.get("Catch", ()):
        yield Transition(name, catch["Next"], "catch", ", ".join(catch["ErrorEquals"]))
    if whole and definition.get("End"):
        yield Transition(name, END, "next")


def _condition(rule: dict[str, Any]) -> str:
    """A choice's condition: in JSONata as it is, in JSONPath as its comparisons."""
    if "Condition" in rule:
        return str(rule["Condition"])
    for word in ("And", "Or"):
        if word in rule:
            return f" {word.lower()} ".join(f"({_condition(each)})" for each in rule[word])
    if "Not" in rule:
        return f"not ({_condition(rule['Not'])})"
    compared = [(name, value) for name, value in rule.items() if name not in {"Variable", "Next", "Comment", "Assign"}]
    return " and ".join(f"{rule.get('Variable', '')} {name} {value}" for name, value in compared)
