"""A page in headless Chromium, asked through the DevTools protocol over a pipe: no port, no driver, no network."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crispstack.cli.chromium import FLAGS, found

AXE = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
MISSING = "" if found() and AXE.exists() else "there is no Chromium or no axe-core on this machine"
MOBILE_BELOW = 600
SECONDS = 120


@dataclass
class Page:
    """A page that was opened. `console` are its errors and warnings, `requests` the addresses it asked for."""

    write: int
    read: int
    session: str = ""
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    _events: list[str] = field(default_factory=list)
    _number: int = 0
    _rest: bytes = b""

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What Chromium answers; what it tells meanwhile is kept."""
        self._number += 1
        session = {"sessionId": self.session} if self.session else {}
        command = {"id": self._number, "method": method, "params": parameters, **session}
        os.write(self.write, json.dumps(command).encode() + b"\0")
        while (message := self._next()).get("id") != self._number:
            self._note(message)
        assert "error" not in message, (method, message["error"])
        answer: dict[str, Any] = message["result"]
        return answer

    def wait_for(self, event: str) -> None:
        """Read until this was told."""
        while event not in self._events:
            self._note(self._next())
        self._events.remove(event)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression, or of what it promises."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def resize(self, width: int, height: int) -> None:
        """Give the page this much room, in CSS pixels."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < MOBILE_BELOW}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)

    def violations(self, within: str = "html") -> list[str]:
        """What axe-core has against the elements that this selects: rule and first element."""
        self.evaluate(AXE.read_text(encoding="utf-8"))
        found = json.loads(self.evaluate(f"axe.run({within!r}).then(found => JSON.stringify(found.violations))"))
        return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self.read], [], [], SECONDS)[0], f"Chromium said nothing for {SECONDS} seconds"
            chunk = os.read(self.read, 1 << 20)
            assert chunk, "Chromium has ended"
            self._rest += chunk
        message, _, self._rest = self._rest.partition(b"\0")
        read: dict[str, Any] = json.loads(message)
        return read

    def _note(self, message: dict[str, Any]) -> None:
        name, told = message.get("method", ""), message.get("params", {})
        self._events.append(name)
        if name == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif name == "Log.entryAdded":
            self.console.append(f"{told['entry']['level']}: {told['entry']['text']}")
        elif name in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
            self.console.append(json.dumps(told))


@contextlib.contextmanager
def opened(page: Path, profile: Path, width: int = 1280, height: int = 900) -> Iterator[Page]:
    """The page in a browser of its own, which is ended afterwards."""
    browser = found()
    assert browser
    ours, theirs = os.pipe(), os.pipe()

    def pipes() -> None:
        # Chromium reads commands from descriptor 3 and writes to 4.
        read, write = os.dup(ours[0]), os.dup(theirs[1])
        os.dup2(read, 3)
        os.dup2(write, 4)

    command = [browser, *FLAGS, "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(
        command,
        preexec_fn=pipes,  # noqa: PLW1509 (it only moves descriptors)
        close_fds=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        os.close(ours[0])
        os.close(theirs[1])
        driver = Page(ours[1], theirs[0])
        target = driver.call("Target.createTarget", url="about:blank")["targetId"]
        driver.session = driver.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            driver.call(f"{domain}.enable")
        driver.resize(width, height)
        driver.call("Page.navigate", url=page.as_uri())
        driver.wait_for("Page.loadEventFired")
        yield driver
    finally:
        process.kill()
        process.wait()
        os.close(ours[1])
        os.close(theirs[0])
        shutil.rmtree(profile, ignore_errors=True)
