"""The WSGI layer that answers for HTTP APIs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from moto.apigatewayv2.models import apigatewayv2_backends

from emulator import settings
from emulator.identity import authorization, gate
from emulator.identity.authorization import Need
from emulator.identity.principals import ANONYMOUS
from emulator.identity.request import Request
from emulator.services.execute_api import events, integration, responses, routing
from emulator.services.execute_api.events import Call
from emulator.services.execute_api.responses import ApiError, Response
from emulator.services.execute_api.throttle import Throttle
from emulator.settings import Settings

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

_LIMIT = 10 * 1024 * 1024


def wrap(application: Application) -> Application:
    """Answer for HTTP APIs; pass on everything else."""
    throttle, configuration = Throttle(), settings.current()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(gate.EXECUTE_API):
            return application(environ, start_response)
        request: Request = environ[gate.REQUEST]
        try:
            response = _answer(request, configuration, throttle)
        except ApiError as error:
            response = error.response
        headers = [*response.headers, ("Content-Length", str(len(response.body)))]
        start_response(f"{response.status} {_phrase(response.status)}", headers)
        return [b"" if request.method == "HEAD" else response.body]

    return answer


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _answer(request: Request, configuration: Settings, throttle: Throttle) -> Response:
    call, route = _find(request, configuration)
    if request.body.length > _LIMIT:
        raise ApiError(responses.TOO_LARGE)
    call = _authorize(call, route)
    if not throttle.admits(call.api.api_id, call.stage, call.route_key):
        raise ApiError(responses.TOO_MANY)
    return integration.invoke(call, call.api.integrations.get((route.target or "").rpartition("/")[2]))


def _find(request: Request, configuration: Settings) -> tuple[Call, Any]:
    """The API, stage and route that a request is for.

    Raises:
        ApiError: there is none (404).
    """
    api_id, _, rest = request.path.removeprefix(gate.EXECUTE_API).partition("/")
    api: Any = apigatewayv2_backends[configuration.account][configuration.region].apis.get(api_id)
    staged = routing.stage(api, f"/{rest}") if api is not None and not api.disable_execute_api_endpoint else None
    if staged is None:
        raise ApiError(responses.NOT_FOUND)
    stage, path = staged
    found = routing.match(list(api.routes.values()), request.method, path)
    if found is None:
        raise ApiError(responses.NOT_FOUND)
    call = Call(request, api, stage, found.route.route_key, path, found.parameters, configuration, None)
    return call, found.route


def _authorize(call: Call, route: Any) -> Call:
    """The call with its caller, where the route asks who calls.

    Raises:
        ApiError: the caller may not invoke the route (403), or its type of authorization is not supported (501).
    """
    if route.authorization_type in (None, "", "NONE"):
        return call
    if route.authorization_type != "AWS_IAM":
        raise ApiError(responses.message(501, f"Authorization type {route.authorization_type} is not supported"))
    environ = call.request.environ
    principal = environ[gate.PRINCIPAL]
    need = Need("execute-api:Invoke", call.arn(f"{call.method}{call.path}"), {})
    if principal is ANONYMOUS or authorization.denied(principal, [need], environ[gate.CONTEXT]):
        raise ApiError(responses.FORBIDDEN)
    return call.by(events.caller(call.request))
