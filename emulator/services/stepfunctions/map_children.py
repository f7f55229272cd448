"""The child executions of a distributed Map."""

from __future__ import annotations

import copy
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext, EventManager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramError, ProgramStopped, ProgramTimedOut
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore

_variables: Any = VariableStore


@dataclass
class Child:
    """One execution of a Map's processor: what it was given, and what came of it. `items` is how many it handles."""

    state_machine_arn: str
    input: Any
    items: int
    index: int
    name: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "PENDING"
    output: Any = None
    error: str | None = None
    cause: str | None = None
    start_date: datetime | None = None
    stop_date: datetime | None = None
    events: EventManager = field(default_factory=EventManager)

    @property
    def arn(self) -> str:
        """ARN of the execution."""
        return f"{self.state_machine_arn.replace(':stateMachine:', ':execution:')}:{self.name}"

    def run(self, program: Any, env: Any) -> None:
        """Let the processor's program handle the input, in an environment of the child's own."""
        self.status, self.start_date = "RUNNING", datetime.now(UTC)
        frame = self._frame(env)
        self._tell(frame, HistoryEventType.ExecutionStarted, "executionStarted", input=json.dumps(self.input))
        try:
            program.eval(frame)
        finally:
            env.delete_frame(frame)
        self._end(frame)
        self.stop_date = datetime.now(UTC)

    def described(self) -> dict[str, Any]:
        """The child as a file of results shows it."""
        found: dict[str, Any] = {
            "ExecutionArn": self.arn,
            "Input": json.dumps(self.input),
            "InputDetails": {"Included": True},
            "Name": self.name,
            "RedriveCount": 0,
            "RedriveStatus": "NOT_REDRIVABLE",
            "RedriveStatusReason": "Execution is not redrivable",
            "StateMachineArn": self.state_machine_arn,
            "Status": self.status,
        }
        for name, date in (("StartDate", self.start_date), ("StopDate", self.stop_date)):
            if date is not None:
                found[name] = date.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if self.status == "SUCCEEDED":
            return {**found, "Output": json.dumps(self.output), "OutputDetails": {"Included": True}}
        return {**found, **{name: value for name, value in (("Error", self.error), ("Cause", self.cause)) if value}}

    def _frame(self, env: Any) -> Any:
        """An environment that sees the child's own execution and none of its parent's variables."""
        frame: Any = Environment.as_inner_frame_of(env, _variables(), EventHistoryContext.of_program_start())
        frame.event_manager = self.events
        context = frame.states.context_object.context_object_data
        parent = context["Execution"]
        context["Execution"] = {
            **parent, "Id": self.arn, "Input": self.input, "Name": self.name, "StartTime": self.start_date
        }  # fmt: skip
        context["Map"] = {"Item": {"Index": self.index, "Value": copy.deepcopy(self.input)}}
        frame.states.reset(self.input)
        with env._state_mutex:
            env._frames.append(frame)
        return frame

    def _end(self, frame: Any) -> None:
        state = frame.program_state()
        if isinstance(state, ProgramError):
            details = state.error or {}
            self.status, self.error, self.cause = "FAILED", details.get("error"), details.get("cause")
            self._tell(frame, HistoryEventType.ExecutionFailed, "executionFailed", error=self.error, cause=self.cause)
        elif isinstance(state, ProgramTimedOut):
            self.status, self.error = "TIMED_OUT", "States.Timeout"
            self._tell(frame, HistoryEventType.ExecutionTimedOut, "executionTimedOut")
        elif isinstance(state, ProgramStopped):
            self.status = "ABORTED"
            self._tell(frame, HistoryEventType.ExecutionAborted, "executionAborted")
        else:
            self.status, self.output = "SUCCEEDED", frame.states.get_input()
            output = json.dumps(self.output)
            self._tell(frame, HistoryEventType.ExecutionSucceeded, "executionSucceeded", output=output)

    def _tell(self, frame: Any, kind: HistoryEventType, name: str, **details: Any) -> None:
        given: Any = {f"{name}EventDetails": {key: value for key, value in details.items() if value is not None}}
        self.events.add_event(context=frame.event_history_context, event_type=kind, event_details=given)
