"""Definitions tried before they are deployed: ValidateStateMachineDefinition and TestState."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import InvalidExecutionInput, ValidationException
from moto.stepfunctions.parser.asl.eval.program_state import ProgramError, ProgramTimedOut
from moto.stepfunctions.parser.backend.state_machine import TestStateMachine
from moto.stepfunctions.parser.backend.test_state.execution import TestStateExecution

from emulator.replacements import Replacement
from emulator.services.stepfunctions import activities, error_matching
from emulator.services.stepfunctions.machines import InvalidDefinitionError, validate_definition

_TRIED = ("Task", "Pass", "Wait", "Choice", "Succeed", "Fail")
_LEVELS = ("INFO", "DEBUG", "TRACE")


def _validate(self: Any) -> ActionResult:
    try:
        validate_definition(self._get_param("definition"), self._get_param("type") or "STANDARD")
    except InvalidDefinitionError as error:
        found = {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": error.message}
        return ActionResult({"result": "FAIL", "diagnostics": [found], "truncated": False})
    return ActionResult({"result": "OK", "diagnostics": [], "truncated": False})


def _test_state(self: Any) -> ActionResult:
    state = _state(self._get_param("definition"))
    level = self._get_param("inspectionLevel") or "INFO"
    _check(self, state, level)
    # A retry is told, not made.
    tried = {name: value for name, value in state.items() if name != "Retry"}
    execution: Any = _execution(self, json.dumps(tried))
    for name, value in json.loads(self._get_param("variables") or "{}").items():
        execution.variables[name] = value
    execution.start()
    answer = _answer(execution, state)
    if level != "INFO":
        answer["inspectionData"] = dict(execution.exec_worker.env.inspection_data)
    return ActionResult(answer)


def _state(text: str) -> dict[str, Any]:
    try:
        state = json.loads(text)
    except ValueError as error:
        raise InvalidDefinitionError(f"Invalid State Machine Definition: '{error}'") from error
    if not isinstance(state, dict) or state.get("Type") not in _TRIED:
        kind = state.get("Type") if isinstance(state, dict) else None
        raise InvalidDefinitionError(f"TestState does not support a state of type {kind} on this emulator")
    return state


def _check(self: Any, state: Mapping[str, Any], level: str) -> None:
    if self._get_param("mock"):
        raise ValidationException("mock is not supported by this emulator: a state under test really runs")
    if level not in _LEVELS:
        raise ValidationException(f"inspectionLevel must be one of {', '.join(_LEVELS)}")
    resource = str(state.get("Resource", ""))
    if ":activity:" in resource or resource.endswith((".sync", ".sync:2", ".waitForTaskToken")):
        raise InvalidDefinitionError(f"TestState does not support the resource {resource}")
    if state["Type"] == "Task" and not self._get_param("roleArn"):
        raise ValidationException("roleArn is required to test a Task")
    following = {"Next": "Following"} if "Next" in state else {}
    known = {"StartAt": "State", "States": {"State": {**state, **following}, "Following": {"Type": "Succeed"}}}
    validate_definition(json.dumps(known), whole=False)
    try:
        json.loads(self._get_param("input") or "{}")
    except ValueError as error:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from error


class _Execution(TestStateExecution):
    """A state under test, with variables."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.variables: dict[str, Any] = {}

    def _get_start_execution_worker(self) -> Any:
        worker: Any = super()._get_start_execution_worker()
        make = worker._get_evaluation_environment

        def environment() -> Any:
            env = make()
            for name, value in self.variables.items():
                env.variable_store.set(name, value)
            return env

        worker._get_evaluation_environment = environment
        return worker

    def _get_start_execution_worker_comm(self) -> Any:
        return _Silent()


class _Silent:
    """Whoever waits for the end of a state under test has called it."""

    def terminated(self) -> None:
        """Nothing is kept of it."""


def _execution(self: Any, definition: str) -> _Execution:
    backend = self.stepfunction_backend
    name, role = f"TestState-{uuid.uuid4()}", self._get_param("roleArn") or ""
    arn = f"arn:aws:states:{backend.region_name}:{backend.account_id}:stateMachine:{name}"
    return _Execution(
        name=name,
        role_arn=role,
        exec_arn=arn.replace(":stateMachine:", ":execution:") + f":{name}",
        account_id=backend.account_id,
        region_name=backend.region_name,
        state_machine=TestStateMachine(name=name, arn=arn, role_arn=role, definition=definition),
        start_date=datetime.now(UTC),
        activity_store=activities.of(backend),
        input_data=self._get_param("input") or "{}",
    )


def _answer(execution: Any, state: Mapping[str, Any]) -> dict[str, Any]:
    env = execution.exec_worker.env
    ending = env.program_state()
    failure = _failure(env, ending)
    error = failure.get("error")
    if isinstance(ending, ProgramTimedOut):
        return {"status": "FAILED", "error": "States.Timeout"}
    if not error:
        following = getattr(ending, "next_state_name", None) if state["Type"] == "Choice" else state.get("Next")
        answer = {"status": "SUCCEEDED", "output": json.dumps(env.states.get_input())}
        return {**answer, "nextState": following} if following else answer
    told = {"error": error, "cause": failure.get("cause") or ""}
    if any(error_matching.matches(retrier.get("ErrorEquals", ()), error) for retrier in state.get("Retry", ())):
        return {"status": "RETRIABLE", **told}
    if not isinstance(ending, ProgramError):
        following = {"nextState": ending.next_state_name, "output": json.dumps(env.states.get_input())}
        return {"status": "CAUGHT_ERROR", **told, **following}
    return {"status": "FAILED", **told}


def _failure(env: Any, ending: Any) -> Mapping[str, Any]:
    """Error and cause of what failed, also where it was caught; empty where nothing did."""
    if isinstance(ending, ProgramError):
        return ending.error or {}
    for event in reversed(env.event_manager.get_event_history()):
        if event["type"].endswith(("Failed", "TimedOut")):
            return next((value for value in event.values() if isinstance(value, dict)), {})
    return {}


_RESPONSE = "moto.stepfunctions.responses:StepFunctionResponse"
REPLACEMENTS = (
    Replacement(target=f"{_RESPONSE}.validate_state_machine_definition", function=_validate, reason="missing in moto"),
    Replacement(target=f"{_RESPONSE}.test_state", function=_test_state, reason="missing in moto"),
)
