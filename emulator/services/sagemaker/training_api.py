"""The operations on training jobs."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.exceptions import AWSValidationException, ResourceInUseException

from emulator.replacements import Replacement
from emulator.services.sagemaker import training_requests
from emulator.services.sagemaker.training_job import ENDED, TrainingJob
from emulator.services.sagemaker.training_run import TrainingRun

_PAGE = 100
_SORTS = {
    "Name": lambda job: job.name,
    "CreationTime": lambda job: job.creation_time,
    "Status": lambda job: job.status,
}


def _create(self: Any) -> ActionResult:
    jobs = self.sagemaker_backend.training_jobs
    request = json.loads(self.body)
    if request["TrainingJobName"] in jobs:
        arn = jobs[request["TrainingJobName"]].arn
        raise ResourceInUseException(
            f"Training job names must be unique within an AWS account and Region, and a training job with this name "
            f"already exists ({arn})"
        )
    whole, image, instance_type = training_requests.checked(request)
    job = jobs[request["TrainingJobName"]] = TrainingJob(whole)
    run = TrainingRun(job, image, instance_type)
    threading.Thread(target=run.run, name=f"training-{job.name}", daemon=True).start()
    return ActionResult({"TrainingJobArn": job.arn})


def _describe(self: Any) -> ActionResult:
    return ActionResult(_job(self).describe())


def _job(self: Any) -> TrainingJob:
    found: TrainingJob | None = self.sagemaker_backend.training_jobs.get(self._get_param("TrainingJobName"))
    if found is None:
        raise AWSValidationException("Requested resource not found.")
    return found


def _list(self: Any) -> ActionResult:
    request = json.loads(self.body)
    found = [job for job in self.sagemaker_backend.training_jobs.values() if _wanted(job, request)]
    found.sort(key=_SORTS[request.get("SortBy", "CreationTime")], reverse=request.get("SortOrder") == "Descending")
    start, size = int(request.get("NextToken") or 0), int(request.get("MaxResults") or _PAGE)
    more = {"NextToken": str(start + size)} if start + size < len(found) else {}
    return ActionResult({"TrainingJobSummaries": [job.summary() for job in found[start : start + size]], **more})


def _wanted(job: TrainingJob, request: Mapping[str, Any]) -> bool:
    created, changed = job.creation_time, job.last_modified_time
    return (
        request.get("NameContains", "").lower() in job.name.lower()
        and request.get("StatusEquals", job.status) == job.status
        and _time(request.get("CreationTimeAfter"), created)
        <= created
        <= _time(request.get("CreationTimeBefore"), created)
        and _time(request.get("LastModifiedTimeAfter"), changed)
        <= changed
        <= _time(request.get("LastModifiedTimeBefore"), changed)
    )


def _time(asked: float | None, default: datetime) -> datetime:
    return default if asked is None else datetime.fromtimestamp(asked, UTC)


def _stop(self: Any) -> EmptyResult:
    job = _job(self)
    with job.lock:
        if job.status in ENDED:
            raise AWSValidationException(
                f"The request was rejected because the training job is in status {job.status}."
            )
        if job.status != "Stopping":
            job.stop()
    return EmptyResult()


def _delete(self: Any) -> EmptyResult:
    job = _job(self)
    if job.status not in ENDED:
        raise AWSValidationException(f"The training job {job.name} is in status {job.status}: stop it first.")
    del self.sagemaker_backend.training_jobs[job.name]
    return EmptyResult()


_RESPONSE = "moto.sagemaker.responses:SageMakerResponse"
_WHY = "moto's jobs complete without training"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.create_training_job", _create, _WHY, "10db6d601d79"),
    Replacement(f"{_RESPONSE}.describe_training_job", _describe, _WHY, "ac18f04f2bc6"),
    Replacement(
        f"{_RESPONSE}.list_training_jobs", _list, "moto neither sorts nor tells times as they are", "bb1919f176a1"
    ),
    Replacement(f"{_RESPONSE}.stop_training_job", _stop, "missing in moto"),
    Replacement(f"{_RESPONSE}.delete_training_job", _delete, "missing in moto"),
]
