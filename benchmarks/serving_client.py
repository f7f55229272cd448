"""A client that asks as fast as it is answered, on few or many connections, and never sleeps: it has its own core."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

TIMEOUT = 60.0


@dataclass(frozen=True)
class Window:
    """What was answered in so many seconds: how often, and after how many seconds each, in ascending order."""

    seconds: float
    latencies: tuple[float, ...]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        return self.latencies[min(int(share * len(self.latencies)), len(self.latencies) - 1)]


def request(path: str, body: bytes) -> bytes:
    """A request as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def ask(port: int, content: bytes) -> tuple[int, bytes]:
    """Status and body of one answer."""
    connection = _Connection(port)
    connection.send(content)
    while (found := connection.answer()) is None:
        pass
    connection.socket.close()
    return found


def load(port: int, contents: Sequence[bytes], connections: int, seconds: float) -> Window:
    """Ask these requests in turn, each connection its next one as soon as it is answered.

    Raises:
        ConnectionError: an answer was not 200, or did not come.
    """
    poll = select.epoll()
    opened = {each.socket.fileno(): each for each in (_Connection(port) for _ in range(connections))}
    for number, (descriptor, each) in enumerate(opened.items()):
        poll.register(descriptor, select.EPOLLIN)
        each.send(contents[number % len(contents)])
    asked, latencies = connections, []
    started = time.perf_counter()
    until = started + seconds
    while (now := time.perf_counter()) < until or not latencies:
        for descriptor, _ in poll.poll(0):
            each = opened[descriptor]
            answer = each.answer()
            if answer is None:
                continue
            if answer[0] != 200:
                raise ConnectionError(f"answered {answer[0]}: {answer[1][:300]!r}")
            latencies.append(time.perf_counter() - each.sent)
            each.send(contents[asked % len(contents)])
            asked += 1
        if now > until + TIMEOUT:
            raise ConnectionError("no answer came")
    ended = time.perf_counter()
    for each in opened.values():
        each.socket.close()
    poll.close()
    return Window(ended - started, tuple(sorted(latencies)))


class _Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._got = b""
        self.sent = 0.0

    def send(self, content: bytes) -> None:
        self.sent = time.perf_counter()
        self._got = b""
        self.socket.setblocking(True)
        self.socket.sendall(content)
        self.socket.setblocking(False)

    def answer(self) -> tuple[int, bytes] | None:
        """Status and body once all of it is there."""
        try:
            more = self.socket.recv(1 << 20)
        except BlockingIOError:
            return None
        if not more:
            raise ConnectionError("the server closed the connection")
        self._got += more
        end = self._got.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self._got[:end].lower()
        at = head.find(b"content-length:")
        if at < 0:
            raise ConnectionError(f"an answer without a length: {head!r}")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        if len(self._got) < end + 4 + length:
            return None
        return int(head[9:12]), self._got[end + 4 :]
