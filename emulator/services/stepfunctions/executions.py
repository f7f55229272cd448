"""Executions: started, stopped, described and listed as AWS does."""

from __future__ import annotations

import copy
import json
import random
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any, cast

from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import InvalidExecutionInput, ValidationException
from moto.stepfunctions.parser.api import ExecutionAbortedEventDetails, ExecutionStatus, HistoryEventType
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution

from emulator.replacements import Replacement
from emulator.services import service_metrics
from emulator.services.events import services
from emulator.services.stepfunctions import activities, execution_log

_INPUT_BYTES = 262_144
_START_SECONDS = 10.0
_STOP_SECONDS = 1.0
_WAKE_SECONDS = 0.2
_reflect: Any = BaseExecutionWorkerCommunication._reflect_execution_status


def _start_execution(
    self: Any,
    state_machine_arn: str,
    name: str | None = None,
    execution_input: str | None = None,
    trace_header: Any = None,
) -> Any:
    text = execution_input or "{}"
    if len(text.encode()) > _INPUT_BYTES:
        raise ValidationException(
            "1 validation error detected: Value at 'input' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_INPUT_BYTES}"
        )
    try:
        json.loads(text)
    except ValueError as error:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from error
    if name:
        self._validate_name(name)
    machine, started, named = _startable(self, state_machine_arn)
    if existing := machine._handle_name_input_idempotency(name, text) if name else None:
        return existing
    chosen = name or str(uuid.uuid4())
    arn = f"arn:{self.partition}:states:{self.region_name}:{self.account_id}:execution:{machine.name}:{chosen}"
    # An execution keeps the definition with which it was started; the backend and other executions are not its own.
    snapshot = copy.deepcopy(started, {id(machine.executions): [], id(machine.backend): machine.backend})
    destination = execution_log.destination_of(started.loggingConfiguration)
    log: Any = execution_log.ExecutionLog(arn, destination) if destination else None
    execution = Execution(
        name=chosen,
        sm_type=started.type,
        role_arn=started.roleArn,
        exec_arn=arn,
        account_id=self.account_id,
        region_name=self.region_name,
        state_machine=snapshot,
        start_date=datetime.now(UTC),
        cloud_watch_logging_session=log,
        input_data=text,
        trace_header=trace_header,
        activity_store=cast(Any, activities.of(self)),
    )
    execution.state_machine_arn = machine.arn
    execution.named = named  # type: ignore[attr-defined]
    execution.ended = threading.Event()  # type: ignore[attr-defined]
    execution.redrives = 0  # type: ignore[attr-defined]
    service_metrics.publish("AWS/States", [{"StateMachineArn": machine.arn}], {"ExecutionsStarted": 1})
    services.execution_changed(execution, "RUNNING")
    execution.start()
    deadline = time.monotonic() + _START_SECONDS
    worker: Any = execution.exec_worker
    while not _begun(worker) and time.monotonic() < deadline:
        time.sleep(0.001)
    machine.executions.append(execution)
    return execution


def _begun(worker: Any) -> bool:
    """Whether its history has begun: whoever finds an execution looks there, and its end must not come first."""
    return worker.env is not None and bool(worker.env.event_manager.get_event_history())


def _startable(backend: Any, arn: str) -> tuple[Any, Any, dict[str, str]]:
    """The machine of an ARN, what of it is started (a version, or itself), and how descriptions name that."""
    source_arn, _, qualifier = arn.rpartition(":")
    source = next((machine for machine in backend.state_machines if machine.arn == source_arn), None)
    if source is None:
        machine = backend.describe_state_machine(arn)
        return machine, machine, {}
    named: dict[str, str] = {}
    if alias := source.aliases.get(qualifier):
        routes = alias.routing_configuration
        arns, weights = [r["stateMachineVersionArn"] for r in routes], [r["weight"] for r in routes]
        named["stateMachineAliasArn"] = arn
        arn = random.choices(arns, weights)[0]  # noqa: S311
    return source, backend.describe_state_machine(arn), {**named, "stateMachineVersionArn": arn}


def _reflect_status(self: Any) -> None:
    env = self.execution.exec_worker.env
    state = env.program_state()
    if isinstance(state, ProgramStopped):
        self.execution.error, self.execution.cause = state.error, state.cause
        _tell_abortion(env, state)
    _reflect(self)
    execution = self.execution
    execution.ended.set()
    outcome = {"SUCCEEDED": "Succeeded", "FAILED": "Failed", "TIMED_OUT": "TimedOut"}.get(execution.status, "Aborted")
    milliseconds = (execution.stop_date - execution.start_date).total_seconds() * 1000
    values = {f"Executions{outcome}": 1, "ExecutionTime": milliseconds}
    service_metrics.publish("AWS/States", [{"StateMachineArn": execution.state_machine_arn}], values)
    services.execution_changed(execution, str(execution.status))


def _tell_abortion(env: Any, state: ProgramStopped) -> None:
    """The last event of a stopped execution; moto leaves it out where the stop came before the first state."""
    if env.event_manager.get_event_history()[-1]["type"] == HistoryEventType.ExecutionAborted:
        return
    details = ExecutionAbortedEventDetails(error=state.error, cause=state.cause)
    env.event_history_context.source_event_id = 0
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.ExecutionAborted,
        event_details=EventDetails(executionAbortedEventDetails=details),  # type: ignore[typeddict-item]
    )


def _stop_execution(self: Any) -> ActionResult:
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    when = datetime.now(UTC)
    if execution.status == "RUNNING":
        execution.stop(stop_date=when, error=self._get_param("error"), cause=self._get_param("cause"))
        if not execution.ended.wait(_STOP_SECONDS):  # a retry sleeps on: nothing of it counts any more
            execution.exec_status, execution.stop_date = ExecutionStatus.ABORTED, when
            execution.error, execution.cause = self._get_param("error"), self._get_param("cause")
    return ActionResult({"stopDate": execution.stop_date or when})


def _wait_interval(_self: Any, env: Any, wait_seconds: int) -> None:
    deadline = time.monotonic() + wait_seconds
    while env.is_running() and (left := deadline - time.monotonic()) > 0:
        env.program_state_event.wait(min(left, _WAKE_SECONDS))


_RESPONSE = "moto.stepfunctions.responses:StepFunctionResponse"

REPLACEMENTS = (
    Replacement(
        target="moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function:WaitFunction._wait_interval",
        function=_wait_interval,
        reason="moto's Wait sleeps to its end where a stop comes a moment before it begins",
        fingerprint="8f954dee8037",
    ),
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
)
