"""EMR Serverless: applications with a state, and Spark job runs that really run."""

from __future__ import annotations

import gzip
import logging
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from moto.emrserverless import models
from moto.emrserverless.exceptions import ResourceNotFoundException, ValidationException

from emulator import settings
from emulator.compute import interpreter, objects, spark
from emulator.compute.job import Job, cause
from emulator.compute.log_stream import LogStream, client
from emulator.compute.objects import FetchError
from emulator.compute.sandbox import Ending
from emulator.identity import credentials
from emulator.identity.credentials import Credentials, RoleError
from emulator.replacements import Replacement
from emulator.services.emr_serverless.spark_submit import Submission, parse
from emulator.services.events import services

_LOG = logging.getLogger(__name__)
_RELEASES = ("emr-7.12.0", "emr-7.13.0")
_ENDED = ("SUCCESS", "FAILED", "CANCELLED")
_LIFE_SECONDS = 43_200

_moto_create = models.EMRServerlessBackend.create_application
_moto_start = models.EMRServerlessBackend.start_job_run
_moto_get = models.EMRServerlessBackend.get_job_run
_jobs: dict[str, Job] = {}


def _create_application(self: Any, **properties: Any) -> Any:
    """A new application is CREATED; it starts by itself with its first job."""
    release = properties["release_label"]
    if release not in _RELEASES:
        raise ValidationException(
            f"Release label {release} is not supported by this emulator: it runs {', '.join(_RELEASES)}."
        )
    if properties["application_type"].upper() != "SPARK":
        raise ValidationException(
            f"Type {properties['application_type']} is not supported by this emulator: it runs SPARK."
        )
    application = _moto_create(self, **properties)
    application.state = "CREATED"
    application.created_at = application.updated_at = datetime.now(UTC)
    return application


def _start_job_run(self: Any, **request: Any) -> Any:
    """Check, auto-start the application, and run in a thread. The run is SUBMITTED when this returns."""
    application = self.get_application(request["application_id"])
    submission = _submission(request["job_driver"])
    if application.state not in ("STARTED", "CREATED", "STOPPED"):
        raise ValidationException(f"Application {application.id} is {application.state}. Cannot start job run.")
    if application.state != "STARTED":
        if not application.auto_start_configuration.get("enabled", True):
            raise ValidationException(f"Application {application.id} is not started and auto start is not enabled.")
        application.state = "STARTED"
    run: Any = _moto_start(self, **request)
    run.created_at = run.updated_at = datetime.now(UTC)
    run.created_by = f"arn:aws:iam::{settings.current().account}:root"
    run.job_driver = request["job_driver"]
    run.state, run.state_details = "SUBMITTED", ""
    run.monitoring = (
        (request["configuration_overrides"] or {}).get("monitoringConfiguration")
        or getattr(application, "monitoring_configuration", None)
        or {}
    )
    _jobs[run.id] = Job("emr-serverless")
    threading.Thread(target=_execute, args=(run, submission), name=f"emr-serverless-{run.id}", daemon=True).start()
    return run


def _submission(job_driver: dict[str, Any] | None) -> Submission:
    driver = (job_driver or {}).get("sparkSubmit")
    if not driver:
        raise ValidationException("This emulator runs job drivers of the kind sparkSubmit only.")
    try:
        return parse(
            driver["entryPoint"], driver.get("entryPointArguments") or [], driver.get("sparkSubmitParameters") or ""
        )
    except ValueError as error:
        raise ValidationException(str(error)) from error


def _cancel_job_run(self: Any, application_id: str, job_run_id: str) -> tuple[str, str]:
    run = self.get_job_run(application_id, job_run_id)
    if run.state in _ENDED:
        raise ValidationException(f"Job run {job_run_id} is in the state {run.state} and cannot be cancelled.")
    _move(run, "CANCELLING")
    _jobs[run.id].end("cancelled")
    return application_id, job_run_id


def _list_job_runs(
    self: Any, application_id: str, created_at_after: Any, created_at_before: Any, states: Any
) -> list[Any]:
    if application_id not in self.applications:
        raise ResourceNotFoundException(application_id, "Application")
    return [
        run
        for run in reversed(self.job_runs.get(application_id, []))
        if (not states or run.state in states)
        and (not created_at_after or run.created_at > created_at_after)
        and (not created_at_before or run.created_at < created_at_before)
    ]


def _execute(run: Any, submission: Submission) -> None:
    started = time.monotonic()
    job = _jobs[run.id]
    try:
        state, details = _run(run, submission, job)
    except (FetchError, RoleError, FileNotFoundError) as error:
        state, details = "FAILED", f"Job failed before it started: {error}"
    except Exception as error:  # noqa: BLE001 (a thread that dies would leave the run in RUNNING for ever)
        state, details = "FAILED", f"Internal service error: {type(error).__name__}: {error}"
    finally:
        job.close()
        del _jobs[run.id]
    run.total_execution_duration_seconds = round(time.monotonic() - started)
    _move(run, state, details)


