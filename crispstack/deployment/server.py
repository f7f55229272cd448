"""The prediction API as a process of its own, for a container: HTTP/1.1 parsed by httptools, answers on one event loop.

What has arrived when the loop comes round is predicted together: under load batches form by themselves, and a request
that comes alone waits for nobody.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from crispstack.deployment.connection import Connection
from crispstack.deployment.http import Answer, Request, Service

LARGE_BYTES = 65_536
"""Requests with a larger body are answered one at a time, so that small ones come in between."""
_SWEEP_SECONDS = 1.0
_AWAKE_SECONDS = 200e-6
"""How long the loop stays awake after answers: to be woken takes longer than most predictions."""


@dataclass(frozen=True)
class Limits:
    """What clients may take of the server.

    `body_bytes` is what all bodies take together that are not answered yet, `request_seconds` how long a request may
    take to arrive, and `idle_seconds` how long a connection may be silent: longer than a load balancer's 60 seconds.
    """

    connections: int = 1_000
    body_bytes: int = 128_000_000
    request_seconds: float = 30.0
    idle_seconds: float = 75.0


class PredictionServer:
    """Connections, the requests that wait, and the service that answers them."""

    def __init__(self, service: Service, limits: Limits | None = None) -> None:
        """Take what answers."""
        self._service = service
        self._limits = limits or Limits()
        self._connections: set[Connection] = set()
        self._small: list[tuple[Connection, Request]] = []
        self._large: deque[tuple[Connection, Request]] = deque()
        self._is_scheduled = self._is_awake = False
        self._awake_until = 0.0
        self._held = 0
        self._prefix, self._number = secrets.token_hex(6), 0
        self.stopping = False

    async def serve(self, host: str, port: int, stopped: asyncio.Event, ready: Callable[[int], None]) -> None:
        """Answer until it is `stopped`; then requests that have begun are answered, and no others.

        Args:
            host: address to listen on.
            port: 0 for any that is free.
            stopped: ends it.
            ready: is told the port as soon as requests are taken.
        """
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(lambda: Connection(self), host, port, backlog=512)
        ready(listening.sockets[0].getsockname()[1])
        sweeping = loop.create_task(self._sweep())
        await stopped.wait()
        self.stopping = True
        listening.close()
        deadline = loop.time() + self._limits.request_seconds
        while self._connections and loop.time() < deadline:
            for connection in [each for each in self._connections if each.is_idle]:
                connection.close()
            await asyncio.sleep(0.01)
        sweeping.cancel()
        for connection in list(self._connections):
            connection.close()

    def opened(self, connection: Connection) -> bool:
        """Whether one more connection is taken."""
        if len(self._connections) >= self._limits.connections or self.stopping:
            return False
        self._connections.add(connection)
        return True

    def closed(self, connection: Connection) -> None:
        """Forget it; what is asked there and not answered yet is answered to nobody."""
        self._connections.discard(connection)

    def hold(self, size: int) -> bool:
        """Whether there is room for so many more bytes of a body."""
        if self._held + size > self._limits.body_bytes:
            return False
        self._held += size
        return True

    def release(self, size: int) -> None:
        """Make room again."""
        self._held -= size

    def request_id(self) -> str:
        """An id for a request that brings none."""
        self._number += 1
        return f"{self._prefix}-{self._number}"

    def submit(self, connection: Connection, request: Request) -> None:
        """Have the request answered with all others that are there when the loop comes round."""
        (self._large if len(request.body) > LARGE_BYTES else self._small).append((connection, request))
        self._schedule()

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._answer_waiting)

    def _answer_waiting(self) -> None:
        self._is_scheduled = False
        waiting, self._small = self._small, []
        if not waiting and self._large:
            waiting = [self._large.popleft()]
        answers: list[Answer] = self._service.answer_all([request for _, request in waiting])
        for (connection, request), answer in zip(waiting, answers, strict=True):
            connection.answered(request, answer)
        if self._small or self._large:
            self._schedule()
        loop = asyncio.get_running_loop()
        self._awake_until = loop.time() + _AWAKE_SECONDS
        if not self._is_awake:
            self._is_awake = True
            loop.call_soon(self._stay_awake, loop)

    def _stay_awake(self, loop: asyncio.AbstractEventLoop) -> None:
        """Come round again without sleeping, for a while."""
        self._is_awake = loop.time() < self._awake_until
        if self._is_awake:
            loop.call_soon(self._stay_awake, loop)

    async def _sweep(self) -> None:
        """Close connections that keep others waiting for nothing."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            now = loop.time()
            for connection in list(self._connections):
                limit = self._limits.idle_seconds if connection.is_idle else self._limits.request_seconds
                if not connection.is_busy and now - connection.since > limit:
                    connection.close()
