"""Failures of states under the names that AWS gives them."""

from __future__ import annotations

from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType

ITEM_READER_FAILED = "States.ItemReaderFailed"
RESULT_WRITER_FAILED = "States.ResultWriterFailed"
EXCEED_TOLERATED_FAILURE_THRESHOLD = "States.ExceedToleratedFailureThreshold"
DATA_LIMIT_EXCEEDED = "States.DataLimitExceeded"
INTRINSIC_FAILURE = "States.IntrinsicFailure"
NO_CHOICE_MATCHED = "States.NoChoiceMatched"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
RUNTIME = "States.Runtime"
TASK_FAILED = "States.TaskFailed"


def error_name(error: str) -> ErrorName:
    """The interpreter's form of an error's name: that of a state's own error, or of any other."""
    known = {kind.to_name(): kind for kind in StatesErrorNameType}
    return StatesErrorName(typ=known[error]) if error in known else ErrorName(error_name=error)


def map_run_failed(env: Any, error: str, cause: str) -> FailureEventException:
    """The failure of a Map state whose run failed."""
    details: Any = {"mapRunFailedEventDetails": {"error": error, "cause": cause}}
    return FailureEventException(
        FailureEvent(
            env=env, error_name=error_name(error), event_type=HistoryEventType.MapRunFailed, event_details=details
        )
    )


def execution_failed(env: Any, error: str, cause: str) -> FailureEventException:
    """The failure of a state that no Retry or Catch of its own could be asked about."""
    details: Any = {"executionFailedEventDetails": {"error": error, "cause": cause}}
    return FailureEventException(
        FailureEvent(
            env=env, error_name=error_name(error), event_type=HistoryEventType.ExecutionFailed, event_details=details
        )
    )


def intrinsic_failed(env: Any, cause: str) -> FailureEventException:
    """The failure of an intrinsic function."""
    details: Any = {"taskFailedEventDetails": {"error": INTRINSIC_FAILURE, "cause": cause}}
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=error_name(INTRINSIC_FAILURE),
            event_type=HistoryEventType.TaskFailed,
            event_details=details,
        )
    )
