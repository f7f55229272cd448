"""The WSGI layer of Lambda's own addresses, which `addresses` answers; loaded with the first request for one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from emulator.identity import gate

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

_PATHS = ("/_aws/lambda-url/", "/_aws/lambda-code/")


def wrap(application: Application) -> Application:
    """Answer for Lambda's addresses; pass on everything else."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(_PATHS):
            return application(environ, start_response)
        from emulator.services.lambda_functions import addresses  # noqa: PLC0415 (it brings all of Lambda)

        request = environ[gate.REQUEST]
        response = addresses.answer(request)
        headers = [*response.headers, ("Content-Length", str(len(response.body)))]
        start_response(f"{response.status} {HTTPStatus(response.status).phrase}", headers)
        return [b"" if request.method == "HEAD" else response.body]

    return answer
