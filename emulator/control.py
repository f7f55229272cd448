"""The emulator's own controls: addresses that AWS does not have, in JSON, for the root user alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from emulator.identity.gate import PRINCIPAL

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class ControlError(Exception):
    """A control is asked for something that it does not do; the message says what it does."""


def layer(application: Application, path: str, answer: Callable[[Any], dict[str, Any]]) -> Application:
    """Answer a path to the root user, in front of an application.

    `answer` takes the document of a POST, None for a GET, and returns what is shown; it raises a ControlError where the
    document is wrong.
    """

    def answered(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != path:
            return application(environ, start_response)
        status, body = _answer(environ, answer)
        content = json.dumps(body).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
        return [content]

    return answered


def _answer(environ: dict[str, Any], answer: Callable[[Any], dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    principal = environ.get(PRINCIPAL)
    if principal is None or not principal.root:
        return "403 Forbidden", {"message": "this is the root user's"}
    try:
        asked = json.loads(environ["wsgi.input"].read()) if environ["REQUEST_METHOD"] == "POST" else None
        return "200 OK", answer(asked)
    except (ControlError, ValueError) as error:
        return "400 Bad Request", {"message": str(error)}
