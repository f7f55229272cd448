"""The functions that an API calls: with their own permission or a role's, and for as long as the API waits."""

from __future__ import annotations

import json
import queue
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.exceptions import LambdaClientError, UnknownFunctionException
from moto.awslambda.models import lambda_backends

from emulator.identity import authorization, credentials, policy
from emulator.identity.authorization import Need
from emulator.identity.credentials import RoleError
from emulator.identity.policy import Caller, Effect, Query
from emulator.identity.principals import Directory
from emulator.settings import Settings

_PATH_FORM = ":lambda:path/2015-03-31/functions/"


class FunctionCallError(Exception):
    """The function did not answer: it is not there, not allowed, or it failed."""


class FunctionBusyError(FunctionCallError):
    """The function is throttled, or takes longer than the API waits."""


@dataclass(frozen=True)
class Target:
    """A function as an API names it, and in whose name it is called.

    `source` is the ARN that the function's policy may ask for; `role` is called with instead, where there is one.
    """

    uri: str
    source: str
    role: str | None = None

    @property
    def arn(self) -> str:
        """ARN of the function, which the URI may be or hold."""
        return self.uri.partition(_PATH_FORM)[2].removesuffix("/invocations") if _PATH_FORM in self.uri else self.uri


def invoke(target: Target, event: Any, settings: Settings, seconds: float) -> bytes:
    """What the function answers.

    Raises:
        FunctionBusyError: it is throttled, or has not answered in so many seconds.
        FunctionCallError: it is not there, may not be called, or fails.
    """
    answers: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put(_run(target, json.dumps(event), settings))
        except Exception as error:  # noqa: BLE001 (raised again by who waits)
            answers.put(error)

    threading.Thread(target=run, name="api-integration", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise FunctionBusyError(f"no answer in {seconds:g} seconds") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _run(target: Target, event: str, settings: Settings) -> bytes:
    name, _, qualifier = target.arn.partition(":function:")[2].partition(":")
    backend = lambda_backends[settings.account][settings.region]
    headers: dict[str, str] = {}
    try:
        if not _allowed(target, backend.get_function(name), settings):
            raise FunctionCallError(f"{target.source} may not invoke {target.arn}")
        payload: Any = backend.invoke(name, qualifier or None, event, {}, headers)
    except UnknownFunctionException as error:
        raise FunctionCallError(error.message) from error
    except LambdaClientError as error:
        raise (FunctionBusyError if error.code == 429 else FunctionCallError)(error.message) from error
    if "x-amz-function-error" in headers:
        raise FunctionCallError("the function failed")
    return payload.encode() if isinstance(payload, str) else bytes(payload or b"")


def _allowed(target: Target, function: Any, settings: Settings) -> bool:
    """Whether the role, or else the function's own policy, lets API Gateway invoke it."""
    if target.role:
        try:
            key = credentials.for_role(target.role, "apigateway", "apigateway.amazonaws.com").access_key_id
        except RoleError as error:
            raise FunctionCallError(str(error)) from error
        principal = Directory(settings).find(key, datetime.now(UTC)).principal
        return not authorization.denied(principal, [Need("lambda:InvokeFunction", target.arn, {})], {})
    context = {"aws:sourcearn": (target.source,), "aws:sourceaccount": (settings.account,)}
    document = json.dumps({"Version": "2012-10-17", "Statement": function.policy.statements})
    query = Query("lambda:InvokeFunction", target.arn, context, Caller("Service", ("apigateway.amazonaws.com",)))
    return policy.effect([policy.parse(document)], query) is Effect.ALLOW
