"""An environment as the command line sees it: which account and region, and how its children find them."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crispstack.errors import CrispError

_AWS_VARIABLES = re.compile(r"AWS_|(HTTPS?|ALL|NO)_PROXY$", re.IGNORECASE)


@dataclass(frozen=True)
class Environment:
    """What ``environments/<name>.toml`` says. With an `endpoint`, only its own keys are used, never a real profile."""

    name: str
    account: str
    region: str
    endpoint: str = ""
    access_key: str = ""
    secret_key: str = ""

    @property
    def prefix(self) -> str:
        """First part of every name, for instance ``crispstack-dev``."""
        return f"crispstack-{self.name}"

    @property
    def port(self) -> int:
        """Port of the endpoint."""
        return urlsplit(self.endpoint).port or 80

    def stack(self, name: str) -> str:
        """Name of a stack, for instance ``crispstack-dev-storage``."""
        return f"{self.prefix}-{name}"

    def project_stack(self, project: str) -> str:
        """Name of a project's stack."""
        return self.stack(f"project-{project.replace('_', '-')}")

    def variables(self, surroundings: Mapping[str, str]) -> dict[str, str]:
        """The surroundings with this environment's region; with an endpoint, without any real profile, key or proxy."""
        region = {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}
        if not self.endpoint:
            return {**surroundings, **region}
        host = urlsplit(self.endpoint).hostname or ""
        kept = {name: value for name, value in surroundings.items() if not _AWS_VARIABLES.match(name)}
        return {
            **kept,
            **region,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": f"{host},127.0.0.1,localhost",
        }

    def enter(self) -> None:
        """Make this environment the one that this process's AWS clients find."""
        wanted = self.variables(os.environ)
        for name in set(os.environ) - set(wanted):
            del os.environ[name]
        os.environ.update(wanted)


def read(name: str, folder: Path) -> dict[str, Any]:
    """What an environment's file says.

    Raises:
        CrispError: there is no such environment, or it is no TOML.
    """
    path = folder / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in folder.glob("*.toml")))
        raise CrispError(f"there is no environment {name!r} in {folder}; choose one of: {known}")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CrispError(f"{path}: not TOML: {error}") from error


def load(name: str, root: Path) -> Environment:
    """Read what the command line needs of an environment's file; the stacks read the rest.

    Raises:
        CrispError: there is no such environment, it is no TOML, or it does not name account and region.
    """
    folder = root / "environments"
    path, values = folder / f"{name}.toml", read(name, folder)
    fields = {field: str(values[field]) for field in Environment.__dataclass_fields__ if field in values}
    if missing := [field for field in ("name", "account", "region") if field not in fields]:
        raise CrispError(f"{path}: {missing[0]} is missing; add it")
    if fields["account"].strip("0") == "":
        raise CrispError(f"{path}: account is a placeholder; write the twelve digits of your AWS account")
    return Environment(**fields)


def find_root(start: Path) -> Path:
    """The repository's root: the nearest folder above `start` that holds ``environments`` and ``projects``.

    Raises:
        CrispError: there is none.
    """
    for folder in (start, *start.parents):
        if (folder / "environments").is_dir() and (folder / "projects").is_dir():
            return folder
    raise CrispError(f"{start} is not in a crispstack repository; change to the folder that holds environments/")
