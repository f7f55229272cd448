"""Job queues: what moto drops of them, and what becomes of their jobs when they change or go."""

from __future__ import annotations

import json
from typing import Any

from moto.batch import models, responses
from moto.batch.exceptions import ClientException

from emulator.replacements import Replacement
from emulator.services.batch import scheduler

_moto_update = responses.BatchResponse.updatejobqueue
_moto_describe = models.JobQueue.describe


def _keep_limits(self: Any, name: str) -> None:
    limits = self._get_param("jobStateTimeLimitActions")
    if limits is not None:
        self.batch_backend.get_job_queue(name).time_limits = limits


def _create(self: Any) -> str:
    request = json.loads(self.body)
    queue = self.batch_backend.create_job_queue(
        queue_name=request["jobQueueName"],
        priority=request["priority"],
        schedule_policy=request.get("schedulingPolicyArn"),
        state=request.get("state") or "ENABLED",
        compute_env_order=request.get("computeEnvironmentOrder"),
        tags=request.get("tags"),
    )
    _keep_limits(self, queue.name)
    return json.dumps({"jobQueueArn": queue.arn, "jobQueueName": queue.name})


def _update(self: Any) -> str:
    answer = str(_moto_update(self))
    _keep_limits(self, self._get_param("jobQueue"))
    scheduler.of(self.batch_backend).dispatch()
    return answer


def _delete(self: Any) -> str:
    backend = self.batch_backend
    queue = backend.get_job_queue(self._get_param("jobQueue"))
    if queue is None:
        return "{}"
    if queue.state != "DISABLED":
        raise ClientException("Cannot delete, resource must be DISABLED first")
    jobs = scheduler.of(backend)
    for job in list(jobs.jobs.values()):
        if job.queue is queue:
            jobs.terminate(job, "Job queue was deleted")
    backend.delete_job_queue(queue.arn)
    return "{}"


def _describe(self: Any) -> dict[str, Any]:
    limits = getattr(self, "time_limits", None)
    return {**_moto_describe(self), **({"jobStateTimeLimitActions": limits} if limits else {})}


_WHY = "moto drops the limits of how long jobs may wait"
REPLACEMENTS = [
    Replacement("moto.batch.responses:BatchResponse.createjobqueue", _create, _WHY, "5b3c4a37d14d"),
    Replacement("moto.batch.responses:BatchResponse.updatejobqueue", _update, _WHY, "5f562177df2e"),
    Replacement(
        "moto.batch.responses:BatchResponse.deletejobqueue",
        _delete,
        "moto leaves the jobs of a queue that is deleted",
        "fa6c97dd2d4d",
    ),
    Replacement("moto.batch.models:JobQueue.describe", _describe, _WHY, "15ea6f8bc6f5"),
]
