"""A job: what was submitted, its states and attempts, and its description."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.batch.utils import make_arn_for_job

from emulator import clock
from emulator.compute.instance_types import Demand
from emulator.services.batch.retries import Outcome

FINISHED = ("SUCCEEDED", "FAILED")
WAITING = ("SUBMITTED", "PENDING", "RUNNABLE")


def milliseconds() -> int:
    """The emulator's time in milliseconds since 1970."""
    return int(clock.seconds() * 1000)


@dataclass
class Attempt:
    """One try. `container` is what is told of the container; `started` is None when it never ran."""

    container: dict[str, Any] = field(default_factory=dict)
    started: int | None = None
    stopped: int | None = None
    status_reason: str = ""

    def describe(self) -> dict[str, Any]:
        """As DescribeJobs has it. Times are milliseconds since 1970."""
        times = {"startedAt": self.started, "stoppedAt": self.stopped}
        known = {name: value for name, value in times.items() if value is not None}
        return {"container": {"networkInterfaces": [], **self.container}, "statusReason": self.status_reason, **known}


@dataclass(eq=False)
class Job:
    """A submitted job. `queue` and `definition` are moto's; `container` is the definition's with the overrides.

    `timeout` is seconds for an attempt, 0 for none.
    """

    name: str
    queue: Any
    definition: Any
    container: dict[str, Any]
    demand: Demand
    parameters: dict[str, str]
    retry: dict[str, Any]
    timeout: int
    depends_on: list[dict[str, str]]
    propagate_tags: bool
    share: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "SUBMITTED"
    status_reason: str = ""
    created: int = field(default_factory=milliseconds)
    runnable_since: float = 0.0
    attempts: list[Attempt] = field(default_factory=list)
    canceled: bool = False
    terminated: bool = False

    @property
    def arn(self) -> str:
        """The job's ARN."""
        backend = self.definition.backend
        return str(make_arn_for_job(backend.account_id, self.id, backend.region_name))

    @property
    def finished(self) -> bool:
        """Whether it succeeded or failed."""
        return self.status in FINISHED

    def end(self, outcome: Outcome) -> None:
        """Set the state that an outcome leads to."""
        self.status = "SUCCEEDED" if outcome.succeeded else "FAILED"
        self.status_reason = outcome.status_reason

    def summary(self) -> dict[str, Any]:
        """As ListJobs has it."""
        last = self.attempts[-1] if self.attempts else Attempt()
        told = {name: last.container[name] for name in ("exitCode", "reason") if name in last.container}
        summary = {
            "jobArn": self.arn,
            "jobId": self.id,
            "jobName": self.name,
            "jobDefinition": self.definition.arn,
            "createdAt": self.created,
            "status": self.status,
            "statusReason": self.status_reason or None,
            "startedAt": last.started if self.status == "RUNNING" or self.finished else None,
            "stoppedAt": last.stopped if self.finished else None,
            "container": told or None,
        }
        return {name: value for name, value in summary.items() if value is not None}

    def describe(self, tags: Mapping[str, str]) -> dict[str, Any]:
        """As DescribeJobs has it."""
        last = self.attempts[-1].container if self.attempts else {}
        description = {
            **self.summary(),
            "jobQueue": self.queue.arn,
            "attempts": [each.describe() for each in self.attempts if each.stopped is not None],
            "retryStrategy": {"attempts": 1, "evaluateOnExit": [], **self.retry},
            "dependsOn": self.depends_on,
            "parameters": self.parameters,
            "container": {"networkInterfaces": [], **self.container, **last},
            "tags": dict(tags),
            "propagateTags": self.propagate_tags,
            "platformCapabilities": self.definition.platform_capabilities or ["EC2"],
            "isCancelled": self.canceled,
            "isTerminated": self.terminated,
            "eksAttempts": [],
        }
        if self.timeout:
            description["timeout"] = {"attemptDurationSeconds": self.timeout}
        if self.share:
            description["shareIdentifier"] = self.share
        return description
