"""The WSGI layer that answers for HTTP APIs; what answers is loaded with the first request for one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from emulator.identity import gate

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def wrap(application: Application) -> Application:
    """Answer for HTTP APIs; pass on everything else."""

    @functools.cache
    def apis() -> Any:
        from emulator.services.execute_api.apis import Apis  # noqa: PLC0415 (it brings all of API Gateway and Lambda)

        return Apis()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(gate.EXECUTE_API):
            return application(environ, start_response)
        response = apis().answer(environ[gate.REQUEST])
        headers = [*response.headers, ("Content-Length", str(len(response.body)))]
        start_response(f"{response.status} {_phrase(response.status)}", headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else response.body]

    return answer


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
