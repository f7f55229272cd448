"""Redriving: an execution that did not succeed goes on from the state at which it ended."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult
from moto.stepfunctions.parser.api import ExecutionStatus, HistoryEventType
from moto.stepfunctions.parser.asl.component.common.flow.start_at import StartAt
from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.state_parallel import StateParallel
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from emulator.replacements import Replacement

_REDRIVABLE = ("FAILED", "TIMED_OUT", "ABORTED")


class ExecutionNotRedrivableError(AWSError):
    """The execution runs or succeeded, or it cannot be redriven here."""

    TYPE = "ExecutionNotRedrivable"
    STATUS = 400


class _Worker(ExecutionWorker):
    """Runs an execution on from a state, with its variables, and adds to its history."""

    def prepare(self, before: Any, state: str, given: Any, redrives: int) -> Any:
        """Make the environment, and return the program that goes on from the state."""
        program: Any = self._get_evaluation_entrypoint()
        program.start_at = StartAt(start_at_name=state)
        env: Any = self._get_evaluation_environment()
        env.event_manager = before.event_manager
        env.event_history_context = EventHistoryContext(before.event_history_context.last_published_event_id)
        env.variable_store = before.variable_store
        env.states.reset(given)
        details: Any = {"executionRedrivenEventDetails": {"redriveCount": redrives}}
        env.event_manager.add_event(
            context=env.event_history_context, event_type=HistoryEventType.ExecutionRedriven, event_details=details
        )
        self.env = env
        return program

    def go_on(self, program: Any) -> None:
        """Run the program, in the background."""
        threading.Thread(target=self._finish, args=(program,), name="redriven-execution", daemon=True).start()

    def _finish(self, program: Any) -> None:
        program.eval(self.env)
        self._execution_communication.terminated()


def described(execution: Any) -> dict[str, Any]:
    """What DescribeExecution tells about redriving."""
    found: dict[str, Any] = {"redriveCount": execution.redrives}
    if execution.redrives:
        found["redriveDate"] = execution.redrive_date
    if execution.status in _REDRIVABLE:
        return {**found, "redriveStatus": "REDRIVABLE"}
    reason = f"Execution is {execution.status} and cannot be redriven"
    return {**found, "redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}


def _redrive(self: Any) -> ActionResult:
    execution: Any = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    if execution.status not in _REDRIVABLE or not execution.ended.is_set():
        raise ExecutionNotRedrivableError(f"Execution is {execution.status} and cannot be redriven")
    before = execution.exec_worker.env
    first: Any = execution._get_start_execution_worker()
    worker = _Worker(
        evaluation_details=first._evaluation_details,
        exec_comm=first._execution_communication,
        cloud_watch_logging_session=first._cloud_watch_logging_session,
        activity_store=first._activity_store,
    )
    program: Any = worker._get_evaluation_entrypoint()
    entered = _last_entered(before, program.states.states)
    if isinstance(program.states.states[entered["name"]], StateMap | StateParallel):
        raise ExecutionNotRedrivableError(
            f"The execution ended in {entered['name']}: this emulator does not redrive the parts of a Map or Parallel."
        )
    execution.redrives, execution.redrive_date = execution.redrives + 1, datetime.now(UTC)
    execution.error = execution.cause = execution.stop_date = None
    execution.ended = threading.Event()
    execution.exec_status = ExecutionStatus.RUNNING
    rest = worker.prepare(before, entered["name"], json.loads(entered["input"]), execution.redrives)
    execution.exec_worker = worker
    worker.go_on(rest)
    return ActionResult({"redriveDate": execution.redrive_date})


def _last_entered(env: Any, states: Mapping[str, Any]) -> Any:
    """The last of the machine's own states that was entered, and its input."""
    entered = (event.get("stateEnteredEventDetails") for event in reversed(env.event_manager.get_event_history()))
    return next(details for details in entered if details and details["name"] in states)


REPLACEMENTS = (
    Replacement(
        target="moto.stepfunctions.responses:StepFunctionResponse.redrive_execution",
        function=_redrive,
        reason="missing in moto",
    ),
)
