"""A version of a Lambda function handles one event: found by name, in one of its processes, within its limits."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from moto.awslambda import models
from moto.awslambda.exceptions import LambdaClientError

from emulator import settings
from emulator.compute import packages
from emulator.compute.execution_environment import ExecutionEnvironment, Outcome
from emulator.compute.lambda_runtime import Configuration
from emulator.compute.pool import ConcurrencyLimitError, Pool
from emulator.identity import credentials
from emulator.identity.credentials import RoleError
from emulator.services import service_metrics
from emulator.services.lambda_functions import aliases

LATEST = "$LATEST"
_METRICS = "AWS/Lambda"
_pool = Pool()


class InvokeError(LambdaClientError):
    """Lambda refuses to invoke: AWS's code, HTTP status and message."""

    def __init__(self, error: str, status: int, message: str) -> None:
        super().__init__(error, message)
        self.code = status


class ThrottledError(InvokeError):
    """All of the function's reserved concurrency is in use, or it is zero."""

    def __init__(self) -> None:
        super().__init__("TooManyRequestsException", 429, "Rate Exceeded.")
        reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
        self.description = json.dumps({"Reason": reason, "Type": "User", "message": self.message})


def discard(name: str) -> None:
    """End the warm processes of a function."""
    _pool.discard(name)


def latest(function: Any) -> Any:
    """The unpublished version, which holds what belongs to the function as a whole."""
    return models.lambda_backends[function.account_id][function.region].get_function(function.function_name)


def resolve(backend: Any, function_name: str, qualifier: str | None) -> tuple[Any, str]:
    """The version to run, chosen by an alias's weights where it has them, and the qualifier that was asked for.

    Raises:
        UnknownFunctionException: there is no such function, version or alias.
    """
    if ":" in function_name.rsplit(":function:", 1)[-1]:
        function_name, qualifier = function_name.rsplit(":", 1)
    function = backend.get_function(function_name, qualifier)
    for alias in backend.list_aliases(function.function_name):
        if alias.name == qualifier:
            function = backend.get_function(function.function_name, aliases.chosen(alias))
    return function, qualifier or ""


def run(
    function: Any, payload: bytes, qualifier: str = "", client_context: str = "", request_id: str | None = None
) -> Outcome:
    """Let a version of a function handle one event.

    Args:
        function: moto's function or version.
        payload: the event, JSON.
        qualifier: version or alias that the caller named; empty: none.
        client_context: JSON of the mobile SDK's context, or empty.
        request_id: the event's; a new one when None.

    Raises:
        ThrottledError: the function's reserved concurrency is in use.
        InvokeError: its role cannot be assumed by Lambda.
    """
    configuration = _configuration(function)
    whole = latest(function)
    dimensions = _dimensions(function, qualifier)
    reserved = whole.reserved_concurrency
    try:
        environment = _pool.take(
            configuration, None if reserved is None else int(reserved), lambda: _start(configuration)
        )
    except ConcurrencyLimitError:
        service_metrics.publish(_METRICS, dimensions, {"Throttles": 1})
        raise ThrottledError from None
    except RoleError as error:
        message = f"The role defined for the function cannot be assumed by Lambda. {error.message}"
        raise InvokeError("AccessDeniedException", 403, message) from error
    outcome = None
    begin = time.monotonic()
    try:
        arn = f"{whole.function_arn}:{qualifier}" if qualifier else whole.function_arn
        outcome = environment.invoke(request_id or str(uuid.uuid4()), payload, arn, client_context)
    finally:
        _pool.give(environment, reusable=outcome is not None and outcome.reusable)
    milliseconds = (time.monotonic() - begin) * 1000
    errors = int(bool(outcome.error_type))
    values = {"Invocations": 1, "Errors": errors, "Duration": milliseconds}
    service_metrics.publish(_METRICS, dimensions, values)
    return outcome


def _dimensions(function: Any, qualifier: str) -> list[Mapping[str, str]]:
    """By what the metrics of an invocation are told apart: the function, the qualifier, the version behind an alias."""
    named = {"FunctionName": function.function_name}
    if not qualifier:
        return [named]
    resource = {**named, "Resource": f"{function.function_name}:{qualifier}"}
    is_alias = qualifier != LATEST and not qualifier.isdigit()
    executed = [{**resource, "ExecutedVersion": str(function.version)}] if is_alias else []
    return [named, resource, *executed]


def _start(configuration: Configuration) -> ExecutionEnvironment:
    role = credentials.for_role(
        configuration.role, configuration.name, "lambda.amazonaws.com", source_arn=configuration.function_arn
    )
    return ExecutionEnvironment(configuration, role)


def _configuration(function: Any) -> Configuration:
    state = settings.current().state
    backend = models.lambda_backends[function.account_id][function.region]
    layers = [backend.layers_versions_by_arn(layer["Arn"]) for layer in function.layers]
    logging = function.logging_config
    return Configuration(
        function_arn=function.function_arn,
        name=function.function_name,
        version=str(function.version),
        revision=function.revision_id,
        runtime=function.run_time,
        handler=function.handler,
        role=function.role,
        timeout=float(function.timeout),
        memory=int(function.memory_size),
        task_root=_unpacked(function, state),
        opt=packages.merge([_unpacked(layer, state) for layer in layers], state),
        log_group=logging["LogGroup"],
        log_format=logging["LogFormat"],
        log_level=logging.get("ApplicationLogLevel", ""),
        system_log_level=logging.get("SystemLogLevel", "INFO"),
        variables=tuple((name, str(value)) for name, value in sorted((function.environment_vars or {}).items())),
    )


def _unpacked(code: Any, state: Path) -> Path:
    return packages.unpack(code.code_sha_256, lambda: bytes(code.code_bytes), state)
