"""The emulator's clock: order, repetition, and that it moves on request of the root user alone."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from emulator.clock import Clock, wrap
from emulator.identity.gate import PRINCIPAL
from emulator.identity.principals import ANONYMOUS
from emulator.settings import Settings


def until(condition: Callable[[], Any], seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def test_what_is_due_runs_in_order_each_at_its_own_time() -> None:
    clock = Clock()
    start, seen = clock.now(), list[tuple[str, int]]()

    def note(name: str) -> Callable[[], None]:
        return lambda: seen.append((name, round((clock.now() - start).total_seconds() / 60)))

    clock.at(start + timedelta(hours=2), note("late"))
    clock.at(start + timedelta(minutes=30), note("early"))
    repeated = clock.every(1200, note("repeated"))
    clock.advance(3600)
    assert seen == [("repeated", 20), ("early", 30), ("repeated", 40), ("repeated", 60)]
    repeated.cancel()
    clock.advance(7200)
    assert seen[4:] == [("late", 120)]
    assert clock.waiting() == []


def test_an_action_that_fails_is_logged_and_the_next_runs(caplog: pytest.LogCaptureFixture) -> None:
    clock, seen = Clock(), list[str]()
    clock.after(10, lambda: 1 / 0, "a division")
    clock.after(20, lambda: clock.after(30, lambda: seen.append("nested")))
    clock.advance(60)
    assert seen == ["nested"]
    assert "a division failed" in caplog.text
    with pytest.raises(ValueError, match="only goes forward"):
        clock.advance(-1)


def test_what_is_due_runs_without_being_moved_and_sleepers_wake_when_it_is() -> None:
    clock, ran = Clock(), threading.Event()
    clock.after(0.05, ran.set)
    assert ran.wait(30)
    sleeper = threading.Thread(target=clock.sleep, args=(86_400,), daemon=True)
    sleeper.start()
    until(clock.waiting)
    clock.advance(86_401)
    sleeper.join(30)
    assert not sleeper.is_alive()


def call(emulator: Settings, credentials: Credentials, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = AWSRequest(method="POST" if data else "GET", url=f"{emulator.endpoint}/_emulator/clock", data=data)
    SigV4Auth(credentials, "emulator", emulator.region).add_auth(request)
    prepared = urllib.request.Request(request.url, data=data, headers=dict(request.headers), method=request.method)
    with urllib.request.urlopen(prepared, timeout=30) as answer:
        return json.load(answer)


def test_the_root_user_sees_and_moves_the_clock_and_nobody_else(emulator: Settings) -> None:
    root = Credentials(emulator.access_key, emulator.secret_key)
    before = call(emulator, root)
    after = call(emulator, root, {"advance_seconds": 5})
    assert _seconds(after["now"]) - _seconds(before["now"]) >= 5
    with pytest.raises(urllib.error.HTTPError) as refused:
        call(emulator, root, {"advance_seconds": -5})
    assert refused.value.code == 400
    assert b"only goes forward" in refused.value.read()
    statuses: list[str] = []
    environ = {"PATH_INFO": "/_emulator/clock", "REQUEST_METHOD": "POST", PRINCIPAL: ANONYMOUS}
    body = b"".join(wrap(lambda *_: [])(environ, lambda status, _headers: statuses.append(status)))
    assert (statuses, json.loads(body)) == (["403 Forbidden"], {"message": "this is the root user's"})


def _seconds(text: str) -> float:

    return datetime.fromisoformat(text).timestamp()
