"""AWS Glue's Spark jobs: runs that really run, with states, retries, limits and logs."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.core.responses import ActionResult
from moto.glue.exceptions import GlueClientError, JobRunNotFoundException

from emulator import settings
from emulator.compute import interpreter, objects, spark
from emulator.compute.job import Job, cause, failed_line
from emulator.compute.log_stream import LogStream, client
from emulator.compute.objects import FetchError
from emulator.compute.sandbox import Ending
from emulator.identity import credentials
from emulator.identity.credentials import RoleError
from emulator.replacements import Replacement
from emulator.services.events import bus
from emulator.services.glue import connections, workflow_runs
from emulator.services.glue.refusals import invalid

_VERSIONS = ("4.0", "5.0", "5.1")
_ACTIVE = ("STARTING", "RUNNING", "STOPPING", "WAITING")
_DEFAULT_TIMEOUT_MINUTES = 480
_LIFE_SECONDS = 43_200
_OUTPUT_GROUP = "/aws-glue/jobs/output"
_ERROR_GROUP = "/aws-glue/jobs/error"
# Parameters that Glue takes for itself; the script does not see their effect as arguments.
_CONSUMED = frozenset(("extra-py-files", "extra-files", "extra-jars", "conf", "additional-python-modules"))


class JobRun:
    """One run as GetJobRun shows it, and the thread behind it."""

    def __init__(self, job: Any, request: Mapping[str, Any], attempt: int = 0, previous: str | None = None) -> None:
        """Take what was asked over what the job says; `request` holds StartJobRun's parameters in snake case."""
        self.definition = job
        self.request = dict(request)
        self.attempt = attempt
        self.previous_run_id = previous
        self.job_run_id = f"jr_{uuid.uuid4().hex}{uuid.uuid4().hex}"
        self.arguments = {
            **job.default_arguments,
            **(request["arguments"] or {}),
            **(job.non_overridable_arguments or {}),
        }
        self.timeout = request["timeout"] or job.timeout or _DEFAULT_TIMEOUT_MINUTES
        self.status = "STARTING"
        self.error_message = ""
        self.started_on = self.modified_on = datetime.now(UTC)
        self.completed_on: datetime | None = None
        self.execution_seconds = 0
        self.work = Job("glue")

    def advance(self) -> None:
        """Nothing: moto calls this where its runs move by being looked at."""

    def as_dict(self) -> dict[str, Any]:
        """GetJobRun's JobRun."""
        job, asked = self.definition, self.request
        shown = {
            "Id": self.job_run_id,
            "Attempt": self.attempt,
            "PreviousRunId": self.previous_run_id,
            "JobName": job.name,
            "JobMode": "SCRIPT",
            "StartedOn": self.started_on,
            "LastModifiedOn": self.modified_on,
            "CompletedOn": self.completed_on,
            "JobRunState": self.status,
            "ErrorMessage": self.error_message,
            "Arguments": self.arguments,
            "PredecessorRuns": [],
            "ExecutionTime": self.execution_seconds,
            "Timeout": self.timeout,
            "MaxCapacity": asked["max_capacity"] or job.max_capacity,
            "WorkerType": asked["worker_type"] or job.worker_type,
            "NumberOfWorkers": asked["number_of_workers"] or job.number_of_workers,
            "SecurityConfiguration": asked["security_configuration"] or job.security_configuration,
            "NotificationProperty": asked["notification_property"] or job.notification_property,
            "LogGroupName": "/aws-glue/jobs",
            "GlueVersion": job.glue_version,
            "ExecutionClass": job.execution_class,
            "TriggerName": asked.get("trigger"),
        }
        return {name: value for name, value in shown.items() if value not in (None, "")}

    def move(self, status: str, error: str = "") -> None:
        """Enter a state."""
        ended = status not in _ACTIVE
        self.modified_on = datetime.now(UTC)
        if ended:
            self.completed_on = self.modified_on
        self.error_message, self.status = error, status  # the status last: who sees it sees the rest
        if ended:
            self._tell()

    def _tell(self) -> None:
        """Glue's event about a run that has ended."""
        detail = {
            "jobName": self.definition.name,
            "jobRunId": self.job_run_id,
            "state": self.status,
            "severity": "INFO" if self.status in ("SUCCEEDED", "STOPPED") else "ERROR",
            "message": self.error_message or f"Job run {self.status.lower()}",
        }
        bus.emit("aws.glue", "Glue Job State Change", detail)


