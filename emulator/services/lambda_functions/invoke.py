"""Lambda's Invoke: synchronous, asynchronous and dry."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any, NoReturn
from urllib.parse import unquote

from moto.awslambda import responses, urls
from moto.utilities import aws_headers

from emulator.replacements import Replacement
from emulator.services.lambda_functions import events, invocation
from emulator.services.lambda_functions.events import Event
from emulator.services.lambda_functions.invocation import InvokeError

_moto_request_id = aws_headers.gen_amzn_requestid_long
_SYNCHRONOUS_LIMIT = 6_291_456
_ASYNCHRONOUS_LIMIT = 1_048_576
_TAIL_BYTES = 4096
_STATUS = {"Event": 202, "DryRun": 204, "RequestResponse": 200}


def _invoke(
    self: Any, function_name: str, qualifier: str | None, body: Any, headers: Any, response_headers: Any
) -> bytes:
    function, named = invocation.resolve(self, function_name, qualifier)
    return _dispatch(function, body, headers, response_headers, named)


def _invoke_function(self: Any, body: Any, request_headers: Any, response_headers: Any) -> bytes:
    return _dispatch(self, body, request_headers, response_headers, "")


def _dispatch(function: Any, body: Any, headers: Any, response_headers: Any, qualifier: str) -> bytes:
    """Invoke as the headers say, fill the response's headers, and return its body."""
    asked = {str(name).lower(): value for name, value in dict(headers or {}).items()}
    kind = asked.get("x-amz-invocation-type") or "RequestResponse"
    payload = _payload(body, _ASYNCHRONOUS_LIMIT if kind == "Event" else _SYNCHRONOUS_LIMIT)
    request_id = str(uuid.uuid4())
    response_headers["x-amzn-requestid"] = request_id
    if kind == "DryRun":
        return b""
    if kind == "Event":
        events.submit(Event(function, payload, qualifier, request_id))
        return b""
    context = asked.get("x-amz-client-context", "")
    outcome = invocation.run(
        function, payload, qualifier, base64.b64decode(context).decode() if context else "", request_id
    )
    response_headers["x-amz-executed-version"] = str(function.version)
    if outcome.error_type:
        response_headers["x-amz-function-error"] = "Unhandled"
    if asked.get("x-amz-log-type") == "Tail":
        tail = "\n".join(outcome.log).encode()[-_TAIL_BYTES:]
        response_headers["x-amz-log-result"] = base64.b64encode(tail).decode()
    return outcome.payload


def _payload(body: Any, limit: int) -> bytes:
    payload = body.encode() if isinstance(body, str) else bytes(body or b"")
    payload = payload or b"{}"
    if len(payload) > limit:
        raise InvokeError(
            "RequestEntityTooLargeException",
            413,
            f"Request must be smaller than {limit} bytes for the InvokeFunction operation",
        )
    try:
        json.loads(payload)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise InvokeError("InvalidRequestContentException", 400, message) from error
    return payload


def _respond(self: Any) -> tuple[int, dict[str, str], bytes]:
    headers: dict[str, str] = {}
    name = unquote(self.path.rsplit("/", 2)[-2])
    kind = self.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
    if kind not in _STATUS:
        message = (
            f"Value '{kind}' at 'invocationType' failed to satisfy constraint: one of {', '.join(sorted(_STATUS))}"
        )
        raise InvokeError("ValidationException", 400, f"1 validation error detected: {message}")
    qualifier = self._get_param("qualifier") or self._get_param("Qualifier")
    payload = self.backend.invoke(name, qualifier, self.body, self.headers, headers)
    headers["status"] = str(_STATUS[kind])
    headers["content-type"] = "application/json"
    headers["Content-Length"] = str(len(payload))
    return _STATUS[kind], headers, payload


def _request_id(headers: dict[str, Any] | None = None) -> str:
    given = (headers or {}).get("x-amzn-requestid")
    return str(given) if given else _moto_request_id(headers)


def _respond_async(self: Any) -> tuple[int, dict[str, str], bytes]:
    """The deprecated InvokeAsync, which is Invoke with the type Event."""
    headers: dict[str, str] = {}
    name = unquote(self.path.split("/functions/")[1].split("/")[0])
    self.backend.invoke(name, None, self.body, {"X-Amz-Invocation-Type": "Event"}, headers)
    headers["status"] = "202"
    return 202, headers, b""


def _refuse_stream(_: Any) -> NoReturn:
    raise InvokeError(
        "InvalidParameterValueException", 400, "InvokeWithResponseStream is not supported by this emulator; use Invoke."
    )


# moto reads its table of paths when the first request of the service arrives.
urls.url_paths[r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[^/]+)/response-streaming-invocations/?$"] = (
    responses.LambdaResponse.dispatch
)
_BACKEND = "moto.awslambda.models:LambdaBackend"
_RESPONSE = "moto.awslambda.responses:LambdaResponse"
REPLACEMENTS = [
    Replacement(f"{_BACKEND}.invoke", _invoke, "moto needs Docker, and ignores an alias's weights", "708fb4c92029"),
    Replacement(
        "moto.awslambda.models:LambdaFunction.invoke",
        _invoke_function,
        "other services invoke functions here",
        "dadc324f30ae",
    ),
    Replacement(f"{_RESPONSE}.invoke", _respond, "moto cuts responses at 6,000,000 bytes", "8f68f0bf023a"),
    Replacement(f"{_RESPONSE}.invoke_async", _respond_async, "moto waits for the function", "b51e6e28b6a2"),
    Replacement(
        "moto.core.responses:gen_amzn_requestid_long",
        _request_id,
        "moto tells another request id than the function was given",
        "e651941c2107",
    ),
    Replacement(f"{_RESPONSE}.invoke_with_response_stream", _refuse_stream, "moto has none"),
]
