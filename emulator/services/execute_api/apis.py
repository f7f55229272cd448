"""What HTTP APIs answer: the route that fits, once its caller is admitted and within its limits."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from moto.apigatewayv2.models import apigatewayv2_backends

from emulator import settings
from emulator.identity import gate
from emulator.identity.request import Request
from emulator.services import service_metrics
from emulator.services.execute_api import access_log, integration, responses, routing
from emulator.services.execute_api.authorizers import Authorizers
from emulator.services.execute_api.cors import Policy as Cors
from emulator.services.execute_api.events import Call
from emulator.services.execute_api.responses import ApiError, Response
from emulator.services.execute_api.throttle import Throttle

_LIMIT = 10 * 1024 * 1024


class Apis:
    """All HTTP APIs of the account, with what they count and keep between requests."""

    def __init__(self) -> None:
        self._settings = settings.current()
        self._throttle = Throttle()
        self._authorizers = Authorizers()

    def answer(self, request: Request) -> Response:
        """The answer to a request; it is logged and counted as its stage asks."""
        started = time.monotonic()
        try:
            api, stage, path = self._find(request)
        except ApiError as error:
            return error.response
        call = Call(request, api, stage, "-", path, {}, self._settings, None)
        cors = Cors.read(api.cors_configuration)
        if cors and (preflight := cors.preflight(request)):
            return preflight
        call, response, integrated = self._respond(call)
        response = replace(response, headers=(*response.headers, ("Apigw-Requestid", call.id)))
        if cors:
            response = cors.apply(request, response)
        latencies = {"responseLatency": (time.monotonic() - started) * 1000, **integrated}
        access_log.write(call, response, latencies)
        _count(call, response, latencies)
        return response

    def _find(self, request: Request) -> tuple[Any, Any, str]:
        """The API and stage that a request is for, and the path within the stage.

        Raises:
            ApiError: there is none (404).
        """
        api_id, _, rest = request.path.removeprefix(gate.EXECUTE_API).partition("/")
        api: Any = apigatewayv2_backends[self._settings.account][self._settings.region].apis.get(api_id)
        staged = routing.stage(api, f"/{rest}") if api is not None and not api.disable_execute_api_endpoint else None
        if staged is None:
            raise ApiError(responses.NOT_FOUND)
        return (api, *staged)

    def _respond(self, call: Call) -> tuple[Call, Response, dict[str, float]]:
        """The call with its route and caller, the answer, and how long the integration took in milliseconds."""
        found = routing.match(list(call.api.routes.values()), call.method, call.path)
        if found is None:
            return call, responses.NOT_FOUND, {}
        call = replace(call, route_key=found.route.route_key, parameters=found.parameters)
        if call.request.body.length > _LIMIT:
            return call, responses.TOO_LARGE, {}
        try:
            call = self._authorizers.admit(call, found.route)
        except ApiError as error:
            return call, error.response, {}
        if not self._throttle.admits(call.api.api_id, call.stage, call.route_key):
            return call, responses.TOO_MANY, {}
        begun = time.monotonic()
        target = (found.route.target or "").rpartition("/")[2]
        try:
            response = integration.invoke(call, call.api.integrations.get(target))
        except ApiError as error:
            response = error.response
        return call, response, {"integrationLatency": (time.monotonic() - begun) * 1000}


def _count(call: Call, response: Response, milliseconds: dict[str, float]) -> None:
    named = {"ApiId": call.api.api_id}
    staged = {**named, "Stage": call.stage.name}
    dimensions = [named, staged]
    if (call.stage.default_route_settings or {}).get("detailedMetricsEnabled"):
        dimensions.append({**staged, "Method": call.method, "Resource": call.route_key.partition(" ")[2] or "$default"})
    values = {
        "Count": 1.0,
        "4xx": float(400 <= response.status < 500),
        "5xx": float(response.status >= 500),
        "Latency": milliseconds["responseLatency"],
    }
    if "integrationLatency" in milliseconds:
        values["IntegrationLatency"] = milliseconds["integrationLatency"]
    service_metrics.publish("AWS/ApiGateway", dimensions, values)
