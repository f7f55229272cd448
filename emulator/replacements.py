"""The register of every moto function replaced: what, why, and the contract that notices when moto changes."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moto.core.base_backend import BackendDict


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


# The emulator's modules that hold replacements, in the order of installation, each with the packages of moto that it
# reaches into: it is loaded before the first backend of such a package is made, or with "core" at the start.
MODULES: Mapping[str, tuple[str, ...]] = {
    "emulator.dispatch": ("core", "backends", "iam", "session"),
    "emulator.services.unsupported": ("core",),
    "emulator.services.s3.access_logs": ("s3",),
    "emulator.services.lambda_functions.functions": ("awslambda",),
    "emulator.services.lambda_functions.aliases": ("awslambda",),
    "emulator.services.lambda_functions.invoke": ("awslambda",),
    "emulator.services.lambda_functions.event_config": ("awslambda",),
    "emulator.services.lambda_functions.event_sources": ("awslambda",),
    "emulator.services.lambda_functions.provisioned": ("awslambda",),
    "emulator.services.lambda_functions.urls": ("awslambda",),
    "emulator.services.lambda_functions.addresses": ("awslambda",),
    "emulator.services.glue.jobs": ("glue",),
    "emulator.services.glue.crawlers": ("glue",),
    "emulator.services.glue.crawlers_api": ("glue",),
    "emulator.services.glue.workflows": ("glue",),
    "emulator.services.emr_serverless.jobs": ("emrserverless",),
    "emulator.services.stepfunctions": ("stepfunctions",),
    "emulator.identity.replacements": ("s3",),
    "emulator.identity.sessions": ("sts",),
    # Requests of HTTP APIs are answered by the application of the first version, which reads both tables of paths.
    "emulator.services.execute_api.properties": ("apigateway", "apigatewayv2"),
    "emulator.services.execute_api.checks": ("apigateway", "apigatewayv2"),
    "emulator.services.athena.api": ("athena",),
    "emulator.services.athena.properties": ("athena",),
    "emulator.services.cloudtrail.trails_api": ("cloudtrail",),
    "emulator.services.cloudwatch.metrics_api": ("cloudwatch",),
    "emulator.services.cloudwatch.alarms_api": ("cloudwatch",),
    "emulator.services.cloudwatch.dashboards": ("cloudwatch",),
    "emulator.services.emr_serverless.properties": ("emrserverless",),
    "emulator.services.glue.properties": ("glue",),
    "emulator.services.events.bus": ("events",),
    "emulator.services.events.rules": ("events",),
    "emulator.services.firehose.streams": ("firehose",),
    "emulator.services.kms_properties": ("kms",),
    "emulator.services.lambda_functions.properties": ("awslambda",),
    "emulator.services.logs.properties": ("logs",),
    "emulator.services.logs.events": ("logs",),
    "emulator.services.logs.metric_filters": ("logs",),
    "emulator.services.logs.subscriptions": ("logs",),
    "emulator.services.logs.query_definitions": ("logs",),
    "emulator.services.logs.queries": ("logs",),
    "emulator.services.s3.properties": ("s3",),
    "emulator.services.events.s3": ("s3",),
    "emulator.services.s3.unsupported": ("s3",),
    "emulator.services.scheduler.schedules": ("scheduler",),
    "emulator.services.ecs_properties": ("ecs",),
    "emulator.services.ec2_properties": ("ec2",),
    "emulator.services.batch.compute_environments": ("batch",),
    "emulator.services.batch.queues": ("batch",),
    "emulator.services.batch.job_definitions": ("batch",),
    "emulator.services.batch.jobs_api": ("batch",),
    "emulator.services.codedeploy.configurations": ("codedeploy",),
    "emulator.services.codedeploy.groups_api": ("codedeploy",),
    "emulator.services.codedeploy.deployments_api": ("codedeploy",),
    "emulator.services.budgets_properties": ("budgets",),
    "emulator.services.sagemaker.registry": ("sagemaker",),
    "emulator.services.sagemaker.training_api": ("sagemaker",),
    "emulator.services.application_auto_scaling_properties": ("applicationautoscaling",),
    "emulator.services.secrets_manager_properties": ("secretsmanager",),
    "emulator.services.s3.documents": ("s3",),
    "emulator.services.sts_properties": ("sts",),
    "emulator.services.s3.refusals": ("s3",),
    "emulator.services.sns.properties": ("sns",),
    "emulator.services.sns.delivery": ("sns",),
    "emulator.services.sqs.messages": ("sqs",),
    "emulator.services.sqs.properties": ("sqs",),
}
_create_account = BackendDict._create_account_specific_backend
_lock = threading.RLock()
_installed: set[str] = set()


def _create_account_of_real_service(backends: Any, account: str) -> None:
    """What moto calls on every access to a service's state; the first one makes the service real."""
    if account not in backends:
        install(backends.backend.__module__.split(".")[1])
        _create_account(backends, account)


LOADING = Replacement(
    "moto.core.base_backend:BackendDict._create_account_specific_backend",
    _create_account_of_real_service,
    "a service's replacements are loaded with the service, at its first use",
    "efcc193ee3ca",
)


def register() -> Sequence[Replacement]:
    """Every replacement, gathered from the services in the order in which they are installed."""
    return [LOADING, *(replacement for name in MODULES for replacement in of(name))]


def of(module: str) -> Sequence[Replacement]:
    """The replacements that one of the emulator's modules holds."""
    found: Sequence[Replacement] = importlib.import_module(module).REPLACEMENTS
    return found


def install(package: str | None = None) -> None:
    """Install the replacements in one of moto's packages (``s3``), or have each installed when it is first used.

    What is installed already stays, so a process may start twice.

    Raises:
        RuntimeError: moto's source at a target is not the one that the replacement was written for.
    """
    if package is None:
        _set(LOADING)
        install("core")
        return
    with _lock:
        if package in _installed:
            return
        for name in [name for name, packages in MODULES.items() if package in packages]:
            for replacement in of(name):
                _set(replacement)
        _installed.add(package)


def _set(replacement: Replacement) -> None:
    if replacement.original() is replacement.function:
        return
    found = fingerprint(replacement.original())
    if found != replacement.fingerprint:
        raise RuntimeError(
            f"{replacement.target}: moto's source changed (fingerprint {found!r}, reviewed "
            f"{replacement.fingerprint!r}); review the replacement and its reason: {replacement.reason}"
        )
    replacement.install()
