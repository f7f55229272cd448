"""The events of services that run things: executions, queries and job runs that change their state.

Each has the detail that its service documents; they go to the default bus.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from emulator import clock, settings
from emulator.services.events import bus

_ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


def execution_changed(execution: Any, status: str) -> None:
    """A Step Functions execution (moto's) is in a new state: it started, or ended."""
    ended, succeeded = status in _ENDED, status == "SUCCEEDED"
    detail = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": status,
        "startDate": _milliseconds(execution.start_date),
        "stopDate": _milliseconds(execution.stop_date) if ended else None,
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "output": json.dumps(execution.output, separators=(",", ":"), ensure_ascii=False) if succeeded else None,
        "outputDetails": {"included": True} if succeeded else None,
        "error": getattr(execution, "error", None),
        "cause": getattr(execution, "cause", None),
    }
    bus.emit("aws.states", "Step Functions Execution Status Change", detail, [execution.execution_arn])


def query_changed(execution: Any, previous: str) -> None:
    """An Athena query execution left the state `previous`."""
    detail = {
        "versionId": "0",
        "currentState": execution.status,
        "previousState": previous,
        "statementType": execution.statement.kind,
        "queryExecutionId": execution.id,
        "workgroupName": execution.workgroup.name,
        "sequenceNumber": {"QUEUED": "1", "RUNNING": "2"}.get(execution.status, "3"),
    }
    bus.emit("aws.athena", "Athena Query State Change", detail)


def job_run_changed(run: Any, previous: str) -> None:
    """A job run of EMR Serverless (moto's) left the state `previous`."""
    now = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    detail = {
        "jobRunId": run.id,
        "jobRunName": run.name,
        "applicationId": run.application_id,
        "arn": run.arn,
        "state": run.state,
        "previousState": previous,
        "stateDetails": run.state_details,
        "createdBy": run.execution_role_arn,
        "updatedAt": now,
    }
    known = {name: value for name, value in detail.items() if value is not None}
    bus.emit("aws.emr-serverless", "EMR Serverless Job Run State Change", known, [run.arn])


def batch_job_changed(job: Any) -> None:
    """A job of AWS Batch is in a new state."""
    bus.emit("aws.batch", "Batch Job State Change", job.describe({}), [job.arn])


def training_job_changed(job: Any) -> None:
    """A training job of SageMaker is in a new state, or a new secondary one."""
    detail = json.loads(json.dumps(job.describe(), default=_milliseconds))
    bus.emit("aws.sagemaker", "SageMaker Training Job State Change", detail, [job.arn])


def spot_interruption_announced(instance_id: str) -> None:
    """A Spot instance will be terminated."""
    detail = {"instance-id": instance_id, "instance-action": "terminate"}
    region = settings.current().region
    bus.emit(
        "aws.ec2", "EC2 Spot Instance Interruption Warning", detail, [f"arn:aws:ec2:{region}a:instance/{instance_id}"]
    )


def _milliseconds(when: datetime) -> int:
    return int(when.timestamp() * 1000)
