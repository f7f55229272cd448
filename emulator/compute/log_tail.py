"""A growing file on its way to a log stream, in whole lines, twice a second."""

from __future__ import annotations

import time
from pathlib import Path

from emulator.compute.log_stream import LogStream

_TAIL_SECONDS = 0.5


class LogTail:
    """Sends what is added to a file. Not thread safe: one watcher advances it."""

    def __init__(self, path: Path, stream: LogStream) -> None:
        self._path = path
        self._stream = stream
        self._position = 0
        self._rest = b""
        self._due = 0.0

    def advance(self) -> None:
        """Send the lines that were added, if half a second has passed since the last time."""
        if time.monotonic() < self._due or not self._path.exists():
            return
        self._due = time.monotonic() + _TAIL_SECONDS
        with self._path.open("rb") as file:
            file.seek(self._position)
            added = file.read()
        self._position += len(added)
        *lines, self._rest = (self._rest + added).split(b"\n")
        self._stream.write([line.decode("utf-8", "replace") for line in lines if line.strip()])

    def finish(self) -> None:
        """Send the rest, and return once it is in the log."""
        self._due = 0.0
        self.advance()
        if self._rest.strip():
            self._stream.write([self._rest.decode("utf-8", "replace")])
        self._stream.flush()
