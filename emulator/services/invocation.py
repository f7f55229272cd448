"""AWS Lambda's Invoke: versions and aliases, limits, throttling, synchronous and asynchronous events."""

from __future__ import annotations

import base64
import json
import logging
import random
import threading
import time
import uuid
from typing import Any
from urllib.parse import unquote

from moto.awslambda import models
from moto.awslambda.exceptions import LambdaClientError

from emulator import settings
from emulator.compute import packages
from emulator.compute.execution_environment import Configuration, ExecutionEnvironment, Outcome
from emulator.compute.pool import ConcurrencyLimitError, Pool
from emulator.identity import credentials
from emulator.identity.credentials import RoleError
from emulator.replacements import Replacement

_LOG = logging.getLogger(__name__)
_SYNCHRONOUS_LIMIT = 6_291_456
_ASYNCHRONOUS_LIMIT = 1_048_576
_TAIL_BYTES = 4096
# AWS waits one minute, then two, before it repeats an asynchronous event; a laptop need not.
_RETRY_SECONDS = (1.0, 2.0)
_pool = Pool()


class InvokeError(LambdaClientError):
    """Lambda refuses to invoke: AWS's code, HTTP status and message."""

    def __init__(self, error: str, status: int, message: str) -> None:
        super().__init__(error, message)
        self.code = status


def discard(name: str) -> None:
    """End the warm processes of a function."""
    _pool.discard(name)


def run(function: Any, payload: bytes, qualifier: str = "", client_context: str = "") -> Outcome:
    """Let a version of a function handle one event.

    Args:
        function: moto's function or version.
        payload: the event, JSON.
        qualifier: version or alias that the caller named; empty: none.
        client_context: JSON of the mobile SDK's context, or empty.

    Raises:
        InvokeError: the function is throttled, or its role cannot be assumed by Lambda.
    """
    configuration = _configuration(function)
    latest = models.lambda_backends[function.account_id][function.region].get_function(function.function_name)
    reserved = latest.reserved_concurrency
    try:
        environment = _pool.take(
            configuration, None if reserved is None else int(reserved), lambda: _start(configuration)
        )
    except ConcurrencyLimitError:
        raise InvokeError("TooManyRequestsException", 429, "Rate Exceeded.") from None
    except RoleError as error:
        message = f"The role defined for the function cannot be assumed by Lambda. {error.message}"
        raise InvokeError("AccessDeniedException", 403, message) from error
    outcome = None
    try:
        arn = f"{latest.function_arn}:{qualifier}" if qualifier else latest.function_arn
        outcome = environment.invoke(str(uuid.uuid4()), payload, arn, client_context)
    finally:
        _pool.give(environment, reusable=outcome is not None and outcome.reusable)
    return outcome


def _start(configuration: Configuration) -> ExecutionEnvironment:
    role = credentials.for_role(
        configuration.role, configuration.name, "lambda.amazonaws.com", source_arn=configuration.function_arn
    )
    return ExecutionEnvironment(configuration, role)


def _configuration(function: Any) -> Configuration:
    state = settings.current().state
    backend = models.lambda_backends[function.account_id][function.region]
    layers = [backend.layers_versions_by_arn(layer["Arn"]) for layer in function.layers]
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
        layers=tuple(_unpacked(layer, state) for layer in layers),
        log_group=function.logging_config["LogGroup"],
        log_format=function.logging_config["LogFormat"],
        variables=tuple((name, str(value)) for name, value in sorted((function.environment_vars or {}).items())),
    )


def _unpacked(code: Any, state: Any) -> Any:
    return packages.unpack(code.code_sha_256, lambda: bytes(code.code_bytes), state)


def _resolve(self: Any, function_name: str, qualifier: str | None) -> tuple[Any, str]:
    """The version to run, chosen by an alias's weights where it has them, and the qualifier that was asked for."""
    if ":" in function_name.rsplit(":function:", 1)[-1]:
        function_name, qualifier = function_name.rsplit(":", 1)
    function = self.get_function(function_name, qualifier)
    for alias in self.list_aliases(function.function_name):
        weights = (alias.routing_config or {}).get("AdditionalVersionWeights") or {}
        if alias.name == qualifier and weights:
            versions = [alias.function_version, *weights]
            shares = [1.0 - sum(weights.values()), *weights.values()]
            function = self.get_function(function.function_name, random.choices(versions, shares)[0])  # noqa: S311
    return function, qualifier or ""


