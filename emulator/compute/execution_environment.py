"""Where a Lambda function runs: one warm runtime process that takes an event at a time."""

from __future__ import annotations

import json
import queue
import shutil
import tempfile
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from emulator import settings
from emulator.compute import lambda_runtime, platform_log, sandbox
from emulator.compute.lambda_runtime import Configuration
from emulator.compute.log_stream import LogStream
from emulator.compute.runtime_api import Invocation, Report, RuntimeApi
from emulator.identity.credentials import Credentials

_INIT_SECONDS = 10.0
_POLL_SECONDS = 0.05
_RESPONSE_LIMIT = 6_291_556


@dataclass(frozen=True)
class Outcome:
    """What came of one event. `error_type` is empty on success; `log` is what CloudWatch Logs gets, line by line."""

    payload: bytes
    error_type: str
    log: list[str]
    reusable: bool


class ExecutionEnvironment:
    """A process started for a configuration. Not thread safe: whoever took it from the pool has it alone."""

    def __init__(self, configuration: Configuration, credentials: Credentials) -> None:
        """Start the runtime, with the credentials of the function's role."""
        here = settings.current()
        self.configuration = configuration
        day = datetime.now(UTC).strftime("%Y/%m/%d")
        stream = f"{day}/[{configuration.version}]{uuid.uuid4().hex}"
        self._log_stream = LogStream(configuration.log_group, stream, credentials)
        self.started = self.used = time.monotonic()
        self._folder = Path(tempfile.mkdtemp(prefix="lambda-", dir=_folder(here.state)))
        self._output = self._folder / "output.log"
        self._output.touch()
        self._read = 0
        self._initialized = False
        self._api = RuntimeApi()
        temporary = self._folder / "tmp"
        temporary.mkdir()
        variables = lambda_runtime.variables(configuration, self._api.address, stream) | credentials.environment()
        environment = sandbox.environment(here.region, here.endpoint, temporary, variables)
        self._process = sandbox.Process(
            lambda_runtime.command(configuration, here.state),
            environment | dict(configuration.variables),
            configuration.task_root,
            self._output,
        )

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.ended

    def invoke(self, request_id: str, payload: bytes, function_arn: str, client_context: str = "") -> Outcome:
        """Hand over one event and wait for its end, the function's timeout at the latest."""
        started = time.monotonic()
        report, initialization = self._initialize()
        begin = time.monotonic()
        if report.kind == "ready":
            timeout = self.configuration.timeout
            self._api.offer(Invocation(request_id, payload, time.time() + timeout, function_arn, client_context))
            report = self._await(begin + timeout, request_id)
        self.used = time.monotonic()
        report = _within_limit(report)
        failed = report.kind != "response"
        reusable = report.kind in ("response", "error", "too_large")
        elapsed = (self.used - (begin if initialization else started)) * 1000
        log = self._log(request_id, elapsed, initialization, report)
        self._log_stream.write(log)
        return Outcome(report.payload, _error_type(report.payload) if failed else "", log, reusable)

    def close(self) -> None:
        """End the process and remove its files."""
        self._process.kill("closed")
        self._api.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _initialize(self) -> tuple[Report, float]:
        """Wait for the runtime to ask for its first event. The second value is the duration in milliseconds."""
        if self._initialized:
            return Report("ready"), 0.0
        # AWS allows ten seconds, and repeats a longer initialization within the function's own time.
        report = self._await(self.started + _INIT_SECONDS + self.configuration.timeout, "")
        self._initialized = report.kind == "ready"
        return report, (time.monotonic() - self.started) * 1000

    def _await(self, deadline: float, request_id: str) -> Report:
        expected = ("ready", "init_error") if not self._initialized else ("response", "error")
        while True:
            try:
                report = self._api.reports.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                report = self._limit(deadline, request_id)
            if report.kind in expected or report.kind == "ended":
                return report

    def _limit(self, deadline: float, request_id: str) -> Report:
        """What ended the process, or ends it now; "waiting" when nothing does."""
        prefix = f"RequestId: {request_id} Error: " if request_id else ""
        if self._process.ended and self._api.reports.empty():
            status = self._process.status
            cause = f"exit status {status}" if status >= 0 else f"signal: {-status}"
            return _ended("Runtime.ExitError", f"{prefix}Runtime exited with error: {cause}")
        if self._process.memory_mb() > self.configuration.memory:
            return _ended("Runtime.OutOfMemory", f"{prefix}Runtime exited with error: signal: killed")
        if time.monotonic() > deadline:
            seconds = self.configuration.timeout
            return _ended("Sandbox.Timedout", f"{prefix}Task timed out after {seconds:.2f} seconds")
        return Report("waiting")

    def _log(self, request_id: str, elapsed: float, initialization: float, end: Report) -> list[str]:
        memory = max(self._process.memory_mb(), 1)
        with self._output.open("rb") as output:
            output.seek(self._read)
            text = output.read()
        self._read += len(text)
        # The runtime writes one record with several lines as lines that end in a carriage return.
        lines = [line.replace("\r", "\n") for line in text.decode("utf-8", "replace").split("\n") if line]
        configuration = self.configuration
        record = platform_log.Record(
            request_id,
            configuration.version,
            elapsed,
            initialization,
            configuration.memory,
            memory,
            _status(end),
            json.loads(end.payload)["errorMessage"] if end.kind == "ended" else "",
        )
        return platform_log.lines(record, lines, configuration.log_format, configuration.system_log_level)


def _folder(state: Path) -> Path:
    folder = state / "sandboxes"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _within_limit(report: Report) -> Report:
    if report.kind != "response" or len(report.payload) <= _RESPONSE_LIMIT:
        return report
    message = f"Response payload size exceeded maximum allowed payload size ({_RESPONSE_LIMIT} bytes)."
    error = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
    return Report("too_large", json.dumps(error).encode())


def _status(report: Report) -> str:
    """How JSON logs name the end of an event."""
    if report.kind == "response":
        return "success"
    if report.kind != "ended":
        return "error"
    return "timeout" if _error_type(report.payload) == "Sandbox.Timedout" else "failure"


def _ended(error_type: str, message: str) -> Report:
    return Report("ended", json.dumps({"errorType": error_type, "errorMessage": message}).encode())


def _error_type(payload: bytes) -> str:
    return str(json.loads(payload).get("errorType", "Unknown"))
