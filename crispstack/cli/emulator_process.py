"""The local environment's process: started, found, stopped. It is addressed as AWS is, and only here known by name."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from crispstack.aws.environment import Environment
from crispstack.errors import CrispError

_MODULE = "emulator"


@dataclass(frozen=True)
class EmulatorProcess:
    """The process behind a local environment's endpoint, with its pid file and log under ``.crisp``."""

    root: Path
    environment: Environment

    @property
    def log(self) -> Path:
        """What the process printed."""
        return self.root / ".crisp" / "emulator.log"

    @property
    def pid_file(self) -> Path:
        """Holds the process's number while it was started from here."""
        return self.root / ".crisp" / "emulator.pid"

    def pid(self) -> int | None:
        """The running process that was started from here; None where the file is absent or stale."""
        try:
            number = int(self.pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        listed = subprocess.run(
            ["ps", "-p", str(number), "-o", "command="], capture_output=True, text=True, check=False
        )
        return number if f"-m {_MODULE}" in listed.stdout else None

    def answers(self) -> bool:
        """Whether something at the endpoint accepts the environment's keys for its account."""
        import boto3  # noqa: PLC0415 (help must not import it)
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
        from botocore.parsers import ResponseParserError  # noqa: PLC0415

        config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
        try:
            identity = boto3.client("sts", config=config).get_caller_identity()
        except (BotoCoreError, ClientError, ResponseParserError):
            return False
        return bool(identity["Account"] == self.environment.account)

    def port_is_taken(self) -> bool:
        """Whether anything listens on the endpoint's port."""
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.environment.port)) == 0

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, detached from this terminal."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", _MODULE, "--port", str(self.environment.port)]
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [*command, "--state", str(self.root / ".crisp" / "emulator")],
                cwd=self.root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.pid_file.write_text(str(process.pid))
        return process

    def wait_until_it_answers(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        """Return once it answers.

        Raises:
            CrispError: it ended, or did not answer in time; the message holds the end of its log.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end and process.poll() is None:
            if self.answers():
                return
            time.sleep(0.2)
        why = "did not answer in time" if process.poll() is None else f"ended with status {process.returncode}"
        lines = self.log.read_text(errors="replace").splitlines()[-5:]
        self.stop()
        raise CrispError("\n".join([f"the local environment {why}; its log {self.log} ends with:", *lines]))

    def stop(self) -> bool:
        """Stop it and wait for its end; whether there was something to stop."""
        number = self.pid()
        if number is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGTERM)
            end = time.monotonic() + 15
            while self.pid() is not None and time.monotonic() < end:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(number, os.WNOHANG)
                time.sleep(0.1)
            if self.pid() is not None:
                os.kill(number, signal.SIGKILL)
        self.pid_file.unlink(missing_ok=True)
        return number is not None