def _invoke(
    self: Any, function_name: str, qualifier: str | None, body: Any, headers: Any, response_headers: Any
) -> bytes:
    function, named = _resolve(self, function_name, qualifier)
    return _dispatch(function, body, headers, response_headers, named)


def _invoke_function(self: Any, body: Any, request_headers: Any, response_headers: Any) -> bytes:
    return _dispatch(self, body, request_headers, response_headers, "")


def _dispatch(function: Any, body: Any, headers: Any, response_headers: Any, qualifier: str) -> bytes:
    """Invoke as the headers say, fill the response's headers, and return its body."""
    asked = {str(name).lower(): value for name, value in dict(headers or {}).items()}
    kind = asked.get("x-amz-invocation-type", "RequestResponse")
    payload = _payload(body, _ASYNCHRONOUS_LIMIT if kind == "Event" else _SYNCHRONOUS_LIMIT)
    if kind == "DryRun":
        return b""
    if kind == "Event":
        threading.Thread(
            target=_run_event, args=(function, payload, qualifier), name="lambda-event", daemon=True
        ).start()
        return b""
    outcome = run(function, payload, qualifier, _client_context(asked.get("x-amz-client-context", "")))
    response_headers["x-amz-executed-version"] = str(function.version)
    if outcome.error_type:
        response_headers["x-amz-function-error"] = "Unhandled"
    if asked.get("x-amz-log-type") == "Tail":
        tail = "\n".join(outcome.log).encode()[-_TAIL_BYTES:]
        response_headers["x-amz-log-result"] = base64.b64encode(tail).decode()
    return outcome.payload


def _run_event(function: Any, payload: bytes, qualifier: str) -> None:
    """Handle an asynchronous event, again when it fails, as often as the function's configuration says."""
    configured = function.event_invoke_config[-1].config if function.event_invoke_config else {}
    attempts = 1 + configured.get("MaximumRetryAttempts", len(_RETRY_SECONDS))
    for wait in (0.0, *_RETRY_SECONDS)[:attempts]:
        time.sleep(wait)
        try:
            if not run(function, payload, qualifier).error_type:
                return
        except LambdaClientError as error:
            _LOG.warning("an asynchronous event for %s was not handled: %s", function.function_name, error.message)


def _payload(body: Any, limit: int) -> bytes:
    payload = body.encode() if isinstance(body, str) else bytes(body or b"")
    payload = payload or b"{}"
    if len(payload) > limit:
        raise InvokeError(
            "RequestTooLargeException",
            413,
            f"Request must be smaller than {limit} bytes for the InvokeFunction operation",
        )
    try:
        json.loads(payload)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise InvokeError("InvalidRequestContentException", 400, message) from error
    return payload


def _client_context(encoded: str) -> str:
    return base64.b64decode(encoded).decode() if encoded else ""


def _respond(self: Any) -> tuple[int, dict[str, str], bytes]:
    headers: dict[str, str] = {}
    name = unquote(self.path.rsplit("/", 2)[-2])
    payload = self.backend.invoke(
        name, self._get_param("qualifier") or self._get_param("Qualifier"), self.body, self.headers, headers
    )
    status = {"Event": 202, "DryRun": 204}.get(self.headers.get("X-Amz-Invocation-Type", ""), 200)
    headers["status"] = str(status)
    headers["content-type"] = "application/json"
    headers["Content-Length"] = str(len(payload))
    return status, headers, payload


REPLACEMENTS = [
    Replacement(
        "moto.awslambda.models:LambdaBackend.invoke",
        _invoke,
        "moto needs Docker, and ignores an alias's weights",
        "708fb4c92029",
    ),
    Replacement(
        "moto.awslambda.models:LambdaFunction.invoke",
        _invoke_function,
        "other services invoke functions here",
        "dadc324f30ae",
    ),
    Replacement(
        "moto.awslambda.responses:LambdaResponse.invoke",
        _respond,
        "moto cuts responses at 6,000,000 bytes",
        "8f68f0bf023a",
    ),
]
