"""The prediction API over API Gateway's payload 2.0: routes, status codes and what is logged of a request."""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crispstack.deployment.routes import MODEL, PREDICT
from crispstack.deployment.serving import Champion, request_rows
from crispstack.errors import ArtifactError, RequestError

NO_CHAMPION = "no model has been released yet: run the project until its evaluation decides for a go"


@dataclass(frozen=True)
class Answer:
    """A status code and the JSON object that goes with it."""

    status: int
    content: dict[str, Any]

    def to_response(self) -> dict[str, Any]:
        """The answer as API Gateway expects it from a function."""
        headers = {"content-type": "application/json"}
        return {"statusCode": self.status, "headers": headers, "body": json.dumps(self.content)}


def respond(event: Mapping[str, Any], champion: Champion | None, log: Callable[[dict[str, Any]], None]) -> Answer:
    """Answer one request and log one line about it, without the row's values.

    Status 200; 400 for a request that is not valid, naming the field; 404 for another route; 503 where no champion
    was released yet, or what it looks up has expired.
    """
    started = time.perf_counter()
    answer = _answer(event, champion)
    log(
        {
            "request_id": event["requestContext"]["requestId"],
            "route": event["routeKey"],
            "status": answer.status,
            "model_version": champion.package.model_version if champion else None,
            "rows": len(answer.content.get("predictions", ())),
            "milliseconds": round((time.perf_counter() - started) * 1000, 2),
            "error": answer.content.get("error"),
        }
    )
    return answer


def _answer(event: Mapping[str, Any], champion: Champion | None) -> Answer:
    route = event["routeKey"]
    if route not in (PREDICT, MODEL):
        return _error(404, "NotFound", f"there is no {route}; there are {PREDICT} and {MODEL}")
    if champion is None:
        return _error(503, "NoChampion", NO_CHAMPION)
    if route == MODEL:
        return Answer(200, champion.describe())
    try:
        return Answer(200, champion.predict(request_rows(_body(event))))
    except RequestError as error:
        return _error(400, "InvalidRequest", str(error))
    except ArtifactError as error:
        return _error(503, "NoLookups", str(error))


def _body(event: Mapping[str, Any]) -> str:
    body: str = event.get("body") or ""
    if not body.strip():
        raise RequestError('the request is empty: send one row, or {"rows": [...]}')
    if not event.get("isBase64Encoded"):
        return body
    try:
        return base64.b64decode(body, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise RequestError(f"the request is not text in UTF-8: {error}") from error


def _error(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"error": code, "message": message})
