"""A user's day on a checkout of its own: another port, another project, deployed once for all tests."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.credentials import Credentials

from tests.end_to_end.inventory import inventory

ROOT = Path(__file__).parents[2]
PROJECT = "bank_marketing_sample"
# On a busy machine; deploying takes 20, a run 40. The first test waits for both.
SECONDS = 600
# environments/local.toml: they open nothing but an emulator.
ROOT_KEYS = Credentials("AKIALOCALEMULATOR000", "local-emulator-only")
# What a checkout builds or installs and may share; the rest is copied, so that a test may break it.
SHARED = (".venv", "node_modules", "build")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test also waits for the deployment and for a whole run."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(3 * SECONDS))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@dataclass
class Checkout:
    """A copy of the repository, and `crisp` in it. `clients` calls AWS as the command line does."""

    root: Path
    endpoint: str
    clients: dict[str, Any] = field(default_factory=dict)
    # What the services listed before anything was deployed.
    empty: set[tuple[str, str]] = field(default_factory=set)

    def crisp(self, *arguments: str, succeeds: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command; unless told otherwise it must exit 0."""
        done = subprocess.run(
            [str(ROOT / ".venv" / "bin" / "crisp"), *arguments],
            cwd=self.root,
            env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        if succeeds:
            assert done.returncode == 0, f"crisp {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments: str) -> Any:
        """What a command answers with --json."""
        return json.loads(self.crisp(*arguments, "--json").stdout)

    def client(self, service: str) -> Any:
        """A boto3 client of this checkout's environment."""
        if service not in self.clients:
            self.clients[service] = boto3.client(
                service,
                endpoint_url=self.endpoint,
                region_name="us-east-1",
                aws_access_key_id=ROOT_KEYS.access_key,
                aws_secret_access_key=ROOT_KEYS.secret_key,
            )
        return self.clients[service]

    def outputs(self, stack: str) -> dict[str, str]:
        """Outputs of ``crispstack-local-<stack>``."""
        (found,) = self.client("cloudformation").describe_stacks(StackName=f"crispstack-local-{stack}")["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}

    def read(self, uri: str) -> bytes:
        """An object's content."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        content: bytes = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return content

    def resource(self, stack: str, logical_id: str) -> str:
        """Physical id of a resource, by its logical id without the hash that the CDK may have appended."""
        listed = self.client("cloudformation").list_stack_resources(StackName=f"crispstack-local-{stack}")
        (found,) = [
            entry["PhysicalResourceId"]
            for entry in listed["StackResourceSummaries"]
            if re.fullmatch(f"{logical_id}([0-9A-F]{{8}})?", entry["LogicalResourceId"])
        ]
        return str(found)


def copy_of_the_repository(folder: Path, port: int) -> Checkout:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("projects/", "docs/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for name in SHARED:
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "tests" / "end_to_end" / "project", folder / "projects" / PROJECT)
    environment = folder / "environments" / "local.toml"
    environment.write_text(environment.read_text().replace(":4566", f":{port}"))
    return Checkout(folder, f"http://127.0.0.1:{port}")


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """Started and deployed; stopped at the end, whatever happened."""
    made = copy_of_the_repository(tmp_path_factory.mktemp("checkout"), free_port())
    try:
        made.crisp("up")
        made.empty = inventory(made.client)
        made.crisp("deploy")
        yield made
    finally:
        made.crisp("down", "--delete-data", succeeds=False)


@pytest.fixture(scope="session")
def run(checkout: Checkout) -> str:
    """A whole run that succeeded: its id."""
    checkout.crisp("run", PROJECT)
    (only,) = checkout.json("runs", PROJECT)
    return str(only["run_id"])
