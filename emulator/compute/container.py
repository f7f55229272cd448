"""A container, as a process: its folder, its output on the way to a log, its limits, and how it is asked to end."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from emulator import clock, settings
from emulator.compute import sandbox
from emulator.compute.log_stream import LogStream
from emulator.compute.log_tail import LogTail
from emulator.compute.sandbox import Ending, Process

TIMEOUT = "timeout"
MEMORY = "memory"
KILLED = 137  # what a container that was killed exits with: 128 and the number of the signal


class CommandError(Exception):
    """A container's command cannot be started."""


class Container:
    """One run of a command. `folder` is its working directory; `home` lies above it and goes with it."""

    def __init__(self, name: str) -> None:
        parent = settings.current().state / "containers"
        parent.mkdir(parents=True, exist_ok=True)
        self.home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
        self.folder = self.home / "work"
        self.folder.mkdir()
        self.output = self.home / "output"
        self._lock = threading.Lock()
        self._process: Process | None = None
        self._killing: threading.Timer | None = None
        self._limit: clock.Appointment | None = None
        self._ended_for = ""

    def start(
        self, command: Sequence[str], variables: Mapping[str, str], *, timeout: float = 0, grace: float = 30
    ) -> None:
        """Start the command, unless it was stopped before.

        Args:
            command: what is executed; the first part is looked up on the ``PATH`` among the variables.
            variables: what its environment has beside what every sandbox has.
            timeout: seconds on the emulator's clock after which it is stopped for `TIMEOUT`; 0 for none.
            grace: seconds between that and the kill.

        Raises:
            CommandError: the command cannot be started.
        """
        here = settings.current()
        environment = sandbox.environment(here.region, here.endpoint, self.folder, variables)
        with self._lock:
            if self._ended_for:
                return
            try:
                self._process = Process(command, environment, self.folder, self.output)
            except OSError as error:
                raise CommandError(f'exec: "{command[0]}": {error.strerror}') from error
        if timeout:
            self._limit = clock.after(timeout, lambda: self.stop(TIMEOUT, grace), "a container's timeout")

    def wait(self, log: LogStream, memory_mb: int = 0, watch: Callable[[], None] = lambda: None) -> Ending:
        """Wait for the end. All of the output is in the log when this returns.

        Args:
            log: where the output goes.
            memory_mb: bound of its resident memory, above which it is killed for `MEMORY`; 0 for none.
            watch: called some times a second meanwhile; what it raises ends the command.
        """
        if self._process is None:
            return Ending(KILLED, self._ended_for)
        tail = LogTail(self.output, log)

        def look() -> None:
            tail.advance()
            watch()

        try:
            ending = self._process.wait(float("inf"), memory_mb, look)
        except BaseException:
            self._process.kill()
            raise
        finally:
            if self._limit:
                self._limit.cancel()
            if self._killing:
                self._killing.cancel()
        tail.finish()
        return Ending(ending.status if ending.status >= 0 else 128 - ending.status, ending.killed_for)

    def stop(self, reason: str, grace: float = 30) -> None:
        """Ask the command to end (SIGTERM), and kill it `grace` seconds later; before its start, keep it from it."""
        with self._lock:
            self._ended_for = self._ended_for or reason
            process = self._process
        if process and not process.ended:
            process.ask_to_end(self._ended_for)
            self._killing = threading.Timer(grace, process.kill, [self._ended_for])
            self._killing.daemon = True
            self._killing.start()

    def close(self) -> None:
        """Remove its files."""
        shutil.rmtree(self.home, ignore_errors=True)
