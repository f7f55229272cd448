"""The prediction API, whoever carries the requests: routes, status codes, and what is logged of each."""

from __future__ import annotations

import itertools
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from crispstack.deployment import json_bytes
from crispstack.deployment.capture import Predicted
from crispstack.deployment.openapi import document
from crispstack.deployment.predictions import Prediction, predicted_number
from crispstack.deployment.repeated_requests import RepeatedRequests, ReusedKeyError
from crispstack.deployment.request_body import MAXIMUM_BYTES, TooLargeError, request_rows
from crispstack.deployment.routes import HEALTH, MODEL, OPENAPI, ROUTES
from crispstack.deployment.serving import Champion, Row
from crispstack.errors import ArtifactError, RequestError

NO_CHAMPION = "no model has been released yet: run the project until its evaluation decides for a go"
_MOST_TOGETHER = 100
"""Requests of more rows are predicted by themselves: together with others they would only make these wait."""
_LONGEST_MESSAGE, _LONGEST_ROUTE = 1_000, 100
_METHODS = {route.partition(" ")[2]: route.partition(" ")[0] for route in ROUTES}
_KEY = "idempotency-key"
_NONE: Mapping[str, str] = MappingProxyType({})


class UnsupportedTypeError(RequestError):
    """The body is said to be something else than JSON."""


_REFUSALS = (
    (TooLargeError, 413, "TooLarge"),
    (UnsupportedTypeError, 415, "UnsupportedType"),
    (ReusedKeyError, 422, "ReusedKey"),
    (RequestError, 400, "InvalidRequest"),
    (ArtifactError, 503, "NoLookups"),
)


class Request(NamedTuple):
    """A request. `route` is its method and path, ``GET /healthz``; names of headers are in lower case."""

    route: str
    request_id: str
    body: bytes = b""
    headers: Mapping[str, str] = _NONE
    query: str = ""


class Answer(NamedTuple):
    """A status code and a JSON object; how many rows it predicts; and headers beside those that every answer has.

    `error` names what was refused; `fault` says where our own fault is, for the log alone. `predicted` is what was
    answered just now: nothing where an answer is repeated.
    """

    status: int
    body: bytes
    rows: int = 0
    headers: Mapping[str, str] = _NONE
    error: str | None = None
    fault: str | None = None
    predicted: Predicted | None = None


class _Asked(NamedTuple):
    """Rows to predict."""

    request: Request
    rows: Sequence[Row]
    explain: bool

    @property
    def is_small(self) -> bool:
        return not self.explain and len(self.rows) <= _MOST_TOGETHER


class Service:
    """Answers requests with a champion, or says until the first release that there is none."""

    def __init__(
        self,
        champion: Champion | None,
        log: Callable[[Sequence[Mapping[str, Any]]], None],
        capture: Callable[[Sequence[Predicted]], None] | None = None,
    ) -> None:
        """Take what answers, where lines about requests go, and what keeps what was answered."""
        self._champion, self._log, self._capture = champion, log, capture
        self._version = champion.package.model_version if champion else None
        self._repeated = RepeatedRequests()
        self._documents = _documents(champion) if champion else {}

    def answer(self, request: Request) -> Answer:
        """Answer one request: see `answer_all`."""
        return self.answer_all([request])[0]

    def answer_all(self, requests: Sequence[Request]) -> list[Answer]:
        """Answer requests that are there at the same time, and log a line about each, without the rows' values.

        Status 200; 400 for a request that is not valid, naming the field; 404 and 405 for another route; 413 for too
        many bytes; 415 for what is not JSON; 422 for a key that came with another request; 503 where no champion was
        released yet, or what it looks up has expired; 500 for a fault of ours. Small requests are predicted together.
        """
        started = time.perf_counter()
        read = [_guarded(self._read, request) for request in requests]
        answers = [
            each if isinstance(each, Answer) else _guarded(self._predicted, each, found)
            for each, found in zip(read, self._together(read), strict=True)
        ]
        milliseconds = round((time.perf_counter() - started) * 1000, 3)
        self._log([self._line(*each, milliseconds) for each in zip(requests, answers, strict=True)])
        if self._capture and (predicted := [answer.predicted for answer in answers if answer.predicted]):
            self._capture(predicted)
        return answers

    def _read(self, request: Request) -> Answer | _Asked:
        if request.route not in ROUTES:
            return _no_route(request.route)
        if self._champion is None:
            return _refused(503, "NoChampion", NO_CHAMPION)
        if request.route in self._documents:
            return Answer(200, self._documents[request.route])
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("", "application/json"):
            raise UnsupportedTypeError(f"the request is said to be {kind}: send application/json")
        explain = _asks_for_explanation(request.query)
        if (key := request.headers.get(_KEY)) is not None:
            before = self._repeated.find(key, _content(request))
            if before is not None:
                return Answer(200, before, headers={"idempotent-replayed": "true"})
        return _Asked(request, request_rows(request.body), explain)

    def _together(self, read: Sequence[Answer | _Asked]) -> list[list[Prediction] | None]:
        """The predictions of small requests, made together; None where a request has to be answered by itself."""
        small = [each for each in read if isinstance(each, _Asked) and each.is_small]
        if len(small) < 2 or self._champion is None:
            return [None] * len(read)
        try:
            found = iter(self._champion.predict([row for each in small for row in each.rows]))
        except Exception:  # noqa: BLE001 (one of them does not fit; by itself, each gets its own answer)
            return [None] * len(read)
        return [
            list(itertools.islice(found, len(each.rows))) if isinstance(each, _Asked) and each.is_small else None
            for each in read
        ]

    def _predicted(self, asked: _Asked, found: list[Prediction] | None) -> Answer:
        if self._champion is None:
            return _refused(503, "NoChampion", NO_CHAMPION)
        if found is None:
            found = self._champion.explain(asked.rows) if asked.explain else self._champion.predict(asked.rows)
        body = json_bytes.dumps(self._champion.answer(found))
        if len(body) > MAXIMUM_BYTES:
            raise TooLargeError(f"the answer would be larger than {MAXIMUM_BYTES:,} bytes: send fewer rows")
        if (key := asked.request.headers.get(_KEY)) is not None:
            self._repeated.keep(key, _content(asked.request), body)
        return Answer(200, body, len(found), predicted=Predicted(asked.request.request_id, asked.rows, found))

    def _line(self, request: Request, answer: Answer, milliseconds: float) -> dict[str, Any]:
        return {
            "level": "INFO" if answer.status < 500 else "ERROR",
            "request_id": request.request_id,
            "route": request.route[:_LONGEST_ROUTE],
            "status": answer.status,
            "model_version": self._version,
            "rows": answer.rows,
            **_account(answer.predicted),
            "milliseconds": milliseconds,
            "error": answer.error,
            **({"fault": answer.fault} if answer.fault else {}),
        }


