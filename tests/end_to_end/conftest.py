"""A user's day on a checkout of its own: another port, another project, deployed once for all tests.

Where it is deployed: to an emulator that `crisp up` starts; with ``--endpoint URL`` to one that runs already (its keys
are those of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY); with ``--aws-environment NAME`` to the AWS account that
environments/NAME.toml names, with the credentials of the shell, which costs money.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.credentials import Credentials

from crispstack.aws.environment import Environment, load
from tests.end_to_end.inventory import inventory

ROOT = Path(__file__).parents[2]
PROJECT = "bank_marketing_sample"
FLIGHTS = "flight_delays"
MODELING = "modeling:\n  budget_seconds: 60\n"
# By trials, so that the model, and with it the verdict, does not depend on how quick the machine is.
QUICK_MODELING = """modeling:
  budget_seconds: 120
  trials: 6
  techniques: [logistic_regression, lightgbm, extra_trees]
"""
# Nothing of this project is released before somebody said so.
APPROVAL = "\napproval:\n  by: person\n  within_days: 2\n"
FLIGHTS_DATA = ROOT / "tests" / "end_to_end" / FLIGHTS
# On a busy machine; deploying takes 20, a run 40. The first test waits for both.
SECONDS = 600
# What a checkout builds or installs and may share; the rest is copied, so that a test may break it.
SHARED = (".venv", "node_modules", "build")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("end to end")
    group.addoption("--endpoint", help="AWS is at this address already, for instance http://127.0.0.1:4566")
    group.addoption("--aws-environment", metavar="NAME", help="deploy to the AWS account of environments/NAME.toml")


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
    environment: Environment
    clients: dict[str, Any] = field(default_factory=dict)
    # What the services listed before anything was deployed.
    empty: set[tuple[str, str]] = field(default_factory=set)

    @property
    def endpoint(self) -> str:
        """Where AWS is; empty for AWS itself."""
        return self.environment.endpoint

    @property
    def keys(self) -> Credentials:
        """Those of the user who deploys."""
        if self.endpoint:
            return Credentials(self.environment.access_key, self.environment.secret_key)
        found: Credentials = boto3.session.Session().get_credentials().get_frozen_credentials()
        return found

    def crisp(self, *arguments: str, succeeds: bool = True, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command; unless told otherwise it must exit 0."""
        done = subprocess.run(
            [str(ROOT / ".venv" / "bin" / "crisp"), *arguments, "--env", self.environment.name],
            cwd=self.root,
            env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
            input=stdin,
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
            self.clients[service] = self.client_of(service, self.keys)
        return self.clients[service]

    def client_of(self, service: str, keys: Credentials) -> Any:
        """A boto3 client of somebody else."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint or None,
            region_name=self.environment.region,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            aws_session_token=keys.token,
        )

    def outputs(self, stack: str) -> dict[str, str]:
        """Outputs of the environment's stack."""
        name = self.environment.stack(stack)
        (found,) = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}

    def read(self, uri: str) -> bytes:
        """An object's content."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        content: bytes = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return content

    def resource(self, stack: str, logical_id: str) -> str:
        """Physical id of a resource, by its logical id without the hash that the CDK may have appended."""
        listed = self.client("cloudformation").list_stack_resources(StackName=self.environment.stack(stack))
        (found,) = [
            entry["PhysicalResourceId"]
            for entry in listed["StackResourceSummaries"]
            if re.fullmatch(f"{logical_id}([0-9A-F]{{8}})?", entry["LogicalResourceId"])
        ]
        return str(found)


def copy_of_the_repository(folder: Path) -> None:
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
    project = folder / "projects" / FLIGHTS
    shutil.copytree(ROOT / "projects" / FLIGHTS, project, ignore=shutil.ignore_patterns("data"))
    shutil.copytree(FLIGHTS_DATA, project / "data")
    charter = project / "charter.yaml"
    text = charter.read_text()
    assert text.count(MODELING) == 1
    charter.write_text(text.replace(MODELING, QUICK_MODELING) + APPROVAL)


def set_endpoint(folder: Path, endpoint: str, keys: Mapping[str, str]) -> None:
    """Say in the copy where the local environment is, and with which keys it is called."""
    file = folder / "environments" / "local.toml"
    text = file.read_text()
    for name, value in {"endpoint": endpoint, **keys}.items():
        text, found = re.subn(rf'^{name} = ".*"', f'{name} = "{value}"', text, flags=re.MULTILINE)
        assert found == 1, name
    file.write_text(text)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Checkout]:
    """Deployed, and started if need be; taken down at the end, whatever happened."""
    folder = tmp_path_factory.mktemp("checkout")
    copy_of_the_repository(folder)
    elsewhere = pytestconfig.getoption("--endpoint", None)
    in_aws = pytestconfig.getoption("--aws-environment", None)
    if elsewhere:
        keys = {"access_key": os.environ["AWS_ACCESS_KEY_ID"], "secret_key": os.environ["AWS_SECRET_ACCESS_KEY"]}
        set_endpoint(folder, elsewhere, keys)
    elif not in_aws:
        set_endpoint(folder, f"http://127.0.0.1:{free_port()}", {})
    made = Checkout(folder, load(in_aws or "local", folder))
    try:
        if not elsewhere and not in_aws:
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


@dataclass(frozen=True)
class Answered:
    """A run that a person rejected and, when asked again, approved: its id, and what each command answered."""

    run: str
    waited: Any
    rejected: Any
    approved: Any


@pytest.fixture(scope="session")
def answered(checkout: Checkout) -> Answered:
    waited = checkout.json("run", FLIGHTS)
    (only,) = checkout.json("runs", FLIGHTS)
    run = str(only["run_id"])
    rejected = checkout.json("reject", run, "--reason", "not before the summer")
    checkout.crisp("run", FLIGHTS, "--from", "evaluation", "--run", run)
    return Answered(run, waited, rejected, checkout.json("approve", run, "--reason", "the summer has come"))


@pytest.fixture(scope="session")
def flights_run(answered: Answered) -> str:
    """A whole run of the project with five tables: its id."""
    return answered.run


@pytest.fixture(scope="session")
def trained_on(checkout: Checkout, run: str) -> Callable[[str], str]:
    """The run of a training on a backend, which nothing disturbed."""
    return cache(lambda backend: str(checkout.json("train", PROJECT, "--on", backend, "--run", run)["run_id"]))
