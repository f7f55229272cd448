"""The layer around all others that notes every call, with its answer, for CloudTrail.

What is noted is kept as it was sent; records are written from it when somebody looks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.wsgi import ClosingIterator

from emulator import clock
from emulator.identity import gate
from emulator.identity.request import Request
from emulator.services.cloudtrail import event_history, operation, own_calls, trails
from emulator.services.cloudtrail.call import LARGEST, Call, kept_headers

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
_DOCUMENTS = ("json", "xml", "cbor")
_OWN_PATHS = ("/_", "/moto-api", "/2018-06-01/runtime")


def wrap(application: Application) -> Application:
    """Note what an application is asked and answers."""

    def layer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = _Answer(start_response)
        chunks = application(environ, answer.start)
        request = environ.get(gate.REQUEST)
        if request is None or gate.PRINCIPAL not in environ or not answer.headers:
            return chunks
        if own_calls.are_being_made() or request.raw_path.startswith(_OWN_PATHS):
            return chunks
        return _noted(request, answer, chunks)

    return layer


class _Answer:
    """Status and headers on their way to the client."""

    def __init__(self, start_response: Any) -> None:
        self._start_response = start_response
        self.status = 0
        self.headers: list[tuple[str, str]] = []

    def start(self, status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        self.status, self.headers = int(status.partition(" ")[0]), headers
        return self._start_response(status, headers, *error)


def _noted(request: Request, answer: _Answer, chunks: Iterable[bytes]) -> Iterable[bytes]:
    region, service = _scope(request)
    data = operation.data_type(service or "s3", request)
    if data and not trails.wants_data(data):
        return chunks
    headers = {name.lower(): value for name, value in answer.headers}
    kind, length = headers.get("content-type", ""), int(headers.get("content-length", "0"))
    body: bytes | None = None
    if length <= LARGEST and any(word in kind for word in _DOCUMENTS):
        read = list(chunks)
        body, chunks = b"".join(read), ClosingIterator(read, getattr(chunks, "close", None) or (lambda: None))
    environ, asked = request.environ, request.body
    call = Call(
        moment=clock.now(),
        service=service,
        region=region,
        method=request.method,
        target=f"{request.raw_path}?{request.raw_query}" if request.raw_query else request.raw_path,
        environ=kept_headers(environ),
        content=asked.read() if asked.length <= LARGEST and data != operation.S3_OBJECT else None,
        principal=environ[gate.PRINCIPAL],
        access_key=environ.get(gate.ACCESS_KEY, ""),
        address=environ.get("REMOTE_ADDR", "127.0.0.1"),
        status=answer.status,
        headers=answer.headers,
        body=body,
        bytes_in=asked.length,
        bytes_out=length,
    )
    if not data:
        event_history.keep(call)
    trails.keep(call, data)
    return chunks


def _scope(request: Request) -> tuple[str, str]:
    """Region and signing name of the service that a request was signed for; empty without a signature."""
    authorization = request.header("Authorization")
    scope = authorization.partition("Credential=")[2] if authorization else request.query.get("X-Amz-Credential", "")
    parts = scope.split("/", 4)
    return (parts[2], parts[3]) if len(parts) == 5 else ("", "")
