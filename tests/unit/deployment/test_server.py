"""The prediction API as a process: what a client's bytes lead to, well-formed or not, alone or together."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytest.importorskip("httptools", reason="the serving bundle's HTTP parser is not installed")

from crispstack.deployment.http import Service
from crispstack.deployment.request_body import MAXIMUM_BYTES
from crispstack.deployment.server import Limits, PredictionServer
from crispstack.deployment.serving import Champion
from tests.unit.evaluation.framings import PRICE_GRAPH, PRICE_PACKAGE, PRICES

ROW = b'{"acid": 1.25}'
PRICE = {"prediction": 22.5, "decision": 23.0}


class Client:
    """A connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answer(self) -> tuple[int, dict[str, str], Any]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        status, *lines = head.rstrip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(status.split()[1]), headers, json.loads(body) if body else None

    async def ask(self, content: bytes) -> tuple[int, dict[str, str], Any]:
        self.writer.write(content)
        return await self.answer()

    async def ended(self) -> bool:
        try:
            return not await self.reader.read()
        except ConnectionResetError:
            return True


def request(body: bytes = ROW, headers: str = "", route: str = "POST /v1/predict") -> bytes:
    start = f"{route} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{headers}"
    return f"{start}content-length: {len(body)}\r\n\r\n".encode() + body


Connect = Callable[[], Awaitable[Client]]
Story = Callable[[Connect, asyncio.Event], Awaitable[None]]


def tell(story: Story, limits: Limits | None = None, lines: list[Any] | None = None) -> None:
    """Play the story with a server of its own, which has to end when it is stopped."""

    async def play() -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        port: asyncio.Future[int] = loop.create_future()
        service = Service(Champion(PRICES, PRICE_PACKAGE, PRICE_GRAPH), ([] if lines is None else lines).extend)
        server = PredictionServer(service, limits)
        serving = loop.create_task(server.serve("127.0.0.1", 0, stopped, port.set_result))
        clients: list[Client] = []

        async def connect() -> Client:
            clients.append(Client(*await asyncio.open_connection("127.0.0.1", await port)))
            return clients[-1]

        try:
            await story(connect, stopped)
        finally:
            stopped.set()
            for each in clients:
                each.writer.close()
            await serving

    asyncio.run(asyncio.wait_for(play(), 60))


def test_a_connection_answers_one_request_after_the_other_in_their_order() -> None:
    lines: list[Any] = []

    async def story(connect: Connect, _: asyncio.Event) -> None:
        client = await connect()
        status, headers, content = await client.ask(request(headers="x-request-id: mine-1\r\n"))
        assert (status, headers["x-request-id"], content["predictions"]) == (200, "mine-1", [PRICE])
        rows = b'{"rows": [' + b",".join([ROW] * 9_000) + b"]}"
        client.writer.write(request(rows) + request(b"{") + request(route="GET /healthz", body=b""))
        answers = [await client.answer() for _ in range(3)]
        assert [status for status, _, _ in answers] == [200, 400, 200]
        assert answers[0][2]["predictions"] == [PRICE] * 9_000
        assert answers[2][2]["status"] == "ok"

    tell(story, lines=lines)
    assert [(line["route"], line["status"], line["rows"]) for line in lines] == [
        ("POST /v1/predict", 200, 1),
        ("POST /v1/predict", 200, 9_000),
        ("POST /v1/predict", 400, 0),
        ("GET /healthz", 200, 0),
    ]
    assert len({line["request_id"] for line in lines}) == 4


def test_many_clients_are_answered_at_once_each_with_its_own() -> None:
    async def story(connect: Connect, _: asyncio.Event) -> None:
        async def one(number: int) -> None:
            client = await connect()
            for turn in range(5):
                acid = number * 10 + turn
                _, _, content = await client.ask(request(json.dumps({"acid": acid}).encode()))
                assert content["predictions"][0]["prediction"] == 2 * acid + 20

        await asyncio.gather(*map(one, range(20)))

    tell(story)


