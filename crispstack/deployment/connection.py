"""One connection of a client: bytes become requests, answers become bytes, in the same order."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

import httptools  # type: ignore[import-not-found,import-untyped,unused-ignore]  # of the serving bundle alone

from crispstack.deployment import json_bytes
from crispstack.deployment.http import Answer, Request
from crispstack.deployment.request_body import MAXIMUM_BYTES

if TYPE_CHECKING:
    from crispstack.deployment.server import PredictionServer

_MOST_HEADER_BYTES, _MOST_HEADERS = 16_384, 100
_MOST_WAITING = 100
"""Requests of one connection that are read ahead of their answers."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:=-]{1,128}")
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(asyncio.Protocol):
    """Reads requests with httptools, whose parser calls the methods ``on_...``."""

    def __init__(self, server: PredictionServer) -> None:
        """Belong to the server."""
        self._server = server
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._lasts: bool | None = None
        self._is_clogged = self._is_paused = self._is_refused = False
        self._held = 0
        self._forget()

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered."""
        return self._lasts is not None

    @property
    def is_idle(self) -> bool:
        """Whether no request has begun, or none will be answered any more."""
        return self._is_refused or not (self._begun or self._waiting or self.is_busy)

    def close(self) -> None:
        """End the connection once what is written is sent."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to read, unless there are too many connections."""
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpRequestParser(self)
        self.since = asyncio.get_running_loop().time()
        if not self._server.opened(self):
            self._refuse(503, "Busy", "there are too many connections; try again")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio names it)
        """Forget what waits."""
        self._waiting.clear()
        self._server.closed(self)
        self._server.release(self._held)
        self._held = 0

    def pause_writing(self) -> None:
        """Read no more requests from who does not read answers."""
        self._is_clogged = True
        self._regulate()

    def resume_writing(self) -> None:
        """Read on."""
        self._is_clogged = False
        self._regulate()

    def data_received(self, data: bytes) -> None:
        """Parse; what is no HTTP is refused, and the connection closed."""
        if self._is_refused:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # No other protocol is spoken here: the request is answered in this one, and is the last.
            self._wait_last()
        except httptools.HttpParserCallbackError as error:
            refusal = error.__context__
            if not isinstance(refusal, _RefusalError):
                raise
            self._refuse(refusal.status, refusal.name, str(refusal))
        except httptools.HttpParserError:
            self._refuse(400, "InvalidRequest", "the request is not HTTP/1.1")

    def on_message_begin(self) -> None:
        """A request has begun to arrive."""
        self._forget()
        self._begun = True
        self.since = asyncio.get_running_loop().time()

    def on_url(self, url: bytes) -> None:
        """A part of the request's target."""
        self._target += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._count(len(name) + len(value))
        self._header_count += 1
        if self._header_count > _MOST_HEADERS:
            raise _RefusalError(431, "TooLarge", f"the request has more than {_MOST_HEADERS} headers")
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """All headers are there."""
        if self._headers.get("expect", "").lower() == "100-continue":
            self._transport.write(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._size += len(body)
        if self._size > MAXIMUM_BYTES:
            raise _RefusalError(413, "TooLarge", f"the request is larger than {MAXIMUM_BYTES:,} bytes: send fewer rows")
        if not self._server.hold(len(body)):
            raise _RefusalError(503, "Busy", "there are too many large requests; try again")
        self._held += len(body)
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Submit the request, or let it wait for those before it."""
        path, _, query = self._target.decode("latin-1").partition("?")
        name = self._headers.get("x-request-id", "")
        request = Request(
            route=f"{self._parser.get_method().decode('latin-1')} {path}",
            request_id=name if _REQUEST_ID.fullmatch(name) else self._server.request_id(),
            body=self._body[0] if len(self._body) == 1 else b"".join(self._body),
            headers=self._headers,
            query=query,
        )
        self._waiting.append((request, self._parser.should_keep_alive()))
        self._forget()
        self._submit_next()
        self._regulate()

    def answered(self, request: Request, answer: Answer) -> None:
        """Write the answer and go on with what waits."""
        lasts, self._lasts = bool(self._lasts) and not self._server.stopping, None
        self.since = asyncio.get_running_loop().time()
        if self._transport.is_closing() or self._is_refused:
            return
        self._server.release(len(request.body))
        self._held -= len(request.body)
        self._write(answer, request.request_id, lasts=lasts, head=request.route.startswith("HEAD "))
        if not lasts:
            self._waiting.clear()
            self.close()
            return
        self._submit_next()
        self._regulate()

    def _submit_next(self) -> None:
        if self._waiting and not self.is_busy:
            request, self._lasts = self._waiting.popleft()
            self._server.submit(self, request)

    def _regulate(self) -> None:
        """Read as long as answers are read and not too many requests wait."""
        is_full = self._is_clogged or len(self._waiting) >= _MOST_WAITING
        if is_full == self._is_paused:
            return
        self._is_paused = is_full
        if is_full:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _wait_last(self) -> None:
        """The request that came last is the last one of the connection."""
        if self._waiting:
            request, _ = self._waiting.pop()
            self._waiting.append((request, False))
        elif self.is_busy:
            self._lasts = False

    def _forget(self) -> None:
        """Begin a new request."""
        self._begun = False
        self._target, self._headers = b"", dict[str, str]()
        self._body: list[bytes] = []
        self._size = self._header_size = self._header_count = 0

    def _count(self, size: int) -> None:
        self._header_size += size
        if self._header_size > _MOST_HEADER_BYTES:
            raise _RefusalError(431, "TooLarge", f"target and headers are larger than {_MOST_HEADER_BYTES:,} bytes")

    def _refuse(self, status: int, name: str, message: str) -> None:
        """Answer what cannot be read any further, and close.

        What still comes is read and dropped: to close before would take the answer from who is still sending.
        """
        body = json_bytes.dumps({"error": name, "message": message})
        self._write(Answer(status, body, error=name), self._server.request_id(), lasts=False, head=False)
        self._transport.write_eof()
        self._is_refused = True

    def _write(self, answer: Answer, request_id: str, *, lasts: bool, head: bool) -> None:
        more = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        ending = "\r\n" if lasts else "connection: close\r\n\r\n"
        start = (
            f"HTTP/1.1 {answer.status} {_REASONS[answer.status]}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(answer.body)}\r\nx-request-id: {request_id}\r\n{more}{ending}"
        )
        self._transport.write(start.encode("latin-1") + (b"" if head else answer.body))


class _RefusalError(Exception):
    """A request that is not read to its end."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status, self.name = status, name
