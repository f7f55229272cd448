"""Moves jobs from state to state: dependencies, a place in a compute environment, attempts, their end.

Jobs of queues with a higher priority come first, then those submitted earlier. A job tries its queue's environments in
their order: the first that is enabled, has an instance type that holds it and is below its limit gets it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from emulator import clock
from emulator.compute import instance_types
from emulator.compute.instance_types import InstanceType
from emulator.compute.spot import MARKET
from emulator.services.batch import retries
from emulator.services.batch.attempt import Execution
from emulator.services.batch.job import WAITING, Job
from emulator.services.batch.retries import Outcome
from emulator.services.events import services

_TOO_LARGE = (
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is higher than that "
    "can be met by the CE(s) attached to the job queue."
)
_NO_CAPACITY = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for instance type"
)
_LIMIT = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - CE(s) associated with the job queue reached their maximum"


class Scheduler:
    """The jobs of one account and region; safe to use from several threads."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.executions: dict[str, Execution] = {}
        self._lock = threading.RLock()
        MARKET.when_capacity_changes(self.dispatch)

    def submit(self, job: Job) -> None:
        """Take a job; it is SUBMITTED when this returns, or further."""
        with self._lock:
            self.jobs[job.id] = job
            services.batch_job_changed(job)
        self.dispatch()

    def find(self, identifier: str) -> Job | None:
        """A job by its id or ARN."""
        return self.jobs.get(identifier.rpartition("/")[2])

    def dispatch(self) -> None:
        """Move every waiting job as far as it can go now."""
        with self._lock:
            for job in sorted(self.jobs.values(), key=lambda each: (-each.queue.priority, each.created)):
                if job.status in ("SUBMITTED", "PENDING"):
                    self._await_dependencies(job)
                if job.status == "RUNNABLE":
                    self._place(job)

    def cancel(self, job: Job, reason: str) -> None:
        """End a job that has not started; one that has goes on."""
        with self._lock:
            if job.status in WAITING:
                job.canceled = True
                self._end(job, Outcome(None, reason, final=True))
        self.dispatch()

    def terminate(self, job: Job, reason: str) -> None:
        """End a job, whatever it does."""
        with self._lock:
            if job.finished:
                return
            job.terminated = True
            if execution := self.executions.get(job.id):
                job.status_reason = reason
                execution.stop(reason)
            else:
                self._end(job, Outcome(None, reason, final=True))
        self.dispatch()

    def _await_dependencies(self, job: Job) -> None:
        needed = [self.jobs[each["jobId"]] for each in job.depends_on]
        if any(each.status == "FAILED" for each in needed):
            self._end(job, Outcome(None, "Dependent Job failed", final=True))
        elif all(each.status == "SUCCEEDED" for each in needed):
            job.runnable_since = clock.seconds()
            self._move(job, "RUNNABLE")
            self._watch_limits(job)
        elif job.status != "PENDING":
            self._move(job, "PENDING")

    def _place(self, job: Job) -> None:
        if job.queue.state != "ENABLED":
            return
        reasons = []
        for environment in job.queue.environments:
            found = instance_types.smallest(environment.compute_resources["instanceTypes"], job.demand)
            if found is None:
                reasons.append(_TOO_LARGE)
            elif environment.state == "ENABLED":
                obstacle = self._obstacle(environment, found)
                if not obstacle:
                    self._start(job, environment, found)
                    return
                reasons.append(obstacle)
        job.status_reason = next((each for each in reasons if each is not _TOO_LARGE), _TOO_LARGE if reasons else "")

    def _obstacle(self, environment: Any, wanted: InstanceType) -> str:
        """Why an environment has no instance for a job now; empty when it has."""
        resources = environment.compute_resources
        if "SPOT" in resources["type"] and not MARKET.capacity:
            return f"{_NO_CAPACITY} [{wanted.name}]"
        running = [each.instance_type for each in self.executions.values() if each.environment is environment]
        used, limit = sum(each.vcpus for each in running), int(resources["maxvCpus"])
        # All strategies but BEST_FIT may go above the limit, by a part of one instance.
        exact = resources.get("allocationStrategy", "BEST_FIT") == "BEST_FIT"
        return _LIMIT if (used + wanted.vcpus > limit if exact else used >= limit) else ""

    def _start(self, job: Job, environment: Any, found: InstanceType) -> None:
        execution = Execution(job, environment, found)
        self.executions[job.id] = execution
        job.attempts.append(execution.attempt)
        job.status_reason = ""
        self._move(job, "STARTING")
        threading.Thread(target=self._execute, args=(job, execution), name=f"batch-{job.id}", daemon=True).start()

    def _execute(self, job: Job, execution: Execution) -> None:
        def running() -> None:
            with self._lock:
                self._move(job, "RUNNING")

        try:
            outcome = execution.run(running)
        except Exception as error:  # noqa: BLE001 (a thread that dies would leave the job in RUNNING for ever)
            outcome = Outcome(None, f"Internal service error: {type(error).__name__}: {error}", final=True)
        execution.attempt.status_reason = outcome.status_reason
        with self._lock:
            del self.executions[job.id]
            if not job.terminated and retries.again(job.retry, len(job.attempts), outcome):
                job.runnable_since = clock.seconds()
                self._move(job, "RUNNABLE")
                self._watch_limits(job)
            else:
                self._end(job, outcome)
        self.dispatch()

    def _end(self, job: Job, outcome: Outcome) -> None:
        job.end(outcome)
        services.batch_job_changed(job)

    def _move(self, job: Job, status: str) -> None:
        job.status = status
        services.batch_job_changed(job)

    def _watch_limits(self, job: Job) -> None:
        """Cancel or terminate the job when it waits longer than its queue allows for the reason it waits for."""
        for limit in getattr(job.queue, "time_limits", None) or ():
            clock.after(limit["maxTimeSeconds"], self._limited(job, limit, job.runnable_since), "a job's time limit")

    def _limited(self, job: Job, limit: Mapping[str, Any], since: float) -> Callable[[], None]:
        def check() -> None:
            waits = job.status == limit["state"] and job.runnable_since == since
            if waits and job.status_reason.startswith(limit["reason"]):
                act = self.terminate if limit["action"] == "TERMINATE" else self.cancel
                act(job, f"Canceled by JobStateTimeLimit action due to reason: {limit['reason']}")

        return check


def of(backend: Any) -> Scheduler:
    """The scheduler of one of moto's backends."""
    with _making:
        if not hasattr(backend, "scheduler"):
            backend.scheduler = Scheduler()
        scheduler: Scheduler = backend.scheduler
        return scheduler


_making = threading.Lock()