@dataclass(frozen=True)
class _Verdict:
    status: str
    error: str = ""


def _start_job_run(self: Any, **request: Any) -> str:
    """Replaces FakeJob.start_job_run: validate, start the first attempt, return its id."""
    _check(self)
    limit = (self.execution_property or {}).get("MaxConcurrentRuns", 1)
    if sum(run.status in _ACTIVE for run in self.job_runs) >= limit:
        raise GlueClientError(
            "ConcurrentRunsExceededException", f"Concurrent runs exceeded for {self.name}: MaxConcurrentRuns is {limit}"
        )
    run = JobRun(self, request, previous=request.get("previous_run_id"))
    self.job_runs.insert(0, run)
    threading.Thread(target=_attempts, args=(self, run), name=f"glue-{self.name}", daemon=True).start()
    return run.job_run_id


def _check(job: Any) -> None:
    if job.command.get("Name") != "glueetl":
        raise invalid(f"Job command {job.command.get('Name')} is not supported by this emulator: it runs glueetl.")
    if job.glue_version not in _VERSIONS:
        raise invalid(
            f"GlueVersion {job.glue_version} is not supported by this emulator: it runs {', '.join(_VERSIONS)}."
        )


def _attempts(job: Any, run: JobRun) -> None:
    """Run, and again after a failure, as often as MaxRetries says; every attempt is a run of its own."""
    while True:
        _execute(run)
        if run.status not in ("FAILED", "TIMEOUT") or run.attempt >= (job.max_retries or 0):
            workflow_runs.ended(run.request.get("workflow_run"), "job", job.name, run.status)
            return
        run = JobRun(job, run.request, run.attempt + 1, run.job_run_id)
        job.job_runs.insert(0, run)


def _execute(run: JobRun) -> None:
    started = time.monotonic()
    try:
        verdict = _run(run)
    except (FetchError, RoleError, FileNotFoundError, ValueError) as error:
        verdict = _Verdict("FAILED", f"LAUNCH ERROR | {error}")
    except Exception as error:  # noqa: BLE001 (a thread that dies would leave the run in RUNNING for ever)
        verdict = _Verdict("FAILED", f"Internal service error : {type(error).__name__}: {error}")
    finally:
        run.execution_seconds = round(time.monotonic() - started)
        run.work.close()
    run.move(verdict.status, verdict.error)


def _run(run: JobRun) -> _Verdict:
    role = credentials.for_role(
        _role_arn(run.definition.role), "GlueJobRunnerSession", "glue.amazonaws.com", duration=_LIFE_SECONDS
    )
    application = _application(run, client("s3", role), client("glue", role))
    if run.status == "STARTING":
        run.move("RUNNING")
    logs = [
        (run.work.output, LogStream(_OUTPUT_GROUP, run.job_run_id, role)),
        (run.work.errors, LogStream(_ERROR_GROUP, run.job_run_id, role)),
    ]
    return _verdict(run, run.work.run(application, role, run.timeout * 60, logs), application.script)


def _verdict(run: JobRun, ending: Ending, script: Path) -> _Verdict:
    if ending.killed_for == "stopped":
        return _Verdict("STOPPED")
    if ending.killed_for == "timeout":
        return _Verdict("TIMEOUT", "Job timed out")
    if ending.status == 0:
        return _Verdict("SUCCEEDED")
    line = failed_line(run.work.errors, script)
    if not line:
        return _Verdict(
            "FAILED", f"Command failed with exit code {ending.status}: {cause(run.work.errors)}".rstrip(": ")
        )
    reason = cause(run.work.errors)
    category = "IMPORT_ERROR" if "ModuleNotFoundError" in reason or "ImportError" in reason else "UNCLASSIFIED_ERROR"
    return _Verdict("FAILED", f"Error Category: {category}; Failed Line Number: {line}; {reason}")


