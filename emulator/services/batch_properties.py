"""What moto's Batch drops of a job queue."""

from __future__ import annotations

from typing import Any

from moto.batch import models, responses

from emulator.replacements import Replacement

_moto_create = responses.BatchResponse.createjobqueue
_moto_update = responses.BatchResponse.updatejobqueue
_moto_describe = models.JobQueue.describe


def _keep_limits(self: Any, name: str) -> None:
    limits = self._get_param("jobStateTimeLimitActions")
    if limits is not None:
        self.batch_backend.get_job_queue(name).time_limits = limits


def _create(self: Any) -> str:
    answer = str(_moto_create(self))
    _keep_limits(self, self._get_param("jobQueueName"))
    return answer


def _update(self: Any) -> str:
    answer = str(_moto_update(self))
    _keep_limits(self, self._get_param("jobQueue"))
    return answer


def _describe(self: Any) -> dict[str, Any]:
    limits = getattr(self, "time_limits", None)
    return {**_moto_describe(self), **({"jobStateTimeLimitActions": limits} if limits else {})}


_WHY = "moto drops the limits of how long jobs may wait"
REPLACEMENTS = [
    Replacement("moto.batch.responses:BatchResponse.createjobqueue", _create, _WHY, "5b3c4a37d14d"),
    Replacement("moto.batch.responses:BatchResponse.updatejobqueue", _update, _WHY, "5f562177df2e"),
    Replacement("moto.batch.models:JobQueue.describe", _describe, _WHY, "15ea6f8bc6f5"),
]
