"""Where the states of a definition lead, and in which language they speak: checked when a machine is created."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_PATHS = ("InputPath", "OutputPath", "Parameters", "ResultPath", "ResultSelector")
_EXPRESSIONS = ("Arguments", "Output")
_ENDS = ("Succeed", "Fail")


class TransitionError(ValueError):
    """A state that leads nowhere, cannot be reached, or speaks the other language. The message begins with a code."""


def check(definition: Mapping[str, Any]) -> None:
    """Check a definition and the ones within it.

    Raises:
        TransitionError: naming the first field that is wrong.
    """
    _check_machine(definition, "", str(definition.get("QueryLanguage", "JSONPath")))


def _check_machine(machine: Mapping[str, Any], path: str, language: str) -> None:
    states: Mapping[str, Mapping[str, Any]] = machine.get("States", {})
    start = str(machine.get("StartAt"))
    if start not in states:
        raise TransitionError(f"MISSING_TRANSITION_TARGET: Missing 'StartAt' target: {start} at {path}/StartAt")
    reached, waiting = {start}, [start]
    while waiting:
        name = waiting.pop()
        for field, target in _targets(states[name]):
            if target not in states:
                where = f"{path}/States/{name}/{field}"
                raise TransitionError(f"MISSING_TRANSITION_TARGET: Missing '{field}' target: {target} at {where}")
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    for name, state in states.items():
        if name not in reached:
            where = f"{path}/States/{name}"
            raise TransitionError(f'MISSING_TRANSITION_TARGET: State "{name}" is not reachable. at {where}')
        _check_state(state, f"{path}/States/{name}", str(state.get("QueryLanguage", language)))


def _targets(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every field of a state that names another state."""
    for holder in (state, *state.get("Choices", ()), *state.get("Catch", ())):
        for field in ("Next", "Default"):
            if field in holder:
                yield field, holder[field]


def _check_state(state: Mapping[str, Any], path: str, language: str) -> None:
    kind = state.get("Type")
    if kind in (*_ENDS, "Choice"):
        if "Next" in state or "End" in state:
            raise TransitionError(f"SCHEMA_VALIDATION_FAILED: A {kind} state has neither Next nor End at {path}")
    elif ("Next" in state) == bool(state.get("End")):
        raise TransitionError(f"SCHEMA_VALIDATION_FAILED: A state needs one of Next and End at {path}")
    foreign = _PATHS if language == "JSONata" else _EXPRESSIONS
    if found := [field for field in foreign if field in state]:
        reason = f"'{found[0]}' is not supported in a state of the query language {language}"
        raise TransitionError(f"SCHEMA_VALIDATION_FAILED: {reason} at {path}/{found[0]}")
    for number, branch in enumerate(state.get("Branches", ())):
        _check_machine(branch, f"{path}/Branches[{number}]", language)
    for inner in ("ItemProcessor", "Iterator"):
        if inner in state:
            _check_machine(state[inner], f"{path}/{inner}", language)
