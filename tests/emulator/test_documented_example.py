"""The page's example, run as the page says: somebody else's CDK application, on an emulator of its own."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8")
GRANT = "bucket.grant_read(function)\n"
SECONDS = 120  # per command, on a busy machine


def block(language: str, holds: str) -> str:
    """The only fenced block of a language that holds a text."""
    (found,) = [code for code in re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S) if holds in code]
    return str(found)


@dataclass
class Reader:
    """Somebody who types what the page says, on another port and in a folder of their own."""

    folder: Path
    port: int
    environment: dict[str, str]

    def words(self, line: str) -> list[str]:
        words = shlex.split(line.replace("4566", str(self.port)))
        if words[0] == "python":
            return [sys.executable, *words[1:]]
        assert words[0] == "npx"
        return [str(ROOT / "node_modules" / ".bin" / words[1]), *words[2:]]

    def export(self, line: str) -> None:
        self.environment |= dict(word.split("=", 1) for word in shlex.split(line.replace("4566", str(self.port)))[1:])

    def type(self, line: str) -> str:
        done = subprocess.run(
            self.words(line), cwd=self.folder, env=self.environment, capture_output=True, text=True,
            timeout=SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.environment["AWS_DEFAULT_REGION"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
        )


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    quiet = {"CDK_DISABLE_CLI_TELEMETRY": "true", "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20"}
    here = Reader(tmp_path, port, {"PATH": path, "HOME": os.environ.get("HOME", str(tmp_path)), **quiet})
    (tmp_path / "cdk.json").write_text('{"notices": false, "versionReporting": false}')
    (line,) = [line for line in block("bash", "python -m emulator").splitlines() if "--state" in line]
    emulator = subprocess.Popen(
        here.words(line),
        cwd=tmp_path,
        env={**here.environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert emulator.stdout is not None
        assert emulator.stdout.readline() == f"emulator ready at http://127.0.0.1:{port}\n"
        yield here
    finally:
        emulator.terminate()
        emulator.communicate(timeout=30)


def test_the_application_of_the_page_is_deployed_and_invoked_and_fails_without_its_grant(reader: Reader) -> None:
    lines = [line.removeprefix("$ ") for line in block("console", "npx cdk deploy").splitlines() if line[0] == "$"]
    application = block("python", "aws_cdk")
    assert application.count(GRANT) == 1
    (reader.folder / "app.py").write_text(application)
    for line in lines:
        if line.startswith("export "):
            reader.export(line)
        else:
            said = reader.type(line)
    bucket = re.findall(r"Hello\.Bucket = (\S+)", said)[0]
    reader.client("s3").put_object(Bucket=bucket, Key="a", Body=b"1")
    answer = reader.client("lambda").invoke(FunctionName="count", Payload=f'"{bucket}"')
    assert ("FunctionError" in answer, answer["Payload"].read()) == (False, b"1")

    (reader.folder / "app.py").write_text(application.replace(GRANT, ""))
    reader.type(lines[-1])
    answer = reader.client("lambda").invoke(FunctionName="count", Payload=f'"{bucket}"')
    failure = answer["Payload"].read().decode()
    assert answer["FunctionError"] == "Unhandled"
    (shown,) = re.findall(r"^```\n(An error occurred \(AccessDenied\).*?)^```", PAGE, re.M | re.S)
    told = re.split(r"Hello-CountServiceRole\w+-\w+|hello-data\w+-\w+", " ".join(shown.replace("/\n", "/").split()))
    assert len(told) == 3
    assert re.search(".*".join(map(re.escape, told)), json.loads(failure)["errorMessage"]), failure
