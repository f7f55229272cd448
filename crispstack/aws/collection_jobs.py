"""Jobs that read tables of databases: started, and asked how they fare."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from crispstack.aws.artifact_store import reason
from crispstack.aws.jdbc_connections import connection_name, definition
from crispstack.charter import Charter, Source
from crispstack.errors import CrispError

_RUNNING = frozenset({"STARTING", "RUNNING", "STOPPING", "WAITING"})
_OURS = re.compile(r"crispstack\.errors\.\w+: (.*)", re.DOTALL)


@dataclass(frozen=True)
class CollectionRun:
    """A run of a collection job."""

    job: str
    run_id: str


@dataclass(frozen=True)
class RunState:
    """How a run fares: Glue's state of it, the seconds it took, and why it failed where it did."""

    state: str
    seconds: int
    reason: str

    @property
    def ended(self) -> bool:
        """Whether it will not change any more."""
        return self.state not in _RUNNING


def connections(charter: Charter) -> dict[str, list[Source]]:
    """The charter's sources that are tables, by the connection that they are read through."""
    found: dict[str, list[Source]] = {}
    for source in charter.sources:
        if source.jdbc:
            found.setdefault(source.jdbc.connection, []).append(source)
    return found


def start(prefix: str, charter: Charter, connection: str, sources: Sequence[str]) -> CollectionRun:
    """Let a connection's job read these of its sources.

    Args:
        prefix: the environment's first part of all names.
        charter: as it is now.
        connection: its name in the charter.
        sources: names of sources that are read through it.

    Raises:
        CrispError: the job is not deployed, was deployed for another charter, runs already, or may not be started.
    """
    glue, job = boto3.client("glue"), connection_name(prefix, charter.name, connection)
    remedy = "run `crisp deploy`"
    try:
        deployed = glue.get_job(JobName=job)["Job"]["DefaultArguments"]["--definition"]
        if deployed != definition(connections(charter)[connection]):
            raise CrispError(
                f"what the charter says of {', '.join(sources)} has changed since the last deploy; {remedy}"
            )
        run_id: str = glue.start_job_run(JobName=job, Arguments={"--sources": ",".join(sources)})["JobRunId"]
    except ClientError as error:
        raise CrispError(_refusal(job, error)) from error
    return CollectionRun(job, run_id)


def state(run: CollectionRun) -> RunState:
    """How the run fares now."""
    found: dict[str, Any] = boto3.client("glue").get_job_run(JobName=run.job, RunId=run.run_id)["JobRun"]
    message = found.get("ErrorMessage", "")
    ours = _OURS.search(message)
    return RunState(found["JobRunState"], found.get("ExecutionTime", 0), ours[1] if ours else message)


def _refusal(job: str, error: ClientError) -> str:
    code = error.response["Error"]["Code"]
    if code == "EntityNotFoundException":
        return f"there is no job {job}; run `crisp deploy`"
    if code == "ConcurrentRunsExceededException":
        return f"job {job} is collecting already; wait until it has ended and run again"
    return f"cannot start job {job}: {reason(error)}"
