"""Child processes with a clean environment, limits, and an end: none outlives the emulator."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emulator.compute.interpreter import path_without_environment

_POLL_SECONDS = 0.05
_lock = threading.Lock()
_running: set[Process] = set()
_closed = threading.Event()


@dataclass(frozen=True)
class Ending:
    """How a process ended. `killed_for` is empty, "timeout", "memory" or the reason given to `kill`."""

    status: int
    killed_for: str = ""


class Process:
    """A child in a session of its own, with everything it starts.

    Raises:
        RuntimeError: the emulator is stopping.
        OSError: the command cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        folder: Path,
        output: Path,
        errors: Path | None = None,
    ) -> None:
        """Start `command` in `folder`; standard output goes to `output`, errors there too or to `errors`."""
        self._reason = ""
        with contextlib.ExitStack() as files, _lock:
            if _closed.is_set():
                raise RuntimeError("the emulator is stopping")
            out = files.enter_context(output.open("ab"))
            err = files.enter_context(errors.open("ab")) if errors else subprocess.STDOUT
            self._popen = subprocess.Popen(
                [str(part) for part in command],
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            _running.add(self)

    @property
    def ended(self) -> bool:
        """Whether the process itself (not all that it started) has ended."""
        return self._popen.poll() is not None

    @property
    def status(self) -> int:
        """The exit status, negative for a signal; 0 while it runs."""
        return self._popen.returncode or 0

    def memory_mb(self) -> int:
        """Resident memory of the process and its descendants."""
        return resident_memory(self._popen.pid) >> 20

    def wait(self, timeout: float, memory_mb: int = 0, watch: Callable[[], None] = lambda: None) -> Ending:
        """Wait for the end, and bring it about after `timeout` seconds or above `memory_mb` (0: no bound).

        `watch` is called some times a second meanwhile.
        """
        deadline = time.monotonic() + timeout
        while not self.ended:
            watch()
            if time.monotonic() > deadline:
                self.kill("timeout")
            elif memory_mb and self.memory_mb() > memory_mb:
                self.kill("memory")
            else:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._popen.wait(_POLL_SECONDS)
        self.kill(self._reason)
        return Ending(self.status, self._reason)

    def ask_to_end(self, reason: str) -> None:
        """Send SIGTERM to the process itself, not to what it started. Harmless when it has ended."""
        self._reason = reason
        if not self.ended:
            self._popen.terminate()

    def kill(self, reason: str = "") -> None:
        """End the whole session at once. Harmless when it has ended."""
        self._reason = reason
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()
        with _lock:
            _running.discard(self)


def environment(region: str, endpoint: str, folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """What a child starts with: nothing inherited but ``PATH``, no proxy, no real credentials or AWS configuration.

    Args:
        region: AWS region.
        endpoint: where AWS is.
        folder: home and temporary folder of the child; must exist.
        variables: what the service adds; these win.
    """
    return {
        "PATH": path_without_environment(),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "PYTHONUNBUFFERED": "1",
        "PYTHONNOUSERSITE": "1",
        "NO_PROXY": "127.0.0.1,localhost",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **variables,
    }


def resident_memory(pid: int) -> int:
    """Resident bytes of a process and its descendants; 0 when it is gone."""
    if Path("/proc/self/statm").exists():
        return _resident_memory_linux(pid)
    return _resident_memory_ps(pid)


def _resident_memory_linux(pid: int) -> int:
    process = Path("/proc") / str(pid)
    try:
        total = int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        children = [child for task in (process / "task").iterdir() for child in (task / "children").read_text().split()]
    except (OSError, IndexError):
        return 0
    return total + sum(_resident_memory_linux(int(child)) for child in children)


def _resident_memory_ps(pid: int) -> int:
    listing = subprocess.run(["ps", "-axo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in listing.splitlines()]
    family, total = {pid}, 0
    for child, parent, kilobytes in sorted(rows):
        if child == pid or parent in family:
            family.add(child)
            total += kilobytes * 1024
    return total


def stop_all() -> None:
    """Kill every process; none starts afterwards."""
    _closed.set()
    with _lock:
        processes = list(_running)
    for process in processes:
        process.kill("stopped")


atexit.register(stop_all)