def _run(run: Any, submission: Submission, job: Job) -> tuple[str, str]:
    role = credentials.for_role(
        run.execution_role_arn, run.id, "emr-serverless.amazonaws.com", source_arn=run.arn, duration=_LIFE_SECONDS
    )
    _move_unless_cancelling(run, "SCHEDULED")
    application = _application(submission, client("s3", role), job)
    _move_unless_cancelling(run, "RUNNING")
    ending = job.run(application, role, run.execution_timeout_minutes * 60, _streams(run, job, role))
    _store_logs(run, job, role)
    return _verdict(ending, job)


def _verdict(ending: Ending, job: Job) -> tuple[str, str]:
    if ending.killed_for == "timeout":
        return "CANCELLED", "The job run was cancelled because it exceeded executionTimeoutMinutes."
    if ending.killed_for:
        return "CANCELLED", "The job run was cancelled by the user."
    if ending.status == 0:
        return "SUCCESS", ""
    return "FAILED", (
        "Job failed, please check complete logs in configured logging destination. "
        f"ExitCode: {ending.status}. Last few exceptions: {cause(job.errors)}"
    )


def _application(submission: Submission, s3: Any, job: Job) -> spark.Application:
    """Everything that the job names in S3, where Spark finds it; archives lie in the working directory.

    Raises:
        FetchError: an object cannot be read by the job's role.
    """
    state = settings.current().state
    for uri, name in submission.archives:
        (job.folder / name).symlink_to(objects.fetch_unpacked(s3, uri, state), target_is_directory=True)
    return spark.Application(
        script=objects.fetch(s3, submission.script, job.script),
        python=interpreter.interpreter(interpreter.EMR_SERVERLESS, state),
        arguments=submission.arguments,
        py_files=[objects.fetch(s3, uri, job.libraries) for uri in submission.py_files],
        files=[objects.fetch(s3, uri, job.folder) for uri in submission.files],
        jars=[objects.fetch(s3, uri, job.libraries) for uri in submission.jars],
        configuration=submission.configuration,
        driver_variables=submission.driver_variables,
    )


def _streams(run: Any, job: Job, role: Credentials) -> list[tuple[Path, LogStream]]:
    """The streams of the driver's output, where the run asks for CloudWatch Logs."""
    asked = run.monitoring.get("cloudWatchLoggingConfiguration") or {}
    if not asked.get("enabled"):
        return []
    group = asked.get("logGroupName") or "/aws/emr-serverless"
    prefix = asked.get("logStreamNamePrefix")
    folder = f"{prefix + '/' if prefix else ''}applications/{run.application_id}/jobs/{run.id}/SPARK_DRIVER"
    wanted = (asked.get("logTypes") or {}).get("SPARK_DRIVER") or ["STDOUT", "STDERR"]
    files = {"STDOUT": job.output, "STDERR": job.errors}
    return [(files[kind], LogStream(group, f"{folder}/{kind.lower()}", role)) for kind in wanted if kind in files]


def _store_logs(run: Any, job: Job, role: Credentials) -> None:
    """Put the driver's output where the run asks for it in S3. A role that may not write there gets none, as in AWS."""
    asked = run.monitoring.get("s3MonitoringConfiguration") or {}
    if not asked.get("logUri"):
        return
    target = urlsplit(asked["logUri"])
    s3 = client("s3", role)
    encryption = (
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": asked["encryptionKeyArn"]}
        if asked.get("encryptionKeyArn")
        else {}
    )
    for name, path in (("stdout", job.output), ("stderr", job.errors)):
        key = f"{target.path.strip('/')}/applications/{run.application_id}/jobs/{run.id}/SPARK_DRIVER/{name}.gz"
        content = gzip.compress(path.read_bytes() if path.exists() else b"")
        try:
            s3.put_object(Bucket=target.netloc, Key=key.lstrip("/"), Body=content, **encryption)
        except (BotoCoreError, ClientError) as error:
            _LOG.warning("the log of job run %s was not stored: %s", run.id, error)
            return


def _move(run: Any, state: str, details: str = "") -> None:
    previous = run.state
    run.state, run.state_details, run.updated_at = state, details, datetime.now(UTC)
    services.job_run_changed(run, previous)


def _move_unless_cancelling(run: Any, state: str) -> None:
    if run.state != "CANCELLING":
        _move(run, state)


_BACKEND = "moto.emrserverless.models:EMRServerlessBackend"
REPLACEMENTS = [
    Replacement(
        f"{_BACKEND}.create_application", _create_application, "moto accepts releases that cannot run", "bff8e3c3f8d2"
    ),
    Replacement(f"{_BACKEND}.start_job_run", _start_job_run, "moto's runs succeed without running", "77a21b1a16d2"),
    Replacement(f"{_BACKEND}.cancel_job_run", _cancel_job_run, "moto cancels what has ended", "48f3ee0bc4c6"),
    Replacement(
        f"{_BACKEND}.list_job_runs",
        _list_job_runs,
        "moto refuses to list for an application without runs",
        "ca50e7231f7d",
    ),
]
