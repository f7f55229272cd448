"""Executions as Step Functions' API shows them: described, listed, and their history."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import InvalidToken

from emulator.replacements import Replacement
from emulator.services.stepfunctions import child_executions, redrive
from emulator.services.stepfunctions.sync_executions import StateMachineTypeNotSupportedError


def _describe_execution(self: Any) -> ActionResult:
    arn = self._get_param("executionArn")
    if child := child_executions.find(self.stepfunction_backend, arn):
        return ActionResult(child_executions.described(child))
    execution = self.stepfunction_backend.describe_execution(arn)
    answer = {
        **_listed(execution),
        **execution.named,
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        **redrive.described(execution),
    }
    if execution.status == "SUCCEEDED":
        answer["output"] = json.dumps(execution.output, separators=(",", ":"), ensure_ascii=False)
        answer["outputDetails"] = {"included": True}
    for field in ("error", "cause"):
        if getattr(execution, field) is not None:
            answer[field] = getattr(execution, field)
    return ActionResult(answer)


def _listed(execution: Any) -> dict[str, Any]:
    item = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_date,
    }
    ended = execution.stop_date if execution.status != "RUNNING" else None
    return {**item, "stopDate": ended} if ended else item


def _describe_machine_for_execution(self: Any) -> ActionResult:
    execution: Any = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    machine = execution.state_machine
    found = {
        "stateMachineArn": execution.state_machine_arn,
        "name": machine.name,
        "definition": machine.definition,
        "roleArn": machine.roleArn,
        "updateDate": machine.update_date,
        "loggingConfiguration": machine.loggingConfiguration,
        "tracingConfiguration": machine.tracingConfiguration,
        "encryptionConfiguration": machine.encryptionConfiguration,
    }
    return ActionResult({name: value for name, value in found.items() if value is not None})


def _list_executions(self: Any) -> ActionResult:
    if map_run := self._get_param("mapRunArn"):
        children = child_executions.of(self.stepfunction_backend, map_run, self._get_param("statusFilter"))
        return ActionResult({"executions": [child_executions.listed(child, map_run) for child in children]})
    machine = self.stepfunction_backend.describe_state_machine(self._get_param("stateMachineArn"))
    if machine.type == "EXPRESS":
        raise StateMachineTypeNotSupportedError("This operation is not supported by this type of state machine")
    results, token = self.stepfunction_backend.list_executions(
        self._get_param("stateMachineArn"),
        status_filter=self._get_param("statusFilter"),
        max_results=self._get_int_param("maxResults") or None,
        next_token=self._get_param("nextToken"),
    )
    return ActionResult({"executions": [_listed(execution) for execution in results], "nextToken": token})


def _get_execution_history(self: Any) -> ActionResult:
    arn = self._get_param("executionArn")
    child = child_executions.find(self.stepfunction_backend, arn)
    history: Any = (
        child.events.get_event_history()
        if child
        else self.stepfunction_backend.describe_execution(arn).to_history_output()["events"]
    )
    events = [_event(event) for event in history]
    if self._get_bool_param("reverseOrder", False):
        events.reverse()
    if self._get_bool_param("includeExecutionData", True) is False:
        events = [_without_data(event) for event in events]
    token = self._get_param("nextToken") or "0"
    if not token.isdigit() or int(token) > len(events):
        raise InvalidToken(token)
    start, size = int(token), self._get_int_param("maxResults") or 100
    following = str(start + size) if start + size < len(events) else None
    return ActionResult({"events": events[start : start + size], "nextToken": following})


def _event(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "timestamp": datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00"))}


def _without_data(event: dict[str, Any]) -> dict[str, Any]:
    hidden = ("input", "output", "parameters", "error", "cause", "inputDetails", "outputDetails")
    return {
        key: {name: item for name, item in value.items() if name not in hidden} if isinstance(value, dict) else value
        for key, value in event.items()
    }


_RESPONSE = "moto.stepfunctions.responses:StepFunctionResponse"
REPLACEMENTS = (
    Replacement(
        target=f"{_RESPONSE}.describe_execution",
        function=_describe_execution,
        reason="moto leaves out when an execution timed out, and shows an output that is text unquoted",
        fingerprint="c3953bdc9ce2",
    ),
    Replacement(
        target=f"{_RESPONSE}.describe_state_machine_for_execution",
        function=_describe_machine_for_execution,
        reason="moto shows the machine as it is now, not as it was started",
        fingerprint="6ea2c887b4ce",
    ),
    Replacement(
        target=f"{_RESPONSE}.list_executions",
        function=_list_executions,
        reason="moto leaves out when an execution timed out",
        fingerprint="6fec14cfc5af",
    ),
    Replacement(
        target=f"{_RESPONSE}.get_execution_history",
        function=_get_execution_history,
        reason="moto ignores pages, the order and whether data is included",
        fingerprint="3889cc6224ac",
    ),
)
