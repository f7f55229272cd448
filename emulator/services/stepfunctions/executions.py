"""Executions: started, stopped, described and listed as AWS does."""

from __future__ import annotations

import copy
import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import InvalidExecutionInput, InvalidToken
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution

from emulator.replacements import Replacement
from emulator.services.stepfunctions import child_executions, execution_log

_reflect: Any = BaseExecutionWorkerCommunication._reflect_execution_status


def _start_execution(
    self: Any,
    state_machine_arn: str,
    name: str | None = None,
    execution_input: str | None = None,
    trace_header: Any = None,
) -> Any:
    text = execution_input or "{}"
    try:
        json.loads(text)
    except ValueError as error:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from error
    if name:
        self._validate_name(name)
    machine = self.describe_state_machine(state_machine_arn)
    if existing := machine._handle_name_input_idempotency(name, text) if name else None:
        return existing
    chosen = name or str(uuid.uuid4())
    arn = f"arn:{self.partition}:states:{self.region_name}:{self.account_id}:execution:{machine.name}:{chosen}"
    # An execution keeps the definition with which it was started; the backend and other executions are not its own.
    snapshot = copy.deepcopy(machine, {id(machine.executions): [], id(machine.backend): machine.backend})
    destination = execution_log.destination_of(machine.loggingConfiguration)
    log: Any = execution_log.ExecutionLog(arn, destination) if destination else None
    execution = Execution(
        name=chosen,
        sm_type=machine.type,
        role_arn=machine.roleArn,
        exec_arn=arn,
        account_id=self.account_id,
        region_name=self.region_name,
        state_machine=snapshot,
        start_date=datetime.now(UTC),
        cloud_watch_logging_session=log,
        input_data=text,
        trace_header=trace_header,
        activity_store={},
    )
    machine.executions.append(execution)
    execution.start()
    return execution


def _reflect_status(self: Any) -> None:
    state = self.execution.exec_worker.env.program_state()
    if isinstance(state, ProgramStopped):
        self.execution.error, self.execution.cause = state.error, state.cause
    _reflect(self)


def _stop_execution(self: Any) -> ActionResult:
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    when = datetime.now(UTC)
    if execution.status == "RUNNING":
        while execution.exec_worker.env is None:  # its thread has only just been started
            time.sleep(0.01)
        execution.stop(stop_date=when, error=self._get_param("error"), cause=self._get_param("cause"))
    return ActionResult({"stopDate": execution.stop_date or when})


def _describe_execution(self: Any) -> ActionResult:
    arn = self._get_param("executionArn")
    if child := child_executions.find(self.stepfunction_backend, arn):
        return ActionResult(child_executions.described(child))
    execution = self.stepfunction_backend.describe_execution(arn)
    answer = {
        **_listed(execution),
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "redriveCount": 0,
        "redriveStatus": "NOT_REDRIVABLE",
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
    return {**item, "stopDate": execution.stop_date} if execution.stop_date else item


def _list_executions(self: Any) -> ActionResult:
    if map_run := self._get_param("mapRunArn"):
        children = child_executions.of(self.stepfunction_backend, map_run, self._get_param("statusFilter"))
        return ActionResult({"executions": [child_executions.listed(child, map_run) for child in children]})
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
        target="moto.stepfunctions.parser.models:StepFunctionsParserBackend.start_execution",
        function=_start_execution,
        reason="moto gives every unnamed execution the same ARN, checks no name, and writes no execution log",
        fingerprint="0f8d9dd57baf",
    ),
    Replacement(
        target="moto.stepfunctions.parser.backend.execution:BaseExecutionWorkerCommunication._reflect_execution_status",
        function=_reflect_status,
        reason="moto forgets the error and cause with which an execution was stopped",
        fingerprint="038a396107af",
    ),
    Replacement(
        target=f"{_RESPONSE}.stop_execution",
        function=_stop_execution,
        reason="moto passes neither error nor cause, and fails on an execution that has only just started",
        fingerprint="633c8a544aac",
    ),
    Replacement(
        target=f"{_RESPONSE}.describe_execution",
        function=_describe_execution,
        reason="moto leaves out when an execution timed out, and shows an output that is text unquoted",
        fingerprint="c3953bdc9ce2",
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
