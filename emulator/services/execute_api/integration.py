"""Lambda proxy integrations."""

from __future__ import annotations

import json
from typing import Any

from moto.awslambda.exceptions import LambdaClientError, UnknownFunctionException
from moto.awslambda.models import lambda_backends

from emulator.identity import policy
from emulator.identity.policy import Caller, Effect, Query
from emulator.services.execute_api import events, responses
from emulator.services.execute_api.events import Call
from emulator.services.execute_api.responses import ApiError, MalformedResultError, Response

_PATH_FORM = ":lambda:path/2015-03-31/functions/"


def invoke(call: Call, integration: Any) -> Response:
    """Let a route's integration answer a call.

    Raises:
        ApiError: there is no integration, or no function that the API may invoke, or it fails (500); it is throttled
            (503); the integration is of another type (501).
    """
    if integration is None:
        raise ApiError(responses.FAILED)
    if integration.integration_type != "AWS_PROXY" or integration.integration_subtype:
        raise ApiError(responses.message(501, f"Integration type {integration.integration_type} is not supported"))
    version = integration.payload_format_version or "1.0"
    payload = _run(call, _function_arn(integration.integration_uri), json.dumps(events.event(call, version)))
    try:
        return responses.from_result(payload, version)
    except MalformedResultError:
        raise ApiError(responses.FAILED) from None


def _function_arn(uri: str) -> str:
    return uri.partition(_PATH_FORM)[2].removesuffix("/invocations") if _PATH_FORM in uri else uri


def _run(call: Call, arn: str, event: str) -> bytes:
    name, _, qualifier = arn.partition(":function:")[2].partition(":")
    backend = lambda_backends[call.settings.account][call.settings.region]
    headers: dict[str, str] = {}
    try:
        if not _allowed(call, backend.get_function(name), arn):
            raise ApiError(responses.FAILED)
        payload: Any = backend.invoke(name, qualifier or None, event, {}, headers)
    except UnknownFunctionException:
        raise ApiError(responses.FAILED) from None
    except LambdaClientError as error:
        raise ApiError(responses.UNAVAILABLE if error.code == 429 else responses.FAILED) from None
    if "x-amz-function-error" in headers:
        raise ApiError(responses.FAILED)
    return payload.encode() if isinstance(payload, str) else bytes(payload or b"")


def _allowed(call: Call, function: Any, arn: str) -> bool:
    """Whether the function's own policy lets API Gateway invoke it for this route."""
    verb, _, pattern = call.route_key.partition(" ")
    source = call.arn(f"{call.method}{pattern}" if pattern else verb)
    context = {"aws:sourcearn": (source,), "aws:sourceaccount": (call.settings.account,)}
    document = json.dumps({"Version": "2012-10-17", "Statement": function.policy.statements})
    query = Query("lambda:InvokeFunction", arn, context, Caller("Service", ("apigateway.amazonaws.com",)))
    return policy.effect([policy.parse(document)], query) is Effect.ALLOW
