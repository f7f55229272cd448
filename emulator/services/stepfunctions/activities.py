"""Activities: tasks that wait for workers which ask for them."""

from __future__ import annotations

import time
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.parser.backend.activity import Activity

from emulator.replacements import Replacement

# AWS holds a worker's request for a minute before it answers that there is nothing to do.
_WAIT_SECONDS = 60.0
_POLL_SECONDS = 0.1


class Store:
    """The interpreter's view of the activities of an account: each with the tasks that wait for a worker."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._waiting: dict[str, Activity] = {}

    def get(self, arn: str) -> Activity | None:
        """The activity, None where the account has none of this ARN."""
        if arn not in self._backend.activities:
            return None
        return self._waiting.setdefault(arn, Activity(arn, arn.rsplit(":", 1)[1]))

    def __deepcopy__(self, _: Any) -> Store:
        """Snapshots of an execution share what waits."""
        return self


def of(backend: Any) -> Store:
    """The activities of a backend."""
    if not hasattr(backend, "waiting_activities"):
        backend.waiting_activities = Store(backend)
    store: Store = backend.waiting_activities
    return store


def _get_activity_task(self: Any) -> ActionResult:
    backend, worker = self.stepfunction_backend, self._get_param("workerName")
    activity: Any = of(backend).get(backend.describe_activity(self._get_param("activityArn")).arn)
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            task = activity.get_task()
        except IndexError:
            time.sleep(_POLL_SECONDS)
            continue
        if _began(backend, task.task_token, worker):
            return ActionResult({"taskToken": task.task_token, "input": task.task_input})
    return ActionResult({})


def _began(backend: Any, token: str, worker: str | None) -> bool:
    """Tell the execution that its task has a worker; False where it no longer waits for one."""
    for machine in backend.state_machines:
        for execution in machine.executions:
            env = execution.exec_worker.env
            endpoint = env.callback_pool_manager.get(token) if env is not None else None
            if endpoint is not None and execution.status == "RUNNING":
                endpoint.notify_activity_task_start(worker)
                return True
    return False


_RESPONSE = "moto.stepfunctions.responses:StepFunctionResponse"
REPLACEMENTS = (
    Replacement(target=f"{_RESPONSE}.get_activity_task", function=_get_activity_task, reason="missing in moto"),
)
