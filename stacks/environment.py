"""An environment: the data in ``environments/<name>.toml``, typed."""

from __future__ import annotations

import dataclasses
import platform
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent.parent / "environments"
_ARM = frozenset({"arm64", "aarch64"})


@dataclass(frozen=True)
class Environment:
    """One target of a deployment. Only `endpoint` and its keys tell a laptop from an account; no stack reads them.

    `function_python` is the minor version of Lambda's Python. `platform` is the processor and system that packages are
    built for: ``arm64`` or ``x86_64`` on Linux, or ``host``, this machine.
    """

    name: str
    account: str
    region: str
    log_retention_days: int
    retain_data: bool
    termination_protection: bool
    function_python: str
    platform: Literal["arm64", "x86_64", "host"]
    query_scan_limit_mib: int
    spark_maximum_vcpu: int
    spark_maximum_memory_gib: int
    endpoint: str = ""
    access_key: str = ""
    secret_key: str = ""

    @property
    def prefix(self) -> str:
        """First part of every name, for instance ``crispstack-dev``."""
        return f"crispstack-{self.name}"

    @property
    def arm(self) -> bool:
        """Whether functions and jobs run on 64-bit Arm."""
        return (platform.machine() if self.platform == "host" else self.platform) in _ARM


def load(name: str, folder: Path = FOLDER) -> Environment:
    """Read an environment's file.

    Raises:
        ValueError: there is no such environment, or a key is unknown or missing; the message says which.
    """
    path = folder / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in folder.glob("*.toml")))
        raise ValueError(f"there is no environment {name!r}; choose one of: {known}")
    values = tomllib.loads(path.read_text())
    fields = {field.name: field for field in dataclasses.fields(Environment)}
    required = {name for name, field in fields.items() if field.default is dataclasses.MISSING}
    if unknown := sorted(set(values) - set(fields)):
        raise ValueError(f"{path.name}: unknown key {', '.join(unknown)}")
    if missing := sorted(required - set(values)):
        raise ValueError(f"{path.name}: missing key {', '.join(missing)}")
    return Environment(**values)