def _guarded(answer: Callable[..., Any], *given: Any) -> Any:
    """What the function returns, or the answer to what it refuses."""
    try:
        return answer(*given)
    except (RequestError, ArtifactError) as error:
        status, name = next((status, name) for kind, status, name in _REFUSALS if isinstance(error, kind))
        return _refused(status, name, str(error))
    except Exception as error:  # noqa: BLE001 (whatever it is, its caller gets an answer that tells nothing of us)
        # Its message is left out: it may hold a row's values.
        where = traceback.extract_tb(error.__traceback__)[-1]
        fault = f"{type(error).__name__} at {where.filename}:{where.lineno} in {where.name}"
        message = "the service failed on this request; tell its owner the request id"
        return _refused(500, "InternalError", message, fault=fault)


def _account(predicted: Predicted | None) -> dict[str, float | None]:
    """How many predictions say to act, what all decisions are expected to be worth, and the mean that is predicted."""
    made = predicted.predictions if predicted else ()
    return {
        "acted": sum(each.get("act", False) for each in made),
        "expected_value": sum(each.get("expected_value", 0.0) for each in made),
        "prediction": sum(map(predicted_number, made)) / len(made) if made else None,
    }


def _documents(champion: Champion) -> dict[str, bytes]:
    health = {"status": "ok", "model_version": champion.package.model_version}
    found = {HEALTH: health, MODEL: champion.describe(), OPENAPI: document(champion)}
    return {route: json_bytes.dumps(content) for route, content in found.items()}


def _no_route(route: str) -> Answer:
    _, _, path = route.partition(" ")
    if path in _METHODS:
        message = f"{path} takes {_METHODS[path]} alone"
        return _refused(405, "MethodNotAllowed", message, {"allow": _METHODS[path]})
    return _refused(404, "NotFound", f"there is no such route; there are {', '.join(ROUTES)}")


def _asks_for_explanation(query: str) -> bool:
    """Whether the query is ``explain=true``.

    Raises:
        RequestError: it says anything else.
    """
    if not query:
        return False
    try:
        found = parse_qs(query, keep_blank_values=True, strict_parsing=True, max_num_fields=10)
    except ValueError as error:
        raise RequestError("the query cannot be read: there is explain=true, and nothing else") from error
    if found.keys() - {"explain"} or found.get("explain", ["true"])[-1] not in ("true", "false"):
        raise RequestError("the query may be explain=true or explain=false, and nothing else")
    return found.get("explain", ["false"])[-1] == "true"


def _content(request: Request) -> bytes:
    return request.query.encode() + b"\0" + request.body


def _refused(
    status: int, name: str, message: str, headers: Mapping[str, str] | None = None, fault: str | None = None
) -> Answer:
    body = json_bytes.dumps({"error": name, "message": message[:_LONGEST_MESSAGE]})
    return Answer(status, body, headers=headers or _NONE, error=name, fault=fault)
