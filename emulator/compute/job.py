"""One run of a Spark job: its folder, its output on the way to the logs, its limits, and why it failed."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from emulator import settings
from emulator.compute import spark
from emulator.compute.log_stream import LogStream
from emulator.compute.log_tail import LogTail
from emulator.compute.sandbox import Ending, Process
from emulator.identity.credentials import Credentials

_TRACEBACK = "Traceback (most recent call last):"


class Job:
    """A run. `folder` is its working directory; `script` is where its script belongs, out of the executors' sight."""

    def __init__(self, name: str) -> None:
        parent = settings.current().state / "jobs"
        parent.mkdir(parents=True, exist_ok=True)
        self._home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
        self.folder = self._made("work")
        self.script = self._made("script")
        self.libraries = self._made("libraries")
        self.output = self._home / "stdout"
        self.errors = self._home / "stderr"
        self._lock = threading.Lock()
        self._process: Process | None = None
        self._ended_for = ""

    def run(
        self,
        application: spark.Application,
        credentials: Credentials,
        timeout: float,
        logs: Sequence[tuple[Path, LogStream]],
    ) -> Ending:
        """Run to the end, the timeout in seconds or `end`, sending each file to its log stream meanwhile.

        All of it is in the log when this returns: who sees that a run failed can read why.
        """
        tails = [LogTail(path, stream) for path, stream in logs]
        with self._lock:
            if self._ended_for:
                return Ending(0, self._ended_for)
            self._process = spark.start(application, credentials, self.folder, self.output, self.errors)

        def watch() -> None:
            for tail in tails:
                tail.advance()

        ending = self._process.wait(timeout, watch=watch)
        for tail in tails:
            tail.finish()
        return ending

    def end(self, reason: str) -> None:
        """End the run now, or at its start when it has not started yet."""
        with self._lock:
            self._ended_for = reason
            if self._process:
                self._process.kill(reason)

    def close(self) -> None:
        """Remove the run's files."""
        shutil.rmtree(self._home, ignore_errors=True)

    def _made(self, name: str) -> Path:
        folder = self._home / name
        folder.mkdir()
        return folder


def cause(errors: Path) -> str:
    """The last Python exception on standard error (an executor's, not the driver's about it), or the last line."""
    text = errors.read_text(errors="replace") if errors.exists() else ""
    lines = text.splitlines()
    found = ""
    inside = False
    for number, line in enumerate(lines):
        if _TRACEBACK in line:
            inside = True
        elif inside and line.strip() and not line[0].isspace():
            inside = False
            detail = lines[number + 1] if lines[number + 1 : number + 2] else ""
            found = line + detail if detail.startswith(": ") else line
    return found or next((line.strip() for line in reversed(lines) if line.strip()), "")


def failed_line(errors: Path, script: Path) -> int:
    """The line of the script in the last traceback that names it; 0 when none does."""
    text = errors.read_text(errors="replace") if errors.exists() else ""
    return int((re.findall(rf'File "{re.escape(str(script))}", line (\d+)', text) or [0])[-1])
