"""Express workflows: executions that answer when they are over."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult
from moto.stepfunctions.parser.api import ExecutionStatus

from emulator.replacements import Replacement

# AWS ends an express workflow after five minutes.
_LIMIT_SECONDS = 300.0


class StateMachineTypeNotSupportedError(AWSError):
    """The operation is not one for machines of this type."""

    TYPE = "StateMachineTypeNotSupported"
    STATUS = 400


def _start_sync_execution(self: Any) -> ActionResult:
    backend, arn = self.stepfunction_backend, self._get_param("stateMachineArn")
    machine = backend.describe_state_machine(arn)
    if machine.type != "EXPRESS":
        raise StateMachineTypeNotSupportedError("This operation is not supported by this type of state machine")
    execution = backend.start_execution(arn, self._get_param("name"), self._get_param("input"))
    if not execution.ended.wait(_LIMIT_SECONDS):
        execution.stop(stop_date=datetime.now(UTC), error="States.Timeout", cause=None)
        execution.exec_status = ExecutionStatus.TIMED_OUT
    seconds = max(((execution.stop_date or datetime.now(UTC)) - execution.start_date).total_seconds(), 0.001)
    answer = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": arn,
        "name": execution.name,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date or datetime.now(UTC),
        "status": "FAILED" if execution.status == "ABORTED" else execution.status,
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "error": execution.error,
        "cause": execution.cause,
        "billingDetails": {
            "billedMemoryUsedInMB": 64,
            "billedDurationInMilliseconds": int(-(-seconds * 1000 // 100)) * 100,
        },
    }
    if execution.status == "SUCCEEDED":
        answer |= {"output": json.dumps(execution.output), "outputDetails": {"included": True}}
    return ActionResult({name: value for name, value in answer.items() if value is not None})


REPLACEMENTS = (
    Replacement(
        target="moto.stepfunctions.responses:StepFunctionResponse.start_sync_execution",
        function=_start_sync_execution,
        reason="missing in moto",
    ),
)
