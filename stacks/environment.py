"""An environment as the stacks see it: where it is, and the sizes, limits and promises of what is deployed there."""

from __future__ import annotations

import dataclasses
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from crispstack.aws import environment
from crispstack.errors import CrispError

FOLDER = Path(__file__).parent.parent / "environments"
_ARM = frozenset({"arm64", "aarch64"})


@dataclass(frozen=True, kw_only=True)
class Environment(environment.Environment):
    """One target of a deployment. Only `endpoint` and its keys tell a laptop from an account; no stack reads them.

    `function_python` is the minor version of Lambda's Python. `platform` is the processor and system that packages are
    built for: ``arm64`` or ``x86_64`` on Linux, or ``host``, this machine. `crawler_schedule` is when crawlers look of
    themselves, a cron expression of Glue's, in UTC; empty for never.
    """

    log_retention_days: int
    retain_data: bool
    termination_protection: bool
    function_python: str
    platform: Literal["arm64", "x86_64", "host"]
    query_scan_limit_mib: int
    spark_maximum_vcpu: int
    spark_maximum_memory_gib: int
    crawler_schedule: str = ""

    @property
    def arm(self) -> bool:
        """Whether functions and jobs run on 64-bit Arm."""
        return (platform.machine() if self.platform == "host" else self.platform) in _ARM


def load(name: str, folder: Path = FOLDER) -> Environment:
    """Read an environment's file.

    Raises:
        CrispError: there is no such environment, it is no TOML, or a key is unknown or missing; the message says which.
    """
    values = environment.read(name, folder)
    fields = {field.name: field for field in dataclasses.fields(Environment)}
    required = {name for name, field in fields.items() if field.default is dataclasses.MISSING}
    if unknown := sorted(set(values) - set(fields)):
        raise CrispError(f"{name}.toml: unknown key {', '.join(unknown)}")
    if missing := sorted(required - set(values)):
        raise CrispError(f"{name}.toml: missing key {', '.join(missing)}")
    return Environment(**values)
