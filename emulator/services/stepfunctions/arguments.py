"""The arguments of task states, checked when a machine is created: a misspelled or missing field is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.services.stepfunctions import calls, optimized


def check(definition: Any, *, express: bool = False) -> None:
    """Check the fields that each task of the definition gives to the operation it calls.

    Args:
        definition: the document.
        express: whether the machine is of the type EXPRESS, which waits for nothing.

    Raises:
        ValueError: a field is not one of the operation's in Pascal case, or a required one is missing.
    """
    for name, state in _tasks(definition):
        resource = str(state.get("Resource", ""))
        waiting = resource.rpartition(".")[2]
        if express and (":activity:" in resource or waiting in ("sync", "sync:2", "waitForTaskToken")):
            raise ValueError(f"Express state machine does not support '{resource}' at /States/{name}")
        operation = _operation(resource)
        given = state.get("Arguments", state.get("Parameters", {}))
        if operation is None or operation.input_shape is None or not isinstance(given, dict):
            continue
        fields = {key.removesuffix(".$") for key in given}
        known = {calls.pascal(member): member for member in operation.input_shape.members}
        if unknown := sorted(fields - set(known)):
            raise ValueError(
                f'The field "{unknown[0]}" is not supported by Step Functions at /States/{name} ({resource})'
            )
        generated = {
            member for member, shape in operation.input_shape.members.items() if shape.metadata.get("idempotencyToken")
        }
        required = {calls.pascal(member) for member in set(operation.input_shape.required_members) - generated}
        if missing := sorted(required - fields):
            raise ValueError(f'The field "{missing[0]}" is required but was missing at /States/{name} ({resource})')


def _tasks(definition: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(definition, list):
        for item in definition:
            yield from _tasks(item)
    if not isinstance(definition, dict):
        return
    states = definition.get("States", {})
    for name, state in states.items() if isinstance(states, dict) else ():
        if isinstance(state, dict):
            if state.get("Type") == "Task":
                yield name, state
            for inner in ("Branches", "ItemProcessor", "Iterator"):
                yield from _tasks(state.get(inner))


def _operation(resource: str) -> Any:
    _, found, rest = resource.partition(":states:::")
    if not found:
        return None
    service, _, action = rest.split(".")[0].rpartition(":")
    if service.startswith("aws-sdk:"):
        boto = optimized.sdk_service(service.removeprefix("aws-sdk:"))
    else:
        known = optimized.OPTIMIZED.get(service)
        boto = known.service if known else None
    return calls.operation_model(boto, action) if boto else None