def test_a_request_may_come_in_pieces_and_chunks() -> None:
    async def story(connect: Connect, _: asyncio.Event) -> None:
        client = await connect()
        for byte in request():
            client.writer.write(bytes([byte]))
            await client.writer.drain()
        assert (await client.answer())[0] == 200
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (ROW[:5], ROW[5:]))
        head = b"POST /v1/predict HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        assert (await client.ask(head + chunks + b"0\r\n\r\n"))[2]["predictions"] == [PRICE]
        waiting = request(headers="expect: 100-continue\r\n")
        client.writer.write(waiting.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        assert (await client.answer())[0] == 100
        assert (await client.ask(ROW))[0] == 200

    tell(story)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (b"POST /v1/predict HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}", 400),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101 + b"\r\n", 431),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"POST /v1/predict HTTP/1.1\r\nhost: x\r\ncontent-length: 7000000\r\n\r\n" + b" " * (MAXIMUM_BYTES + 1), 413),
    ],
    ids=["TLS", "two lengths", "smuggled", "headers", "target", "body"],
)
def test_what_cannot_be_read_is_refused_and_the_connection_closed(content: bytes, status: int) -> None:
    async def story(connect: Connect, _: asyncio.Event) -> None:
        client = await connect()
        found, headers, answer = await client.ask(content)
        assert (found, headers["connection"], set(answer)) == (status, "close", {"error", "message"})
        assert await client.ended()
        assert (await (await connect()).ask(request()))[0] == 200

    tell(story)


def test_who_asks_for_another_protocol_or_the_last_answer_is_answered_and_left() -> None:
    async def story(connect: Connect, _: asyncio.Event) -> None:
        client = await connect()
        status, headers, content = await client.ask(request(headers="connection: close\r\n"))
        assert (status, headers["connection"], content["predictions"]) == (200, "close", [PRICE])
        assert await client.ended()
        other = await connect()
        upgrade = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"
        assert (await other.ask(upgrade))[0] == 200
        assert await other.ended()

    tell(story)


def test_there_is_a_limit_to_connections_and_to_what_waits_on_them() -> None:
    async def story(connect: Connect, _: asyncio.Event) -> None:
        first, second, third = await connect(), await connect(), await connect()
        assert (await first.ask(request()))[0] == 200
        status, _, content = await third.answer()
        assert (status, content["error"]) == (503, "Busy")
        # Half of a body takes room until its connection ends.
        first.writer.write(request(b" " * 900)[:-100])
        assert (await first.ask(b""))[0] == 503
        assert (await second.ask(request()))[0] == 200
        first.writer.close()
        half = request(b" " * 400)
        second.writer.write(half[:-100])
        second.writer.close()
        # Room is made as soon as the server sees that they are gone.
        while (await (await connect()).ask(half))[0] == 503:
            await asyncio.sleep(0.01)

    tell(story, Limits(connections=2, body_bytes=500))


def test_large_requests_are_answered_one_after_the_other() -> None:
    rows = b'{"rows": [' + b",".join([ROW] * 5_000) + b"]}"

    async def story(connect: Connect, _: asyncio.Event) -> None:
        clients = [await connect() for _ in range(5)]
        for each in clients:
            each.writer.write(request(rows))
        answers = await asyncio.gather(*(each.answer() for each in clients))
        assert [len(content["predictions"]) for _, _, content in answers] == [5_000] * 5

    tell(story)


def test_who_is_silent_or_slow_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crispstack.deployment.server._SWEEP_SECONDS", 0.01)

    async def story(connect: Connect, _: asyncio.Event) -> None:
        silent, slow = await connect(), await connect()
        slow.writer.write(request()[:-3])
        assert await silent.ended()
        assert await slow.ended()

    tell(story, Limits(idle_seconds=0.05, request_seconds=0.05))


def test_what_has_begun_is_answered_when_the_server_is_stopped() -> None:
    async def story(connect: Connect, stopped: asyncio.Event) -> None:
        begun, idle = await connect(), await connect()
        assert (await idle.ask(request()))[0] == 200
        begun.writer.write(request()[:-3])
        await begun.writer.drain()
        assert (await idle.ask(request()))[0] == 200
        stopped.set()
        assert await idle.ended()
        status, headers, content = await begun.ask(request()[-3:])
        assert (status, headers["connection"], content["predictions"]) == (200, "close", [PRICE])
        assert await begun.ended()

    tell(story)
