"""An environment as the stacks see it: where it is, and the sizes, limits and promises of what is deployed there."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from crispstack.aws import environment
from crispstack.errors import CrispError
from stacks import release_steps, training_machines
from stacks.release_steps import ReleaseSteps
from stacks.training_machines import Gpu, SageMaker

FOLDER = Path(__file__).parent.parent / "environments"
_ARM = frozenset({"arm64", "aarch64"})
_URL = "jdbc:postgresql://"


@dataclass(frozen=True)
class Connection:
    """How jobs reach a database: ``[connections.<name>]``.

    `secret` is the name or ARN of a Secrets Manager secret with `username` and `password`, `secret_key` the ARN of the
    KMS key that encrypts it, where not Secrets Manager's own; `certificate` the authority's, a file of PEM beside the
    environment's, empty for those that Java trusts. The last three are given together: where jobs stand in a VPC.
    """

    url: str
    secret: str
    secret_key: str = ""
    certificate: str = ""
    subnet: str = ""
    security_group: str = ""
    availability_zone: str = ""


@dataclass(frozen=True, kw_only=True)
class Environment(environment.Environment):
    """One target of a deployment. Only `endpoint` and its keys tell a laptop from an account; no stack reads them.

    `function_python` is the minor version of Lambda's Python. `platform` is the processor and system that packages
    are built for: ``arm64`` or ``x86_64`` on Linux, or ``host``, this machine. `audit_days` is how long files of the
    trail are locked; with 0 there is no trail. `monthly_budget_usd` is in US dollars; with 0 there is no budget.
    `release` says in which steps requests go to a new version. `crawler_schedule` is when crawlers look of themselves,
    a cron expression of Glue's, in UTC; empty for never. Without `gpu` or `sagemaker`, nothing is deployed for training
    there.
    """

    log_retention_days: int
    retain_data: bool
    termination_protection: bool
    function_python: str
    platform: Literal["arm64", "x86_64", "host"]
    query_scan_limit_mib: int
    spark_maximum_vcpu: int
    spark_maximum_memory_gib: int
    audit_days: int
    monthly_budget_usd: float
    release: ReleaseSteps
    crawler_schedule: str = ""
    gpu: Gpu | None = None
    sagemaker: SageMaker | None = None
    connections: Mapping[str, Connection] = field(default_factory=dict, hash=False)

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
    fields = {each.name: each for each in dataclasses.fields(Environment)}
    required = {name for name, each in fields.items() if each.default is each.default_factory is dataclasses.MISSING}
    if unknown := sorted(set(values) - set(fields)):
        raise CrispError(f"{name}.toml: unknown key {', '.join(unknown)}")
    if missing := sorted(required - set(values)):
        raise CrispError(f"{name}.toml: missing key {', '.join(missing)}")
    given, gpu, sagemaker = values.pop("connections", {}), values.pop("gpu", None), values.pop("sagemaker", None)
    release = release_steps.read(f"{name}.toml: [release]", values.pop("release"))
    if not isinstance(given, dict) or not all(isinstance(each, dict) for each in given.values()):
        raise CrispError(f"{name}.toml: connections are sections, [connections.<name>]")
    connections = {each: _connection(f"{name}.toml: [connections.{each}]", given[each], folder) for each in given}
    return Environment(
        **values,
        release=release,
        connections=connections,
        gpu=training_machines.read(Gpu, f"{name}.toml: [gpu]", gpu),
        sagemaker=training_machines.read(SageMaker, f"{name}.toml: [sagemaker]", sagemaker),
    )


def _connection(place: str, values: Mapping[str, Any], folder: Path) -> Connection:
    """A connection, with the whole path of its certificate."""
    fields = [each.name for each in dataclasses.fields(Connection)]
    if unknown := sorted(set(values) - set(fields)):
        raise CrispError(f"{place}: unknown key {', '.join(unknown)}; known are {', '.join(fields)}")
    if odd := sorted(key for key, value in values.items() if not isinstance(value, str)):
        raise CrispError(f"{place}: {odd[0]} is no text; put it in quotes")
    if missing := [key for key in ("url", "secret") if not values.get(key)]:
        raise CrispError(f"{place}: missing key {', '.join(missing)}")
    found = Connection(**values)
    if not found.url.startswith(_URL):
        raise CrispError(
            f"{place}: url {found.url!r} is not supported: only PostgreSQL is read, {_URL}<host>:<port>/<database>; "
            "of another database (MySQL, Oracle, SQL Server), export the table to Parquet and declare its file"
        )
    if "?" in found.url:
        raise CrispError(f"{place}: url has parameters; remove them: TLS, user and password are set by the job")
    network = (found.subnet, found.security_group, found.availability_zone)
    if any(network) and not all(network):
        raise CrispError(f"{place}: subnet, security_group and availability_zone are given together, or none of them")
    certificate = folder / found.certificate
    if found.certificate and not certificate.is_file():
        raise CrispError(f"{place}: there is no certificate {certificate}; save the authority's there, as PEM")
    return dataclasses.replace(found, certificate=str(certificate) if found.certificate else "")
