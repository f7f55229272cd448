"""The event that a Lambda integration receives, in payload format 2.0 or 1.0."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from emulator.identity import gate
from emulator.identity.request import Request
from emulator.settings import Settings

_TEXT = ("text/", "application/json", "application/javascript", "application/xml", "application/vnd.api+json")


@dataclass(frozen=True)
class Call:
    """One request to a route.

    `path` is that within the stage; `caller` is what the route's authorizer says of who calls, under the name of its
    kind ("iam", "jwt" or "lambda"), None without one.
    """

    request: Request
    api: Any
    stage: Any
    route_key: str
    path: str
    parameters: Mapping[str, str]
    settings: Settings
    caller: Mapping[str, Any] | None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.request.method

    def arn(self, route: str) -> str:
        """The ARN of a method and path of this stage."""
        here = f"{self.settings.region}:{self.settings.account}"
        return f"arn:aws:execute-api:{here}:{self.api.api_id}/{self.stage.name}/{route}"

    def by(self, caller: Mapping[str, Any]) -> Call:
        """The same call, its caller known."""
        return replace(self, caller=caller)


def event(call: Call, version: str) -> dict[str, Any]:
    """The event in a payload format version, "1.0" or "2.0"."""
    return _version_1(call) if version == "1.0" else _version_2(call)


def selected(request: Request, source: str) -> str:
    """What a selection expression names in a request, such as ``$request.header.Authorization``; empty for nothing."""
    place, _, name = source.removeprefix("$request.").partition(".")
    if place == "header":
        return request.header(name) or ""
    return request.query.get(name, "") if place == "querystring" else ""


def caller(request: Request) -> dict[str, Any]:
    """Who signed a request, as events describe it."""
    principal = request.environ[gate.PRINCIPAL]
    user_id = principal.context["aws:userid"][0]
    return {
        "accessKey": request.environ[gate.ACCESS_KEY],
        "accountId": principal.caller.account,
        "callerId": user_id,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": principal.arn,
        "userId": user_id,
    }


def _version_2(call: Call) -> dict[str, Any]:
    headers = _headers(call.request)
    cookies = headers.pop("cookie", None)
    query = _multiple(call.request)
    body, encoded = _body(call.request)
    path = call.path if call.stage.name == "$default" else f"/{call.stage.name}{call.path}"
    context: dict[str, Any] = {
        **_context(call),
        "http": {
            "method": call.method,
            "path": path,
            "protocol": call.request.environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
            "sourceIp": call.request.environ.get("REMOTE_ADDR", "127.0.0.1"),
            "userAgent": headers.get("user-agent", ""),
        },
        "routeKey": call.route_key,
        "time": datetime.now(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(time.time() * 1000),
    }
    if call.caller is not None:
        context["authorizer"] = dict(call.caller)
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": call.route_key,
        "rawPath": path,
        "rawQueryString": call.request.raw_query,
        "headers": headers,
        "requestContext": context,
        "isBase64Encoded": encoded,
    }
    optional = {
        "cookies": [cookie.strip() for cookie in cookies.split(";")] if cookies else None,
        "queryStringParameters": {name: ",".join(values) for name, values in query.items()},
        "pathParameters": dict(call.parameters),
        "stageVariables": dict(call.stage.stage_variables or {}),
        "body": body,
    }
    return made | {name: value for name, value in optional.items() if value}


def _version_1(call: Call) -> dict[str, Any]:
    headers = _headers(call.request)
    query = _multiple(call.request)
    body, encoded = _body(call.request)
    resource = call.route_key.partition(" ")[2] or call.route_key
    caller = call.caller or {}
    signed = caller.get("iam", {})
    authorizer = {**caller.get("jwt", {}), **caller.get("lambda", {})}
    identity = {
        "sourceIp": call.request.environ.get("REMOTE_ADDR", "127.0.0.1"),
        "userAgent": headers.get("user-agent", ""),
        **{name: signed.get(name) for name in ("accessKey", "accountId", "userArn")},
        "caller": signed.get("callerId"),
        "user": signed.get("userId"),
    }
    return {
        "version": "1.0",
        "resource": resource,
        "path": call.path,
        "httpMethod": call.method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(call.parameters) or None,
        "stageVariables": dict(call.stage.stage_variables or {}) or None,
        "requestContext": {
            **_context(call),
            **({"authorizer": authorizer} if authorizer else {}),
            "httpMethod": call.method,
            "identity": identity,
            "path": call.path,
            "protocol": call.request.environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
            "requestTime": datetime.now(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": int(time.time() * 1000),
            "resourceId": call.route_key,
            "resourcePath": resource,
        },
        "body": body,
        "isBase64Encoded": encoded,
    }


def _context(call: Call) -> dict[str, Any]:
    host = call.request.header("Host") or ""
    return {
        "accountId": call.settings.account,
        "apiId": call.api.api_id,
        "domainName": host,
        "domainPrefix": call.api.api_id,
        "requestId": call.id,
        "stage": call.stage.name,
    }


def _headers(request: Request) -> dict[str, str]:
    headers = dict(request.headers())
    for name in ("Content-Type", "Content-Length"):
        value = request.header(name)
        if value:
            headers[name.lower()] = value
    return headers


def _multiple(request: Request) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in request.query_pairs:
        found.setdefault(name, []).append(value)
    return found


def _body(request: Request) -> tuple[str | None, bool]:
    """The body as text, and whether it is in base64: everything is that has not a type known as text."""
    content = request.body.read()
    if not content:
        return None, False
    kind = (request.header("Content-Type") or "text/plain").lower()
    if kind.startswith(_TEXT):
        try:
            return content.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(content).decode(), True
