"""Lambda proxy integrations."""

from __future__ import annotations

from typing import Any

from emulator.services.execute_api import events, function_call, responses
from emulator.services.execute_api.events import Call
from emulator.services.execute_api.function_call import FunctionBusyError, FunctionCallError, Target
from emulator.services.execute_api.responses import ApiError, MalformedResultError, Response

_TIMEOUT_MILLISECONDS = 30_000


def invoke(call: Call, integration: Any) -> Response:
    """Let a route's integration answer a call.

    Raises:
        ApiError: there is no integration, or no function that the API may invoke, or it fails (500); it is throttled
            or takes too long (503).
    """
    if integration is None:
        raise ApiError(responses.failed("there is no integration"))
    version = integration.payload_format_version or "1.0"
    verb, _, pattern = call.route_key.partition(" ")
    source = call.arn(f"{call.method}{pattern}" if pattern else verb)
    target = Target(integration.integration_uri, source, integration.credentials_arn)
    seconds = int(integration.timeout_in_millis or _TIMEOUT_MILLISECONDS) / 1000
    try:
        payload = function_call.invoke(target, events.event(call, version), call.settings, seconds)
        return responses.from_result(payload, version)
    except FunctionBusyError as error:
        raise ApiError(responses.unavailable(str(error))) from error
    except (FunctionCallError, MalformedResultError) as error:
        raise ApiError(responses.failed(str(error))) from error
