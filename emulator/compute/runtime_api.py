"""AWS's Lambda Runtime API on loopback: the side that a runtime's client polls, for one execution environment."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_ROOT = "/2018-06-01/runtime"


@dataclass(frozen=True)
class Invocation:
    """One event on its way to the handler. `deadline` is in seconds since the epoch."""

    request_id: str
    payload: bytes
    deadline: float
    function_arn: str
    client_context: str = ""

    def headers(self) -> dict[str, str]:
        """What the runtime reads about the event."""
        trace = f"Root=1-{int(self.deadline):08x}-{self.request_id.replace('-', '')[:24]};Sampled=0"
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": self.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(self.deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.function_arn,
            "Lambda-Runtime-Trace-Id": trace,
        }
        if self.client_context:
            headers["Lambda-Runtime-Client-Context"] = self.client_context
        return headers


@dataclass(frozen=True)
class Report:
    """What the runtime said: `kind` is "ready", "response", "error" or "init_error"."""

    kind: str
    payload: bytes = b""


class RuntimeApi:
    """Hands events to one runtime process, and collects what it reports."""

    def __init__(self) -> None:
        self.reports: queue.Queue[Report] = queue.Queue()
        self._invocations: queue.Queue[Invocation | None] = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.reports, self._invocations))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="lambda-runtime-api", daemon=True).start()

    @property
    def address(self) -> str:
        """``host:port``, for ``AWS_LAMBDA_RUNTIME_API``."""
        return f"127.0.0.1:{self._server.server_port}"

    def offer(self, invocation: Invocation) -> None:
        """Let the runtime have this event next."""
        self._invocations.put(invocation)

    def close(self) -> None:
        """Stop listening. Returns at once: the server notices within half a second."""
        self._invocations.put(None)
        threading.Thread(target=self._stop, name="lambda-runtime-api-stop", daemon=True).start()

    def _stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(reports: queue.Queue[Report], invocations: queue.Queue[Invocation | None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            reports.put(Report("ready"))
            invocation = invocations.get()
            if invocation is None:  # the process is gone or going
                self.close_connection = True
            else:
                self._answer(200, invocation.headers(), invocation.payload)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kind = "init_error" if self.path == f"{_ROOT}/init/error" else self.path.rsplit("/", 1)[1]
            reports.put(Report(kind, body))  # first: after a failed initialization the process ends with the answer
            self._answer(202, {"Content-Type": "application/json"}, b'{"status":"OK"}')

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing: the execution environment tells what happened."""

    return Handler
