"""What Lambda's own addresses answer: function URLs, and the packages that GetFunction points at."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from moto.awslambda import models
from moto.awslambda.exceptions import LambdaClientError

from emulator import settings
from emulator.identity import authorization, gate, policy
from emulator.identity.authorization import Need
from emulator.identity.principals import ANONYMOUS
from emulator.identity.request import Request
from emulator.replacements import Replacement
from emulator.services.execute_api import events, responses
from emulator.services.execute_api.cors import Policy as Cors
from emulator.services.execute_api.events import Call
from emulator.services.execute_api.responses import MalformedResultError, Response
from emulator.services.lambda_functions import invocation, urls

_CODE = "/_aws/lambda-code/"
_CODE_SECONDS = 600
_LIMIT = 6_291_456
_moto_get_code = models.LambdaFunction.get_code


@dataclass(frozen=True)
class _Address:
    """What takes an API's place in the events of a function URL."""

    api_id: str


@dataclass(frozen=True)
class _Stage:
    """What takes a stage's place there."""

    name: str = "$default"
    stage_variables: Mapping[str, str] = field(default_factory=dict)


def answer(request: Request) -> Response:
    """The answer to a request for one of Lambda's addresses."""
    return _call(request) if request.path.startswith(urls.PATH) else _package(request)


def _message(status: int, text: str) -> Response:
    return Response(status, (("Content-Type", "application/json"),), json.dumps({"Message": text}).encode())


def _call(request: Request) -> Response:
    """Let the function of an address answer, within its cross-origin policy."""
    url_id, _, path = request.path.removeprefix(urls.PATH).partition("/")
    found = urls.find(url_id)
    if found is None:
        return _message(404, "Not Found")
    function, qualifier, config = found
    cors = Cors.read(config.config.get("Cors"))
    if cors and (preflight := cors.preflight(request)):
        return preflight
    response = _answer(request, function, qualifier, config.config["AuthType"], f"/{path}")
    return cors.apply(request, response) if cors else response


def _answer(request: Request, function: Any, qualifier: str, authentication: str, path: str) -> Response:
    arn = f"{function.function_arn}:{qualifier}" if qualifier else function.function_arn
    if not _may_invoke(request, function, arn, authentication):
        return _message(403, "Forbidden")
    if request.body.length > _LIMIT:
        return _message(413, f"Request must be smaller than {_LIMIT} bytes for the InvokeFunction operation")
    url_id = request.path.removeprefix(urls.PATH).partition("/")[0]
    caller = {"iam": events.caller(request)} if authentication == "AWS_IAM" else None
    call = Call(request, _Address(url_id), _Stage(), "$default", path, {}, settings.current(), caller)
    backend = models.lambda_backends[function.account_id][function.region]
    try:
        version, named = invocation.resolve(backend, function.function_name, qualifier or None)
        outcome = invocation.run(version, json.dumps(events.event(call, "2.0")).encode(), named, request_id=call.id)
    except LambdaClientError as error:
        return _message(error.code if error.code == HTTPStatus.TOO_MANY_REQUESTS else 502, error.message)
    if outcome.error_type:
        return _message(502, "Internal Server Error")
    try:
        return responses.from_result(outcome.payload, "2.0")
    except MalformedResultError:
        return _message(502, "Internal Server Error")


def _may_invoke(request: Request, function: Any, arn: str, authentication: str) -> bool:
    """Whether the function's policy, or the caller's, allows the call of its address."""
    principal = request.environ[gate.PRINCIPAL]
    if authentication == "AWS_IAM" and principal is ANONYMOUS:
        return False
    own = policy.parse(json.dumps({"Version": "2012-10-17", "Statement": function.policy.statements}))
    known = {"lambda:functionurlauthtype": (authentication,)}
    need = Need("lambda:InvokeFunctionUrl", arn, known, own)
    return not authorization.denied(principal, [need], request.environ[gate.CONTEXT])


def _package(request: Request) -> Response:
    """The package of a version, for as long as the address that GetFunction gave is valid."""
    expires, _, rest = request.path.removeprefix(_CODE).partition("/")
    signature, _, arn = rest.partition("/")
    here = settings.current()
    if not (expires.isdigit() and hmac.compare_digest(signature, _signature(arn, expires))):
        return _message(403, "Forbidden")
    if time.time() > int(expires):
        return _message(403, "Request has expired")
    try:
        function = models.lambda_backends[here.account][here.region].get_function(arn)
    except LambdaClientError as error:
        return _message(404, error.message)
    return Response(200, (("Content-Type", "application/zip"),), bytes(function.code_bytes))


def _signature(arn: str, expires: str) -> str:
    secret = settings.current().secret_key.encode()
    return hmac.new(secret, f"{arn} {expires}".encode(), hashlib.sha256).hexdigest()


def _get_code(self: Any) -> dict[str, Any]:
    expires = str(int(time.time()) + _CODE_SECONDS)
    address = f"{settings.current().endpoint}{_CODE}{expires}/{_signature(self.function_arn, expires)}/"
    found = _moto_get_code(self)
    reserved = self.reserved_concurrency
    if reserved is not None:
        found["Concurrency"] = {"ReservedConcurrentExecutions": int(reserved)}
    return {**found, "Code": {"RepositoryType": "S3", "Location": f"{address}{self.function_arn}"}}


REPLACEMENTS = [
    Replacement(
        "moto.awslambda.models:LambdaFunction.get_code",
        _get_code,
        "moto's address of the code cannot be reached, and a reserved concurrency of 0 is left out",
        "06c9aab0ee2b",
    ),
]
