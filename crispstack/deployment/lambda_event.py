"""A request and its answer as API Gateway hands them to a function and takes them from it: payload 2.0."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from crispstack.deployment.http import Answer, Request


def to_request(event: Mapping[str, Any]) -> Request:
    """The event as a request; a body that is not what the event says it is stays as it is, and is refused as JSON."""
    return Request(
        route=event["routeKey"],
        request_id=event["requestContext"]["requestId"],
        body=_body(event),
        headers=event.get("headers") or {},
        query=event.get("rawQueryString") or "",
    )


def to_response(answer: Answer, request: Request) -> dict[str, Any]:
    """The answer as API Gateway takes it."""
    headers = {"content-type": "application/json", "x-request-id": request.request_id, **answer.headers}
    return {"statusCode": answer.status, "headers": headers, "body": answer.body.decode()}


def _body(event: Mapping[str, Any]) -> bytes:
    # A text may hold half of a surrogate pair, which is no UTF-8.
    body: bytes = (event.get("body") or "").encode("utf-8", "surrogatepass")
    if not event.get("isBase64Encoded"):
        return body
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        return body
