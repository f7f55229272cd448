"""Which operation of which service a request calls, and with which parameters."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.request import Request as MotoRequest
from moto.core.routing import get_service_router
from werkzeug.exceptions import HTTPException

from emulator.identity.request import Request

# Signing name -> prefix of the service's IAM actions, where they differ.
_PREFIXES = {
    "monitoring": "cloudwatch",
    "tagging": "tag",
    "email": "ses",
}
# Signing name -> botocore's names of the REST services that sign with it, where it is not the same.
_REST_SERVICES = {
    "sagemaker": ("sagemaker-runtime", "sagemaker-metrics"),
    "elasticfilesystem": ("efs",),
    "es": ("opensearch", "es"),
    "s3": ("s3control",),
}
# Operations whose action has another name.
_ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "lambda:InvokeAsync": "lambda:InvokeFunction",
    "lambda:InvokeWithResponseStream": "lambda:InvokeFunction",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sns:PublishBatch": "sns:Publish",
}
_VERSIONED = re.compile(r"\d{4}_\d{2}_\d{2}$")


@dataclass(frozen=True)
class Operation:
    """`prefix` and `name` make the IAM action; `parameters` are the input's members by their name."""

    prefix: str
    name: str
    parameters: Mapping[str, Any]

    @property
    def action(self) -> str:
        """The IAM action, as ``service:Name``."""
        plain = f"{self.prefix}:{self.name}"
        return _ACTIONS.get(plain, plain)


def identify(request: Request, service: str) -> Operation | None:
    """The operation that a request calls, None when the service has none like it.

    Args:
        request: the request.
        service: the service's signing name, from the credential scope.
    """
    prefix = _PREFIXES.get(service, service)
    target = request.header("X-Amz-Target")
    if target:
        return Operation(prefix, target.rpartition(".")[2], _with_queue_name(request.document))
    if "/operation/" in request.raw_path:
        # CBOR: the body is not read for parameters.
        return Operation(prefix, request.raw_path.rpartition("/operation/")[2], {})
    if "Action" in request.form:
        return Operation(prefix, request.form["Action"], _with_queue_name(request.form))
    if service == "apigateway":  # its actions are named after the methods
        return Operation(prefix, request.method, {"Path": request.path})
    return _rest(request, service, prefix)


def _rest(request: Request, service: str, prefix: str) -> Operation | None:
    for name in _REST_SERVICES.get(service, (service,)):
        found = _by_address(name, request.method, request.raw_path, request.raw_query) or _match(name, request.environ)
        if found is not None:
            operation, labels = found
            return Operation(prefix, operation, {**request.query, **request.document, **labels})
    return None


@functools.lru_cache(maxsize=2048)
def _by_address(name: str, method: str, path: str, query: str) -> tuple[str, Mapping[str, Any]] | None:
    """The operation at an address, where no header is needed to tell it."""
    address = f"{path}?{query}" if query else path
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "RAW_URI": address,
        "REQUEST_URI": address,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
    }
    return _match(name, environ)


def _match(name: str, environ: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    try:
        operation, labels = get_service_router(name).match(MotoRequest({**environ}))
    except (HTTPException, NotImplementedError, LookupError, ValueError):
        return None
    return _VERSIONED.sub("", operation.name), labels


def _with_queue_name(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    # SQS is asked by the queue's address, and its ARNs hold the name.
    address = parameters.get("QueueUrl")
    return {**parameters, "QueueName": address.rpartition("/")[2]} if isinstance(address, str) else parameters
