"""What Athena tells of a query execution: its state, its configuration, and where its time and bytes went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.services.athena import results

if TYPE_CHECKING:
    from emulator.services.athena.execution import Execution

Described = dict[str, Any]


def describe(execution: Execution) -> Described:
    """GetQueryExecution's answer."""
    described: Described = {
        "QueryExecutionId": execution.id,
        "Query": execution.query,
        "StatementType": execution.statement.kind,
        "SubstatementType": execution.statement.substatement,
        "ResultConfiguration": {**execution.configuration, "OutputLocation": execution.output_location},
        "ResultReuseConfiguration": execution.reuse_configuration
        or {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": execution.context,
        "Status": _status(execution),
        "Statistics": _statistics(execution),
        "WorkGroup": execution.workgroup.name,
        "EngineVersion": execution.workgroup.configuration.get("EngineVersion")
        or {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"},
    }
    if execution.execution_parameters:
        described["ExecutionParameters"] = execution.execution_parameters
    return described


def _status(execution: Execution) -> Described:
    status: Described = {"State": execution.status, "SubmissionDateTime": execution.submitted.timestamp()}
    if execution.completed:
        status["CompletionDateTime"] = execution.completed.timestamp()
    if execution.reason:
        status["StateChangeReason"] = execution.reason
    if execution.reason and execution.status == "FAILED":
        user = not execution.reason.startswith("GENERIC_INTERNAL_ERROR")
        status["AthenaError"] = {
            "ErrorCategory": 2 if user else 1,
            "ErrorType": 1301 if user else 233,
            "Retryable": False,
            "ErrorMessage": execution.reason,
        }
    return status


def _statistics(execution: Execution) -> Described:
    statistics: Described = {
        **_times(execution),
        "DataScannedInBytes": execution.session.scanned,
        "ResultReuseInformation": {"ReusedPreviousResult": execution.reused is not None},
    }
    if execution.result is not None and execution.result.manifest:
        statistics["DataManifestLocation"] = execution.manifest_location
    return statistics


def _times(execution: Execution) -> dict[str, int]:
    """Milliseconds of each part of an execution's life, as measured."""
    total = round(((execution.completed or results.now()) - execution.submitted).total_seconds() * 1000)
    engine, queued = execution.engine_milliseconds, execution.queued_milliseconds
    return {
        "EngineExecutionTimeInMillis": engine,
        "QueryPlanningTimeInMillis": round(execution.session.planning_seconds * 1000),
        "QueryQueueTimeInMillis": queued,
        "ServiceProcessingTimeInMillis": max(total - engine - queued, 0),
        "TotalExecutionTimeInMillis": total,
    }


def runtime_statistics(execution: Execution) -> Described:
    """GetQueryRuntimeStatistics' answer: what was measured.

    The rows that were read, and stages, which this engine does not have, are left out, as Athena leaves out what is not
    available.
    """
    rows = {"InputBytes": execution.session.scanned}
    result = execution.result
    if result is not None:
        rows["OutputRows"] = len(result.rows) if result.update_count is None else result.update_count
        rows["OutputBytes"] = execution.output_bytes
    return {"Timeline": _times(execution), "Rows": rows}
