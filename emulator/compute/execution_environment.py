"""Where a Lambda function runs: one warm runtime process that takes an event at a time."""

from __future__ import annotations

import json
import queue
import shutil
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from emulator import settings
from emulator.compute import interpreter, sandbox
from emulator.compute.log_stream import LogStream
from emulator.compute.runtime_api import Invocation, Report, RuntimeApi
from emulator.identity.credentials import Credentials

_INIT_SECONDS = 10.0
_POLL_SECONDS = 0.05
_RESPONSE_LIMIT = 6_291_556
_NODE_RUNTIME = Path(__file__).with_name("node_runtime.cjs")


@dataclass(frozen=True)
class Configuration:
    """Everything of a function's version that its processes depend on; another one needs another process.

    `task_root` and `layers` are unpacked folders, `timeout` is in seconds, `memory` in MB. `revision` changes with
    every update of the function, even of its description.
    """

    function_arn: str
    name: str
    version: str
    revision: str
    runtime: str
    handler: str
    role: str
    timeout: float
    memory: int
    task_root: Path
    layers: tuple[Path, ...]
    log_group: str
    log_format: str
    variables: tuple[tuple[str, str], ...]


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
        variables = _variables(configuration, self._api.address, stream) | credentials.environment()
        environment = sandbox.environment(here.region, here.endpoint, temporary, variables)
        self._process = sandbox.Process(
            _command(configuration, here.state),
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
        report = (
            f"REPORT RequestId: {request_id}\tDuration: {elapsed:.2f} ms\tBilled Duration: {int(elapsed) + 1} ms\t"
            f"Memory Size: {self.configuration.memory} MB\tMax Memory Used: {memory} MB"
        )
        if initialization:
            report += f"\tInit Duration: {initialization:.2f} ms"
        ending = [json.loads(end.payload)["errorMessage"]] if end.kind == "ended" else []
        return [
            f"START RequestId: {request_id} Version: {self.configuration.version}",
            *lines,
            *ending,
            f"END RequestId: {request_id}",
            report,
        ]


def _folder(state: Path) -> Path:
    folder = state / "sandboxes"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _command(configuration: Configuration, state: Path) -> list[str | Path]:
    if configuration.runtime.startswith("nodejs"):
        return [interpreter.node(), _NODE_RUNTIME]
    return [interpreter.interpreter(interpreter.LAMBDA, state), "-m", "awslambdaric", configuration.handler]


def _variables(configuration: Configuration, address: str, log_stream: str) -> dict[str, str]:
    """What AWS sets. Later layers win over earlier ones, as in ``/opt``, and the function over its layers."""
    layers = list(reversed(configuration.layers))
    packages = f"python/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    python_path = [configuration.task_root, *(p for layer in layers for p in (layer / "python", layer / packages))]
    return {
        "AWS_LAMBDA_RUNTIME_API": address,
        "_HANDLER": configuration.handler,
        "LAMBDA_TASK_ROOT": str(configuration.task_root),
        "LAMBDA_RUNTIME_DIR": str(_NODE_RUNTIME.parent),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{configuration.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": configuration.name,
        "AWS_LAMBDA_FUNCTION_VERSION": configuration.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": configuration.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_LOG_FORMAT": configuration.log_format,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "PATH": ":".join([*(str(layer / "bin") for layer in layers), interpreter.path_without_environment()]),
        "LD_LIBRARY_PATH": ":".join([str(configuration.task_root), *(str(layer / "lib") for layer in layers)]),
        "PYTHONPATH": ":".join(map(str, python_path)),
        "NODE_PATH": ":".join(str(layer / "nodejs" / "node_modules") for layer in layers),
    }


def _within_limit(report: Report) -> Report:
    if report.kind != "response" or len(report.payload) <= _RESPONSE_LIMIT:
        return report
    message = f"Response payload size exceeded maximum allowed payload size ({_RESPONSE_LIMIT} bytes)."
    error = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
    return Report("too_large", json.dumps(error).encode())


def _ended(error_type: str, message: str) -> Report:
    return Report("ended", json.dumps({"errorType": error_type, "errorMessage": message}).encode())


def _error_type(payload: bytes) -> str:
    return str(json.loads(payload).get("errorType", "Unknown"))
