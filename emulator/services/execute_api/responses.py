"""What an HTTP API answers: a function's result, or its own short messages."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


class MalformedResultError(ValueError):
    """A function's result is not in the form that its payload format version asks for."""


@dataclass(frozen=True)
class Response:
    """An HTTP response. `error` is what the API itself says went wrong, for its log alone."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    error: str = ""


class ApiError(Exception):
    """The API answers instead of the function."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.body.decode())
        self.response = response


def message(status: int, text: str) -> Response:
    """An answer of the API itself."""
    return Response(status, (("Content-Type", "application/json"),), json.dumps({"message": text}).encode())


NOT_FOUND = message(404, "Not Found")
FORBIDDEN = message(403, "Forbidden")
TOO_LARGE = message(413, "Request Entity Too Large")
TOO_MANY = message(429, "Too Many Requests")
FAILED = message(500, "Internal Server Error")


def failed(why: str) -> Response:
    """An internal error, whose reason the log tells and the caller does not learn."""
    return replace(FAILED, error=why)


def unavailable(why: str) -> Response:
    """The answer of an integration that is busy, or too slow."""
    return replace(message(503, "Service Unavailable"), error=why)


def unauthorized(why: str) -> Response:
    """The answer to who does not say who he is, or not credibly."""
    plain = message(401, "Unauthorized")
    return replace(plain, headers=(*plain.headers, ("WWW-Authenticate", "Bearer")), error=why)


def from_result(payload: bytes, version: str) -> Response:
    """The response that a function's result stands for.

    Args:
        payload: the result, JSON.
        version: the integration's payload format version, "1.0" or "2.0".

    Raises:
        MalformedResultError: the result is not in that form.
    """
    try:
        result = json.loads(payload or b"null")
    except ValueError as error:
        raise MalformedResultError("not JSON") from error
    if isinstance(result, Mapping) and "statusCode" in result:
        return _described(result)
    if version == "1.0":
        raise MalformedResultError("statusCode is missing")
    text = result if isinstance(result, str) else json.dumps(result)
    return Response(200, (("Content-Type", "application/json"),), text.encode())


def _described(result: Mapping[str, Any]) -> Response:
    status = result["statusCode"]
    if isinstance(status, str) and status.isdigit():
        status = int(status)
    if not isinstance(status, int) or not 100 <= status <= 599:
        raise MalformedResultError("statusCode is not a status")
    body = result.get("body")
    if body is not None and not isinstance(body, str):
        raise MalformedResultError("body is not text")
    try:
        content = base64.b64decode(body or "") if result.get("isBase64Encoded") else (body or "").encode()
    except ValueError as error:
        raise MalformedResultError("body is not in base64") from error
    return Response(status, _headers(result), content)


def _headers(result: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    several = result.get("multiValueHeaders") or {}
    headers = [(name, _text(value)) for name, value in (result.get("headers") or {}).items() if name not in several]
    headers += [(name, _text(value)) for name, values in several.items() for value in values]
    headers += [("Set-Cookie", cookie) for cookie in result.get("cookies") or ()]
    # The server states the length itself.
    headers = [(name, value) for name, value in headers if name.lower() not in ("content-length", "connection")]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "text/plain; charset=utf-8"))
    return tuple(headers)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