def _application(run: JobRun, s3: Any, glue: Any) -> spark.Application:
    """The script and its libraries, fetched from S3, and the drivers of its connections.

    Raises:
        FetchError: one of them cannot be read by the job's role.
        FileNotFoundError: a driver is not on this machine.
        ValueError: modules are asked for that would have to be downloaded, or a connection cannot be used.
    """
    options = {name.removeprefix("--"): value for name, value in run.arguments.items()}
    modules = options.get("additional-python-modules")
    if modules:
        raise ValueError(f"--additional-python-modules {modules}: this emulator installs nothing; use --extra-py-files")
    work = run.work
    return spark.Application(
        script=objects.fetch(s3, run.definition.command["ScriptLocation"], work.script),
        python=interpreter.interpreter(interpreter.GLUE, settings.current().state),
        arguments=_arguments(run),
        py_files=[objects.fetch(s3, uri, work.libraries) for uri in _uris(options.get("extra-py-files"))],
        files=[objects.fetch(s3, uri, work.folder) for uri in _uris(options.get("extra-files"))],
        jars=[
            *(objects.fetch(s3, uri, work.libraries) for uri in _uris(options.get("extra-jars"))),
            *connections.drivers(glue, (run.definition.connections or {}).get("Connections") or []),
        ],
        configuration=_configuration(options.get("conf", "")),
    )


def _arguments(run: JobRun) -> list[str]:
    """What the script finds in sys.argv: every parameter as it was given, and the names that Glue adds."""
    given = {name: value for name, value in run.arguments.items() if name.removeprefix("--") not in _CONSUMED}
    given |= {"--JOB_NAME": run.definition.name, "--JOB_RUN_ID": run.job_run_id}
    return [part for name, value in given.items() for part in (name, value) if part != ""]


def _configuration(text: str) -> dict[str, str]:
    """``a=b --conf c=d``, which is how several settings go into Glue's one --conf parameter."""
    pairs = [part.strip().partition("=") for part in text.split("--conf") if part.strip()]
    return {name: value for name, _, value in pairs}


def _uris(text: str | None) -> list[str]:
    return [uri.strip() for uri in (text or "").split(",") if uri.strip()]


def _role_arn(role: str) -> str:
    return role if role.startswith("arn:") else f"arn:aws:iam::{settings.current().account}:role/{role}"


def _batch_stop_job_run(self: Any) -> ActionResult:
    """BatchStopJobRun, which moto does not have."""
    name = self._get_param("JobName")
    job = self.glue_backend.get_job(name)
    stopped, errors = [], []
    for run_id in self._get_param("JobRunIds"):
        detail = _stop(job, run_id)
        if detail:
            errors.append({"JobName": name, "JobRunId": run_id, "ErrorDetail": detail})
        else:
            stopped.append({"JobName": name, "JobRunId": run_id})
    return ActionResult({"SuccessfulSubmissions": stopped, "Errors": errors})


def _stop(job: Any, run_id: str) -> dict[str, str]:
    """Stop a run; what is wrong, if anything."""
    try:
        run = job.get_job_run(run_id)
    except JobRunNotFoundException as error:
        return {"ErrorCode": "EntityNotFoundException", "ErrorMessage": error.message}
    if run.status not in _ACTIVE:
        message = f"Job run {run_id} is in the state {run.status} and cannot be stopped"
        return {"ErrorCode": "InvalidInputException", "ErrorMessage": message}
    run.move("STOPPING")
    run.work.end("stopped")
    return {}


REPLACEMENTS = [
    Replacement(
        "moto.glue.models:FakeJob.start_job_run", _start_job_run, "moto's runs succeed without running", "eacd4b77429e"
    ),
    Replacement("moto.glue.responses:GlueResponse.batch_stop_job_run", _batch_stop_job_run, "missing in moto"),
]
