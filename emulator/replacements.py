"""The register of every moto function replaced: what, why, and the contract that notices when moto changes."""

from __future__ import annotations

import hashlib
import importlib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Replacement:
    """One attribute of moto that the emulator sets to something else.

    `target` is ``module:attribute.path``. `fingerprint` is that of the source that was read when the replacement was
    written (empty where moto has nothing there yet): another source means that the replacement must be reviewed.
    """

    target: str
    function: Any
    reason: str
    fingerprint: str = ""

    def original(self) -> Any:
        """What moto has at the target, or None."""
        owner, name = self._owner()
        return inspect.getattr_static(owner, name, None) if inspect.isclass(owner) else getattr(owner, name, None)

    def install(self) -> None:
        """Set the replacement."""
        owner, name = self._owner()
        setattr(owner, name, self.function)

    def _owner(self) -> tuple[Any, str]:
        module, _, path = self.target.partition(":")
        owner: Any = importlib.import_module(module)
        *parents, name = path.split(".")
        for parent in parents:
            owner = getattr(owner, parent)
        return owner, name


def fingerprint(function: Any) -> str:
    """First 12 hexadecimal digits of the SHA-256 of a function's source; empty for None."""
    if function is None:
        return ""
    plain: Callable[..., Any] = getattr(function, "__func__", function)
    return hashlib.sha256(inspect.getsource(plain).encode()).hexdigest()[:12]


def register() -> Sequence[Replacement]:
    """Every replacement, gathered from the services in the order in which they are installed."""
    names: tuple[str, ...] = (
        "emulator.services.access_logs",
        "emulator.services.functions",
        "emulator.services.invocation",
        "emulator.services.glue_jobs",
        "emulator.services.emr_serverless",
        "emulator.services.stepfunctions",
        "emulator.identity.replacements",
        "emulator.services.api_gateway_properties",
        "emulator.services.athena.api",
        "emulator.services.athena_properties",
        "emulator.services.emr_serverless_properties",
        "emulator.services.glue_properties",
        "emulator.services.kms_properties",
        "emulator.services.lambda_properties",
        "emulator.services.logs_properties",
        "emulator.services.s3_properties",
        "emulator.services.sns_properties",
    )
    modules = [importlib.import_module(name) for name in names]
    return [replacement for module in modules for replacement in module.REPLACEMENTS]


def install() -> None:
    """Install the whole register. What is installed already stays, so a process may start twice.

    Raises:
        RuntimeError: moto's source at a target is not the one that the replacement was written for.
    """
    for replacement in register():
        if replacement.original() is replacement.function:
            continue
        found = fingerprint(replacement.original())
        if found != replacement.fingerprint:
            raise RuntimeError(
                f"{replacement.target}: moto's source changed (fingerprint {found!r}, reviewed "
                f"{replacement.fingerprint!r}); review the replacement and its reason: {replacement.reason}"
            )
        replacement.install()
