from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from crispstack.aws.environment import Environment
from crispstack.cli.commands import cli
from crispstack.cli.emulator_process import EmulatorProcess


def free_port() -> int:
    for port in range(4663, 4670):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise OSError("no free port")


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatorProcess]:
    before = dict(os.environ)
    monkeypatch.chdir(tmp_path)
    for name in ("environments", "projects", ".crisp"):
        (tmp_path / name).mkdir()
    environment = Environment("local", "123456789012", "us-east-1", f"http://127.0.0.1:{free_port()}", "key", "secret")
    fields = "\n".join(f'{name} = "{getattr(environment, name)}"' for name in Environment.__dataclass_fields__)
    (tmp_path / "environments" / "local.toml").write_text(fields)
    yield EmulatorProcess(tmp_path, environment)
    os.environ.clear()
    os.environ.update(before)


class _NotAws(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


def test_a_taken_port_ends_in_a_message_that_names_it(process: EmulatorProcess) -> None:
    server = HTTPServer(("127.0.0.1", process.environment.port), _NotAws)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    result = CliRunner().invoke(cli, ["up"])
    server.shutdown()
    server.server_close()
    assert result.exit_code == 1
    assert f"port {process.environment.port} is taken by another program" in result.stderr
    assert not process.pid_file.exists()


def test_a_process_that_ends_at_once_is_reported_with_the_end_of_its_log(
    process: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.pid_file.write_text("999999999")  # of a process that is long gone

    def start(self: EmulatorProcess) -> subprocess.Popen[bytes]:
        self.log.write_text("one\ntwo: the reason\n")
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])

    monkeypatch.setattr(EmulatorProcess, "start", start)
    result = CliRunner().invoke(cli, ["up"])
    assert result.exit_code == 1
    assert "was not stopped properly the last time" in result.stdout
    assert "ended with status 3" in result.stderr
    assert "two: the reason" in result.stderr
    assert not process.pid_file.exists()


def test_the_number_of_another_program_is_not_taken_for_the_environments(process: EmulatorProcess) -> None:
    process.pid_file.write_text(str(os.getpid()))
    assert process.pid() is None
    assert process.stop() is False
