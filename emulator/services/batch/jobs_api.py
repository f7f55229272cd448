"""The operations on jobs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.batch import responses, urls
from moto.batch.exceptions import ClientException

from emulator.replacements import Replacement
from emulator.services.batch import scheduler as schedulers
from emulator.services.batch import submission
from emulator.services.batch.job import Job
from emulator.services.batch.scheduler import Scheduler

_PAGE = 100


def _scheduler(self: Any) -> Scheduler:
    return schedulers.of(self.batch_backend)


def _submit(self: Any) -> str:
    request = json.loads(self.body)
    backend, scheduler = self.batch_backend, _scheduler(self)
    job = submission.job(backend, scheduler, request)
    if request.get("tags"):
        backend.tag_resource(job.arn, request["tags"])
    scheduler.submit(job)
    return json.dumps({"jobArn": job.arn, "jobName": job.name, "jobId": job.id})


def _describe(self: Any) -> str:
    backend, scheduler = self.batch_backend, _scheduler(self)
    found = [job for identifier in self._get_param("jobs") or () if (job := scheduler.find(identifier))]
    return json.dumps({"jobs": [job.describe(backend.list_tags_for_resource(job.arn)) for job in found]})


def _list(self: Any) -> str:
    request = json.loads(self.body)
    if not request.get("jobQueue"):
        raise ClientException("This emulator lists jobs by jobQueue only: it runs no arrays and no multi-node jobs.")
    queue = self.batch_backend.get_job_queue(request["jobQueue"])
    if queue is None:
        raise ClientException(f"Job queue {request['jobQueue']} does not exist")
    jobs = [job for job in _scheduler(self).jobs.values() if job.queue is queue and _wanted(job, request)]
    jobs.sort(key=lambda job: job.created, reverse=True)
    start, size = int(request.get("nextToken") or 0), int(request.get("maxResults") or _PAGE)
    more = {"nextToken": str(start + size)} if start + size < len(jobs) else {}
    return json.dumps({"jobSummaryList": [job.summary() for job in jobs[start : start + size]], **more})


def _wanted(job: Job, request: Mapping[str, Any]) -> bool:
    """Whether a job meets the filters, or where there are none, is in the state that is asked for (RUNNING)."""
    filters = request.get("filters") or ()
    if not filters:
        return job.status == (request.get("jobStatus") or "RUNNING")
    return all(any(_meets(job, each["name"], value) for value in each["values"]) for each in filters)


def _meets(job: Job, name: str, value: str) -> bool:
    if name == "JOB_NAME":
        return _matches(job.name.lower(), value.lower())
    if name == "JOB_DEFINITION":
        return _matches(job.definition.arn.rpartition("/")[2].partition(":")[0], value) or job.definition.arn == value
    if name == "BEFORE_CREATED_AT":
        return job.created < int(value)
    if name == "AFTER_CREATED_AT":
        return job.created > int(value)
    raise ClientException(f"The filter {name} is not supported by this emulator.")


def _matches(found: str, pattern: str) -> bool:
    return found.startswith(pattern[:-1]) if pattern.endswith("*") else found == pattern


def _cancel(self: Any) -> str:
    if job := _asked(self):
        _scheduler(self).cancel(job, self._get_param("reason"))
    return "{}"


def _terminate(self: Any) -> str:
    if job := _asked(self):
        _scheduler(self).terminate(job, self._get_param("reason"))
    return "{}"


def _asked(self: Any) -> Job | None:
    for name in ("jobId", "reason"):
        if not self._get_param(name):
            raise ClientException(f"'{name}' is a required field (cannot be an empty string)")
    return _scheduler(self).find(self._get_param("jobId"))


_RESPONSE = "moto.batch.responses:BatchResponse"
_WHY = "moto needs Docker, and drops what a submission overrides"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.submitjob", _submit, _WHY, "2ba7d660df00"),
    Replacement(f"{_RESPONSE}.describejobs", _describe, _WHY, "ca9d9759a3ea"),
    Replacement(f"{_RESPONSE}.listjobs", _list, _WHY, "819c0df57bb9"),
    Replacement(f"{_RESPONSE}.canceljob", _cancel, _WHY, "75d319fc621d"),
    Replacement(f"{_RESPONSE}.terminatejob", _terminate, _WHY, "0c267a3c08d0"),
]
# moto reads its table of paths when the first request of the service arrives. What it has no path for is to be refused
# by its name.
urls.url_paths["{0}/v1/(?P<operation>[a-z]+)$"] = responses.BatchResponse.dispatch
