"""CloudFormation in front of moto: its requests are answered here, all others pass through."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.wrappers import Request, Response

from emulator import settings
from emulator.cloudformation import protocol, resources
from emulator.cloudformation.custom_resources import RESPONSE_PATH, CustomResources
from emulator.cloudformation.errors import ApiError
from emulator.cloudformation.resource_types import ResourceTypes
from emulator.cloudformation.service import CloudFormation

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
logger = logging.getLogger(__name__)
_PATIENCE_SECONDS = 3.0
_SCOPE = re.compile(r"/\d{8}/(?P<region>[a-z0-9-]+)/cloudformation/aws4_request")


def wrap(application: Application) -> Application:
    """Answer CloudFormation's requests, and what its stacks wait for; pass on everything else."""
    types = ResourceTypes(resources.load(), CustomResources())
    return layer(application, CloudFormation(types, settings.current().account, _PATIENCE_SECONDS))


def layer(application: Application, service: CloudFormation) -> Application:
    """The application with a given service before it."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith(RESPONSE_PATH) and environ["REQUEST_METHOD"] == "PUT":
            return _awaited(service, Request(environ))(environ, start_response)
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", "") + environ.get("QUERY_STRING", ""))
        if scope is None:
            return application(environ, start_response)
        return _answer(service, Request(environ), scope.group("region"))(environ, start_response)

    return answer


def _answer(service: CloudFormation, request: Request, region: str) -> Response:
    try:
        name = protocol.operation(request)
        result = service.call(name, protocol.arguments(request, name), region)
    except ApiError as error:
        return protocol.refusal(error)
    except Exception as error:
        logger.exception("CloudFormation")
        return protocol.refusal(ApiError("InternalFailure", f"{type(error).__name__}: {error}", 500))
    return protocol.answer(name, result)


def _awaited(service: CloudFormation, request: Request) -> Response:
    """The token in the path is the only credential, as the signature of AWS's own response URL is."""
    token = request.path.removeprefix(RESPONSE_PATH)
    accepted = service.types.receive(token, request.get_data())
    return Response(status=200 if accepted else 403)
