"""The child executions of distributed Maps, found and described as executions of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from moto.stepfunctions.exceptions import ResourceNotFound

from emulator.services.stepfunctions.map_children import Child


def find(backend: Any, execution_arn: str) -> Child | None:
    """The child with this ARN; None for what is no child."""
    if "/" not in execution_arn:
        return None
    return next((child for run in _runs(backend) for child in _children(run) if child.arn == execution_arn), None)


def of(backend: Any, map_run_arn: str, status: str | None) -> list[Child]:
    """The children of a run that have started, the latest first, all or those in one status.

    Raises:
        ResourceNotFound: there is no such run.
    """
    for run in _runs(backend):
        if run.map_run_arn == map_run_arn:
            started = [child for child in _children(run) if child.start_date is not None]
            return [child for child in reversed(started) if status in (None, child.status)]
    raise ResourceNotFound(map_run_arn)


def listed(child: Child, map_run_arn: str) -> dict[str, Any]:
    """A child as ListExecutions shows it."""
    found = {
        "executionArn": child.arn,
        "stateMachineArn": child.state_machine_arn,
        "name": child.name,
        "status": child.status,
        "startDate": child.start_date,
        "mapRunArn": map_run_arn,
        "itemCount": child.items,
    }
    return {**found, "stopDate": child.stop_date} if child.stop_date else found


def described(child: Child) -> dict[str, Any]:
    """A child as DescribeExecution shows it."""
    found: dict[str, Any] = {
        "executionArn": child.arn,
        "stateMachineArn": child.state_machine_arn,
        "name": child.name,
        "status": child.status,
        "startDate": child.start_date,
        "input": json.dumps(child.input),
        "inputDetails": {"included": True},
        "error": child.error,
        "cause": child.cause,
        "stopDate": child.stop_date,
    }
    if child.status == "SUCCEEDED":
        found |= {"output": json.dumps(child.output), "outputDetails": {"included": True}}
    return {name: value for name, value in found.items() if value is not None}


def _children(run: Any) -> list[Child]:
    """The children of a run; none as long as it reads its items."""
    return getattr(run, "children", [])


def _runs(backend: Any) -> Iterator[Any]:
    for machine in backend.state_machines:
        for execution in machine.executions:
            env = execution.exec_worker.env
            yield from env.map_run_record_pool_manager.get_all() if env is not None else ()
